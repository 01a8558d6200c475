//! Durations as an owner writes them in a tag: `45s`, `30m`, `2h`, `1d`, `1h30m`.

use jiff::SignedDuration;

/// Units from the largest to the smallest, with their seconds. A day is 24 hours, whatever the
/// zone.
const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Reads a duration: whole numbers with their units, each unit once, the larger first.
///
/// `None` for anything else; zero is a duration, and whether it makes sense is the caller's to say.
///
/// ```
/// use shared::time::{SignedDuration, duration};
///
/// assert_eq!(duration::read("1h30m"), Some(SignedDuration::from_mins(90)));
/// assert_eq!(duration::read("30m 1h"), None);
/// assert_eq!(duration::read("90"), None);
/// ```
pub fn read(text: &str) -> Option<SignedDuration> {
    let mut total: i64 = 0;
    let mut digits = String::new();
    let mut units = UNITS.iter();
    for letter in text.chars().filter(|letter| *letter != ' ') {
        if letter.is_ascii_digit() {
            digits.push(letter);
        } else {
            let (_, seconds) = units.find(|(unit, _)| *unit == letter.to_ascii_lowercase())?;
            let count: i64 = digits.parse().ok()?;
            total = total.checked_add(count.checked_mul(*seconds)?)?;
            digits.clear();
        }
    }
    let whole = digits.is_empty() && text.contains(|letter: char| letter.is_ascii_digit());
    whole.then(|| SignedDuration::from_secs(total))
}

/// The shortest text that [`read`] understands as this duration; parts of a second are dropped, and
/// what is negative shows as `0s`.
pub fn show(duration: SignedDuration) -> String {
    let total = duration.as_secs().max(0);
    if total == 0 {
        return "0s".to_owned();
    }
    let mut rest = total;
    let mut part = |(unit, seconds): (char, i64)| {
        let count = rest / seconds;
        rest %= seconds;
        (count > 0).then(|| format!("{count}{unit}"))
    };
    UNITS.into_iter().filter_map(&mut part).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_numbers_with_units_from_large_to_small() {
        let table: [(&str, Option<i64>); 18] = [
            ("45s", Some(45)),
            ("30m", Some(1_800)),
            ("2h", Some(7_200)),
            ("1d", Some(86_400)),
            ("1h30m", Some(5_400)),
            ("1D 2H", Some(93_600)),
            ("90m", Some(5_400)),
            ("0s", Some(0)),
            ("", None),
            ("h", None),
            ("90", None),
            ("1h30", None),
            ("30m1h", None),
            ("1h1h", None),
            ("-1h", None),
            ("1.5h", None),
            ("99999999999999999999d", None),
            ("9223372036854775807d", None),
        ];
        for (text, seconds) in table {
            assert_eq!(read(text), seconds.map(SignedDuration::from_secs), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_shown_duration_reads_as_itself(seconds in 0_i64..10_000_000) {
            let duration = SignedDuration::from_secs(seconds);
            prop_assert_eq!(read(&show(duration)), Some(duration));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,64}") {
            let _ = read(&text);
        }
    }
}
