//! A proxy between a function and AWS's stand-in, which counts calls and kills at one of them.
//!
//! A function speaks to several endpoints; the proxy listens once for each and counts over all of
//! them, so that *call 7* is the seventh call of an invocation, whatever it called. A crash between
//! any two calls is then a crash before or after call N, for each N: [`Kill::Before`], where AWS
//! never heard of the call, and [`Kill::After`], where AWS has done it and the function never
//! learns.

use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::http::{self, Message};
use crate::lock;
use crate::server::Server;

/// How long a call waits for others to meet it.
const MEETING_MAX: Duration = Duration::from_secs(10);

/// When the function dies, seen from the call that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kill {
    /// AWS never receives the call.
    Before,
    /// AWS has answered the call in full; the function receives nothing of the answer.
    After,
}

/// One call as it went by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The operation in AWS's own word, as in `DescribeInstanceStatus`; method and path of a
    /// request that names none.
    pub action: String,
    /// Status of the answer; none if it was not forwarded, or if nobody answered.
    pub status: Option<u16>,
}

/// Listens for one function on behalf of any number of endpoints.
#[derive(Debug, Default)]
pub struct Proxy {
    tally: Arc<Mutex<Tally>>,
    servers: Vec<Server>,
}

#[derive(Default)]
struct Tally {
    calls: Vec<Call>,
    doom: Option<Doom>,
    meeting: Option<(String, Arc<Meeting>)>,
}

struct Doom {
    /// Counted from 1, since the last reset.
    at_call: usize,
    when: Kill,
    kill: Box<dyn FnOnce() + Send>,
}

/// Calls that wait for each other.
#[derive(Debug)]
struct Meeting {
    missing: Mutex<usize>,
    arrival: Condvar,
}

impl Meeting {
    fn join(&self) {
        let mut missing = lock(&self.missing);
        *missing = missing.saturating_sub(1);
        self.arrival.notify_all();
        // Whoever is late finds the others gone, and what the test expected does not happen.
        let _ = self.arrival.wait_timeout_while(missing, MEETING_MAX, |missing| *missing > 0);
    }
}

impl Proxy {
    /// A proxy that listens to nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The URL to use in place of `endpoint` (`http://127.0.0.1:4566`, without a path).
    ///
    /// # Errors
    /// `endpoint` is not of that form, or no port is free.
    pub fn listen(&mut self, endpoint: &str) -> io::Result<String> {
        let authority = http::split_url(endpoint)?.0.to_owned();
        let tally = Arc::clone(&self.tally);
        let server = Server::start(move |request| pass(&request, &authority, &tally))?;
        let url = format!("http://{}", server.authority());
        self.servers.push(server);
        Ok(url)
    }

    /// The same environment, with each variable that holds an endpoint's URL led through here.
    ///
    /// # Errors
    /// As [`Proxy::listen`].
    pub fn between(&mut self, env: &[(String, String)]) -> io::Result<Vec<(String, String)>> {
        let mut led = Vec::new();
        for (name, value) in env {
            let value = if name.starts_with("AWS_ENDPOINT_URL") {
                self.listen(value)?
            } else {
                value.clone()
            };
            led.push((name.clone(), value));
        }
        Ok(led)
    }

    /// Arranges for `kill` to be called once, at call `at_call`, which is counted from 1.
    ///
    /// `kill` must return only when the process is gone. It replaces what was arranged before.
    pub fn kill_at<F>(&self, at_call: usize, when: Kill, kill: F)
    where
        F: FnOnce() + Send + 'static,
    {
        lock(&self.tally).doom = Some(Doom { at_call, when, kill: Box::new(kill) });
    }

    /// Lets calls of this action wait until `many` of them have come, and then go on side by side.
    pub fn gather(&self, action: &str, many: usize) {
        let meeting = Meeting { missing: Mutex::new(many), arrival: Condvar::new() };
        lock(&self.tally).meeting = Some((action.to_owned(), Arc::new(meeting)));
    }

    /// Counts from zero again, forgets what went by and what was arranged.
    pub fn reset(&self) {
        *lock(&self.tally) = Tally::default();
    }

    /// All calls since the last reset, in the order in which they arrived.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.tally).calls.clone()
    }

    /// The names of those calls.
    pub fn actions(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.action).collect()
    }
}

impl fmt::Debug for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let doom = self.doom.as_ref().map(|doom| (doom.at_call, doom.when));
        let mut tally = formatter.debug_struct("Tally");
        tally.field("calls", &self.calls).field("doom", &doom).field("meeting", &self.meeting);
        tally.finish()
    }
}

impl Tally {
    /// Counts a call, and tells its number and what is to happen there.
    fn count(&mut self, request: &Message) -> (usize, Option<Doom>, Option<Arc<Meeting>>) {
        let action = action(request);
        let meeting = self.meeting.as_ref().filter(|(gathered, _)| *gathered == action);
        let meeting = meeting.map(|(_, meeting)| Arc::clone(meeting));
        self.calls.push(Call { action, status: None });
        let number = self.calls.len();
        (number, self.doom.take_if(|doom| doom.at_call == number), meeting)
    }

    fn note(&mut self, number: usize, answer: &Message) {
        // After a reset the call is no longer on the list.
        if let Some(call) = self.calls.get_mut(number - 1) {
            call.status = Some(answer.status());
        }
    }
}

fn pass(request: &Message, authority: &str, tally: &Mutex<Tally>) -> Option<Message> {
    // The lock is free again before the call is made: other calls go on meanwhile.
    let (number, doom, meeting) = lock(tally).count(request);
    if let Some(meeting) = meeting {
        meeting.join();
    }
    if let Some(Doom { when: Kill::Before, kill, .. }) = doom {
        kill();
        return None;
    }
    let forwarded = http::exchange(authority, request);
    if let Ok(answer) = &forwarded {
        lock(tally).note(number, answer);
    }
    if let Some(doom) = doom {
        (doom.kill)();
        return None;
    }
    Some(forwarded.unwrap_or_else(|error| Message::answer("502 Bad Gateway", error.to_string())))
}

/// JSON protocols name the operation in a header, the CBOR protocol at the end of the path, query
/// protocols in the form.
fn action(request: &Message) -> String {
    if let Some(target) = request.header("x-amz-target") {
        return target.rsplit('.').next().unwrap_or(target).to_owned();
    }
    if let Some((_, operation)) = request.target().split_once("/operation/") {
        return operation.to_owned();
    }
    let body = request.text();
    match body.split('&').find_map(|field| field.strip_prefix("Action=")) {
        Some(action) => action.to_owned(),
        None => format!("{} {}", request.method(), request.target()),
    }
}

#[cfg(test)]
mod tests;
