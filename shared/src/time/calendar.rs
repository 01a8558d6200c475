//! The hours that remain when several owners each gave theirs.

use std::fmt;

use jiff::Timestamp;

use super::{Interval, Windows};

/// When something may be opened: always, never, or while *every* one of some windows is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Calendar {
    /// Nobody named windows.
    Always,
    /// All of these must be open at once; never empty. Two may have nothing in common: then it
    /// never opens, and [`Calendar::next_open`] says so.
    Within(Vec<Windows>),
    /// The owner named windows that could not be read.
    Never,
}

impl Calendar {
    /// Whether it is open at the instant.
    pub fn contains(&self, at: Timestamp) -> bool {
        match self {
            Self::Always => true,
            Self::Within(windows) => windows.iter().all(|windows| windows.contains(at)),
            Self::Never => false,
        }
    }

    /// The rest of the opening that contains the instant, or else the next opening; its start is
    /// never before `from`. `None` where nothing opens within 92 days.
    pub fn next_open(&self, from: Timestamp) -> Option<Interval> {
        self.intervals(from, Timestamp::MAX).into_iter().next()
    }

    /// When the opening that contains the instant ends; `None` while closed.
    ///
    /// [`Calendar::Always`] ends with time itself, [`Timestamp::MAX`]; windows end at most 92 days
    /// later.
    pub fn open_until(&self, at: Timestamp) -> Option<Timestamp> {
        self.next_open(at).filter(|open| open.contains(at)).map(Interval::end)
    }

    /// Every opening in `[from, until)`, in order, looking at most 92 days ahead where there are
    /// windows.
    pub fn intervals(&self, from: Timestamp, until: Timestamp) -> Vec<Interval> {
        let whole: Vec<Interval> = Interval::new(from, until).into_iter().collect();
        match self {
            Self::Always => whole,
            Self::Within(windows) => windows
                .iter()
                .map(|windows| windows.intervals(from, until))
                .fold(whole, |left, right| common(&left, &right)),
            Self::Never => Vec::new(),
        }
    }

    /// The hours that are open in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::Always, hours) | (hours, Self::Always) => hours,
            (Self::Within(mut all), Self::Within(more)) => {
                for windows in more {
                    if !all.contains(&windows) {
                        all.push(windows);
                    }
                }
                Self::Within(all)
            }
        }
    }
}

/// What lies in both of two lists, each in order and without overlaps.
fn common(left: &[Interval], right: &[Interval]) -> Vec<Interval> {
    let mut both = Vec::new();
    let mut rest = right;
    for one in left {
        let over = rest.partition_point(|other| other.end() <= one.start());
        rest = rest.get(over..).unwrap_or_default();
        let near = rest.iter().take_while(|other| other.start() < one.end());
        both.extend(near.filter_map(|other| one.intersection(*other)));
    }
    both
}

impl fmt::Display for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("any time"),
            Self::Never => f.write_str("never"),
            Self::Within(windows) => {
                let all: Vec<String> = windows.iter().map(Windows::to_string).collect();
                f.write_str(&all.join(", and at the same time "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(text: &str) -> Calendar {
        Calendar::Within(vec![text.parse().unwrap()])
    }

    #[test]
    fn two_owners_windows_are_open_only_together() {
        let from = "2026-11-01T00:00Z".parse().unwrap();
        let calendar = within("Sun-Mon 02:00-06:00 @ Europe/Paris").and(within("Mon 04:00-08:00"));
        let open = calendar.next_open(from).unwrap();
        assert_eq!(open.to_string(), "2026-11-02T04:00:00Z/2026-11-02T05:00:00Z");
        assert!(calendar.contains(open.start()) && !calendar.contains(open.end()));
        assert_eq!(calendar.open_until(open.start()), Some(open.end()));
        assert_eq!(calendar.open_until(from), None);
    }

    #[test]
    fn windows_with_nothing_in_common_never_open() {
        let calendar = within("Sun 02:00-06:00").and(within("Mon 02:00-06:00"));
        assert_eq!(calendar.next_open("2026-11-01T00:00Z".parse().unwrap()), None);
    }

    #[test]
    fn always_gives_way_and_never_wins() {
        let sunday = within("Sun 02:00-06:00");
        assert_eq!(Calendar::Always.and(sunday.clone()), sunday);
        assert_eq!(sunday.clone().and(sunday.clone()), sunday);
        assert_eq!(sunday.and(Calendar::Never), Calendar::Never);
        let now = "2026-11-01T00:00Z".parse().unwrap();
        assert_eq!(Calendar::Always.open_until(now), Some(Timestamp::MAX));
        assert_eq!(Calendar::Never.next_open(now), None);
    }
}
