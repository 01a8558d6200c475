//! Lambda, as far as a function can tell: its Runtime API, its environment, its processes.
//!
//! A [`Function`] behaves as the service does: a process is started when an event finds none idle,
//! used again while it lives, and replaced once it has died; as many run as there are invocations
//! under way. What it leaves out: freezing between invocations, limits of memory and CPU, and
//! extensions.
//!
//! Protocol: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes" and
//! "Using Lambda environment variables", read 2026-11.

mod answer;
mod environment;
mod process;

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub(crate) use answer::reports;
pub use answer::{Answer, Death, Ending};
use process::{Invocation, Process, Running};

use crate::{lock, workspace};

/// How long an invocation may take unless said otherwise, cold start included.
const TIMEOUT_DEFAULT: Duration = Duration::from_mins(1);

/// The processes of one function that run, busy or idle.
type Alive = Arc<Mutex<Vec<Arc<Running>>>>;

/// One function: a binary, its environment, and the processes that run it.
///
/// Dropping it ends its processes.
#[derive(Debug)]
pub struct Function {
    name: String,
    binary: PathBuf,
    environment: Vec<(String, String)>,
    timeout: Duration,
    invocations: AtomicU64,
    idle: Mutex<Vec<Process>>,
    alive: Alive,
}

impl Function {
    /// The function whose executable is `binary`, and whose name is the file's.
    ///
    /// Its processes get `env`, Lambda's own variables, and of this process nothing but `PATH`;
    /// where `env` names one of those, `env` wins. Nothing runs before the first invocation.
    ///
    /// # Errors
    /// The binary does not exist.
    pub fn start(binary: &Path, env: &[(String, String)]) -> io::Result<Self> {
        if !binary.is_file() {
            let words = format!(
                "{}: no such function binary; build it with `cargo build --release`",
                binary.display()
            );
            return Err(io::Error::new(io::ErrorKind::NotFound, words));
        }
        let name = binary.file_stem().and_then(OsStr::to_str).unwrap_or("function").to_owned();
        Ok(Self {
            environment: environment::of_function(&name, env),
            name,
            binary: binary.to_path_buf(),
            timeout: TIMEOUT_DEFAULT,
            invocations: AtomicU64::new(0),
            idle: Mutex::default(),
            alive: Alive::default(),
        })
    }

    /// The function of this name as `cargo build --release` left it.
    ///
    /// # Errors
    /// It has not been built.
    pub fn built(name: &str, env: &[(String, String)]) -> io::Result<Self> {
        Self::start(&workspace().join("target/release").join(name), env)
    }

    /// The same function with another bound on each invocation, cold start included.
    ///
    /// The deadline that a process is told is this bound, and there it is killed.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Hands over one event, which should be JSON but may be anything, and waits for the end of it.
    pub fn invoke(&self, event: &str) -> Answer {
        let begun = Instant::now();
        loop {
            let idle = lock(&self.idle).pop();
            if let Some(dead) = idle.as_ref().filter(|process| !process.running().lives()) {
                self.forget(dead);
                continue;
            }
            let cold = idle.is_none();
            let mut process = match idle.map_or_else(|| self.launch(), Ok) {
                Ok(process) => process,
                Err(error) => return Answer::not_started(&self.binary, &error, begun.elapsed()),
            };
            let ending = process.invoke(self.invocation(event), begun + self.timeout);
            let (log, elapsed) = (process.take_log(), begun.elapsed());
            match &ending {
                Ending::Died(death) => {
                    self.forget(&process);
                    if death.before_event && !cold {
                        // It died while idle, which says nothing of this event: the next gets it.
                        continue;
                    }
                }
                Ending::Returned(_) | Ending::Failed(_) => lock(&self.idle).push(process),
            }
            return Answer { ending, log, elapsed, cold };
        }
    }

    /// Hands over all events at once, each to a process of its own; answers in the events' order.
    pub fn invoke_together(&self, events: &[&str]) -> Vec<Answer> {
        thread::scope(|scope| {
            let invoke = |event| scope.spawn(move || self.invoke(event));
            let under_way: Vec<_> = events.iter().copied().map(invoke).collect();
            let join = |thread: thread::ScopedJoinHandle<'_, Answer>| match thread.join() {
                Ok(answer) => answer,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            under_way.into_iter().map(join).collect()
        })
    }

    /// What a test hands to the proxy to let this function die.
    pub fn killer(&self) -> Killer {
        Killer(Arc::clone(&self.alive))
    }

    /// Largest resident memory that any process now alive ever had, in KiB; none if none is.
    pub fn peak_memory_kib(&self) -> Option<u64> {
        lock(&self.alive).iter().filter_map(|process| process.peak_memory_kib()).max()
    }

    fn launch(&self) -> io::Result<Process> {
        let process = Process::start(&self.binary, &self.environment)?;
        lock(&self.alive).push(process.running());
        Ok(process)
    }

    fn forget(&self, dead: &Process) {
        let dead = dead.running();
        lock(&self.alive).retain(|process| !Arc::ptr_eq(process, &dead));
    }

    fn invocation(&self, event: &str) -> Invocation {
        let number = self.invocations.fetch_add(1, Ordering::Relaxed) + 1;
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Invocation {
            request_id: format!("00000000-0000-4000-8000-{number:012}"),
            function_arn: environment::function_arn(&self.name),
            deadline_ms: (since_epoch + self.timeout).as_millis(),
            event: event.as_bytes().to_vec(),
        }
    }
}

/// Kills all processes of one function, from any thread.
#[derive(Debug, Clone)]
pub struct Killer(Alive);

impl Killer {
    /// Returns when the processes are gone, so that nothing they might still do comes after it.
    pub fn kill(&self) {
        let doomed = std::mem::take(&mut *lock(&self.0));
        for process in doomed {
            process.kill();
        }
    }
}

#[cfg(test)]
mod tests;
