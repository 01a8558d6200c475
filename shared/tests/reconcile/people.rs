//! People and AWS at every call of an act: whatever they do, nobody is left out of service by our
//! hand, no slot stays held, and no data is lost by us.

use shared::ids::{EventId, InstanceId};
use shared::testing::cloud::truth::Hand;
use shared::testing::cloud::{Cloud, Play};

use crate::plots::{
    MEMBERS_STOP_START, Plot, REBOOT, RESCHEDULE, RIDE, STANDALONE_RIDE, STOP_START, calls_of,
};

/// What somebody does in the middle of it.
type Deed = (&'static str, fn(&Cloud, &InstanceId, &EventId));

/// What people do with a console.
const BY_HAND: [Deed; 9] = [
    ("stopped", |cloud, id, _| cloud.stop_by_hand(id)),
    ("started", |cloud, id, _| cloud.start_by_hand(id)),
    ("rebooted", |cloud, id, _| cloud.reboot_by_hand(id)),
    ("terminated", |cloud, id, _| cloud.terminate_by_hand(id)),
    ("detached", |cloud, id, _| cloud.detach_by_hand(id)),
    ("put into standby", |cloud, id, _| cloud.enter_standby_by_hand(id)),
    ("taken out of standby", |cloud, id, _| cloud.exit_standby_by_hand(id)),
    ("registered", |cloud, id, _| cloud.register_by_hand(id)),
    ("unmarked", |cloud, id, _| cloud.untag(id, "reberth:incident")),
];

/// What AWS does with its own schedule.
const BY_AWS: [Deed; 5] = [
    ("cancelled", |cloud, id, event| cloud.cancel(id, event)),
    ("moved to the next hour", |cloud, id, event| cloud.move_date(id, event, 1)),
    ("moved two hours on", |cloud, id, event| cloud.move_date(id, event, 2)),
    ("moved three days on", |cloud, id, event| cloud.move_date(id, event, 72)),
    ("done early", |cloud, id, event| cloud.act_now(id, event)),
];

/// What becomes of its group meanwhile.
const BY_GROUP: [Deed; 6] = [
    ("scaled out", |cloud, id, _| scale(cloud, id, 1)),
    ("scaled in", |cloud, id, _| scale(cloud, id, -1)),
    ("rebalanced", |cloud, id, _| cloud.rebalance(id)),
    ("a neighbour rebalanced", |cloud, id, _| {
        if let Some(other) = neighbour(cloud, id) {
            cloud.rebalance(&other);
        }
    }),
    ("a neighbour terminated", |cloud, id, _| {
        if let Some(other) = neighbour(cloud, id) {
            cloud.terminate_by_hand(&other);
        }
    }),
    ("refreshed", |cloud, id, _| {
        if let Some(group) = group(cloud, id) {
            cloud.refresh(&group, true);
        }
    }),
];

fn group(cloud: &Cloud, id: &InstanceId) -> Option<String> {
    let group = cloud.instance(id).and_then(|instance| instance.group);
    group.map(|group| group.to_string())
}

fn neighbour(cloud: &Cloud, id: &InstanceId) -> Option<InstanceId> {
    let members = cloud.group(&group(cloud, id)?).members;
    members.into_keys().find(|other| other != id)
}

fn scale(cloud: &Cloud, id: &InstanceId, by: i32) {
    let Some(group) = group(cloud, id) else { return };
    let desired = i32::try_from(cloud.group(&group).desired).unwrap() + by;
    cloud.scale(&group, u32::try_from(desired).unwrap());
}

/// Plays a plot once for each of its calls, with a deed right after it.
fn meddled_with_at_every_call(plot: &Plot, deeds: &[Deed]) {
    for (words, deed) in deeds {
        for call in 1..=calls_of(plot) {
            println!("{}: {words} at call {call}", plot.name);
            let cloud = Cloud::new(310);
            let (id, event) = (plot.begin)(&cloud);
            let deed = *deed;
            cloud.once_at(call, move |cloud| deed(cloud, &id, &event));
            let mut play = Play::new(&cloud);
            play.hours(plot.hours);
            cloud.assert_nothing_is_out();
            let lost = cloud.truth().data_lost;
            assert!(lost.iter().all(|loss| loss.by != Hand::Ours), "{lost:?}");
        }
    }
}

#[test]
fn people_at_every_call_of_a_stop_start() {
    meddled_with_at_every_call(&STOP_START, &BY_HAND);
}

#[test]
fn people_at_every_call_of_a_stop_start_through_standby() {
    meddled_with_at_every_call(&MEMBERS_STOP_START, &BY_HAND);
}

#[test]
fn people_at_every_call_of_a_ride() {
    meddled_with_at_every_call(&RIDE, &BY_HAND);
}

#[test]
fn people_at_every_call_of_a_standalone_ride() {
    meddled_with_at_every_call(&STANDALONE_RIDE, &BY_HAND);
}

#[test]
fn people_at_every_call_of_a_reboot() {
    meddled_with_at_every_call(&REBOOT, &BY_HAND);
}

#[test]
fn aws_changes_its_mind_at_every_call_of_a_stop_start() {
    meddled_with_at_every_call(&STOP_START, &BY_AWS);
}

#[test]
fn aws_changes_its_mind_at_every_call_of_a_stop_start_through_standby() {
    meddled_with_at_every_call(&MEMBERS_STOP_START, &BY_AWS);
}

#[test]
fn aws_changes_its_mind_at_every_call_of_a_ride() {
    meddled_with_at_every_call(&RIDE, &BY_AWS);
}

#[test]
fn aws_changes_its_mind_at_every_call_of_a_reschedule() {
    meddled_with_at_every_call(&RESCHEDULE, &BY_AWS);
}

#[test]
fn a_group_changes_at_every_call_of_a_stop_start_through_standby() {
    meddled_with_at_every_call(&MEMBERS_STOP_START, &BY_GROUP);
}

#[test]
fn a_group_changes_at_every_call_of_a_ride() {
    meddled_with_at_every_call(&RIDE, &BY_GROUP);
}
