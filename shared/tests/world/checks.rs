//! Status checks, targets and readiness (AWS docs `ec2-auto-scaling-health-checks`,
//! `edit-target-group-attributes`).

use jiff::SignedDuration;
use shared::testing::cloud::{Cloud, Machine, Setup};
use shared::testing::faults::Fault;

use crate::{always, in_service, lifecycle, minutes, newcomers};

#[test]
fn a_reboot_may_never_return_until_somebody_starts_it_anew() {
    let cloud = Cloud::new(51);
    let id = cloud.add_machine(&Machine::plain("alone"));
    always(&cloud, Fault::NeverReturns);
    cloud.reboot_by_hand(&id);
    minutes(&cloud, 24 * 60);
    assert!(cloud.instance(&id).unwrap().impaired());
    cloud.often(Fault::NeverReturns, 0);
    cloud.stop_by_hand(&id);
    minutes(&cloud, 5);
    cloud.start_by_hand(&id);
    minutes(&cloud, 5);
    assert!(cloud.serves(&id));
}

#[test]
fn about_one_reboot_in_ten_does_not_return_where_that_is_the_rate() {
    let cloud = Cloud::new(52);
    cloud.often(Fault::NeverReturns, 100);
    let machines: Vec<_> = (0..300).map(|_| cloud.add_machine(&Machine::plain("any"))).collect();
    for id in &machines {
        cloud.reboot_by_hand(id);
    }
    minutes(&cloud, 10);
    let lost = machines.iter().filter(|id| !cloud.serves(id)).count();
    assert!((15..50).contains(&lost), "{lost} of 300");
}

#[test]
fn a_short_flap_is_nothing_to_auto_scaling_and_a_long_one_costs_the_member_its_place() {
    for (lasts, stays) in [(2, true), (10, false)] {
        let cloud = Cloud::new(53);
        let members = cloud.add(&Setup::group("web", 3));
        cloud.flap(&members[0], lasts);
        assert!(cloud.instance(&members[0]).unwrap().impaired());
        assert_eq!(cloud.truth().open_losses().count(), 1);
        minutes(&cloud, 30);
        assert_eq!(in_service(&cloud, "web").contains(&members[0]), stays);
        assert_eq!(newcomers(&cloud, "web", &members).is_empty(), stays);
        assert_eq!(cloud.truth().open_losses().count(), 0);
    }
}

#[test]
fn targets_that_fail_cost_a_member_its_place_only_where_the_group_checks_them() {
    for checks_targets in [false, true] {
        let cloud = Cloud::new(54);
        let setup = Setup::group("web", 3).behind_targets();
        let members =
            cloud.add(&setup.behaving(|behaviour| behaviour.checks_targets = checks_targets));
        cloud.flap_targets(&members[0], 10);
        minutes(&cloud, 30);
        assert_eq!(in_service(&cloud, "web").contains(&members[0]), !checks_targets);
        assert!(checks_targets || cloud.serves(&members[0]));
    }
}

#[test]
fn what_never_drains_is_let_go_when_the_deregistration_delay_is_over() {
    let cloud = Cloud::new(55);
    let setup = Setup::group("web", 3).behind_targets().between(1, 4);
    let members = cloud.add(&setup.behaving(|behaviour| {
        behaviour.drains_in = SignedDuration::from_secs(20);
        behaviour.deregistration_delay = SignedDuration::from_mins(15);
    }));
    always(&cloud, Fault::NeverDrains);
    cloud.enter_standby_by_hand(&members[0]);
    minutes(&cloud, 14);
    assert_eq!(lifecycle(&cloud, "web", &members[0]).as_deref(), Some("EnteringStandby"));
    minutes(&cloud, 2);
    assert_eq!(lifecycle(&cloud, "web", &members[0]).as_deref(), Some("Standby"));
}

#[test]
fn slow_is_twice_as_long_at_least_and_its_tail_is_heavy() {
    let cloud = Cloud::new(56);
    let synchronises = |behaviour: &mut shared::testing::cloud::Behaviour| {
        behaviour.ready_after = Some(SignedDuration::from_mins(10));
    };
    let machines: Vec<_> =
        (0..64).map(|_| cloud.add_machine(&Machine::plain("any").behaving(synchronises))).collect();
    always(&cloud, Fault::SlowSync);
    for id in &machines {
        cloud.reboot_by_hand(id);
    }
    let ready = |minutes_later| {
        minutes(&cloud, minutes_later);
        machines.iter().filter(|id| cloud.serves(id)).count()
    };
    let (after_19, after_25, after_170) = (ready(19), ready(6), ready(145));
    assert_eq!(after_19, 0);
    assert!((20..45).contains(&after_25), "{after_25} of 64 after twice as long");
    assert!((50..64).contains(&after_170), "{after_170} of 64 after hours");
}
