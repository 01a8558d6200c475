//! What a look owes to people and programs: which plans are news to them, and in which state.

use jiff::Timestamp;

use super::{alarm, words};
use crate::ledger::{Incident, Notification, Outcome, Phase, Returns, Standing};
use crate::plan::{Plan, Progress, Reason, Step, Way, reason};
use crate::world::World;

/// The reason of what tells of AWS's own announcement.
const SCHEDULED: &str = "scheduled";

/// The reason of what tells of a date that AWS moved.
const DATE_MOVED: &str = "date_moved";

/// Owes the news that AWS scheduled an event.
pub fn received(incident: &mut Incident, who: &str, now: Timestamp) {
    let code = incident.code.as_str();
    let words = match incident.not_before {
        Some(date) => format!("{who}: AWS scheduled {code} for {date}."),
        None => format!("{who}: AWS scheduled {code} and gave no date."),
    };
    incident.owe(Notification::of(incident, Standing::Received, SCHEDULED, now, words));
}

/// Owes the news that AWS moved the date of an event.
pub fn date_moved(incident: &mut Incident, who: &str, now: Timestamp) {
    let Some(date) = incident.not_before else { return };
    let words = format!("{who}: AWS's date of its {} is now {date}.", incident.code.as_str());
    incident.owe(Notification::of(incident, Standing::Received, DATE_MOVED, now, words));
}

/// Owes the news of a plan that differs from the one before. It is news of the attempt before it.
pub fn decided(world: &World, plan: &Plan, before: &Incident, next: &mut Incident) {
    let Some(state) = state(plan) else { return };
    let words = match state {
        Standing::Planned => words::planned(world, plan),
        _ => words::sentence(world, plan),
    };
    let (reason, now) = (plan.reason.code(), world.observed_at);
    let notification = Notification::of(before, state, reason, now, words);
    let notification = notification.cured_by(plan.reason.cure());
    next.owe(Notification { look_again: plan.look_again, ..notification });
}

/// Owes the news that AWS took the call of a first opening act. What is done to an instance that is
/// out of service already is part of it.
pub fn started(incident: &mut Incident, plan: &Plan, now: Timestamp, words: &str) {
    if !matches!(plan.step, Step::Open(_)) {
        return;
    }
    incident.owe(Notification::of(incident, Standing::Started, plan.action(), now, words));
}

/// Owes the same where a look sees what came of the call: the run that made it may not have lived to
/// say so. Once is enough.
pub fn seen_started(world: &World, plan: &Plan, before: &Incident, next: &mut Incident) {
    let way = match &before.phase {
        Phase::Intended(intent) => Way::Replace(intent.order),
        Phase::Leaving(absence) => Way::InPlace(absence.how),
        _ => return,
    };
    if let Step::Record(Progress::TookEffect | Progress::Out) | Step::Strike { .. } = plan.step {
        let (now, words) = (world.observed_at, words::sentence(world, plan));
        next.owe(Notification::of(next, Standing::Started, way.code(), now, words));
    }
}

/// Owes the news that AWS refuses a call.
pub fn refused(incident: &mut Incident, now: Timestamp, words: String) {
    let notification = Notification::of(incident, Standing::Failed, reason::REFUSED, now, words);
    incident.owe(notification.cured_by(Reason::Refused(now).cure()));
}

/// How an incident stands after a plan; none for steps on a way that goes on by itself.
fn state(plan: &Plan) -> Option<Standing> {
    if alarm::gives_up(plan) {
        return Some(Standing::Failed);
    }
    Some(match &plan.step {
        // What the next look decides anew is no news.
        Step::Hold(_) if matches!(plan.reason, Reason::LostTheRace | Reason::NotAskedYet) => {
            return None;
        }
        Step::Hold(_) if waits_for_its_time(&plan.reason) => Standing::Planned,
        Step::Hold(_) => Standing::Held,
        Step::Propose(_) | Step::Notify => Standing::Planned,
        Step::TurnBack(Returns::Failed)
        | Step::TakeBack(None)
        | Step::Record(Progress::StillListed) => Standing::Failed,
        Step::TurnBack(Returns::Unwanted) | Step::Withdraw => Standing::Withdrawn,
        Step::Record(Progress::Serving(_) | Progress::Back(_)) => Standing::Serving,
        Step::Adopt => Standing::Started,
        Step::Close(outcome) | Step::TakeBack(Some(outcome)) => closed(*outcome),
        Step::Open(_)
        | Step::Strike { .. }
        | Step::TurnBack(Returns::Moved)
        | Step::Restore(_)
        | Step::Ask { .. }
        | Step::Wait
        | Step::Record(
            Progress::TookEffect
            | Progress::Out
            | Progress::CleanAtTen
            | Progress::Rescheduled { .. },
        ) => return None,
    })
}

/// Nothing but time is in the way, by the plan itself and not by somebody's word.
fn waits_for_its_time(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::CoolOff(_)
            | Reason::OutsideWindow(_)
            | Reason::WaitingForLateWindow(_)
            | Reason::AsideFrom(_)
    )
}

fn closed(outcome: Outcome) -> Standing {
    match outcome {
        Outcome::Moved | Outcome::Ridden => Standing::Verified,
        Outcome::MovedAgain | Outcome::Forced => Standing::Failed,
        Outcome::Cleared | Outcome::Gone | Outcome::OptedOut => Standing::Closed,
    }
}
