//! A stretch of time between two instants.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

/// A half-open stretch of time: `start` belongs to it, `end` does not, and `start < end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    start: Timestamp,
    end: Timestamp,
}

impl Interval {
    /// The interval, or nothing where no time lies between the two instants.
    pub fn new(start: Timestamp, end: Timestamp) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// The first instant inside.
    pub fn start(self) -> Timestamp {
        self.start
    }

    /// The first instant after it.
    pub fn end(self) -> Timestamp {
        self.end
    }

    /// Whether the instant lies inside.
    pub fn contains(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// From start to end, always positive.
    pub fn length(self) -> SignedDuration {
        self.end.duration_since(self.start)
    }

    /// What lies in both.
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }
}

/// ISO 8601's own form of an interval: `start/end`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn an_interval_holds_its_start_and_not_its_end() {
        let interval = Interval::new(at(10), at(20)).unwrap();
        assert!(interval.contains(at(10)) && interval.contains(at(19)));
        assert!(!interval.contains(at(9)) && !interval.contains(at(20)));
        assert_eq!(interval.length(), SignedDuration::from_secs(10));
        assert_eq!(Interval::new(at(10), at(10)), None);
    }

    #[test]
    fn intervals_that_only_touch_have_nothing_in_common() {
        let early = Interval::new(at(0), at(10)).unwrap();
        let late = Interval::new(at(10), at(20)).unwrap();
        let both = Interval::new(at(5), at(15)).unwrap();
        assert_eq!(early.intersection(late), None);
        assert_eq!(both.intersection(late), Interval::new(at(10), at(15)));
    }
}
