//! Maintenance windows: the hours of the week in which the owner lets something be opened.
//!
//! A window is open exactly while a clock on the wall of its zone shows a time inside it. Nothing
//! else is needed to know what happens when the clock changes:
//!
//! * *Forward* (a gap): what the clock skips does not exist. A window that begins in the gap opens
//!   with the first instant after it, and a window that lies wholly in the gap does not open that
//!   day.
//! * *Back* (a fold): the repeated times are inside both times they are shown. A window that holds
//!   the whole fold is an hour longer; one that begins or ends in the fold opens twice that day. So
//!   no window is ever open outside the owner's hours, and one of its openings is always as long as
//!   meant.
//!
//! What is *not* here: whether something may be opened at all. That is the policy's to say.

mod parse;
#[cfg(test)]
mod tests;

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
pub use parse::WindowsError;

use super::Interval;

/// How far ahead a question about windows looks: 92 days, in seconds. AWS announces weeks ahead.
const HORIZON: i64 = 92 * DAY;
/// Seconds of a day as a wall clock counts it.
const DAY: i64 = 86_400;

/// The windows of one tag, all in one time zone.
///
/// At least one window, at most as many as a tag value of 256 characters can hold. `Display` gives
/// text that parses to the same windows, always with the zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    weekly: Vec<Weekly>,
    zone: TimeZone,
}

/// One window: the days on which it opens, and its hours on each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Weekly {
    days: Days,
    /// Minutes from the day's midnight, 0..=1439.
    opens: i64,
    /// Minutes from the *same* midnight, 1..=2879; above 1440 the window closes on the next day.
    closes: i64,
}

/// A run of weekdays, 0 = Monday..6 = Sunday, both ends included; the last may come before the
/// first, over the week's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Days {
    first: i64,
    last: i64,
}

impl Days {
    const DAILY: Self = Self { first: 0, last: 6 };

    /// All seven days are always Monday to Sunday, so that equal windows are equal values.
    fn new(first: i64, last: i64) -> Self {
        if (last - first).rem_euclid(7) == 6 { Self::DAILY } else { Self { first, last } }
    }

    fn contains(self, weekday: i64) -> bool {
        (weekday - self.first).rem_euclid(7) <= (self.last - self.first).rem_euclid(7)
    }
}

/// A stretch of time with one offset from UTC, in seconds.
struct Steady {
    from: i64,
    until: i64,
    offset: i64,
}

impl Windows {
    /// Whether a window is open at the instant.
    pub fn contains(&self, at: Timestamp) -> bool {
        let wall = floor(at) + self.offset(floor(at));
        let today = wall.div_euclid(DAY);
        self.weekly.iter().any(|window| {
            [today - 1, today].into_iter().any(|day| {
                window.on(day).is_some_and(|(opens, closes)| opens <= wall && wall < closes)
            })
        })
    }

    /// The rest of the opening that contains the instant, or else the next opening; its start is
    /// never before `from`.
    ///
    /// `None` where nothing opens within 92 days. An opening that lasts longer is cut there.
    pub fn next_open(&self, from: Timestamp) -> Option<Interval> {
        self.intervals(from, Timestamp::MAX).into_iter().next()
    }

    /// When the opening that contains the instant ends, at most 92 days later; `None` while closed.
    pub fn open_until(&self, at: Timestamp) -> Option<Timestamp> {
        self.next_open(at).filter(|open| open.contains(at)).map(Interval::end)
    }

    /// Every opening in `[from, until)`, cut to it, in order, never touching one another.
    ///
    /// Looks at most 92 days ahead of `from`, which bounds the answer.
    pub fn intervals(&self, from: Timestamp, until: Timestamp) -> Vec<Interval> {
        let start = floor(from);
        let end = floor(until).saturating_add(1).min(start.saturating_add(HORIZON));
        let mut open: Vec<(i64, i64)> =
            self.steady(start, end).iter().flat_map(|steady| self.open_while(steady)).collect();
        open.sort_unstable();
        let cut = |(opens, closes): (i64, i64)| {
            let opens = Timestamp::from_second(opens).unwrap_or(Timestamp::MIN);
            let closes = Timestamp::from_second(closes).unwrap_or(Timestamp::MAX);
            Interval::new(opens.max(from), closes.min(until))
        };
        merged(open).into_iter().filter_map(cut).collect()
    }

    /// Divides the time where the zone changes its offset.
    fn steady(&self, from: i64, until: i64) -> Vec<Steady> {
        let mut starts = vec![from];
        if let Ok(at) = Timestamp::from_second(from) {
            let changes = self.zone.following(at).map(|change| floor(change.timestamp()));
            starts.extend(changes.take_while(|change| *change < until));
        }
        let ends = starts.iter().copied().skip(1).chain([until]);
        let stretch = |(from, until)| Steady { from, until, offset: self.offset(from) };
        starts.iter().copied().zip(ends).map(stretch).collect()
    }

    /// Seconds that the wall clock is ahead of UTC.
    fn offset(&self, second: i64) -> i64 {
        let at = Timestamp::from_second(second).unwrap_or_default();
        self.zone.to_offset(at).seconds().into()
    }

    /// The openings within a stretch where wall clock and UTC run side by side.
    fn open_while(&self, steady: &Steady) -> Vec<(i64, i64)> {
        let (from, until) = (steady.from + steady.offset, steady.until + steady.offset);
        let days = from.div_euclid(DAY) - 1..=until.div_euclid(DAY);
        let cut = |(opens, closes): (i64, i64)| (opens.max(from), closes.min(until));
        days.flat_map(|day| self.weekly.iter().filter_map(move |window| window.on(day)))
            .map(cut)
            .filter(|(opens, closes)| opens < closes)
            .map(|(opens, closes)| (opens - steady.offset, closes - steady.offset))
            .collect()
    }
}

impl Weekly {
    /// The window on one day, in seconds of the wall clock; days count from 1970-01-01, a Thursday.
    fn on(self, day: i64) -> Option<(i64, i64)> {
        let opens_today = self.days.contains((day + 3).rem_euclid(7));
        opens_today.then(|| (day * DAY + self.opens * 60, day * DAY + self.closes * 60))
    }
}

/// The second that an instant lies in, also before 1970.
fn floor(at: Timestamp) -> i64 {
    if at.subsec_nanosecond() < 0 { at.as_second() - 1 } else { at.as_second() }
}

/// Joins what overlaps or touches; the openings come sorted.
fn merged(sorted: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (opens, closes) in sorted {
        match joined.last_mut() {
            Some((_, end)) if opens <= *end => *end = closes.max(*end),
            _ => joined.push((opens, closes)),
        }
    }
    joined
}

impl fmt::Display for Windows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, window) in self.weekly.iter().enumerate() {
            let plus = if index == 0 { "" } else { " + " };
            write!(f, "{plus}{window}")?;
        }
        write!(f, " @ {}", self.zone.iana_name().unwrap_or("UTC"))
    }
}

impl fmt::Display for Weekly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let closes = if self.closes > 1_440 { self.closes - 1_440 } else { self.closes };
        write!(f, "{} ", self.days)?;
        write!(f, "{:02}:{:02}-", self.opens / 60, self.opens % 60)?;
        write!(f, "{:02}:{:02}", closes / 60, closes % 60)
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (parse::day_name(self.first), parse::day_name(self.last));
        match *self {
            Self::DAILY => f.write_str("daily"),
            Self { first: one, last: same } if one == same => f.write_str(first),
            Self { .. } => write!(f, "{first}-{last}"),
        }
    }
}
