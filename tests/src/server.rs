//! A server on the loopback device: one thread per connection, each request answered in turn.
//!
//! It knows nothing of AWS: what a request means is the business of the function it was started
//! with.

use std::collections::BTreeMap;
use std::io::{self, BufReader};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use crate::http::Message;
use crate::lock;

/// Answers requests until it is dropped, then closes every connection.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    connections: Arc<Mutex<Connections>>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Connections {
    closed: bool,
    next: u64,
    open: BTreeMap<u64, TcpStream>,
}

impl Server {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// Requests of one connection are answered one after the other, those of several side by side.
    /// Where `answer` gives none, the connection is closed without a word.
    pub fn start<F>(answer: F) -> io::Result<Self>
    where
        F: Fn(Message) -> Option<Message> + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let connections = Arc::new(Mutex::new(Connections::default()));
        let accepting = {
            let connections = Arc::clone(&connections);
            thread::spawn(move || accept(&listener, &connections, &Arc::new(answer)))
        };
        Ok(Self { address, connections, accepting: Some(accepting) })
    }

    /// `127.0.0.1:PORT`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        {
            let mut connections = lock(&self.connections);
            connections.closed = true;
            for stream in connections.open.values() {
                // A peer that has gone already is what we want.
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        // `accept` cannot be interrupted; a last connection lets it see that we are closed. Where
        // that fails the thread stays behind, rather than this one with it.
        if TcpStream::connect(self.address).is_ok()
            && let Some(accepting) = self.accepting.take()
        {
            let _ = accepting.join();
        }
    }
}

fn accept<F>(listener: &TcpListener, connections: &Arc<Mutex<Connections>>, answer: &Arc<F>)
where
    F: Fn(Message) -> Option<Message> + Send + Sync + 'static,
{
    for stream in listener.incoming().flatten() {
        let Ok(copy) = stream.try_clone() else { continue };
        let id = {
            let mut connections = lock(connections);
            if connections.closed {
                return;
            }
            connections.next += 1;
            let id = connections.next;
            connections.open.insert(id, copy);
            id
        };
        let (connections, answer) = (Arc::clone(connections), Arc::clone(answer));
        thread::spawn(move || {
            // An error here is the peer's end in the middle of a message: a killed process.
            let _ = converse(stream, answer.as_ref());
            lock(&connections).open.remove(&id);
        });
    }
}

fn converse<F>(mut stream: TcpStream, answer: &F) -> io::Result<()>
where
    F: Fn(Message) -> Option<Message>,
{
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(request) = Message::read(&mut reader)? {
        let last = request.is_last();
        let Some(answer) = answer(request) else { break };
        answer.write(&mut stream)?;
        if last || answer.is_last() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::exchange;

    #[test]
    fn one_connection_carries_many_requests() -> io::Result<()> {
        let server = Server::start(|request| Some(Message::answer("200 OK", request.body)))?;
        let mut stream = TcpStream::connect(server.authority())?;
        let mut reader = BufReader::new(stream.try_clone()?);
        for body in ["one", "two", "three"] {
            Message::request("POST", "/", body).write(&mut stream)?;
            let answer = Message::read(&mut reader)?;
            assert_eq!(answer.map(|answer| answer.text()).as_deref(), Some(body));
        }
        Ok(())
    }

    #[test]
    fn no_answer_closes_the_connection() -> io::Result<()> {
        let server = Server::start(|_| None)?;
        assert!(exchange(&server.authority(), &Message::request("GET", "/", "")).is_err());
        Ok(())
    }

    #[test]
    fn dropping_the_server_frees_peers_that_wait() -> io::Result<()> {
        let server = Server::start(|request| Some(Message::answer("200 OK", request.body)))?;
        let idle = TcpStream::connect(server.authority())?;
        let authority = server.authority();
        exchange(&authority, &Message::request("GET", "/", ""))?;
        drop(server);
        let read = Message::read(&mut BufReader::new(idle));
        assert!(matches!(read, Ok(None) | Err(_)));
        assert!(TcpStream::connect(authority).is_err());
        Ok(())
    }
}
