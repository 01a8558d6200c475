//! One stop-start, ride, reschedule and reboot each, and at every single call something happens:
//! the run dies on either side of the call's effect, its answer is lost, somebody says stop, or the
//! ledger is gone. The end is always the same: it serves, nothing is left open, and where only a run
//! died every word was told.

use shared::ids::{EventId, InstanceId};
use shared::testing::cloud::{Cloud, Crash, Moment, Play};

use crate::notifications::assert_all_told;
use crate::plots::{
    MEMBERS_STOP_START, Plot, REBOOT, RESCHEDULE, RIDE, STANDALONE_RIDE, STOP_START, calls_of,
};
use crate::{incident, outcome};

/// Plays a plot to its end with something that happens at one call.
fn disturbed(plot: &Plot, disturb: impl FnOnce(&Cloud, &mut Play)) -> (Cloud, InstanceId, EventId) {
    let cloud = Cloud::new(300);
    let (id, event) = (plot.begin)(&cloud);
    let mut play = Play::new(&cloud);
    disturb(&cloud, &mut play);
    play.to_rest(plot.hours);
    drop(play);
    (cloud, id, event)
}

/// Kills the run at each of its calls, on either side of its effect.
fn dies_at_every_call(plot: &Plot) {
    let calls = calls_of(plot) + 20;
    for call in 1..=calls {
        for moment in [Moment::BeforeEffect, Moment::AfterEffect] {
            let case = format!("{}: died at call {call}, {moment:?}", plot.name);
            let crash = Crash { call, moment };
            let (cloud, id, event) = disturbed(plot, |_, play| play.crash_at(crash));
            assert_eq!(outcome(&cloud, &id, &event), plot.ends, "{case}");
            assert_eq!(cloud.truth().data_lost, [], "{case}");
            assert_eq!(cloud.truth().forced, [], "{case}");
            assert_all_told(&cloud, &incident(&cloud, &id, &event));
        }
    }
}

#[test]
fn p21_a_stop_start_survives_death_at_every_call() {
    dies_at_every_call(&STOP_START);
}

#[test]
fn p21_a_stop_start_through_standby_survives_death_at_every_call() {
    dies_at_every_call(&MEMBERS_STOP_START);
}

#[test]
fn p21_a_ride_survives_death_at_every_call() {
    dies_at_every_call(&RIDE);
}

#[test]
fn p21_a_standalone_ride_survives_death_at_every_call() {
    dies_at_every_call(&STANDALONE_RIDE);
}

#[test]
fn p21_a_reboot_survives_death_at_every_call() {
    dies_at_every_call(&REBOOT);
}

#[test]
fn p21_a_reschedule_survives_death_at_every_call() {
    dies_at_every_call(&RESCHEDULE);
}

/// What somebody says in the middle of it.
type Word = (&'static str, fn(&Cloud, &InstanceId));

/// Nobody opens anything any more, and what is open is closed.
const STOPS: [Word; 7] = [
    ("kill switch", |cloud, _| cloud.throw_switch(true)),
    ("mode off", |cloud, id| say(cloud, id, "reberth:mode", "off")),
    ("mode observe", |cloud, id| say(cloud, id, "reberth:mode", "observe")),
    ("opted out", |cloud, id| unsay(cloud, id, "reberth:mode")),
    ("held", |cloud, id| say(cloud, id, "reberth:hold-until", "2027-12-01T06:00Z")),
    ("window closed", |cloud, id| say(cloud, id, "reberth:window", "Sun 02:00-03:00 @ UTC")),
    ("governor exhausted", |cloud, _| cloud.exhaust_governor()),
];

/// Its owner says so, on its group where it has one.
fn say(cloud: &Cloud, id: &InstanceId, key: &str, value: &str) {
    match cloud.instance(id).and_then(|instance| instance.group) {
        Some(group) => cloud.change_group(group.as_str(), |group| {
            group.tags.insert(key.to_owned(), value.to_owned());
        }),
        None => cloud.tag(id, key, value),
    }
}

fn unsay(cloud: &Cloud, id: &InstanceId, key: &str) {
    match cloud.instance(id).and_then(|instance| instance.group) {
        Some(group) => cloud.change_group(group.as_str(), |group| drop(group.tags.remove(key))),
        None => cloud.untag(id, key),
    }
}

/// Somebody says stop at each of the calls: the instance runs and serves again within the hour, as
/// it was or moved, and nothing is left open.
fn is_stopped_at_every_call(plot: &Plot) {
    let calls = calls_of(plot);
    for (word, say) in STOPS {
        for call in 1..=calls {
            let case = format!("{}: {word} at call {call}", plot.name);
            let cloud = Cloud::new(300);
            let (id, event) = (plot.begin)(&cloud);
            let subject = id.clone();
            cloud.once_at(call, move |cloud| say(cloud, &subject));
            let mut play = Play::new(&cloud);
            while cloud.calls_made() < call {
                play.minutes(1);
            }
            play.minutes(55);
            assert_eq!(cloud.left_open(), [""; 0], "{case}");
            assert!(cloud.serves(&id), "{case}: {:#?}", cloud.instance(&id));
            let known = cloud.incident(&id, &event);
            assert!(known.is_none_or(|known| !known.out()), "{case}");
            assert!(cloud.holders().is_empty(), "{case}");
        }
    }
}

#[test]
fn a_stop_start_that_nobody_wants_any_more_is_turned_back_or_finished_at_every_call() {
    is_stopped_at_every_call(&STOP_START);
}

#[test]
fn a_stop_start_through_standby_is_turned_back_or_finished_at_every_call() {
    is_stopped_at_every_call(&MEMBERS_STOP_START);
}

#[test]
fn a_reboot_that_nobody_wants_any_more_is_turned_back_or_finished_at_every_call() {
    is_stopped_at_every_call(&REBOOT);
}

/// The ledger is lost at each of the calls: nothing is left stopped, in standby or marked.
fn loses_the_ledger_at_every_call(plot: &Plot, mut registrations_may_be_lost: bool) {
    for call in 1..=calls_of(plot) {
        let case = format!("{}: ledger lost at call {call}", plot.name);
        let (cloud, id, _) = ledger_lost(plot, call);
        assert_eq!(cloud.left_out_of_service(), [""; 0], "{case}");
        if cloud.serves(&id) {
            continue;
        }
        let told = cloud.told();
        assert!(
            registrations_may_be_lost,
            "{case}: {:#?} {:#?} {told:#?}",
            cloud.instance(&id),
            cloud.closed()
        );
        let alarmed = |(_, text): &(String, String)| text.contains("check its target groups");
        assert!(told.iter().any(alarmed), "{case}: {told:#?}");
        registrations_may_be_lost = true;
    }
}

fn ledger_lost(plot: &Plot, call: usize) -> (Cloud, InstanceId, EventId) {
    let cloud = Cloud::new(300);
    let (id, event) = (plot.begin)(&cloud);
    cloud.once_at(call, Cloud::lose_ledger);
    let mut play = Play::new(&cloud);
    play.hours(plot.hours);
    drop(play);
    (cloud, id, event)
}

#[test]
fn a_ledger_lost_at_any_call_of_a_stop_start_leaves_nothing_stopped() {
    loses_the_ledger_at_every_call(&STOP_START, true);
}

#[test]
fn a_ledger_lost_at_any_call_of_a_stop_start_leaves_nothing_in_standby() {
    loses_the_ledger_at_every_call(&MEMBERS_STOP_START, false);
}

#[test]
fn a_ledger_lost_at_any_call_of_a_ride_leaves_nothing_in_standby() {
    loses_the_ledger_at_every_call(&RIDE, false);
}
