use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;

fn windows(text: &str) -> Windows {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The openings from one instant to another, each as `start/end` in UTC.
fn openings(text: &str, from: &str, until: &str) -> Vec<String> {
    windows(text).intervals(at(from), at(until)).iter().map(Interval::to_string).collect()
}

#[test]
fn every_accepted_text_has_one_canonical_form() {
    let table = [
        ("Sun 02:00-06:00", "Sun 02:00-06:00 @ UTC"),
        ("  sunday  2:00 - 6:00  ", "Sun 02:00-06:00 @ UTC"),
        ("daily 02:00-04:00 @ utc", "daily 02:00-04:00 @ UTC"),
        ("Wed-Tue 02:00-04:00", "daily 02:00-04:00 @ UTC"),
        ("SAT - mon 22:00-01:30@europe/paris", "Sat-Mon 22:00-01:30 @ Europe/Paris"),
        ("Fri 20:00-00:00", "Fri 20:00-24:00 @ UTC"),
        ("Fri 00:00-24:00", "Fri 00:00-24:00 @ UTC"),
        (
            "Sun 02:00-06:00 + Mon-Fri 03:00-04:00 @ Europe/Paris",
            "Sun 02:00-06:00 + Mon-Fri 03:00-04:00 @ Europe/Paris",
        ),
    ];
    for (text, canonical) in table {
        assert_eq!(windows(text).to_string(), canonical, "{text}");
        assert_eq!(windows(canonical), windows(text), "{text}");
    }
}

#[test]
fn a_refusal_names_the_part_and_what_belongs_there() {
    let table = [
        ("", "expected days and hours such as `Sun 02:00-06:00` where `` stands"),
        ("Sun", "expected days and hours such as `Sun 02:00-06:00` where `Sun` stands"),
        ("Sun 02:00-06:00 + ", "expected days and hours such as `Sun 02:00-06:00` where `` stands"),
        (
            "Sonntag 02:00-06:00",
            "expected `daily`, a day such as `Sun`, or days such as `Mon-Fri` \
             where `Sonntag 02:00-06:00` stands",
        ),
        (
            "02:00-06:00",
            "expected `daily`, a day such as `Sun`, or days such as `Mon-Fri` \
             where `02:00-06:00` stands",
        ),
        (
            "Sun 02:00-25:00",
            "expected hours from 00:00 to 24:00 such as `02:00-06:00` \
             where `Sun 02:00-25:00` stands",
        ),
        (
            "Sun 24:00-02:00",
            "expected hours from 00:00 to 24:00 such as `02:00-06:00` \
             where `Sun 24:00-02:00` stands",
        ),
        (
            "Sun 02:00-02:00",
            "expected two different times; a whole day is `00:00-24:00` \
             where `Sun 02:00-02:00` stands",
        ),
        (
            "Sun 02:00-06:00 @ Paris",
            "expected one IANA time zone such as `Europe/Paris` after the `@` where `Paris` stands",
        ),
    ];
    for (text, words) in table {
        assert_eq!(text.parse::<Windows>().unwrap_err().to_string(), words, "{text}");
    }
    for text in [
        "Su 02:00-06:00",
        "Sun 2-6",
        "Sun 02:60-06:00",
        "Sun 02:00-06:0x",
        "x @ y @ z",
        "Sun 02:00-06:00 @",
        "Sun 02:00-06:00 @ Etc/Unknown",
        "Sun +2:00-06:00",
    ] {
        assert!(text.parse::<Windows>().is_err(), "{text}");
    }
}

#[test]
fn a_week_opens_on_its_days_over_midnight_and_over_the_weeks_end() {
    // 2026-11-01 is a Sunday.
    let week = ("2026-11-01T00:00Z", "2026-11-08T00:00Z");
    let table: [(&str, &[&str]); 5] = [
        ("Wed 02:00-06:00", &["2026-11-04T02:00:00Z/2026-11-04T06:00:00Z"]),
        ("Wed 23:00-01:00", &["2026-11-04T23:00:00Z/2026-11-05T01:00:00Z"]),
        (
            "Sat-Sun 23:00-01:00",
            &[
                "2026-11-01T00:00:00Z/2026-11-01T01:00:00Z",
                "2026-11-01T23:00:00Z/2026-11-02T01:00:00Z",
                "2026-11-07T23:00:00Z/2026-11-08T00:00:00Z",
            ],
        ),
        (
            "Tue 02:00-04:00 + Tue 03:00-05:00 + Tue 05:00-06:00",
            &["2026-11-03T02:00:00Z/2026-11-03T06:00:00Z"],
        ),
        ("daily 00:00-24:00", &["2026-11-01T00:00:00Z/2026-11-08T00:00:00Z"]),
    ];
    for (text, expected) in table {
        assert_eq!(openings(text, week.0, week.1), expected, "{text}");
    }
}

#[test]
fn a_changed_clock_never_opens_a_window_outside_the_owners_hours() {
    let table: [(&str, &str, &[&str]); 13] = [
        // Paris, 2026-03-29: 02:00 becomes 03:00 at 01:00Z.
        (
            "Sun 01:30-03:30 @ Europe/Paris",
            "2026-03-29",
            &["2026-03-29T00:30:00Z/2026-03-29T01:30:00Z"],
        ),
        (
            "Sun 02:15-04:00 @ Europe/Paris",
            "2026-03-29",
            &["2026-03-29T01:00:00Z/2026-03-29T02:00:00Z"],
        ),
        ("Sun 02:15-02:45 @ Europe/Paris", "2026-03-29", &[]),
        // Paris, 2026-10-25: 03:00 becomes 02:00 at 01:00Z.
        (
            "Sun 01:00-04:00 @ Europe/Paris",
            "2026-10-25",
            &["2026-10-24T23:00:00Z/2026-10-25T03:00:00Z"],
        ),
        (
            "Sun 02:00-03:00 @ Europe/Paris",
            "2026-10-25",
            &["2026-10-25T00:00:00Z/2026-10-25T02:00:00Z"],
        ),
        (
            "Sun 02:30-04:00 @ Europe/Paris",
            "2026-10-25",
            &[
                "2026-10-25T00:30:00Z/2026-10-25T01:00:00Z",
                "2026-10-25T01:30:00Z/2026-10-25T03:00:00Z",
            ],
        ),
        (
            "Sun 01:30-02:30 @ Europe/Paris",
            "2026-10-25",
            &[
                "2026-10-24T23:30:00Z/2026-10-25T00:30:00Z",
                "2026-10-25T01:00:00Z/2026-10-25T01:30:00Z",
            ],
        ),
        // New York, 2026-03-08: 02:00 becomes 03:00 at 07:00Z; 2026-11-01: 02:00 becomes 01:00 at
        // 06:00Z.
        (
            "Sat 23:00-03:30 @ America/New_York",
            "2026-03-08",
            &["2026-03-08T04:00:00Z/2026-03-08T07:30:00Z"],
        ),
        (
            "Sun 01:00-02:00 @ America/New_York",
            "2026-11-01",
            &["2026-11-01T05:00:00Z/2026-11-01T07:00:00Z"],
        ),
        // Lord Howe moves by half an hour. 2026-10-04: 02:00 becomes 02:30 at 2026-10-03T15:30Z.
        (
            "Sun 02:00-03:00 @ Australia/Lord_Howe",
            "2026-10-03",
            &["2026-10-03T15:30:00Z/2026-10-03T16:00:00Z"],
        ),
        // 2026-04-05: 02:00 becomes 01:30 at 2026-04-04T15:00Z.
        (
            "Sun 01:45-02:15 @ Australia/Lord_Howe",
            "2026-04-04",
            &[
                "2026-04-04T14:45:00Z/2026-04-04T15:00:00Z",
                "2026-04-04T15:15:00Z/2026-04-04T15:45:00Z",
            ],
        ),
        // Kathmandu never changes and is 5:45 ahead.
        (
            "Sun 00:00-06:00 @ Asia/Kathmandu",
            "2026-11-01",
            &["2026-10-31T18:15:00Z/2026-11-01T00:15:00Z"],
        ),
        // Samoa had no Friday 2011-12-30 at all.
        ("Fri 00:00-24:00 @ Pacific/Apia", "2011-12-30", &[]),
    ];
    for (text, day, expected) in table {
        let noon = at(&format!("{day}T12:00Z"));
        let around = SignedDuration::from_hours(20);
        let found = windows(text).intervals(noon - around, noon + around);
        let found: Vec<String> = found.iter().map(Interval::to_string).collect();
        assert_eq!(found, expected, "{text} on {day}");
    }
}

#[test]
fn the_next_opening_starts_now_or_later_and_tells_its_end() {
    let windows = windows("Sun 02:00-06:00 + Mon-Fri 03:00-04:00 @ Europe/Paris");
    let inside = at("2026-11-01T02:30:00.5Z");
    let open = windows.next_open(inside).unwrap();
    assert_eq!((open.start(), open.end()), (inside, at("2026-11-01T05:00Z")));
    assert_eq!(windows.open_until(inside), Some(at("2026-11-01T05:00Z")));

    let after = at("2026-11-01T05:00Z");
    assert_eq!(windows.open_until(after), None);
    assert_eq!(windows.next_open(after).unwrap().start(), at("2026-11-02T02:00Z"));
}

#[test]
fn an_answer_is_bounded_and_the_ends_of_time_are_no_trouble() {
    let always = windows("daily 00:00-24:00");
    let from = at("2026-11-01T00:00Z");
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    assert_eq!(always.open_until(from), Some(from + days(92)));
    let often = windows("daily 00:00-00:01 + daily 00:02-00:03");
    assert_eq!(often.intervals(from, Timestamp::MAX).len(), 2 * 92);
    for edge in [Timestamp::MIN, Timestamp::MAX] {
        assert!(always.contains(edge));
        let _ = always.intervals(edge, Timestamp::MAX);
        let _ = always.intervals(Timestamp::MIN, edge);
    }
    assert!(always.intervals(from, from).is_empty());
}

fn zones() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "UTC",
        "Europe/Paris",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
    ])
}

prop_compose! {
    fn any_windows()(
        weekly in prop::collection::vec((0_usize..7, 0_usize..7, 0_i64..1_440, 0_i64..1_440), 1..4),
        zone in zones(),
    ) -> String {
        let names = ["Mon", "tuesday", "Wed", "Thu", "FRI", "sat", "Sun"];
        let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        let texts: Vec<String> = weekly
            .into_iter()
            .map(|(first, last, opens, length)| {
                let closes = (opens + length.max(1)) % 1_440;
                format!("{}-{} {}-{}", names[first], names[last], clock(opens), clock(closes))
            })
            .collect();
        format!("{} @ {zone}", texts.join("+"))
    }
}

proptest! {
    #[test]
    fn shown_windows_parse_to_themselves(text in any_windows()) {
        let parsed = windows(&text);
        prop_assert_eq!(windows(&parsed.to_string()), parsed);
    }

    #[test]
    fn asking_an_instant_and_listing_the_openings_agree(
        text in any_windows(),
        // From 2011, Samoa's missing day, into 2027.
        start in 1_325_000_000_i64..1_800_000_000,
        steps in prop::collection::vec(0_i64..14 * DAY, 40),
    ) {
        let windows = windows(&text);
        let from = Timestamp::from_second(start).unwrap();
        let until = Timestamp::from_second(start + 14 * DAY).unwrap();
        let listed = windows.intervals(from, until);
        prop_assert!(listed.windows(2).all(|pair| pair[0].end() < pair[1].start()));
        let edges = listed.iter().flat_map(|open| [floor(open.start()), floor(open.end()) - 1]);
        for second in steps.into_iter().map(|step| start + step).chain(edges) {
            let at = Timestamp::from_second(second).unwrap();
            let inside = listed.iter().any(|open| open.contains(at));
            prop_assert_eq!(windows.contains(at), inside, "{} at {}", windows, at);
        }
        prop_assert_eq!(
            windows.next_open(from).map(Interval::start),
            windows.intervals(from, Timestamp::MAX).first().map(|open| open.start())
        );
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[\\PC ]{0,40}|[a-zA-Z0-9:@+ -]{0,60}") {
        let _ = text.parse::<Windows>();
    }
}
