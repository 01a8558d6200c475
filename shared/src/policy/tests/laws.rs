//! Laws that hold for any tags, hostile ones included.

use proptest::prelude::*;

use super::*;
use crate::time::Timestamp;

/// Values of every kind, so that most tags get one that they can read and one that they cannot.
const VALUES: [&str; 40] = [
    "off",
    "observe",
    "approve",
    "enforce",
    "2026-12-01T06:00Z",
    "2027-01-01T00:00+01:00",
    "auto",
    "replace",
    "ride",
    "stop-start",
    "notify",
    "0",
    "1",
    "3",
    "10pct",
    "100pct",
    "999999",
    "db=2",
    "db=0+io=3",
    "shard-1",
    "shard-2",
    "tag",
    "ssm:Document",
    "alarm:lag",
    "Sun 02:00-06:00",
    "daily 01:00-05:00 @ Asia/Kathmandu",
    "asap",
    "window",
    "late",
    "hold",
    "force",
    "none",
    "2h",
    "45s",
    "keep",
    "continue",
    "yes",
    "no",
    "low",
    "high",
];

prop_compose! {
    fn any_value()(
        known in prop::sample::select(VALUES.to_vec()),
        hostile in "\\PC{0,300}|[\\x00-\\x1f]{1,20}|[a-z=+0-9]{200,300}",
        choice in 0..4,
    ) -> String {
        if choice == 0 { hostile } else { known.to_owned() }
    }
}

fn any_tags() -> impl Strategy<Value = Tags> {
    let ours = prop::sample::select(SETTINGS.to_vec()).prop_map(|name| format!("{PREFIX}{name}"));
    let key = prop_oneof![8 => ours, 1 => "reberth:\\PC{0,200}", 1 => "\\PC{0,20}"];
    prop::collection::btree_map(key, any_value(), 0..16).prop_map(Tags::from)
}

prop_compose! {
    fn any_ceilings()(
        maximum_mode in prop::sample::select(Mode::ALL.to_vec()),
        maximum_unavailable in 1_u32..=1_000,
        allowed in prop::sample::select(vec!["", "web", "w*", "db", "db,:standalone"]),
    ) -> Ceilings {
        let allowed_groups = AllowedGroups::read(allowed).unwrap();
        Ceilings { maximum_mode, maximum_unavailable, allowed_groups, ..Ceilings::default() }
    }
}

/// Whether the first policy lets nothing happen that the second would not.
fn no_wider(narrow: &Policy, wide: &Policy) -> Result<(), TestCaseError> {
    prop_assert!(narrow.mode <= wide.mode);
    prop_assert!(narrow.hold_until >= wide.hold_until);
    let way = narrow.relaunch;
    prop_assert!(
        wide.relaunch == Relaunch::Auto || way == wide.relaunch || way == Relaunch::Notify
    );
    for desired in [0, 1, 7, 100, 5_000] {
        prop_assert!(narrow.unavailable(desired, None) <= wide.unavailable(desired, None));
        if let Some(bound) = wide.max_unavailable_per_zone {
            let narrower = narrow.max_unavailable_per_zone.map(|bound| bound.of(desired));
            prop_assert!(narrower.is_some_and(|narrower| narrower <= bound.of(desired)));
        }
    }
    let limit = |(name, most): (&String, &u32)| narrow.limits.get(name).is_some_and(|n| n <= most);
    prop_assert!(wide.limits.iter().all(limit));
    prop_assert!(narrow.replica_sets.is_superset(&wide.replica_sets));
    prop_assert!(narrow.ready.is_superset(&wide.ready));
    prop_assert!(narrow.drain.is_superset(&wide.drain));
    prop_assert!(narrow.stop_alarms.names.is_superset(&wide.stop_alarms.names));
    prop_assert!(narrow.stop_alarms.unreadable >= wide.stop_alarms.unreadable);
    for hour in 0..24 * 7 {
        let at = Timestamp::from_second(1_800_000_000 + hour * 3_600).unwrap();
        prop_assert!(!narrow.window.contains(at) || wide.window.contains(at));
    }
    let patient = |lead: Lead| narrow.lead.is_some_and(|narrower| narrower <= lead);
    prop_assert!(wide.lead.is_none_or(patient));
    prop_assert!(narrow.deadline <= wide.deadline);
    prop_assert!(narrow.drain_timeout >= wide.drain_timeout);
    prop_assert!(narrow.on_drain_failure <= wide.on_drain_failure);
    prop_assert!(narrow.busy_expiry >= wide.busy_expiry);
    prop_assert!(narrow.reserve >= wide.reserve);
    prop_assert!(narrow.drain_repeatable <= wide.drain_repeatable);
    prop_assert!(narrow.scale_in_busy <= wide.scale_in_busy);
    Ok(())
}

proptest! {
    #[test]
    fn no_tags_make_a_policy_wider_than_its_ceilings(
        ceilings in any_ceilings(),
        of_group in prop::option::of(any_tags()),
        own in any_tags(),
    ) {
        let name = group();
        let read = Policy::read(&ceilings, of_group.as_ref().map(|tags| (&name, tags)), &own);
        let policy = read.policy;
        prop_assert!(policy.mode <= ceilings.maximum_mode);
        for surplus in [None, Some(1), Some(u32::MAX)] {
            prop_assert!(policy.unavailable(u32::MAX, surplus) <= ceilings.maximum_unavailable);
        }
        let allowed = match &of_group {
            Some(_) => ceilings.allowed_groups.allow(&name),
            None => ceilings.allowed_groups.allow_standalone(),
        };
        prop_assert!(allowed || policy.mode == Mode::Off);
        let opted_in = of_group.as_ref().unwrap_or(&own).contains_key("reberth:mode");
        prop_assert!(opted_in || policy.mode == Mode::Off);
        prop_assert!(policy.limits.len() <= 2 * MOST_LIMITS);
    }

    #[test]
    fn a_members_tag_never_widens_its_groups(
        name in prop::sample::select(SETTINGS.to_vec()),
        of_group in any_value(),
        own in any_value(),
    ) {
        let group_tags = [("mode", "enforce"), (name, of_group.as_str())];
        let without = member(&group_tags, &[]).policy;
        let with = member(&group_tags, &[(name, own.as_str())]).policy;
        no_wider(&with, &without)?;
    }

    #[test]
    fn what_is_reported_of_hostile_tags_is_bounded_and_printable(tags in any_tags()) {
        let read = Policy::read(&wide(), Some((&group(), &tags)), &tags);
        prop_assert!(read.complaints.len() <= 2 * tags.len() + 1);
        let said = read.complaints.iter().map(ToString::to_string).chain(read.policy.explain());
        for line in said {
            prop_assert!(!line.chars().any(char::is_control), "{line:?}");
            prop_assert!(line.len() < 3_000, "{}", line.len());
        }
    }
}
