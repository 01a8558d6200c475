//! One process of a function, with a Runtime API of its own.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use super::{Death, Ending};
use crate::http::Message;
use crate::lock;
use crate::server::Server;

/// How much of a process's standard error is kept, in bytes.
const WORDS_BYTES_MAX: usize = 64 << 10;
/// Version of the Runtime API, the first part of each of its paths.
const VERSION: &str = "/2018-06-01/runtime/";

/// One event and what Lambda says beside it.
#[derive(Debug)]
pub(super) struct Invocation {
    pub request_id: String,
    pub function_arn: String,
    /// Milliseconds since 1970.
    pub deadline_ms: u128,
    pub event: Vec<u8>,
}

/// What a process did that its invocation waits for.
enum Signal {
    TookEvent,
    /// The request it speaks of, and its word on it.
    Answered(String, Ending),
    Ended,
}

/// A process that was started, and takes one event after the other while it lives.
#[derive(Debug)]
pub(super) struct Process {
    running: Arc<Running>,
    /// Where standard output goes: a file without a name. What was written before an answer was
    /// sent is in it when the answer arrives, which no pipe read by another thread can promise.
    stdout: File,
    stdout_read: u64,
    words: Arc<Mutex<Words>>,
    invocations: Sender<Invocation>,
    signals: Receiver<Signal>,
    _runtime_api: Server,
}

/// Standard error, and errors of initialisation that were reported.
type Words = Vec<u8>;

impl Process {
    pub fn start(binary: &Path, environment: &[(String, String)]) -> io::Result<Self> {
        let (invocations, to_hand_out) = channel();
        let (signal, signals) = channel();
        let words = Arc::new(Mutex::new(Words::new()));
        let runtime_api = {
            let (signal, words) = (signal.clone(), Arc::clone(&words));
            let to_hand_out = Mutex::new(to_hand_out);
            Server::start(move |request| answer(&request, &to_hand_out, &signal, &words))?
        };
        let stdout = file_without_name(&runtime_api)?;
        let mut child = Command::new(binary)
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api.authority())
            .stdin(Stdio::null())
            .stdout(stdout.try_clone()?)
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(stderr) = child.stderr.take() {
            let words = Arc::clone(&words);
            thread::spawn(move || listen(stderr, &words, &signal));
        }
        let running = Arc::new(Running { id: child.id(), child: Mutex::new(child) });
        Ok(Self {
            running,
            stdout,
            stdout_read: 0,
            words,
            invocations,
            signals,
            _runtime_api: runtime_api,
        })
    }

    /// A handle that can end the process while it is at work.
    pub fn running(&self) -> Arc<Running> {
        Arc::clone(&self.running)
    }

    /// Hands over one event and waits for its end; at `limit` the process is killed.
    pub fn invoke(&mut self, invocation: Invocation, limit: Instant) -> Ending {
        let request_id = invocation.request_id.clone();
        // The receiver lives as long as the server, and that as long as this.
        let _ = self.invocations.send(invocation);
        let mut before_event = true;
        let timed_out = loop {
            match self.signals.recv_timeout(limit.saturating_duration_since(Instant::now())) {
                Ok(Signal::TookEvent) => before_event = false,
                Ok(Signal::Answered(id, ending)) if id == request_id => return ending,
                Ok(Signal::Answered(..)) => {}
                Ok(Signal::Ended) => break false,
                Err(_) => break true,
            }
        };
        let status = self.running.kill();
        Ending::Died(Death {
            exit_code: status.and_then(|status| status.code()),
            signal: status.and_then(|status| status.signal()),
            timed_out,
            before_event,
            words: String::from_utf8_lossy(&lock(&self.words)).into_owned(),
        })
    }

    /// The lines of standard output since the last time, an unfinished one included.
    pub fn take_log(&mut self) -> Vec<String> {
        let mut bytes = Vec::new();
        let mut part = [0; 16 << 10];
        while let Ok(length @ 1..) = self.stdout.read_at(&mut part, self.stdout_read) {
            bytes.extend(part.iter().take(length));
            self.stdout_read += length as u64;
        }
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.running.kill();
    }
}

/// A process that was started, whether or not it still runs.
#[derive(Debug)]
pub(super) struct Running {
    id: u32,
    child: Mutex<Child>,
}

impl Running {
    /// Ends the process, and returns when it is gone; what it ended with stands if it had ended.
    pub fn kill(&self) -> Option<ExitStatus> {
        let mut child = lock(&self.child);
        // Refused only where it has been waited for already.
        let _ = child.kill();
        child.wait().ok()
    }

    /// Whether it has not ended yet.
    pub fn lives(&self) -> bool {
        lock(&self.child).try_wait().is_ok_and(|status| status.is_none())
    }

    /// The process's number; another's once this one has ended.
    #[cfg(test)]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Largest resident memory so far, in KiB; none once it has ended.
    pub fn peak_memory_kib(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id)).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        peak.split_whitespace().next()?.parse().ok()
    }
}

/// Named after the server's port, which no other process on this machine has meanwhile.
fn file_without_name(runtime_api: &Server) -> io::Result<File> {
    let port = runtime_api.authority().replace(':', "-");
    let path = std::env::temp_dir().join(format!("reberth-stdout-{port}"));
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

/// Reads standard error to its end, which is the end of the process.
fn listen(mut stderr: ChildStderr, words: &Mutex<Words>, signal: &Sender<Signal>) {
    let mut part = [0; 4 << 10];
    while let Ok(length @ 1..) = stderr.read(&mut part) {
        let mut words = lock(words);
        let room = WORDS_BYTES_MAX.saturating_sub(words.len());
        words.extend(part.iter().take(length.min(room)));
    }
    // Nobody listens once the process has been dropped.
    let _ = signal.send(Signal::Ended);
}

/// The Runtime API's answer to one request.
fn answer(
    request: &Message,
    to_hand_out: &Mutex<Receiver<Invocation>>,
    signal: &Sender<Signal>,
    words: &Mutex<Words>,
) -> Option<Message> {
    let path = request.target().strip_prefix(VERSION).unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let answered = match (request.method(), parts.as_slice()) {
        ("GET", ["invocation", "next"]) => {
            // Without a sender the function is being dropped, and its process with it.
            let invocation = lock(to_hand_out).recv().ok()?;
            signal.send(Signal::TookEvent).ok()?;
            return Some(next(invocation));
        }
        ("POST", ["invocation", id, "response"]) => {
            Signal::Answered((*id).to_owned(), Ending::Returned(request.text()))
        }
        ("POST", ["invocation", id, "error"]) => {
            Signal::Answered((*id).to_owned(), Ending::Failed(reported_error(request)))
        }
        ("POST", ["init", "error"]) => {
            lock(words).extend_from_slice(&request.body);
            return Some(Message::answer("202 Accepted", ""));
        }
        _ => return Some(Message::answer("404 Not Found", request.start.clone())),
    };
    signal.send(answered).ok()?;
    Some(Message::answer("202 Accepted", ""))
}

fn next(invocation: Invocation) -> Message {
    Message::answer("200 OK", invocation.event)
        .with("Content-Type", "application/json")
        .with("Lambda-Runtime-Aws-Request-Id", invocation.request_id)
        .with("Lambda-Runtime-Deadline-Ms", invocation.deadline_ms.to_string())
        .with("Lambda-Runtime-Invoked-Function-Arn", invocation.function_arn)
        .with("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
}

fn reported_error(request: &Message) -> Value {
    serde_json::from_slice(&request.body).unwrap_or_else(|_| {
        let kind = request.header("Lambda-Runtime-Function-Error-Type").unwrap_or("Unknown");
        json!({ "errorType": kind, "errorMessage": request.text() })
    })
}
