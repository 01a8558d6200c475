//! The dates that AWS writes: three forms, none of them safe.
//!
//! `Thu, 10 Dec 2026 09:00:00 GMT` on the bus, sometimes with the wrong weekday or a day of one
//! digit, as AWS's own samples show; `10 Dec 2026 09:00:00 GMT` in instance metadata and in older
//! payloads; ISO 8601 in EC2. (AWS Health User Guide, `aws-health-events-eventbridge-schema`; EC2
//! User Guide, `viewing_scheduled_events`; read 2026-11.)

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// Longest text tried as a date, bytes.
const DATE_BYTES_MAX: usize = 64;

/// Reads a date in any of AWS's forms; `None` where it is none, because a notice without its date
/// is still a notice: EC2 knows the time.
///
/// ```
/// use shared::event::date::parse;
///
/// let date = parse("Sun, 10 Dec 2026 09:00:00 GMT").expect("a Thursday, but the date is clear");
/// assert_eq!(date.to_string(), "2026-12-10T09:00:00Z");
/// assert_eq!(parse("in a fortnight"), None);
/// ```
pub fn parse(text: &str) -> Option<Timestamp> {
    if text.len() > DATE_BYTES_MAX {
        return None;
    }
    // A strict parser refuses a weekday that contradicts the date, and the date is what counts.
    let date = text.split_once(',').map_or(text, |(_weekday, date)| date).trim();
    DateTimeParser::new().parse_timestamp(date).ok().or_else(|| date.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p07_every_form_of_a_date_is_read() {
        let rows = [
            ("Thu, 10 Dec 2026 09:00:00 GMT", Some("2026-12-10T09:00:00Z")),
            ("Sun, 10 Dec 2026 09:00:00 GMT", Some("2026-12-10T09:00:00Z")),
            ("Thu,10 Dec 2026 09:00:00 GMT", Some("2026-12-10T09:00:00Z")),
            ("Whitsunday, 10 Dec 2026 09:00:00 GMT", Some("2026-12-10T09:00:00Z")),
            ("Wed, 3 Jun 2026 05:01:10 GMT", Some("2026-06-03T05:01:10Z")),
            ("21 Jan 2019 09:00:43 GMT", Some("2019-01-21T09:00:43Z")),
            ("3 Jun 2026 05:01:10 GMT", Some("2026-06-03T05:01:10Z")),
            ("Thu, 10 Dec 2026 11:00:00 +0200", Some("2026-12-10T09:00:00Z")),
            ("2026-12-10T09:00:00Z", Some("2026-12-10T09:00:00Z")),
            ("2026-12-10T09:00:00.123Z", Some("2026-12-10T09:00:00.123Z")),
            ("2026-12-10T10:00:00+01:00", Some("2026-12-10T09:00:00Z")),
            (" 2026-12-10T09:00:00Z ", Some("2026-12-10T09:00:00Z")),
            ("", None),
            (",", None),
            ("Thu, ", None),
            ("soon", None),
            ("10 Dec 2026", None),
            ("2026-12-10", None),
            ("Thu, 31 Feb 2026 09:00:00 GMT", None),
            ("1795162530000", None),
        ];
        for (text, expect) in rows {
            let expect = expect.and_then(|text| text.parse::<Timestamp>().ok());
            assert_eq!(parse(text), expect, "{text}");
        }
        assert_eq!(parse(&"1".repeat(65)), None);
    }
}
