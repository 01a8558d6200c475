//! The stand-in's process.

use std::io::{self, BufRead, BufReader};
use std::process::{self, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crate::{lock, workspace};

/// Longest wait until the stand-in says that it is ready.
const START_MAX: Duration = Duration::from_mins(1);
/// Longest wait until the stand-in has ended, and what it started.
const END_MAX: Duration = Duration::from_secs(10);

/// Ends when it is dropped, or with this process, whatever ended that: its standard input closes.
#[derive(Debug)]
pub(super) struct Child {
    process: process::Child,
    /// Lines of standard output; closed when the process has ended. Behind a lock so that a whole
    /// test binary can share one stand-in.
    lines: Mutex<Receiver<String>>,
}

impl Child {
    /// Starts a stand-in, and gives the line in which it says where everything is.
    pub fn start(arguments: &[&str]) -> io::Result<(Self, String)> {
        let root = workspace();
        let python = root.join(".venv/bin/python");
        if !python.is_file() {
            let words =
                format!("{}: no Python environment; run `make .venv/ready`", python.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, words));
        }
        let mut process = Command::new(python)
            .args(["-m", "standin", "serve"])
            .args(arguments)
            .env("PYTHONPATH", root.join("tests"))
            .current_dir(&root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (line, lines) = channel();
        if let Some(stdout) = process.stdout.take() {
            thread::spawn(move || {
                let read = BufReader::new(stdout).lines().map_while(Result::ok);
                // Reads on when nobody listens any more: a full pipe would stop the stand-in.
                read.for_each(|text| drop(line.send(text)));
            });
        }
        let child = Self { process, lines: Mutex::new(lines) };
        let ready = lock(&child.lines).recv_timeout(START_MAX);
        let ready = ready
            .map_err(|_| io::Error::other("the stand-in did not start; standard error says why"))?;
        Ok((child, ready))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        while lock(&self.lines).recv_timeout(END_MAX).is_ok() {}
        // Refused where it has ended as asked.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
