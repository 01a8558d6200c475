//! How many instances of some number may be out at once: `3`, or `10pct`.

use std::fmt;

/// A number of instances, a share of them, or both: then the lesser counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bound {
    /// Instances; absent means that only the share counts.
    count: Option<u32>,
    /// Percent, 0..=100; absent means that only the number counts.
    percent: Option<u32>,
}

impl Bound {
    /// What a complaint says was expected.
    pub const EXPECTED: &str = "a number such as 3, or a share from 0pct to 100pct such as 10pct";

    /// At most so many instances. 0 is closed: none may ever be out.
    pub const fn count(count: u32) -> Self {
        Self { count: Some(count), percent: None }
    }

    /// At most this share of the instances. 0 is closed; above 100 counts as 100.
    pub const fn percent(percent: u32) -> Self {
        Self { count: None, percent: Some(if percent > 100 { 100 } else { percent }) }
    }

    /// Reads `3` or `10pct`. `None` for any other text, and above 100 percent.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let number = |digits: &str| -> Option<u32> {
            let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
            plain.then(|| digits.parse().ok())?
        };
        match text.strip_suffix("pct") {
            Some(share) => number(share.trim()).filter(|share| *share <= 100).map(Self::percent),
            None => number(&text).map(Self::count),
        }
    }

    /// How many of `total` may be out. A share is rounded down, but never to nothing: at least 1.
    pub fn of(self, total: u32) -> u32 {
        let share = self.percent.map(|percent| match percent {
            0 => 0,
            _ => u32::try_from(u64::from(total) * u64::from(percent) / 100).unwrap_or(1).max(1),
        });
        self.count.into_iter().chain(share).min().unwrap_or(1)
    }

    /// What satisfies both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let lesser = |a: Option<u32>, b: Option<u32>| a.into_iter().chain(b).min();
        Self {
            count: lesser(self.count, other.count),
            percent: lesser(self.percent, other.percent),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.count, self.percent) {
            (Some(count), Some(percent)) => write!(f, "{count} or {percent}pct, the lesser"),
            (Some(count), None) => write!(f, "{count}"),
            (None, percent) => write!(f, "{}pct", percent.unwrap_or(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_down_but_not_to_nothing() {
        let table = [
            ("3", 100, 3),
            ("10pct", 25, 2),
            ("10 PCT", 9, 1),
            ("10pct", 0, 1),
            ("100pct", u32::MAX, u32::MAX),
            ("0", 100, 0),
            ("0pct", 100, 0),
        ];
        for (text, total, out) in table {
            assert_eq!(Bound::read(text).unwrap().of(total), out, "{text} of {total}");
        }
    }

    #[test]
    fn of_a_number_and_a_share_the_lesser_counts() {
        let both = Bound::count(3).and(Bound::percent(10));
        assert_eq!((both.of(20), both.of(100)), (2, 3));
        assert_eq!(both.to_string(), "3 or 10pct, the lesser");
        assert_eq!(both.and(Bound::count(2)).of(100), 2);
    }

    #[test]
    fn other_texts_are_no_bounds() {
        for text in ["", "pct", "-1", "+1", "1.5", "101pct", "10%", "three", "4294967296", "1 0"] {
            assert_eq!(Bound::read(text), None, "{text}");
        }
    }
}
