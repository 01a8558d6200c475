//! Mode approve: nothing without the owner's yes, and a yes is for one event.

use shared::ids::InstanceId;
use shared::ledger::Outcome;
use shared::testing::cloud::{Cloud, Play, Setup};

use crate::{outcome, reason, reboot, reboot_all};

fn asking(seed: u64) -> (Cloud, Vec<InstanceId>) {
    let cloud = Cloud::new(seed);
    let members = cloud.add(&Setup::group("web", 4).tagged("reberth:mode", "approve"));
    (cloud, members)
}

#[test]
fn without_a_yes_nothing_happens_and_with_it_the_instance_moves() {
    let (cloud, members) = asking(90);
    let event = reboot(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    play.hours(6);
    assert_eq!(cloud.changes(), 0);
    assert_eq!(reason(&cloud, &members[0], &event), "awaiting_approval");

    cloud.tag(&members[0], "reberth:approved", event.as_str());
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved);
    assert_eq!(cloud.truth().moved(), [members[0].clone()]);
}

#[test]
fn a_yes_for_another_event_is_no_yes() {
    let (cloud, members) = asking(91);
    let event = reboot(&cloud, &members[0]);
    cloud.tag(&members[0], "reberth:approved", "instance-event-0d59937288b749b32");
    let mut play = Play::new(&cloud);
    play.hours(6);
    assert_eq!(cloud.changes(), 0);
    assert_eq!(reason(&cloud, &members[0], &event), "awaiting_approval");
}

#[test]
fn a_yes_moves_its_own_instance_and_no_neighbour() {
    let (cloud, members) = asking(92);
    let events = reboot_all(&cloud, &members);
    cloud.tag(&members[2], "reberth:approved", events[2].as_str());
    let mut play = Play::new(&cloud);
    play.hours(6);
    assert_eq!(cloud.truth().moved(), [members[2].clone()]);
    assert_eq!(outcome(&cloud, &members[2], &events[2]), Outcome::Moved);
}
