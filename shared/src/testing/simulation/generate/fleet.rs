//! Groups and standalone instances of every kind.

use jiff::SignedDuration;

use crate::testing::cloud::{Behaviour, Hook, HookResult, Machine, Setup};
use crate::testing::faults::Draw;

/// Two to five groups, of 35 members at most; now and then three of them are of one zone each and
/// share their replica sets.
pub(super) fn groups(draw: &mut Draw) -> Vec<Setup> {
    if draw.chance(100) {
        return shards(draw);
    }
    (0..draw.pick(&[2, 3, 4, 4, 5, 5])).map(|number| group(number, draw)).collect()
}

/// A quorum over three zones: each set has a member in every group.
fn shards(draw: &mut Draw) -> Vec<Setup> {
    let synchronises = SignedDuration::from_mins(i64::from(draw.pick(&[4, 40, 150])));
    let shard = |zone: usize, draw: &mut Draw| {
        let setup = Setup::enforced(&format!("group-{zone}"), 3).in_zone(zone);
        let setup = setup.replicating(&["one", "two", "three"]).ready_after(synchronises);
        setup.behaving(|behaviour| behave(behaviour, draw))
    };
    (0..3).map(|zone| shard(zone, draw)).collect()
}

fn group(number: u32, draw: &mut Draw) -> Setup {
    let members = draw.pick(&[3, 4, 5, 6, 7, 7]);
    let mut setup = Setup::enforced(&format!("group-{number}"), members);
    if draw.chance(400) {
        setup = setup.launching_first(150);
    }
    if draw.chance(400) {
        setup = setup.behind_targets();
    }
    setup = setup.may_lose(draw.between(1, 2));
    let stays = draw.below(4);
    setup = match stays {
        0 => setup.of_type("i4i.large"),
        1 => setup.tagged("reberth:relaunch", "stop-start"),
        _ => setup,
    };
    let replicated = draw.chance(300);
    if replicated || draw.chance(300) {
        setup = setup.ready_after(SignedDuration::from_mins(4));
    }
    if replicated {
        setup = setup.replicating(&["one", "two", "three"]);
    }
    setup = narrowed(setup, draw);
    if draw.chance(150) {
        let members = setup.members();
        setup = setup.between(members, members);
    }
    if draw.chance(70) {
        setup = setup.weighing(2);
    }
    if draw.chance(100) {
        setup = setup.in_zones(draw.between(1, 2) as usize);
    }
    setup.behaving(|behaviour| {
        behave(behaviour, draw);
        surround(behaviour, draw);
        behaviour.pool = if stays > 1 && draw.chance(150) { draw.between(1, 2) } else { 0 };
        behaviour.reuses = draw.chance(500);
        behaviour.bad_hosts = if stays > 1 { draw.between(0, 1) } else { 0 };
    })
}

/// What some owners say besides.
fn narrowed(setup: Setup, draw: &mut Draw) -> Setup {
    match draw.below(12) {
        0 | 1 => setup.tagged("reberth:limits", "shared=1"),
        2 => setup.tagged("reberth:max-unavailable-per-zone", "1"),
        3 => setup.tagged("reberth:window", "Mon-Sun 09:00-19:00 @ UTC"),
        4 => setup
            .tagged("reberth:window", "Mon-Sun 01:00-05:00 @ UTC")
            .tagged("reberth:deadline", "force"),
        _ => setup,
    }
}

/// Up to four standalone instances, each to be moved in one way or another.
pub(super) fn machines(draw: &mut Draw) -> Vec<Machine> {
    (0..draw.between(0, 4)).map(|number| machine(number, draw)).collect()
}

fn machine(number: u32, draw: &mut Draw) -> Machine {
    let mut machine = Machine::enforced(&format!("machine-{number}"));
    machine = match draw.below(6) {
        0 => machine.tagged("reberth:relaunch", "ride"),
        1 => machine.tagged("reberth:relaunch", "reboot"),
        2 => machine.tagged("reberth:reserve", "yes"),
        3 => machine.of_type("m5d.large"),
        _ => machine,
    };
    if draw.chance(600) {
        machine = machine.behind("front", &[80, 443]).behind("back", &[]);
    }
    if draw.chance(300) {
        let window = draw.pick(&[
            "Mon-Sat 18:00-22:00 @ UTC",
            "daily 01:30-03:30 @ Europe/Paris",
            "daily 22:00-02:30 @ America/New_York",
        ]);
        machine = machine.tagged("reberth:window", window);
    }
    if draw.chance(300) {
        machine = machine.ready_after(SignedDuration::from_mins(7));
    }
    machine.behaving(|behaviour| behave(behaviour, draw))
}

fn behave(behaviour: &mut Behaviour, draw: &mut Draw) {
    behaviour.answers_after = draw.seconds(5, 120);
    behaviour.boots_in = draw.seconds(20, 300);
    behaviour.checked_after = draw.seconds(60, 300);
    behaviour.leaves_in = draw.seconds(10, 600);
    behaviour.stops_in = draw.seconds(5, 300);
    behaviour.starts_in = draw.seconds(5, 100);
    behaviour.drains_in = draw.seconds(5, 400);
    behaviour.rejoins_in = draw.seconds(5, 100);
    behaviour.dates_launch_first = draw.chance(500);
}

/// What others have set up around a group: hooks, health checks, delays.
fn surround(behaviour: &mut Behaviour, draw: &mut Draw) {
    let hook = |draw: &mut Draw| {
        draw.chance(150).then(|| Hook {
            completed_after: draw.chance(850).then(|| draw.seconds(20, 2_400)),
            heartbeat_timeout: draw.seconds(300, 3_600),
            default_result: draw.pick(&[HookResult::Continue, HookResult::Abandon]),
        })
    };
    behaviour.launch_hook = hook(draw).filter(|hook| hook.lets_in());
    behaviour.termination_hook = hook(draw);
    behaviour.retains = draw.chance(300);
    behaviour.checks_targets = draw.chance(300);
    behaviour.impaired_after = draw.seconds(30, 600);
    behaviour.deregistration_delay = draw.seconds(60, 1_800);
}
