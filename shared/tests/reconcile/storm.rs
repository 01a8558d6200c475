//! A thousand scheduled at once.

use shared::policy::{Ceilings, Mode};
use shared::testing::cloud::{Call, Cloud, Play, Setup};
use shared::testing::faults::Fault;

use crate::reboot_all;

const GROUPS: usize = 10;

#[test]
fn a_storm_of_a_thousand_costs_nine_describes_to_see_and_four_a_group_to_act() {
    let cloud = Cloud::new(110);
    for group in 0..GROUPS {
        let setup = Setup::enforced(&format!("web-{group}"), 100).may_lose(10);
        reboot_all(&cloud, &cloud.add(&setup));
    }
    let observing =
        Ceilings { in_flight_percent: 100, acts_per_hour: 1_000, ..Ceilings::default() };
    let mut play = Play::within(&cloud, observing);
    play.sweep();
    play.invoke(r#"{"reberth":"hint","version":1,"kind":"notice","instances":[]}"#);
    let describes = |call: &Call| call.port.describes();
    let seen = cloud.requests(0, describes);
    println!("sweep and hinted look: {seen:?}");
    // Four a look, and one more in the sweep for instances that carry our mark.
    assert!(seen.values().sum::<usize>() <= 9, "{seen:?}");

    play.deploy(|ceilings| ceilings.maximum_mode = Mode::Enforce);
    let from = cloud.calls_made();
    play.sweep();
    let acted = cloud.requests(from, describes);
    let look = seen.values().sum::<usize>() / 2;
    let preflight = acted.values().sum::<usize>() - look;
    println!("a look in which {GROUPS} groups act: {acted:?}, {preflight} beyond the look");
    assert_eq!(cloud.truth().moved().len(), GROUPS, "the first of each group, alone");
    assert!(preflight <= 4 * GROUPS, "{acted:?}");
    let changes = cloud.requests(from, |call| call.port.changes());
    println!("calls that change something: {changes:?}");
    assert_eq!(changes.values().sum::<usize>(), GROUPS);

    // Once the first of each group has proved what it was launched from, ten of each go in one
    // call. Sweeps alone, to keep a thousand subjects cheap to play.
    cloud.often(Fault::MessageLost, 1_000);
    let from = cloud.calls_made();
    play.minutes(26);
    let moved = cloud.truth().moved().len() - GROUPS;
    let changes = cloud.requests(from, |call| call.port.changes());
    println!("the next wave: {moved} instances, {changes:?}");
    assert_eq!((moved, changes.values().sum()), (10 * GROUPS, GROUPS));
}
