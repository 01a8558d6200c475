//! Reads `Sun 02:00-06:00 + Mon-Fri 03:00-04:00 @ Europe/Paris`.

use std::str::FromStr;

use jiff::tz::TimeZone;

use super::{Days, Weekly, Windows};
use crate::ids::bounded;

/// Why a text holds no windows: which part, and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} where `{part}` stands")]
pub struct WindowsError {
    /// What should stand there, with an example.
    pub expected: &'static str,
    /// The part that could not be read, cut to 80 characters with control characters escaped.
    pub part: String,
}

/// Three letters are enough to tell a day; `Display` writes them.
const DAYS: [(&str, &str); 7] = [
    ("Mon", "monday"),
    ("Tue", "tuesday"),
    ("Wed", "wednesday"),
    ("Thu", "thursday"),
    ("Fri", "friday"),
    ("Sat", "saturday"),
    ("Sun", "sunday"),
];

const A_WINDOW: &str = "days and hours such as `Sun 02:00-06:00`";
const THE_DAYS: &str = "`daily`, a day such as `Sun`, or days such as `Mon-Fri`";
const THE_HOURS: &str = "hours from 00:00 to 24:00 such as `02:00-06:00`";
const TWO_TIMES: &str = "two different times; a whole day is `00:00-24:00`";
const A_ZONE: &str = "one IANA time zone such as `Europe/Paris` after the `@`";

impl FromStr for Windows {
    type Err = WindowsError;

    /// Windows joined by `+`, then `@` and one zone (UTC without it). Letter case and spaces do not
    /// matter; a window whose end is before its start closes on the next day.
    fn from_str(text: &str) -> Result<Self, WindowsError> {
        let (windows, zone) = match text.split_once('@') {
            Some((windows, name)) => (windows, zone(name.trim())?),
            None => (text, TimeZone::UTC),
        };
        let weekly =
            windows.split('+').map(|part| weekly(part.trim())).collect::<Result<_, _>>()?;
        Ok(Self { weekly, zone })
    }
}

/// The three letters of a weekday, 0 = Monday.
pub(super) fn day_name(weekday: i64) -> &'static str {
    let index = usize::try_from(weekday).unwrap_or_default();
    DAYS.get(index).map_or("Mon", |(short, _)| short)
}

fn refuse(expected: &'static str, part: &str) -> WindowsError {
    WindowsError { expected, part: bounded(part) }
}

/// `Etc/Unknown` is a zone to jiff but not to an owner.
fn zone(name: &str) -> Result<TimeZone, WindowsError> {
    TimeZone::get(name)
        .ok()
        .filter(|zone| !zone.is_unknown() && zone.iana_name().is_some())
        .ok_or_else(|| refuse(A_ZONE, name))
}

fn weekly(part: &str) -> Result<Weekly, WindowsError> {
    let digit = part.find(|letter: char| letter.is_ascii_digit());
    let (days_part, hours_part) =
        digit.and_then(|at| part.split_at_checked(at)).ok_or_else(|| refuse(A_WINDOW, part))?;
    let days = days(days_part.trim()).ok_or_else(|| refuse(THE_DAYS, part))?;
    let (opens, closes) = hours(hours_part).ok_or_else(|| refuse(THE_HOURS, part))?;
    match closes {
        _ if closes == opens => Err(refuse(TWO_TIMES, part)),
        _ if closes < opens => Ok(Weekly { days, opens, closes: closes + 1_440 }),
        _ => Ok(Weekly { days, opens, closes }),
    }
}

fn days(text: &str) -> Option<Days> {
    if text.eq_ignore_ascii_case("daily") {
        return Some(Days::DAILY);
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(Days::new(day(first.trim())?, day(last.trim())?))
}

fn day(text: &str) -> Option<i64> {
    let text = text.to_ascii_lowercase();
    let index = DAYS.iter().position(|(_, long)| text.len() >= 3 && long.starts_with(&text))?;
    i64::try_from(index).ok()
}

/// Minutes of opening and closing. Midnight as an end is 24:00, the end of the day that was meant.
fn hours(text: &str) -> Option<(i64, i64)> {
    let (opens, closes) = text.split_once('-')?;
    let (opens, closes) = (minute(opens.trim())?, minute(closes.trim())?);
    let closes = if closes == 0 && opens > 0 { 1_440 } else { closes };
    (opens < 1_440).then_some((opens, closes))
}

/// Minutes from midnight, 0..=1440, of `02:00` or `2:00`.
fn minute(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let number = |digits: &str, lengths: std::ops::RangeInclusive<usize>| {
        let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
        (plain && lengths.contains(&digits.len())).then(|| digits.parse::<i64>().ok())?
    };
    let minutes = number(hour, 1..=2)? * 60 + number(minute, 2..=2).filter(|m| *m < 60)?;
    (minutes <= 1_440).then_some(minutes)
}
