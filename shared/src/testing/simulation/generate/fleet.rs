//! Groups and standalone instances of every kind.

use jiff::SignedDuration;

use crate::testing::cloud::{Behaviour, Machine, Setup};
use crate::testing::faults::Draw;

/// Two to five groups, of 36 members at most.
pub(super) fn groups(draw: &mut Draw) -> Vec<Setup> {
    (0..draw.between(2, 5)).map(|number| group(number, draw)).collect()
}

fn group(number: u32, draw: &mut Draw) -> Setup {
    let mut setup = Setup::enforced(&format!("group-{number}"), draw.between(3, 7));
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
    setup.behaving(|behaviour| {
        behave(behaviour, draw);
        behaviour.bad_hosts = if stays > 1 { draw.between(0, 1) } else { 0 };
    })
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
        machine = machine.tagged("reberth:window", "Mon-Sat 18:00-22:00 @ UTC");
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
