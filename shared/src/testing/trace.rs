//! What happened in a run, line by line: for people to read, and for two runs to be compared.

use std::fmt::{self, Write};

use jiff::Timestamp;

/// The lines of a run. They are hashed as they come, and kept only where somebody wants to read
/// them.
#[derive(Debug, Clone)]
pub struct Trace {
    began: Timestamp,
    hash: Fnv,
    lines: usize,
    kept: Option<String>,
}

impl Trace {
    /// A trace of which only the hash is kept.
    pub fn hashed(began: Timestamp) -> Self {
        Self { began, hash: Fnv::default(), lines: 0, kept: None }
    }

    /// A trace to be read.
    pub fn kept(began: Timestamp) -> Self {
        Self { kept: Some(String::new()), ..Self::hashed(began) }
    }

    /// Adds a line: hours, minutes and seconds since the world began, and the words.
    pub fn line(&mut self, now: Timestamp, words: fmt::Arguments<'_>) {
        let seconds = now.duration_since(self.began).as_secs();
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        self.lines += 1;
        // Neither a string nor a hash refuses to be written to.
        let _ = writeln!(self, "{hours:02}:{minutes:02}:{seconds:02} {words}");
    }

    /// A number that two runs with the same lines share.
    pub fn hash(&self) -> u64 {
        self.hash.0
    }

    /// Lines so far.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// The lines; absent where only the hash was kept.
    pub fn text(&self) -> Option<&str> {
        self.kept.as_deref()
    }
}

impl Write for Trace {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if let Some(kept) = &mut self.kept {
            kept.push_str(text);
        }
        self.hash.write_str(text)
    }
}

/// Fowler, Noll and Vo's hash, variant 1a, 64 bits (draft-eastlake-fnv-22, read 2026-11): the same on
/// every machine and with every compiler, as the standard library's is not promised to be.
#[derive(Debug, Clone)]
pub(super) struct Fnv(u64);

impl Fnv {
    /// The number so far.
    pub fn value(&self) -> u64 {
        self.0
    }
}

impl Default for Fnv {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_hashed_whether_they_are_kept_or_not() {
        let began = Timestamp::UNIX_EPOCH;
        let mut traces = [Trace::hashed(began), Trace::kept(began)];
        for trace in &mut traces {
            trace.line("1970-01-02T03:04:05Z".parse().unwrap(), format_args!("i-1 stops"));
        }
        let [hashed, kept] = &traces;
        assert_eq!(hashed.hash(), kept.hash());
        assert_ne!(hashed.hash(), Trace::hashed(began).hash());
        assert_eq!(kept.text(), Some("27:04:05 i-1 stops\n"));
        assert_eq!((hashed.text(), hashed.lines()), (None, 1));
    }

    #[test]
    fn the_hash_is_the_one_that_is_published() {
        let mut hash = Fnv::default();
        hash.write_str("a").unwrap();
        // The authors' own test vector, from memory.
        assert_eq!(hash.0, 0xAF63_DC4C_8601_EC8C);
    }
}
