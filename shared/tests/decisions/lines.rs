//! A plan as one line: `web-1 holds: limit_full group/web of 1`.

use shared::ids::InstanceId;
use shared::ledger::Outcome;
use shared::plan::{Opening, Order, Plan, Progress, Reason, Step};
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
        Step::Open(Opening { order, again, .. }) => {
            format!("opens {}{}", words(*order), if *again { " again" } else { "" })
        }
        Step::Propose(answer) => format!("proposes {}", answer.code()),
        Step::Notify => "notifies".to_owned(),
        Step::Hold(_) => "holds".to_owned(),
        Step::Wait => "waits".to_owned(),
        Step::Record(Progress::TookEffect) => "records an effect".to_owned(),
        Step::Record(Progress::Serving(_)) => "records service".to_owned(),
        Step::Record(Progress::CleanAtTen) => "records a clean host".to_owned(),
        Step::TakeBack(None) => "takes back".to_owned(),
        Step::TakeBack(Some(outcome)) => format!("takes back, {}", outcome.code()),
        Step::Withdraw => "withdraws".to_owned(),
        Step::Close(outcome) => format!("closes as {}", Outcome::code(*outcome)),
    }
}

fn words(order: Order) -> &'static str {
    match order {
        Order::TerminateFirst => "terminate-first",
        Order::LaunchFirst => "launch-first",
    }
}

/// What tells two holds of one code apart.
fn detail(world: &World, reason: &Reason) -> String {
    match reason {
        Reason::LimitFull { limit, capacity } => format!(" {limit} of {capacity}"),
        Reason::ProcessSuspended { process, .. } => format!(" {process}"),
        Reason::NotCarriedOutYet(answer) => format!(" {answer}"),
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
        | Reason::Governor { next: Some(at), .. } => format!(" {}", at.strftime("%d %H:%M")),
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
