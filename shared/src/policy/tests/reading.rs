use std::collections::BTreeSet;

use super::*;
use crate::time::Timestamp;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn mode_is_one_of_four_and_unreadable_only_observes() {
    check(
        "mode",
        |policy| policy.mode,
        [
            ("off", Mode::Off, None),
            ("observe", Mode::Observe, None),
            ("Approve", Mode::Approve, None),
            (" enforce ", Mode::Enforce, None),
            ("enfroce", Mode::Observe, Some("observe")),
            ("", Mode::Observe, Some("observe")),
        ],
    );
    assert_eq!(standalone(&[]).policy.mode, Mode::Off);
}

#[test]
fn an_approval_names_one_event_and_stands_on_the_instance() {
    let event = EventId::parse("instance-event-0d59937288b749b32").unwrap();
    let approved = standalone(&[("approved", event.as_str())]);
    assert!(approved.policy.approves(&event) && approved.complaints.is_empty());
    let other = EventId::parse("instance-event-1").unwrap();
    assert!(!approved.policy.approves(&other));

    let unreadable = standalone(&[("approved", "yes")]);
    assert_eq!(unreadable.policy.approved, None);
    assert_eq!(unreadable.complaints[0].taken_as, "no approval");

    let misplaced = member(&[("approved", event.as_str())], &[]);
    assert_eq!(misplaced.policy.approved, None);
    assert_eq!(misplaced.complaints[0].expected, "this tag on instances only");
}

#[test]
fn hold_until_is_an_instant_and_unreadable_holds_for_ever() {
    let six = Some(HoldUntil::Time(at("2026-12-01T06:00Z")));
    check(
        "hold-until",
        |policy| policy.hold_until,
        [
            ("2026-12-01T06:00Z", six, None),
            ("2026-12-01T06:00:00Z", six, None),
            ("2026-12-01T07:00+01:00", six, None),
            ("2026-12-01", Some(HoldUntil::Unreadable), Some("held")),
            ("2026-12-01T06:00", Some(HoldUntil::Unreadable), Some("held")),
            ("tomorrow", Some(HoldUntil::Unreadable), Some("held")),
        ],
    );
    let until = HoldUntil::Time(at("2026-12-01T06:00Z"));
    assert!(until.holds(at("2026-12-01T05:59:59Z")) && !until.holds(at("2026-12-01T06:00Z")));
    assert!(HoldUntil::Unreadable.holds(Timestamp::MAX));
}

#[test]
fn relaunch_is_one_of_six_and_unreadable_only_notifies() {
    check(
        "relaunch",
        |policy| policy.relaunch,
        [
            ("auto", Relaunch::Auto, None),
            ("replace", Relaunch::Replace, None),
            ("ride", Relaunch::Ride, None),
            ("stop-start", Relaunch::StopStart, None),
            ("reboot", Relaunch::Reboot, None),
            ("notify", Relaunch::Notify, None),
            ("stop_start", Relaunch::Notify, Some("notify")),
        ],
    );
}

#[test]
fn a_bound_is_a_number_or_a_share_and_unreadable_is_one() {
    let table = || {
        [
            ("3", Some(Bound::count(3)), None),
            ("0", Some(Bound::count(0)), None),
            ("10pct", Some(Bound::percent(10)), None),
            ("10%", Some(Bound::count(1)), Some("1")),
            ("many", Some(Bound::count(1)), Some("1")),
        ]
    };
    check("max-unavailable", |policy| policy.max_unavailable, table());
    check("max-unavailable-per-zone", |policy| policy.max_unavailable_per_zone, table());
}

#[test]
fn without_a_bound_the_maintenance_policy_counts_and_always_the_ceiling() {
    let silent = member(&[], &[]).policy;
    assert_eq!((silent.unavailable(40, None), silent.unavailable(40, Some(8))), (1, 8));
    let bounded = member(&[("max-unavailable", "10pct")], &[]).policy;
    assert_eq!((bounded.unavailable(40, None), bounded.unavailable(40, Some(8))), (4, 4));

    let ceilings = Ceilings { maximum_unavailable: 2, ..wide() };
    let tags = tags(&[("max-unavailable", "100pct")]);
    let policy = Policy::read(&ceilings, Some((&group(), &tags)), &Tags::default()).policy;
    assert_eq!((policy.unavailable(40, None), policy.unavailable(1, None)), (2, 1));
}

#[test]
fn limits_have_names_and_an_unreadable_one_is_one() {
    let limits = |pairs: &[(&str, u32)]| -> Limits {
        pairs.iter().map(|(name, most)| ((*name).to_owned(), *most)).collect()
    };
    check(
        "limits",
        |policy| policy.limits.clone(),
        [
            ("db=2", limits(&[("db", 2)]), None),
            (" db = 2 + cache=0 ", limits(&[("cache", 0), ("db", 2)]), None),
            ("db=3+db=2", limits(&[("db", 2)]), None),
            ("db=many+cache=5", limits(&[("cache", 5), ("db", 1)]), Some("db=1")),
            ("db", limits(&[("db", 1)]), Some("db=1")),
            ("db=1001", limits(&[("db", 1)]), Some("db=1")),
            ("=2", limits(&[("", 1)]), Some("=1")),
            ("", limits(&[("", 1)]), Some("=1")),
        ],
    );
}

#[test]
fn more_limits_than_one_transaction_holds_are_closed() {
    let text = |count: usize| -> String {
        (0..count).map(|n| format!("n{n}=9")).collect::<Vec<_>>().join("+")
    };
    let most = standalone(&[("limits", &text(MOST_LIMITS))]);
    assert_eq!((most.policy.limits.len(), most.complaints.len()), (MOST_LIMITS, 0));
    let fifty = standalone(&[("limits", &text(50))]);
    assert_eq!(fifty.policy.limits, Limits::from([(TOO_MANY.to_owned(), 0)]));
    assert_eq!(fifty.complaints[0].taken_as, "a closed limit");
}

#[test]
fn a_replica_set_with_an_odd_name_is_still_a_set() {
    let set = |name: &str| BTreeSet::from([ReplicaSet::parse(name).unwrap()]);
    check(
        "replica-set",
        |policy| policy.replica_sets.clone(),
        [
            ("shard-1", set("shard-1"), None),
            (" shard 1 ", set("shard 1"), None),
            ("Größe/ß", set("Größe/ß"), None),
            ("a\tb", set("a\\tb"), Some("the set `a\\tb`")),
            ("", set("(empty)"), Some("the set `(empty)`")),
        ],
    );
}

#[test]
fn a_gate_that_cannot_be_read_is_never_ready() {
    let gate = |gate: Gate| BTreeSet::from([gate]);
    check(
        "ready",
        |policy| policy.ready.clone(),
        [
            ("tag", gate(Gate::Tag), None),
            ("ssm:Check-Data", gate(Gate::SsmDocument("Check-Data".into())), None),
            ("SSM: Check-Data", gate(Gate::SsmDocument("Check-Data".into())), None),
            ("alarm:lag: shard 1", gate(Gate::Alarm("lag: shard 1".into())), None),
            ("true", gate(Gate::Unreadable), Some("never ready")),
            ("ssm:", gate(Gate::Unreadable), Some("never ready")),
            ("ssm:a b c", gate(Gate::Unreadable), Some("never ready")),
            ("alarm:", gate(Gate::Unreadable), Some("never ready")),
        ],
    );
}

#[test]
fn a_stop_alarm_that_cannot_be_read_never_rests() {
    let alarms = |names: &[&str], unreadable: bool| StopAlarms {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        unreadable,
    };
    let never = Some("an alarm that never rests");
    check(
        "stop-alarms",
        |policy| policy.stop_alarms.clone(),
        [
            ("errors", alarms(&["errors"], false), None),
            ("errors + lag high", alarms(&["errors", "lag high"], false), None),
            ("errors+", alarms(&["errors"], true), never),
            ("", alarms(&[], true), never),
        ],
    );
    assert!(standalone(&[]).policy.stop_alarms.is_empty());
    assert!(!standalone(&[("stop-alarms", "")]).policy.stop_alarms.is_empty());
}

#[test]
fn a_window_that_cannot_be_read_never_opens_and_the_complaint_says_where() {
    let sunday = "Sun 02:00-06:00 @ Europe/Paris";
    check(
        "window",
        |policy| policy.window.clone(),
        [
            (sunday, Calendar::Within(vec![sunday.parse().unwrap()]), None),
            ("Sun 2-6", Calendar::Never, Some("never open")),
        ],
    );
    let read = standalone(&[("window", "Mon 01:00-02:00 + Sun 2-6")]);
    assert_eq!(
        read.complaints[0].to_string(),
        "instance: tag reberth:window=`Mon 01:00-02:00 + Sun 2-6`: expected hours from 00:00 to \
         24:00 such as `02:00-06:00` where `Sun 2-6` stands; taken as never open until mended"
    );
}

#[test]
fn lead_deadline_and_failure_are_words_and_unreadable_is_the_most_patient() {
    check(
        "lead",
        |policy| policy.lead,
        [
            ("asap", Some(Lead::Asap), None),
            ("window", Some(Lead::Window), None),
            ("late", Some(Lead::Late), None),
            ("soon", Some(Lead::Late), Some("late")),
        ],
    );
    check(
        "deadline",
        |policy| policy.deadline,
        [
            ("hold", Deadline::Hold, None),
            ("force", Deadline::Force, None),
            ("forced", Deadline::Hold, Some("hold")),
        ],
    );
    check(
        "on-drain-failure",
        |policy| policy.on_drain_failure,
        [
            ("keep", OnDrainFailure::Keep, None),
            ("abandon", OnDrainFailure::Abandon, None),
            ("continue", OnDrainFailure::Continue, None),
            ("go on", OnDrainFailure::Keep, Some("keep")),
        ],
    );
}

#[test]
fn a_drain_that_cannot_be_read_is_never_done() {
    let unreadable = || BTreeSet::from([Drain::Unreadable]);
    check(
        "drain",
        |policy| policy.drain.clone(),
        [
            ("none", BTreeSet::new(), None),
            ("tag", BTreeSet::from([Drain::Tag]), None),
            ("ssm:Drain", BTreeSet::from([Drain::SsmDocument("Drain".into())]), None),
            ("alarm:x", unreadable(), Some("never drained")),
            ("", unreadable(), Some("never drained")),
        ],
    );
}

#[test]
fn a_duration_out_of_its_range_is_the_longest() {
    let hours = SignedDuration::from_hours;
    check(
        "drain-timeout",
        |policy| policy.drain_timeout,
        [
            ("2h", Some(hours(2)), None),
            ("30s", Some(SignedDuration::from_secs(30)), None),
            ("2d", Some(hours(48)), None),
            ("29s", Some(hours(48)), Some("48h")),
            ("49h", Some(hours(48)), Some("48h")),
            ("2", Some(hours(48)), Some("48h")),
        ],
    );
    check(
        "busy-expiry",
        |policy| policy.busy_expiry,
        [
            ("12h", hours(12), None),
            ("1m", SignedDuration::from_mins(1), None),
            ("0s", hours(168), Some("7d")),
            ("8d", hours(168), Some("7d")),
        ],
    );
}

#[test]
fn an_unreadable_answer_is_the_careful_one() {
    check(
        "reserve",
        |policy| policy.reserve,
        [("yes", true, None), ("no", false, None), ("true", true, Some("yes"))],
    );
    check(
        "drain-repeatable",
        |policy| policy.drain_repeatable,
        [("yes", true, None), ("no", false, None), ("true", false, Some("no"))],
    );
    check(
        "scale-in-busy",
        |policy| policy.scale_in_busy,
        [("yes", true, None), ("no", false, None), ("1", false, Some("no"))],
    );
}

#[test]
fn a_tolerance_presets_what_no_tag_says() {
    check(
        "tolerance",
        |policy| (policy.tolerance, policy.deadline, policy.scale_in_busy, policy.drain.len()),
        [
            ("low", (Some(Tolerance::Low), Deadline::Hold, false, 0), None),
            ("medium", (Some(Tolerance::Medium), Deadline::Hold, false, 1), None),
            ("high", (Some(Tolerance::High), Deadline::Force, true, 0), None),
            ("none", (Some(Tolerance::Low), Deadline::Hold, false, 0), Some("low")),
        ],
    );
    let tags = [("tolerance", "high"), ("deadline", "hold"), ("max-unavailable", "3")];
    let policy = member(&tags, &[]).policy;
    assert_eq!(policy.deadline, Deadline::Hold);
    assert_eq!(policy.max_unavailable, Some(Bound::count(3)));
    assert!(policy.scale_in_busy);
}

#[test]
fn a_misspelt_or_misplaced_key_is_reported_and_foreign_ones_are_not() {
    let key = |key: &str| {
        let tags = Tags::from_iter([(key.to_owned(), "x".to_owned())]);
        let on_group = Policy::read(&wide(), Some((&group(), &tags)), &Tags::default());
        let on_instance = Policy::read(&wide(), None, &tags);
        let expected = |read: Read| read.complaints.first().map(|first| first.expected.clone());
        (expected(on_group), expected(on_instance))
    };
    let both = |text: &str| (Some(text.to_owned()), Some(text.to_owned()));
    assert_eq!(key("reberth:holduntil"), both("the key reberth:hold-until"));
    assert_eq!(key("Reberth:Mode"), both("the key reberth:mode"));
    assert_eq!(key("reberth-mode"), both("the key reberth:mode"));
    assert_eq!(key("reberth:windows"), both("a key such as reberth:mode"));
    for foreign in ["Name", "reberth-team", "aws:autoscaling:groupName", "rebirth:mode", "mode"] {
        assert_eq!(key(foreign), (None, None), "{foreign}");
    }
    for state in STATE {
        let (on_group, on_instance) = key(state);
        assert_eq!(on_group.as_deref(), Some("this tag on instances only"), "{state}");
        assert_eq!(on_instance, None, "{state}");
    }
}

#[test]
fn only_true_signals_ready() {
    for (value, ready) in [("true", true), (" True ", true), ("false", false), ("", false)] {
        let tags = Tags::from_iter([(READY_SIGNAL.to_owned(), value.to_owned())]);
        assert_eq!(signals_ready(&tags), ready, "{value}");
    }
    assert!(!signals_ready(&Tags::from_iter([("reberth:ready".to_owned(), "true".to_owned())])));
}

#[test]
fn every_listed_setting_is_read() {
    for name in SETTINGS {
        let read = standalone(&[(name, "\u{1}")]);
        let tags: Vec<&str> = read.complaints.iter().map(|one| one.tag.as_str()).collect();
        assert_eq!(tags, [format!("{PREFIX}{name}")]);
    }
}
