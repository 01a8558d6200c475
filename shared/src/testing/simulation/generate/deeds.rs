//! What AWS announces, changes its mind about, and what people do meanwhile.

use super::CALM_AFTER;
use crate::testing::cloud::{Machine, RefreshPlan, Setup};
use crate::testing::faults::Draw;
use crate::testing::simulation::deed::{Deed, Whom};
use crate::testing::simulation::script::Timed;
use crate::world::EventCode;

/// From the calm to the last date that AWS may give before it, in minutes: who is announced late is
/// still to be done in calm.
const ANNOUNCED_BEFORE: u32 = 20 * 60;

/// Five notices or more, and up to twelve other deeds.
pub(super) fn deeds(draw: &mut Draw, groups: &[Setup], machines: &[Machine]) -> Vec<Timed> {
    let mut deeds = Vec::new();
    for _ in 0..draw.between(6, 14) {
        let minute = draw.pick(&[0, 0, 90, 400, ANNOUNCED_BEFORE]);
        let minute = draw.between(minute, minute + 60).min(CALM_AFTER - 1);
        let whom = somebody(draw, groups, machines);
        deeds.push(Timed { minute, deed: notice(draw, whom, machines) });
    }
    for _ in 0..draw.between(0, 12) {
        let minute = draw.between(0, CALM_AFTER - 1);
        let whom = somebody(draw, groups, machines);
        deeds.push(Timed { minute, deed: meddling(draw, whom, groups) });
    }
    deeds.sort_by_key(|timed| timed.minute);
    deeds
}

fn somebody(draw: &mut Draw, groups: &[Setup], machines: &[Machine]) -> Whom {
    let place = draw.between(0, 6) as usize;
    let alone = !machines.is_empty() && draw.chance(250);
    let group = draw.pick(groups).name().clone();
    Whom { group: (!alone).then_some(group), place }
}

fn notice(draw: &mut Draw, whom: Whom, machines: &[Machine]) -> Deed {
    let code = draw.pick(&[
        EventCode::SystemReboot,
        EventCode::InstanceRetirement,
        EventCode::InstanceReboot,
        EventCode::SystemMaintenance,
    ]);
    let place = whom.place.checked_rem(machines.len()).unwrap_or(0);
    let alone = machines.get(place).filter(|_| whom.group.is_none());
    // By its owner's reboot no other event ends.
    let reboots = alone.is_some_and(|machine| machine.relaunch() == Some("reboot"));
    let code = if reboots { EventCode::SystemReboot } else { code };
    // Some notices come when the date is there.
    let in_hours = draw.pick(&[0, 2, 6, 12, 30]);
    let movable_for = draw.pick(&[0, 0, 30]);
    Deed::Schedule { whom, code, in_hours, movable_for }
}

fn meddling(draw: &mut Draw, whom: Whom, groups: &[Setup]) -> Deed {
    if draw.chance(400) {
        return calamity(draw, whom, groups);
    }
    match draw.below(20) {
        0 => Deed::Cancel { whom },
        1 => Deed::MoveDate { whom, in_hours: 8 },
        2 => Deed::MoveDate { whom, in_hours: 36 },
        3 => Deed::MoveDate { whom, in_hours: 1 },
        4 => Deed::ActNow { whom },
        5 => Deed::ThrowSwitch { thrown: true },
        6 => Deed::ThrowSwitch { thrown: false },
        7 => Deed::ExhaustGovernor,
        8 => Deed::NoCapacity { whom, times: draw.between(1, 3) },
        9 => Deed::FallBack { whom, times: draw.between(1, 2) },
        10 => Deed::NoReservations { times: draw.between(1, 2) },
        11 => Deed::Terminate { whom },
        12 => Deed::Stop { whom },
        13 => Deed::Start { whom },
        14 => Deed::Reboot { whom },
        15 => Deed::Register { whom },
        16 => Deed::Untag { whom, key: "reberth:incident".to_owned() },
        17 => Deed::EnterStandby { whom },
        18 => Deed::Scale {
            group: draw.pick(groups).name().clone(),
            by: if draw.chance(500) { 1 } else { -1 },
        },
        _ => Deed::Rebalance { whom },
    }
}

/// What befalls a fleet from outside, and what people do to whole groups.
fn calamity(draw: &mut Draw, whom: Whom, groups: &[Setup]) -> Deed {
    let group = draw.pick(groups).name().clone();
    let process = |draw: &mut Draw| {
        let processes = [
            "Launch",
            "Terminate",
            "HealthCheck",
            "ReplaceUnhealthy",
            "AZRebalance",
            "AddToLoadBalancer",
        ];
        draw.pick(&processes).to_owned()
    };
    match draw.below(13) {
        0 => Deed::ScheduleHost {
            beside: Whom { place: whom.place + 1, ..whom.clone() },
            whom,
            code: EventCode::InstanceRetirement,
            in_hours: draw.between(4, 30),
        },
        1 => Deed::ScheduleSet {
            group,
            code: EventCode::SystemReboot,
            in_hours: draw.between(4, 30),
        },
        2 => Deed::ZoneFails { letter: draw.pick(&['a', 'b', 'c']), minutes: draw.between(5, 180) },
        3 => Deed::Flap { whom, minutes: draw.between(1, 15) },
        4 => Deed::FlapTargets { whom, minutes: draw.between(1, 15) },
        5 => Deed::Sicken { whom },
        6 => Deed::Interrupt { whom },
        7 => Deed::Detach { whom },
        8 => Deed::StartRefresh { group, plan: refresh_plan(draw) },
        9 => Deed::CancelRefresh { group },
        10 if draw.chance(200) => Deed::DeleteGroup { group },
        10 | 11 => Deed::Suspend { group, process: process(draw) },
        _ => Deed::Resume { group, process: process(draw) },
    }
}

fn refresh_plan(draw: &mut Draw) -> RefreshPlan {
    let rests = draw.chance(400);
    RefreshPlan {
        minimum_healthy_percentage: draw.pick(&[90, 75, 50]),
        checkpoint: rests.then(|| (50, draw.seconds(600, 7_200))),
        ignores: draw.chance(700),
    }
}
