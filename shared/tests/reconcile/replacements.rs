//! Replacements that land badly, and what a replacement must not do on its way.

use shared::ledger::Outcome;
use shared::testing::cloud::{Cloud, Play, Setup};
use shared::world::LifecycleState;

use crate::{outcome, reason, reboot, reboot_all};

#[test]
fn p34_a_replacement_on_a_bad_host_is_moved_in_its_turn() {
    let cloud = Cloud::new(50);
    let setup = Setup::enforced("web", 4).behaving(|behaviour| behaviour.bad_hosts = 1);
    let members = cloud.add(&setup);
    let event = reboot(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    play.to_rest(6);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::MovedAgain);
    let mut closed = cloud.closed();
    closed.sort_by_key(|incident| incident.attempt);
    let ended: Vec<_> = closed.iter().map(|i| (i.attempt, i.phase_code())).collect();
    assert_eq!(ended, [(1, "closed"), (2, "closed")]);
    assert_eq!(outcome(&cloud, &closed[1].key.instance, &closed[1].key.event), Outcome::Moved);
    assert_eq!(cloud.truth().opened().count(), 2);
}

#[test]
fn p34_replacements_that_always_land_badly_end_in_an_alert_and_not_in_a_loop() {
    let cloud = Cloud::new(51);
    let setup = Setup::enforced("web", 4).behaving(|behaviour| behaviour.bad_hosts = u32::MAX);
    let members = cloud.add(&setup);
    reboot(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    play.hours(24);
    assert_eq!(cloud.truth().opened().count(), 3, "as often as attempts are allowed");
    let open = cloud.open();
    assert_eq!(open.len(), 1);
    let last = &open[0];
    assert_eq!(reason(&cloud, &last.key.instance, &last.key.event), "attempts_exhausted");
    let told = cloud.told();
    let alerts = told.iter().filter(|(_, text)| text.contains("ask AWS support"));
    assert_eq!(alerts.count(), 1, "told once: {told:#?}");
    assert!(cloud.holders().is_empty());
}

#[test]
fn p26_a_member_lost_to_somebody_else_counts_against_the_group() {
    let cloud = Cloud::new(52);
    let members = cloud.add(&Setup::enforced("web", 4));
    cloud.terminate_by_hand(&members[3]);
    cloud.advance(jiff::SignedDuration::from_secs(10));
    let event = reboot(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    play.sweep();
    assert_eq!(cloud.changes(), 0);
    assert_eq!(reason(&cloud, &members[0], &event), "limit_full");
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved);
}

#[test]
fn p27_desired_capacity_is_nobodys_business() {
    let cloud = Cloud::new(53);
    let members = cloud.add(&Setup::enforced("web", 6).may_lose(2));
    reboot_all(&cloud, &members);
    let mut play = Play::new(&cloud);
    play.minutes(30);
    // Its owner grows the group in the middle of it, and that stays.
    cloud.scale("web", 8);
    play.to_rest(12);
    let group = cloud.group("web");
    assert_eq!((group.desired, group.members.len()), (8, 8));
    assert!(group.members.values().all(|member| member.lifecycle == LifecycleState::InService));
    assert_eq!(cloud.truth().opened().count(), 6);
}

#[test]
fn p31_five_hundred_instances_cost_four_calls_a_quiet_sweep() {
    let cloud = Cloud::new(54);
    for group in 0..5 {
        cloud.add(&Setup::enforced(&format!("web-{group}"), 100));
    }
    let mut play = Play::new(&cloud);
    play.sweep();
    let quiet = cloud.requests(0, |call| call.port.describes());
    assert_eq!(quiet.values().sum::<usize>(), 4, "{quiet:?}");

    let members: Vec<_> = cloud.group("web-0").members.into_keys().collect();
    cloud.silence();
    reboot(&cloud, &members[0]);
    cloud.change_group("web-0", |group| {
        group.tags.insert("reberth:mode".to_owned(), "observe".to_owned());
    });
    let from = cloud.calls_made();
    play.sweep();
    let busy = cloud.requests(from, |call| call.port.describes());
    assert_eq!(busy.values().sum::<usize>(), 5, "{busy:?}");
    assert_eq!(busy.get("DescribeInstances"), Some(&2), "the members of all groups, and marks");
}

#[test]
fn a_group_deleted_under_way_ends_its_incidents() {
    let cloud = Cloud::new(55);
    let members = cloud.add(&Setup::enforced("web", 4));
    let event = reboot(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    play.minutes(2);
    cloud.delete_group("web");
    play.to_rest(3);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Gone);
}
