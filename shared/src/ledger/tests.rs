use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::incident::Kept;
use super::*;
use crate::ids::{EventId, InstanceId};
use crate::plan::{InPlace, Order};
use crate::world::{Departure, EventCode};

/// So many seconds after the epoch of these tests.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn minute(minutes: i64) -> Timestamp {
    at(minutes * 60)
}

/// An incident as the first version wrote it, before it named a format.
const DOCUMENT: &str = r#"{
    "key": "i-00000000000000001/instance-event-00000000000000001", "version": 3, "group": null,
    "name": "box", "code": "system-reboot", "not_before": "2027-01-29T08:00:00Z",
    "first_seen": "2027-01-15T08:00:00Z", "found_by": "hint", "attempt": 1,
    "phase": {"name": "seen"}, "slots": ["account", "standalone"], "decided": null,
    "alarmed": [], "history": []
}"#;

fn incident() -> Incident {
    format::incident(DOCUMENT).unwrap()
}

fn event(number: u8) -> EventId {
    EventId::parse(&format!("instance-event-0000000000000000{number}")).unwrap()
}

fn instance(number: u8) -> InstanceId {
    InstanceId::parse(&format!("i-0000000000000000{number}")).unwrap()
}

#[test]
fn the_governor_counts_the_last_hour_and_forgets_the_rest() {
    let governor = Governor::default().with_act(minute(0)).with_act(minute(30));
    assert_eq!(governor.within_the_hour(minute(59)), 2);
    assert_eq!(governor.within_the_hour(minute(60)), 1);
    assert_eq!(governor.next_free(minute(59)), Some(minute(60)));
    assert_eq!(governor.next_free(minute(60)), Some(minute(90)));
    assert_eq!(governor.next_free(minute(90)), None);
    assert_eq!(governor.with_act(minute(60)).acts, [minute(30), minute(60)]);
    assert_eq!(governor.with_act(minute(60)).version, 3);
}

#[test]
fn an_incident_survives_its_own_text_and_keeps_what_it_does_not_know() {
    let newer = DOCUMENT.replacen('{', r#"{"colour": "blue", "#, 1);
    let written = serde_json::to_string(&format::incident(&newer).unwrap()).unwrap();
    assert!(written.contains(r#""key":"i-00000000000000001/instance-event-00000000000000001""#));
    assert!(written.contains(r#""slots":["account","standalone"]"#), "{written}");
    assert!(written.contains(r#""colour":"blue""#), "{written}");
    assert_eq!(format::incident(&written), format::incident(&newer));
    let damaged = format::incident(&DOCUMENT.replacen(r#""seen""#, r#""asleep""#, 1));
    let Err(Why::Damaged(why)) = damaged else { panic!("{damaged:?}") };
    assert!(why.starts_with("attribute document: ") && why.contains("asleep"), "{why}");
}

#[test]
fn what_names_no_format_is_of_the_first_and_nothing_is_written_in_an_older_one() {
    let mut incident = incident();
    assert_eq!(incident.format, format::FIRST);
    for (read, written) in [(0, format::WRITTEN), (1, 1), (2, 2), (7, 7)] {
        incident.format = read;
        assert_eq!(incident.format_written(), written, "read in {read}");
    }
}

#[test]
fn a_format_is_readable_up_to_the_newest_that_is_known() {
    assert_eq!(format::readable(None, 1), Ok(()));
    assert_eq!(format::readable(Some(1), 1), Ok(()));
    assert_eq!(format::readable(Some(1), 2), Ok(()));
    assert_eq!(format::readable(Some(2), 1), Err(Why::Newer(2)));
    let told = Why::Newer(2).to_string();
    assert_eq!(told, "a newer version wrote it, in format 2; this one knows 1");
}

#[test]
fn the_history_keeps_its_first_entry_and_the_newest() {
    let mut incident = incident();
    for number in 0..62 {
        incident.note(at(number), number.to_string());
    }
    let told: Vec<&str> = incident.history.iter().map(|entry| entry.what.as_str()).collect();
    assert_eq!((told.len(), &told[..2], told.last()), (60, &["0", "3"][..], Some(&"61")));
}

#[test]
fn the_writings_of_an_incident_share_no_number_with_those_of_one_that_is_opened_anew() {
    let seen_at = |first_seen| Incident { first_seen, version: 0, ..incident() };
    let mut numbers = BTreeSet::new();
    for first_seen in [at(0), at(1), minute(5)] {
        let mut incident = seen_at(first_seen);
        for _ in 0..100 {
            incident.version = incident.next_version();
            assert!(numbers.insert(incident.version), "{}", incident.version);
        }
    }
    assert_eq!(seen_at(Timestamp::UNIX_EPOCH).next_version(), 1);
}

#[test]
fn what_kept_an_instance_counts_for_an_hour() {
    let kept = Kept { at: at(0), departure: Departure::default(), stop_protected: true };
    for (seconds, counts) in [(0, true), (3599, true), (3600, false), (7200, false)] {
        assert_eq!(kept.counts(at(seconds)), counts, "{seconds} seconds later");
    }
}

/// Away since a reboot of its host was scheduled, with this as its only event then.
fn absence(how: InPlace) -> Absence {
    Absence {
        how,
        at: at(0),
        left: Left::Unknown,
        date: None,
        launched_before: Some(at(-60)),
        events: BTreeSet::from([event(1)]),
        out_since: None,
        struck: None,
        taken: None,
        reserves: false,
        said_ready: false,
        ready_forgotten: false,
        stopped: None,
        unknown: Unknown::new(),
    }
}

fn back(how: InPlace) -> Phase {
    let events = BTreeSet::from([event(1), event(2)]);
    Phase::Back(Back { how, since: at(0), clean_at_ten: None, events, unknown: Unknown::new() })
}

#[test]
fn a_move_led_to_the_events_of_the_host_on_which_it_ended() {
    let returning = |returns| Phase::Returning { absence: absence(InPlace::StopStart), returns };
    let serving = Phase::Serving {
        replacement: instance(2),
        since: at(0),
        clean_at_ten: None,
        source: String::new(),
        unknown: BTreeMap::new(),
    };
    for (phase, of, number, led) in [
        (serving.clone(), instance(2), 9, true),
        (serving, instance(1), 9, false),
        (back(InPlace::StopStart), instance(1), 9, true),
        (back(InPlace::Reboot), instance(1), 9, true),
        (back(InPlace::StopStart), instance(1), 1, false),
        (back(InPlace::StopStart), instance(1), 2, false),
        (back(InPlace::StopStart), instance(2), 9, false),
        (back(InPlace::Ride), instance(1), 9, false),
        (returning(Returns::Moved), instance(1), 9, true),
        (returning(Returns::Moved), instance(1), 1, false),
        (returning(Returns::Unwanted), instance(1), 9, false),
        (returning(Returns::Failed), instance(1), 9, false),
        (Phase::Leaving(absence(InPlace::StopStart)), instance(1), 9, false),
    ] {
        let words = format!("{phase:?} to event {number} of {of}");
        let parent = Incident { phase, ..incident() };
        let key = IncidentKey { instance: of, event: event(number) };
        assert_eq!(parent.led_to(&key), led, "{words}");
    }
}

#[test]
fn the_last_opening_act_is_in_doubt_for_90_seconds() {
    let struck = Absence { struck: Some(at(300)), ..absence(InPlace::StopStart) };
    for (absence, last) in [(absence(InPlace::Ride), 0), (struck, 300)] {
        assert!(absence.in_doubt(at(last + 89)));
        assert!(!absence.in_doubt(at(last + 90)));
    }
}

#[test]
fn launched_again_is_launched_later_than_it_was_before() {
    let known = absence(InPlace::StopStart);
    let unknown = Absence { launched_before: None, ..known.clone() };
    for (seconds, again) in [(-61, false), (-60, false), (-59, true)] {
        assert_eq!(known.launched_again(Some(at(seconds))), again, "{seconds}");
        assert!(!unknown.launched_again(Some(at(seconds))));
    }
    assert!(!known.launched_again(None));
}

fn told(incident: &Incident, state: Standing, reason: &str) -> Notification {
    Notification::of(incident, state, reason, at(0), "words")
}

/// How many notifications are owed after these were, one after another.
fn owed(told: impl IntoIterator<Item = Notification>) -> usize {
    let mut incident = incident();
    for notification in told {
        incident.owe(notification);
    }
    incident.owed.len()
}

#[test]
fn the_same_is_owed_once_and_another_reason_or_attempt_again() {
    let first = incident();
    let second = Incident { attempt: 2, ..incident() };
    let held = told(&first, Standing::Held, "busy");
    assert_eq!(owed([held.clone(), held.clone()]), 1);
    assert_eq!(owed([held.clone(), told(&first, Standing::Held, "governor")]), 2);
    assert_eq!(owed([held, told(&second, Standing::Held, "busy")]), 2);
}

#[test]
fn what_aws_scheduled_is_told_for_each_date_and_a_hold_is_not() {
    let first = incident();
    let moved =
        Incident { code: EventCode::SystemReboot, not_before: Some(minute(9)), ..incident() };
    let both = |state| [told(&first, state, "scheduled"), told(&moved, state, "scheduled")];
    assert_eq!(owed(both(Standing::Received)), 2);
    assert_eq!(owed(both(Standing::Held)), 1);
}

#[test]
fn a_hold_near_its_date_is_told_once_for_each_date_and_stands_for_the_hold() {
    let first = incident();
    let moved = Incident { not_before: Some(minute(9)), ..incident() };
    let near = |incident: &Incident, hours| {
        let held = told(incident, Standing::Held, "busy");
        Notification { within_hours: Some(hours), ..held }
    };
    assert_eq!(owed([near(&first, 24), near(&first, 24)]), 1);
    assert_eq!(owed([near(&first, 24), near(&first, 4)]), 2);
    assert_eq!(owed([near(&first, 24), near(&moved, 24)]), 2);
    assert_eq!(owed([near(&first, 24), told(&first, Standing::Held, "busy")]), 1);
}

#[test]
fn a_start_is_told_again_after_it_was_withdrawn_or_served_and_so_are_those() {
    use Standing::{Held, Serving, Started, Withdrawn};
    for (states, count) in [
        (&[Started, Started][..], 1),
        (&[Started, Withdrawn, Started], 3),
        (&[Started, Serving, Started, Serving], 4),
        (&[Started, Withdrawn, Withdrawn], 2),
        (&[Started, Serving, Serving], 2),
        (&[Started, Held, Started], 2),
    ] {
        let one = incident();
        let notifications = states.iter().map(|state| told(&one, *state, "stop_start"));
        assert_eq!(owed(notifications), count, "{states:?}");
    }
}

#[test]
fn somebody_should_act_on_a_failure_on_what_is_stuck_and_on_a_hold_near_its_date() {
    let one = incident();
    let alarming = [Standing::Failed, Standing::Stuck];
    for state in [Standing::Failed, Standing::Stuck, Standing::Held, Standing::Started] {
        let far = told(&one, state, "busy");
        assert_eq!(far.alarms(), alarming.contains(&state), "{state:?}");
        assert!(Notification { within_hours: Some(4), ..far }.alarms(), "{state:?}");
    }
}

#[test]
fn a_notification_is_sent_by_who_wrote_it_and_by_others_after_150_seconds() {
    let held = told(&incident(), Standing::Held, "busy");
    assert!(held.due(true, at(0)));
    assert!(!held.due(false, at(149)));
    assert!(held.due(false, at(150)));
}

#[test]
fn a_notification_is_named_by_what_it_tells_and_when() {
    let one = incident();
    let held = told(&one, Standing::Held, "busy").cured_by("Wait.");
    let id = format!("{}/1800000000000/held/busy", one.key);
    assert_eq!((held.id(&one), held.cure.as_str()), (id.clone(), "Wait."));
    let near = Notification { within_hours: Some(24), ..held };
    assert_eq!(near.id(&one), format!("{id}/24h"));
}

#[test]
fn what_is_sent_is_owed_no_more_and_what_a_channel_missed_is() {
    let mut one = incident();
    for reason in ["busy", "governor"] {
        one.owe(told(&incident(), Standing::Held, reason));
    }
    let id = |one: &Incident, number: usize| one.owed[number].id(one);
    let people = BTreeSet::from([(id(&one, 0), Channel::Topic), (id(&one, 1), Channel::Topic)]);
    assert_eq!(one.settle(&people, at(1)), 0);
    let programs = [BTreeSet::from([Channel::Bus]), BTreeSet::from([Channel::Bus])];
    assert_eq!([&one.owed[0].owed_to, &one.owed[1].owed_to], [&programs[0], &programs[1]]);
    let first = BTreeSet::from([(id(&one, 0), Channel::Bus)]);
    assert_eq!(one.settle(&first, at(2)), 0);
    assert_eq!(one.owed.iter().map(|it| it.reason.as_str()).collect::<Vec<_>>(), ["governor"]);
}

#[test]
fn nobody_is_told_after_a_day_and_that_is_counted() {
    let mut one = incident();
    for (reason, seconds) in [("old", 0), ("older", -5), ("fresh", 1)] {
        one.owe(Notification { at: at(seconds), ..told(&incident(), Standing::Held, reason) });
    }
    let day = SignedDuration::from_hours(24);
    assert_eq!(one.settle(&BTreeSet::new(), at(0).checked_add(day).unwrap()), 2);
    assert_eq!(one.owed.iter().map(|it| it.reason.as_str()).collect::<Vec<_>>(), ["fresh"]);
}

#[test]
fn an_incident_is_settled_when_it_is_over_and_nobody_waits_for_a_word() {
    let closed = Phase::Closed { at: at(0), outcome: Outcome::Cleared };
    for (phase, word_owed, settled) in [
        (Phase::Seen, false, false),
        (Phase::Seen, true, false),
        (closed.clone(), true, false),
        (closed, false, true),
    ] {
        let mut one = Incident { phase, ..incident() };
        if word_owed {
            one.owe(told(&incident(), Standing::Closed, "event_over"));
        }
        assert_eq!(one.settled(), settled, "{:?}, a word owed: {word_owed}", one.phase);
    }
}

#[test]
fn every_phase_has_a_word_of_its_own() {
    let (order, at) = (Order::TerminateFirst, at(0));
    let intent = || Intent {
        order,
        at,
        members_before: BTreeSet::new(),
        source: String::new(),
        replica_sets: BTreeSet::new(),
        unknown: Unknown::new(),
    };
    let away = || absence(InPlace::StopStart);
    let phases = [
        (Phase::Seen, "seen"),
        (Phase::Intended(intent()), "intended"),
        (Phase::Replacing(intent()), "replacing"),
        (Phase::Leaving(away()), "leaving"),
        (Phase::Moving(away()), "moving"),
        (Phase::Returning { absence: away(), returns: Returns::Moved }, "returning"),
        (back(InPlace::StopStart), "back"),
        (Phase::Rescheduling { to: at, at }, "rescheduling"),
        (Phase::Closed { at, outcome: Outcome::Moved }, "closed"),
    ];
    for (phase, word) in phases {
        assert_eq!(Incident { phase, ..incident() }.phase_code(), word);
    }
}
