//! A plan as one line: `web-1 holds: limit_full group/web of 1`.

use shared::ids::InstanceId;
use shared::ledger::{Outcome, Returns};
use shared::plan::{InPlace, Opening, Order, Plan, Progress, Reason, Restore, Step, Way};
use shared::time::Timestamp;
use shared::world::World;

/// The line of a plan.
pub fn of(world: &World, plan: &Plan) -> String {
    let name = name(world, &plan.key.instance);
    let other_event = match plan.key.event.as_str().chars().last() {
        Some('1') | None => String::new(),
        Some(nth) => format!(" (event {nth})"),
    };
    let detail = detail(world, &plan.reason);
    format!("{name}{other_event} {}: {}{detail}", step(&plan.step), plan.reason.code())
}

fn name(world: &World, id: &InstanceId) -> String {
    let tag = world.instances.get(id).and_then(|instance| instance.tags.get("Name"));
    let mut incidents = world.memory.incidents.values();
    let remembered = || incidents.find(|incident| &incident.key.instance == id)?.name.as_ref();
    tag.or_else(remembered).cloned().unwrap_or_else(|| id.to_string())
}

fn step(step: &Step) -> String {
    match step {
        Step::Open(Opening { way, again, .. }) => {
            format!("opens {}{}", words(*way), if *again { " again" } else { "" })
        }
        Step::Strike { how, asked } => {
            let strikes = if *how == InPlace::Reboot { "reboots" } else { "stops" };
            format!("{strikes}{}", if *asked { "" } else { ", unasked" })
        }
        Step::TurnBack(returns) => format!("turns back {}", ending(*returns)),
        Step::Restore(Restore::Start) => "starts".to_owned(),
        Step::Restore(Restore::ExitStandby) => "exits standby".to_owned(),
        Step::Restore(Restore::Register) => "registers".to_owned(),
        Step::Restore(Restore::ForgetReady) => "forgets readiness".to_owned(),
        Step::Ask { document, .. } => format!("asks {document}"),
        Step::Adopt => "is adopted".to_owned(),
        Step::Propose(answer) => format!("proposes {}", answer.code()),
        Step::Notify => "notifies".to_owned(),
        Step::Hold(_) => "holds".to_owned(),
        Step::Wait => "waits".to_owned(),
        Step::Record(Progress::TookEffect) => "records an effect".to_owned(),
        Step::Record(Progress::Serving(_)) => "records service".to_owned(),
        Step::Record(Progress::CleanAtTen) => "records a clean host".to_owned(),
        Step::Record(Progress::Out) => "records standing aside".to_owned(),
        Step::Record(Progress::Back(returns)) => format!("records return, {}", ending(*returns)),
        Step::Record(Progress::StillListed) => "records another attempt".to_owned(),
        Step::Record(Progress::Rescheduled { taken: true }) => "records another date".to_owned(),
        Step::Record(Progress::Rescheduled { taken: false }) => "records no other date".to_owned(),
        Step::TakeBack(None) => "takes back".to_owned(),
        Step::TakeBack(Some(outcome)) => format!("takes back, {}", outcome.code()),
        Step::Withdraw => "withdraws".to_owned(),
        Step::Close(outcome) => format!("closes as {}", Outcome::code(*outcome)),
    }
}

fn words(way: Way) -> String {
    match way {
        Way::Replace(Order::TerminateFirst) => "terminate-first".to_owned(),
        Way::Replace(Order::LaunchFirst) => "launch-first".to_owned(),
        Way::InPlace(how) => how.code().to_owned(),
        Way::Reschedule(to) => format!("reschedule to {}", day_and_time(to)),
    }
}

fn ending(returns: Returns) -> &'static str {
    match returns {
        Returns::Moved => "moved",
        Returns::Unwanted => "unwanted",
        Returns::Failed => "failed",
    }
}

fn day_and_time(at: Timestamp) -> String {
    at.strftime("%d %H:%M").to_string()
}

/// What tells two holds of one code apart.
fn detail(world: &World, reason: &Reason) -> String {
    match reason {
        Reason::LimitFull { limit, capacity } => format!(" {limit} of {capacity}"),
        Reason::ProcessSuspended { process, .. } => format!(" {process}"),
        Reason::AnotherAnswer(answer) => format!(" {answer}"),
        Reason::StopAlarm { name, state } => format!(" {name} {state}"),
        Reason::ClassicLoadBalancer(name) => format!(" {name}"),
        Reason::NoStandbyRoom { desired, minimum } => format!(" {desired} of {minimum}"),
        Reason::NoRoomToReturn { desired, maximum } => format!(" {desired} of {maximum}"),
        Reason::LostInStandby(group) => format!(" {group}"),
        Reason::OthersOut { out, tolerated } => format!(" {out} of {tolerated}"),
        Reason::ReplicaSetOut { set, out } => format!(" {set} {out}"),
        Reason::WaitingForGroup { units, desired } => format!(" {units} of {desired}"),
        Reason::SmallGroup(desired) => format!(" {desired}"),
        Reason::NotInService(state) => format!(" {state}"),
        Reason::CoolOff(at)
        | Reason::NoticeOver(at)
        | Reason::HoldUntil(at)
        | Reason::Busy(at)
        | Reason::OutsideWindow(at)
        | Reason::WaitingForLateWindow(at)
        | Reason::AsideFrom(at)
        | Reason::Refused(at)
        | Reason::WaitingForAws(at)
        | Reason::DateMoved(at)
        | Reason::WaitingForDate(at)
        | Reason::DateTaken(at)
        | Reason::DateNotTaken(at)
        | Reason::Governor { next: Some(at), .. } => format!(" {}", day_and_time(*at)),
        Reason::Serving(new)
        | Reason::WaitingForChecks(new)
        | Reason::WaitingForTargets(new)
        | Reason::WaitingForReady(new)
        | Reason::ReplicaSetTagMissing(new)
        | Reason::StillClean(new)
        | Reason::Verified(new)
        | Reason::BadHost(new) => format!(" {}", name(world, new)),
        _ => String::new(),
    }
}
