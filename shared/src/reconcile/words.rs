//! Sentences: what happened to which instance of which group, and why.

use jiff::Timestamp;

use crate::ids::InstanceId;
use crate::ledger::{Outcome, Returns};
use crate::plan::{Answer, InPlace, Opening, Order, Plan, Progress, Restore, Step, Way};
use crate::world::World;

/// The instance as its people know it: its Name tag in front of the id, its group behind.
pub fn who(world: &World, plan: &Plan) -> String {
    let id = &plan.key.instance;
    let remembered = || world.memory.incidents.get(&plan.key)?.name.clone();
    let named = match name_tag(world, id).or_else(remembered) {
        Some(name) => format!("{name} ({id})"),
        None => id.to_string(),
    };
    match &plan.group {
        Some(group) => format!("{named} of group {group}"),
        None => format!("{named} (standalone)"),
    }
}

/// The Name tag of an instance that EC2 still shows, cut and escaped.
pub fn name_tag(world: &World, id: &InstanceId) -> Option<String> {
    let tag = world.instances.get(id).and_then(|instance| instance.tags.get("Name"))?;
    Some(crate::ids::bounded(tag))
}

/// One sentence about a plan, and for a held member what Auto Scaling will do.
pub fn sentence(world: &World, plan: &Plan) -> String {
    let who = who(world, plan);
    let because = &plan.reason;
    let head = match &plan.step {
        Step::Open(Opening { way, .. }) => format!("{who} {}: {because}", begun(*way)),
        Step::Strike { how: InPlace::Reboot, .. } => format!("{who} is being rebooted: {because}"),
        Step::Strike { .. } => format!("{who} is being stopped: {because}"),
        Step::TurnBack(Returns::Moved) | Step::Adopt => format!("{who} is brought back: {because}"),
        Step::TurnBack(_) => format!("{who} is brought back as it was: {because}"),
        Step::Restore(Restore::ForgetReady) => format!("{who} stands aside: {because}"),
        Step::Restore(Restore::Start) => format!("{who} is being started: {because}"),
        Step::Restore(_) => format!("{who} goes back into service: {because}"),
        Step::Ask { document, .. } => format!("{who} waits for the document {document}: {because}"),
        Step::Propose(answer) => format!("{who} would get {}: {because}", wanted(*answer)),
        Step::Notify => format!("{who} is only reported: {because}"),
        Step::Hold(Some(answer)) => format!("{who} is held from {}: {because}", wanted(*answer)),
        Step::Hold(None) if away(world, plan) => format!("{who} cannot go on yet: {because}"),
        Step::Hold(None) => format!("{who} is held: {because}"),
        Step::Wait => format!("{who} is watched: {because}"),
        Step::Record(Progress::Serving(_)) => format!("{who} is replaced: {because}"),
        Step::Record(_) => format!("{who}: {because}"),
        Step::TakeBack(_) => format!("{who} is marked healthy again: {because}"),
        Step::Withdraw => format!("{who} is left alone again: {because}"),
        Step::Close(outcome) => format!("{who} {}: {because}", ended(*outcome)),
    };
    match plan.not_before {
        Some(date) if left_to_auto_scaling(world, plan) => {
            format!("{head}. Auto Scaling will replace this at {date}.")
        }
        _ => format!("{head}."),
    }
}

/// What will be done when its time comes, of a hold in whose way nothing but time is.
pub fn planned(world: &World, plan: &Plan) -> String {
    match plan.step {
        Step::Hold(Some(answer)) => {
            format!("{}: {} is planned: {}.", who(world, plan), wanted(answer), plan.reason)
        }
        _ => sentence(world, plan),
    }
}

/// A member with a scheduled event that is merely held is terminated by Auto Scaling itself at the
/// event's time; one that stands by is not.
fn left_to_auto_scaling(world: &World, plan: &Plan) -> bool {
    let held = matches!(plan.step, Step::Hold(_) | Step::Notify | Step::Withdraw);
    held && plan.group.is_some() && !away(world, plan)
}

/// It was taken out of service, and is to come back as itself.
fn away(world: &World, plan: &Plan) -> bool {
    let incident = world.memory.incidents.get(&plan.key);
    incident.is_some_and(|incident| incident.absence().is_some())
}

fn begun(way: Way) -> String {
    match way {
        Way::Replace(order) => format!("is replaced, {}", how(order)),
        Way::InPlace(InPlace::Ride) => "stands aside".to_owned(),
        Way::InPlace(InPlace::StopStart) => "leaves service to be stopped and started".to_owned(),
        Way::InPlace(InPlace::Reboot) => "leaves service to be rebooted".to_owned(),
        Way::Reschedule(to) => format!("gets another date, {to}, if AWS agrees"),
    }
}

fn how(order: Order) -> &'static str {
    match order {
        Order::TerminateFirst => "terminated first",
        Order::LaunchFirst => "its replacement launched first",
    }
}

fn wanted(answer: Answer) -> String {
    match answer {
        Answer::Act(Way::Replace(order)) => format!("a replacement ({})", how(order)),
        Answer::Act(Way::InPlace(InPlace::Ride)) => "standing aside while AWS works".to_owned(),
        Answer::Act(Way::InPlace(InPlace::StopStart)) => "a stop and start".to_owned(),
        Answer::Act(Way::InPlace(InPlace::Reboot)) => "a reboot".to_owned(),
        Answer::Act(Way::Reschedule(to)) => format!("another date, {to}"),
        Answer::Notify => "a notice".to_owned(),
    }
}

fn ended(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Moved => "is moved and verified",
        Outcome::MovedAgain => "was moved, and will be again",
        Outcome::Ridden => "is through AWS's work and serves",
        Outcome::Cleared => "needs nothing any more",
        Outcome::Gone => "is gone",
        Outcome::Forced => "was not moved in time",
        Outcome::OptedOut => "is no longer opted in",
    }
}

/// How long until a date, for people.
pub fn time_left(now: Timestamp, date: Timestamp) -> String {
    let minutes = date.duration_since(now).as_mins();
    match (minutes / 60, minutes) {
        (_, ..=-1) => "past".to_owned(),
        (0, minutes) => format!("{minutes} min"),
        (1..=47, _) => format!("{} h {} min", minutes / 60, minutes % 60),
        (hours, _) => format!("{} days {} h", hours / 24, hours % 24),
    }
}
