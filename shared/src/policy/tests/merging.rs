use super::*;

/// Each row: a group's value, a member's, the merged reading, and how many complaints.
fn merge<T: PartialEq + Debug>(
    tag: &str,
    field: impl Fn(&Policy) -> T,
    table: impl IntoIterator<Item = (&'static str, &'static str, T, usize)>,
) {
    for (of_group, of_member, reading, complaints) in table {
        let read = member(&[(tag, of_group)], &[(tag, of_member)]);
        assert_eq!(field(&read.policy), reading, "{tag}={of_group} and {of_member}");
        assert_eq!(read.complaints.len(), complaints, "{tag}={of_group} and {of_member}");
    }
}

#[test]
fn a_member_lowers_its_groups_mode_and_never_raises_it() {
    let mode = |policy: &Policy| (policy.mode, policy.mode_reason);
    merge(
        "mode",
        mode,
        [
            ("enforce", "enforce", (Mode::Enforce, ModeReason::Tag), 0),
            ("enforce", "off", (Mode::Off, ModeReason::MemberTag), 0),
            ("enforce", "of", (Mode::Observe, ModeReason::MemberTag), 1),
            ("observe", "enforce", (Mode::Observe, ModeReason::Tag), 0),
            ("off", "enforce", (Mode::Off, ModeReason::Tag), 0),
        ],
    );
    let alone = member(&[], &[("mode", "enforce")]);
    assert_eq!(mode(&alone.policy), (Mode::Off, ModeReason::NotOptedIn));
}

#[test]
fn the_ceilings_stand_above_every_tag() {
    let enforce = tags(&[("mode", "enforce")]);
    let mode = |ceilings: &Ceilings, member: bool| {
        let name = group();
        let group = member.then_some((&name, &enforce));
        let policy = Policy::read(ceilings, group, &enforce).policy;
        (policy.mode, policy.mode_reason)
    };
    let capped = Ceilings { maximum_mode: Mode::Approve, ..wide() };
    assert_eq!(mode(&capped, true), (Mode::Approve, ModeReason::Ceiling));
    let only = |list: &str| {
        let allowed_groups = AllowedGroups::read(list).unwrap();
        Ceilings { allowed_groups, ..wide() }
    };
    assert_eq!(mode(&only("we*"), true), (Mode::Enforce, ModeReason::Tag));
    assert_eq!(mode(&only("db"), true), (Mode::Off, ModeReason::NotAllowed));
    assert_eq!(mode(&only("we*"), false), (Mode::Off, ModeReason::NotAllowed));
    assert_eq!(mode(&only("db,:standalone"), false), (Mode::Enforce, ModeReason::Tag));
}

#[test]
fn of_two_holds_the_later_counts() {
    let until = |text: &str| Some(HoldUntil::Time(text.parse().unwrap()));
    merge(
        "hold-until",
        |policy| policy.hold_until,
        [
            ("2026-12-01T06:00Z", "2026-12-02T06:00Z", until("2026-12-02T06:00Z"), 0),
            ("2026-12-02T06:00Z", "2026-12-01T06:00Z", until("2026-12-02T06:00Z"), 0),
            ("2026-12-02T06:00Z", "later", Some(HoldUntil::Unreadable), 1),
        ],
    );
}

#[test]
fn of_two_ways_to_relaunch_notify_wins_and_a_contradiction_is_notify() {
    merge(
        "relaunch",
        |policy| policy.relaunch,
        [
            ("auto", "ride", Relaunch::Ride, 0),
            ("ride", "ride", Relaunch::Ride, 0),
            ("notify", "replace", Relaunch::Notify, 0),
            ("replace", "notify", Relaunch::Notify, 0),
            ("replace", "ride", Relaunch::Notify, 1),
            ("replace", "auto", Relaunch::Notify, 1),
            ("auto", "rid", Relaunch::Notify, 1),
        ],
    );
    let read = member(&[("relaunch", "replace")], &[("relaunch", "ride")]);
    assert_eq!(read.complaints[0].expected, "replace as on its group, or notify");
}

#[test]
fn of_two_bounds_both_count() {
    let three_or_a_tenth = Bound::count(3).and(Bound::percent(10));
    let table = || {
        [
            ("3", "2", Some(Bound::count(2)), 0),
            ("3", "10pct", Some(three_or_a_tenth), 0),
            ("20pct", "10pct", Some(Bound::percent(10)), 0),
            ("3", "x", Some(Bound::count(1)), 1),
        ]
    };
    merge("max-unavailable", |policy| policy.max_unavailable, table());
    merge("max-unavailable-per-zone", |policy| policy.max_unavailable_per_zone, table());
}

#[test]
fn a_member_alone_cannot_widen_the_bound_of_its_group() {
    let read = member(&[], &[("max-unavailable", "50pct")]);
    assert_eq!(read.policy.unavailable(100, Some(8)), 1);
    assert_eq!(member(&[], &[("max-unavailable", "0")]).policy.unavailable(100, Some(8)), 0);
    assert_eq!(read.complaints[0].expected, "this tag on its group too");
    assert_eq!(member(&[], &[("tolerance", "high")]).policy.max_unavailable, None);
}

#[test]
fn limits_sets_gates_alarms_and_drains_of_both_count() {
    let read = member(
        &[
            ("limits", "db=2+io=1"),
            ("replica-set", "all"),
            ("ready", "tag"),
            ("stop-alarms", "a"),
            ("drain", "none"),
        ],
        &[
            ("limits", "db=1+net=3"),
            ("replica-set", "shard-1"),
            ("ready", "alarm:lag"),
            ("stop-alarms", "b+a"),
            ("drain", "tag"),
        ],
    );
    let policy = read.policy;
    let limits: Vec<(&str, u32)> = policy.limits.iter().map(|(n, c)| (n.as_str(), *c)).collect();
    assert_eq!(limits, [("db", 1), ("io", 1), ("net", 3)]);
    assert_eq!(policy.replica_sets.len(), 2);
    assert_eq!(policy.ready.len(), 2);
    assert_eq!(policy.stop_alarms.to_string(), "a, b");
    assert_eq!(policy.drain, BTreeSet::from([Drain::Tag]));
    assert_eq!(read.complaints, []);
}

#[test]
fn of_two_windows_both_must_be_open() {
    let read = member(&[("window", "Sun 02:00-06:00")], &[("window", "daily 05:00-07:00")]);
    let open = read.policy.window.next_open("2026-11-02T00:00Z".parse().unwrap()).unwrap();
    assert_eq!(open.to_string(), "2026-11-08T05:00:00Z/2026-11-08T06:00:00Z");
    let unreadable = member(&[("window", "Sun 02:00-06:00")], &[("window", "whenever")]);
    assert_eq!(unreadable.policy.window, Calendar::Never);
}

#[test]
fn of_two_words_the_more_patient_counts() {
    merge(
        "lead",
        |policy| policy.lead,
        [("asap", "window", Some(Lead::Window), 0), ("late", "asap", Some(Lead::Late), 0)],
    );
    merge(
        "deadline",
        |policy| policy.deadline,
        [("force", "hold", Deadline::Hold, 0), ("force", "force", Deadline::Force, 0)],
    );
    merge(
        "on-drain-failure",
        |policy| policy.on_drain_failure,
        [
            ("continue", "abandon", OnDrainFailure::Abandon, 0),
            ("keep", "continue", OnDrainFailure::Keep, 0),
        ],
    );
    merge("reserve", |policy| policy.reserve, [("no", "yes", true, 0), ("no", "no", false, 0)]);
    merge("scale-in-busy", |policy| policy.scale_in_busy, [("yes", "no", false, 0)]);
    merge("drain-repeatable", |policy| policy.drain_repeatable, [("yes", "yes", true, 0)]);
    let hours = SignedDuration::from_hours;
    merge("drain-timeout", |policy| policy.drain_timeout, [("1h", "2h", Some(hours(2)), 0)]);
    merge("busy-expiry", |policy| policy.busy_expiry, [("6h", "2h", hours(6), 0)]);
    merge("tolerance", |policy| policy.tolerance, [("high", "low", Some(Tolerance::Low), 0)]);
}

#[test]
fn a_preset_counts_for_its_own_bearer() {
    let low_group = member(&[("tolerance", "low")], &[("deadline", "force")]);
    assert_eq!(low_group.policy.deadline, Deadline::Hold);
    let high_group = member(&[("tolerance", "high")], &[("deadline", "hold")]);
    assert_eq!(high_group.policy.deadline, Deadline::Hold);
    let low_member = member(&[("tolerance", "high")], &[("tolerance", "low")]);
    assert_eq!(low_member.policy.deadline, Deadline::Hold);
    assert_eq!(low_member.policy.unavailable(50, None), 1);
    assert_eq!(low_member.policy.busy_expiry, SignedDuration::from_hours(12));
    let low = [("tolerance", "low"), ("deadline", "force")];
    for copied in ["low", "high"] {
        let read = member(&low, &[("tolerance", copied)]);
        assert_eq!(read.policy, member(&low, &[]).policy, "{copied}");
    }
}

#[test]
fn a_policy_explains_itself_in_words() {
    let read = member(
        &[("mode", "enforce"), ("window", "Sun 02:00-06:00"), ("ready", "tag"), ("limits", "db=2")],
        &[("hold-until", "2026-12-01T06:00Z"), ("drain", "ssm:Drain"), ("replica-set", "shard-1")],
    );
    assert_eq!(
        read.policy.explain(),
        [
            "mode enforce: its tag reberth:mode says so, on the group if it has one",
            "relaunch: auto",
            "out at once in its group: as the group's maintenance policy says, else 1; \
             the stack's maximum is 1000",
            "window: Sun 02:00-06:00 @ UTC",
            "deadline: hold: nothing gives way to AWS's date",
            "held: until 2026-12-01T06:00:00Z",
            "limit db: 2 out at once",
            "replica set shard-1: 1 out at once",
            "ready by its tag reberth:is-ready=true",
            "drained by SSM document Drain, within its hook's limits, else keep",
            "busy reports count for 12h",
        ]
    );
}
