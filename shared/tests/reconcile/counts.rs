//! What stands at a look is counted at that look, with a number also where it is 0: alarms rest on
//! it, and end only with a number.

use shared::ids::{EventId, InstanceId};
use shared::policy::{Ceilings, Mode};
use shared::testing::cloud::{Cloud, Machine, Play, Setup};
use shared::world::{AlarmState, EventCode, LifecycleState};

use crate::{reboot, reboot_all, soon};

/// Every level that an alarm rests on.
const LEVELS: [&str; 8] = [
    "circuit_open",
    "given_up",
    "governor_binding",
    "held_within_24_hours",
    "held_within_4_hours",
    "retained",
    "stopped_not_started",
    "stuck",
];

/// What a sweep counts under these names.
fn counted<const N: usize>(play: &mut Play<'_>, names: [&str; N]) -> [Option<u64>; N] {
    let report = play.sweep().unwrap();
    names.map(|name| report.counts.get(name).copied())
}

/// The same after so many minutes.
fn counted_after<const N: usize>(
    play: &mut Play<'_>,
    minutes: i64,
    names: [&str; N],
) -> [Option<u64>; N] {
    play.minutes(minutes);
    counted(play, names)
}

/// How often something was counted in all runs so far.
fn ever(play: &Play<'_>, name: &str) -> u64 {
    play.reports.iter().filter_map(|report| report.counts.get(name)).sum()
}

/// A group of two is left alone.
fn held(cloud: &Cloud, hours: i64) -> (InstanceId, EventId) {
    let members = cloud.add(&Setup::enforced("pair", 2));
    let event = cloud.schedule(&members[0], EventCode::SystemReboot, hours);
    (members[0].clone(), event)
}

#[test]
fn a_quiet_look_counts_every_level_as_none() {
    let cloud = Cloud::new(500);
    cloud.add(&Setup::enforced("web", 4));
    let mut play = Play::new(&cloud);
    assert_eq!(counted(&mut play, LEVELS), [Some(0); 8]);
}

#[test]
fn a_hold_counts_for_as_long_as_it_stands_and_its_forced_end_once() {
    let cloud = Cloud::new(501);
    held(&cloud, 30);
    let mut play = Play::new(&cloud);
    let near = ["held_within_24_hours", "held_within_4_hours"];
    assert_eq!(counted_after(&mut play, 5 * 60, near), [Some(0), Some(0)]);
    for minutes in [90, 60, 17 * 60] {
        assert_eq!(counted_after(&mut play, minutes, near), [Some(1), Some(0)]);
    }
    for minutes in [90, 60] {
        assert_eq!(counted_after(&mut play, minutes, near), [Some(1), Some(1)]);
    }
    assert_eq!(ever(&play, "forced"), 0);
    assert_eq!(counted_after(&mut play, 4 * 60, near), [Some(0), Some(0)]);
    assert_eq!(ever(&play, "forced"), 1);
}

#[test]
fn a_hold_that_ends_before_the_date_is_no_alarm() {
    let cloud = Cloud::new(502);
    let id = cloud.add(&Setup::enforced("web", 4)).remove(0);
    soon(&cloud, &id);
    let until = cloud.now() + jiff::SignedDuration::from_hours(6);
    let words = until.strftime("%Y-%m-%dT%H:%MZ").to_string();
    cloud.tag(&id, "reberth:hold-until", &words);
    let mut play = Play::new(&cloud);
    assert_eq!(counted(&mut play, ["held", "held_within_24_hours"]), [Some(1), Some(0)]);
}

#[test]
fn an_instance_that_does_not_start_counts_until_it_runs() {
    let cloud = Cloud::new(503);
    let id = cloud.add_machine(&Machine::enforced("alone"));
    soon(&cloud, &id);
    cloud.no_capacity_for(&id, 1);
    let mut play = Play::new(&cloud);
    let lies = ["stopped_not_started"];
    assert_eq!(counted_after(&mut play, 10, lies), [Some(1)]);
    assert_eq!(counted_after(&mut play, 30, lies), [Some(1)], "at each look");
    let told = cloud.told();
    let said = told.iter().filter(|(_, words)| words.contains("does not start")).count();
    assert_eq!(said, 1, "{told:#?}");
    assert_eq!(counted_after(&mut play, 30, lies), [Some(0)]);
    assert!(ever(&play, "closings_failed") > 6, "each try that failed");
}

#[test]
fn what_waits_too_long_counts_as_stuck_until_it_goes_on() {
    let cloud = Cloud::new(504);
    let setup = Setup::enforced("web", 3).tagged("reberth:relaunch", "stop-start").between(1, 3);
    let members = cloud.add(&setup);
    soon(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    play.minutes(2);
    cloud.scale("web", 3);
    assert_eq!(counted_after(&mut play, 20, ["stuck"]), [Some(1)]);
    assert_eq!(counted_after(&mut play, 20, ["stuck"]), [Some(1)], "at each look");
    cloud.change_group("web", |group| group.maximum = 4);
    assert_eq!(counted_after(&mut play, 10, ["stuck"]), [Some(0)]);
}

#[test]
fn attempts_that_came_to_nothing_count_as_given_up() {
    let cloud = Cloud::new(505);
    let never = jiff::SignedDuration::from_hours(1_000);
    let setup = Setup::enforced("web", 4).launching_first(125);
    let members = cloud.add(&setup.behaving(|behaviour| behaviour.answers_after = never));
    reboot(&cloud, &members[0]);
    let maximum_mode = Mode::Enforce;
    let ceilings = Ceilings { maximum_mode, maximum_attempts: 1, ..Ceilings::default() };
    let mut play = Play::within(&cloud, ceilings);
    assert_eq!(counted_after(&mut play, 5, ["given_up"]), [Some(0)]);
    assert_eq!(counted_after(&mut play, 30, ["given_up"]), [Some(1)]);
    assert_eq!(counted_after(&mut play, 60, ["given_up"]), [Some(1)], "at each look");
}

#[test]
fn a_group_that_is_not_well_opens_the_circuit_until_it_is() {
    let cloud = Cloud::new(506);
    let well = AlarmState::Ok(None);
    cloud.alarm("errors", well);
    let members = cloud.add(&Setup::enforced("web", 4).tagged("reberth:stop-alarms", "errors"));
    cloud.alarm("errors", AlarmState::Alarm);
    reboot(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    assert_eq!(counted_after(&mut play, 5, ["circuit_open"]), [Some(1)]);
    cloud.alarm("errors", well);
    assert_eq!(counted_after(&mut play, 15, ["circuit_open"]), [Some(0)]);
    assert_eq!(cloud.changes(), 1, "well again, it goes on");
}

#[test]
fn retained_members_count_in_every_group_that_opted_in() {
    let cloud = Cloud::new(507);
    let members = cloud.add(&Setup::enforced("web", 4));
    let other = cloud.add(&Setup::group("other", 4));
    let retain = |group: &str, id: &InstanceId, word: &str| {
        cloud.change_group(group, |group| {
            group.members.get_mut(id).unwrap().lifecycle = LifecycleState::read(word);
        });
    };
    retain("web", &members[0], "Terminating:Retained");
    retain("web", &members[1], "Warmed:Pending:Retained");
    retain("web", &members[2], "Terminating:Wait");
    retain("other", &other[0], "Terminating:Retained");
    let mut play = Play::new(&cloud);
    assert_eq!(counted(&mut play, ["retained"]), [Some(2)]);
}

#[test]
fn the_pace_counts_at_each_look_at_which_it_holds_somebody() {
    let cloud = Cloud::new(508);
    let members = cloud.add(&Setup::enforced("web", 20).may_lose(5));
    reboot_all(&cloud, &members);
    let maximum_mode = Mode::Enforce;
    let ceilings =
        Ceilings { maximum_mode, acts_per_hour: 2, in_flight_percent: 100, ..Ceilings::default() };
    let mut play = Play::within(&cloud, ceilings);
    play.minutes(30);
    assert!(counted(&mut play, ["governor_binding"]) > [Some(0)]);
}
