//! HTTP/1.1 messages as whole values, and a client for one exchange.
//!
//! Just enough of RFC 9112 for what runs on one machine: no TLS, no pipelining, no streaming, no
//! `HEAD`, no `100 Continue`. A body is held without its framing and always leaves with a
//! `Content-Length`.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longest body taken, in bytes: sixteen times what a synchronous answer of Lambda may hold.
const BODY_BYTES_MAX: usize = 6 << 24;
/// Longest start line or header line taken, in bytes.
const LINE_BYTES_MAX: u64 = 64 << 10;
/// Most header lines of one message.
const HEADERS_MAX: usize = 256;
/// Longest silence of the other side within one exchange.
const SILENCE_MAX: Duration = Duration::from_mins(2);

/// A request or an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `POST /path HTTP/1.1` or `HTTP/1.1 200 OK`.
    pub start: String,
    /// Names as they came, without the two that frame the body; values trimmed.
    pub headers: Vec<(String, String)>,
    /// What the framing held; empty if there was none.
    pub body: Vec<u8>,
}

impl Message {
    /// A request for `path`, with the body given.
    pub fn request(method: &str, path: &str, body: impl Into<Vec<u8>>) -> Self {
        let start = format!("{method} {path} HTTP/1.1");
        Self { start, headers: Vec::new(), body: body.into() }
    }

    /// An answer; `status` is the number and its phrase, as in `200 OK`.
    pub fn answer(status: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { start: format!("HTTP/1.1 {status}"), headers: Vec::new(), body: body.into() }
    }

    /// The same message with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The first header of this name, in any case; none if there is none.
    pub fn header(&self, name: &str) -> Option<&str> {
        let wanted = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.headers.iter().find(wanted).map(|(_, value)| value.as_str())
    }

    /// Method of a request, or protocol of an answer.
    pub fn method(&self) -> &str {
        self.start.split(' ').next().unwrap_or_default()
    }

    /// Target of a request, query included; of an answer its status code.
    pub fn target(&self) -> &str {
        self.start.split(' ').nth(1).unwrap_or_default()
    }

    /// Status code of an answer; 0 if it is none.
    pub fn status(&self) -> u16 {
        self.target().parse().unwrap_or(0)
    }

    /// The body, with what is not UTF-8 replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether the sender will close the connection after this message.
    pub fn is_last(&self) -> bool {
        match self.header("connection") {
            Some(value) => value.eq_ignore_ascii_case("close"),
            None => self.start.starts_with("HTTP/1.0") || self.start.ends_with("HTTP/1.0"),
        }
    }

    /// The next message of a connection; none if the peer has closed it between two messages.
    pub fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let start = line(reader)?;
        if start.is_empty() {
            return Ok(None);
        }
        let mut message = Self { start, headers: Vec::new(), body: Vec::new() };
        let framing = message.read_headers(reader)?;
        message.body = framing.read(reader)?;
        Ok(Some(message))
    }

    fn read_headers(&mut self, reader: &mut impl BufRead) -> io::Result<Framing> {
        let is_answer = self.start.starts_with("HTTP/");
        let bodyless = matches!(self.status(), 204 | 304);
        let mut framing =
            if is_answer && !bodyless { Framing::UntilClose } else { Framing::Length(0) };
        for _ in 0..HEADERS_MAX {
            let header = line(reader)?;
            if header.is_empty() {
                return Ok(framing);
            }
            let (name, value) = header.split_once(':').ok_or_else(|| {
                malformed(format_args!("header {header:?} of {:?} has no colon", self.start))
            })?;
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                let length =
                    value.parse().map_err(|_| malformed(format_args!("length {value:?}")))?;
                framing = Framing::Length(length);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                framing = Framing::Chunked;
            } else {
                self.headers.push((name.to_owned(), value.to_owned()));
            }
        }
        Err(malformed(format_args!("{:?} has more than {HEADERS_MAX} headers", self.start)))
    }

    /// Writes the message in one piece, so that no peer waits for a delayed acknowledgement.
    pub fn write(&self, writer: &mut impl Write) -> io::Result<()> {
        let mut bytes = format!("{}\r\n", self.start).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", self.body.len()).as_bytes());
        bytes.extend_from_slice(&self.body);
        writer.write_all(&bytes)?;
        writer.flush()
    }
}

enum Framing {
    Length(usize),
    Chunked,
    UntilClose,
}

impl Framing {
    fn read(self, reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        match self {
            Self::Length(length) => take(reader, length, &mut body)?,
            Self::Chunked => {
                while let size @ 1.. = chunk_size(&line(reader)?)? {
                    take(reader, size, &mut body)?;
                    line(reader)?;
                }
                while !line(reader)?.is_empty() {}
            }
            Self::UntilClose => {
                let limit = u64::try_from(BODY_BYTES_MAX).unwrap_or(u64::MAX);
                reader.take(limit).read_to_end(&mut body)?;
            }
        }
        Ok(body)
    }
}

fn chunk_size(line: &str) -> io::Result<usize> {
    let digits = line.split(';').next().unwrap_or_default().trim();
    usize::from_str_radix(digits, 16).map_err(|_| malformed(format_args!("chunk size {line:?}")))
}

fn take(reader: &mut impl BufRead, length: usize, body: &mut Vec<u8>) -> io::Result<()> {
    if body.len().saturating_add(length) > BODY_BYTES_MAX {
        return Err(malformed(format_args!("a body of more than {BODY_BYTES_MAX} bytes")));
    }
    let wanted = body.len() + length;
    reader.take(u64::try_from(length).unwrap_or(u64::MAX)).read_to_end(body)?;
    if body.len() < wanted {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

/// One line without its end; empty for an empty line and where the peer has closed.
fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    reader.take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes)?;
    while bytes.last().is_some_and(u8::is_ascii_whitespace) {
        bytes.pop();
    }
    String::from_utf8(bytes).map_err(|_| malformed("a header line that is not UTF-8"))
}

fn malformed(what: impl fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed HTTP: {what}"))
}

/// Sends `request` to `authority` (`127.0.0.1:4566`) on a connection of its own.
///
/// # Errors
/// Names the authority and the request where no whole answer came.
pub fn exchange(authority: &str, request: &Message) -> io::Result<Message> {
    let attempt = || {
        let mut stream = TcpStream::connect(authority)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SILENCE_MAX))?;
        request.write(&mut stream)?;
        Message::read(&mut BufReader::new(stream))?.ok_or(io::ErrorKind::UnexpectedEof.into())
    };
    attempt().map_err(|error: io::Error| {
        io::Error::new(error.kind(), format!("{authority}: {:?}: {error}", request.start))
    })
}

/// Authority and path of an `http://` URL; the path is `/` if the URL has none.
pub fn split_url(url: &str) -> io::Result<(&str, &str)> {
    let rest = url.strip_prefix("http://").ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("{url:?}: expected http://host:port"))
    })?;
    let slash = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(slash);
    Ok((authority, if path.is_empty() { "/" } else { path }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &str) -> io::Result<Option<Message>> {
        Message::read(&mut bytes.as_bytes())
    }

    #[test]
    fn a_chunked_body_is_joined_and_its_trailers_are_dropped() -> io::Result<()> {
        let wire = "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n\
                    3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n";
        let message = read(wire)?.unwrap_or(Message::answer("none", ""));
        assert_eq!((message.method(), message.target()), ("POST", "/a"));
        assert_eq!((message.text().as_str(), message.header("x-a")), ("abcde", Some("1")));
        Ok(())
    }

    #[test]
    fn an_answer_without_length_ends_with_its_connection() -> io::Result<()> {
        let message = read("HTTP/1.0 200 OK\r\n\r\nall of it")?;
        assert_eq!(message.as_ref().map(Message::text).as_deref(), Some("all of it"));
        assert!(message.is_some_and(|message| message.is_last()));
        Ok(())
    }

    #[test]
    fn a_request_without_length_has_no_body() -> io::Result<()> {
        assert!(read("GET / HTTP/1.1\r\n\r\n")?.is_some_and(|message| message.body.is_empty()));
        assert_eq!(read("")?, None);
        Ok(())
    }

    #[test]
    fn what_is_cut_short_or_malformed_is_an_error() {
        for wire in [
            "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nshort",
            "POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
            "POST / HTTP/1.1\r\nno colon\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n",
        ] {
            assert!(read(wire).is_err(), "{wire:?} was taken");
        }
    }

    #[test]
    fn a_url_splits_into_authority_and_path() -> io::Result<()> {
        assert_eq!(split_url("http://127.0.0.1:1/a/b")?, ("127.0.0.1:1", "/a/b"));
        assert_eq!(split_url("http://127.0.0.1:1")?, ("127.0.0.1:1", "/"));
        assert!(split_url("https://127.0.0.1").is_err());
        Ok(())
    }
}
