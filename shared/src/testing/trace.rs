//! What happened in a run, line by line: for people to read, and for two runs to be compared.

use std::fmt::{self, Write};

use jiff::Timestamp;

/// The lines of a run. They are hashed as they come, and kept only where somebody wants to read
/// them.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    hash: Fnv,
    kept: Option<String>,
}

impl Trace {
    /// A trace of which only the hash is kept.
    pub fn hashed() -> Self {
        Self::default()
    }

    /// A trace to be read.
    pub fn kept() -> Self {
        Self { kept: Some(String::new()), ..Self::hashed() }
    }

    /// Adds a line.
    pub fn line(&mut self, now: Timestamp, words: fmt::Arguments<'_>) {
        self.numbers(now, &[]);
        // Neither a string nor a hash refuses to be written to.
        let _ = writeln!(self.hash, "{words}");
        self.tell(now, words);
    }

    /// Adds what is too much to read: it is hashed.
    pub fn numbers(&mut self, now: Timestamp, numbers: &[u64]) {
        self.hash.write(&now.as_nanosecond().to_le_bytes());
        for number in numbers {
            self.hash.write(&number.to_le_bytes());
        }
    }

    /// Adds what only a reader needs: it is kept, and follows from what is hashed.
    pub fn tell(&mut self, now: Timestamp, words: fmt::Arguments<'_>) {
        if let Some(kept) = &mut self.kept {
            let _ = writeln!(kept, "{} {words}", now.strftime("%b %d %H:%M:%S"));
        }
    }

    /// Somebody wants to read it.
    pub fn is_read(&self) -> bool {
        self.kept.is_some()
    }

    /// A number that two runs with the same lines share.
    pub fn hash(&self) -> u64 {
        self.hash.0
    }

    /// The lines; absent where only the hash was kept.
    pub fn text(&self) -> Option<&str> {
        self.kept.as_deref()
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

    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
}

impl Default for Fnv {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_hashed_whether_they_are_kept_or_not() {
        let now = "2026-11-24T03:04:05Z".parse().unwrap();
        let mut traces = [Trace::hashed(), Trace::kept()];
        for trace in &mut traces {
            trace.line(now, format_args!("i-1 stops"));
            trace.tell(now, format_args!("i-1: running -> stopping"));
        }
        let [hashed, kept] = &traces;
        assert_eq!(hashed.hash(), kept.hash());
        let text = "Nov 24 03:04:05 i-1 stops\nNov 24 03:04:05 i-1: running -> stopping\n";
        assert_eq!((hashed.text(), kept.text()), (None, Some(text)));
    }

    #[test]
    fn another_time_another_word_and_another_number_make_another_hash() {
        let now = Timestamp::UNIX_EPOCH;
        let hash = |at, words: &str, numbers: &[u64]| {
            let mut trace = Trace::hashed();
            trace.line(at, format_args!("{words}"));
            trace.numbers(at, numbers);
            trace.hash()
        };
        let later = Timestamp::from_nanosecond(1).unwrap();
        let all = [
            hash(now, "stops", &[1]),
            hash(later, "stops", &[1]),
            hash(now, "starts", &[1]),
            hash(now, "stops", &[2]),
        ];
        assert_eq!(std::collections::BTreeSet::from(all).len(), all.len());
    }

    #[test]
    fn the_hash_is_the_one_that_is_published() {
        let mut hash = Fnv::default();
        hash.write_str("a").unwrap();
        // The authors' own test vector, from memory.
        assert_eq!(hash.0, 0xAF63_DC4C_8601_EC8C);
    }
}
