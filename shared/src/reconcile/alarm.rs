//! Alarms about single incidents: held while AWS's date comes near, waiting too long, given up,
//! stopped and not started. Each is told once, and counted at every look for as long as it stands.

use jiff::{SignedDuration, Timestamp};

use super::words;
use crate::ledger::{Incident, Notification, Standing};
use crate::plan::{Plan, Reason, Step};
use crate::world::{InstanceState, World};

/// Hours before AWS's date at which a hold raises an alarm, and what it counts as from then on.
const NEAR: [(u8, &str); 2] = [(4, "held_within_4_hours"), (24, "held_within_24_hours")];

/// Who waits for room is not worth an alarm before this time has passed.
const QUEUE: SignedDuration = SignedDuration::from_hours(2);

/// Marks in an incident that it was alarmed for waiting too long for the thing that it waits for
/// now.
const STUCK: u8 = 0;

/// Marks in an incident that it was alarmed for an instance that was stopped and does not start.
pub const NOT_STARTED: u8 = 1;

/// What an incident may count as at a look. Each is written even where it is 0: an alarm on it ends
/// only with a number.
pub const LEVELS: [&str; 5] =
    ["given_up", "held_within_24_hours", "held_within_4_hours", "stopped_not_started", "stuck"];

/// Owes the alarms that a plan raises now, marked in its incident so that the next look does not
/// raise them again. Few looks need the words.
pub fn raise(plan: &Plan, incident: &mut Incident, now: Timestamp, words: impl Fn() -> String) {
    near_date(plan, incident, now, &words);
    stuck(plan, incident, now, &words);
}

/// Owes, once, that an instance that we stopped does not start.
pub fn not_started(incident: &mut Incident, now: Timestamp, who: &str, why: &str) {
    if incident.alarmed.insert(NOT_STARTED) {
        let words =
            format!("{who} is stopped and does not start: {why}. It is tried again until it does.");
        let reason = "stopped_not_started";
        incident.owe(Notification::of(incident, Standing::Failed, reason, now, words));
    }
}

/// A new thing is waited for: it has its own patience.
pub fn waits_for_something_else(incident: &mut Incident) {
    incident.alarmed.remove(&STUCK);
}

/// What an incident counts as at this look, of [`LEVELS`], whoever was told and when.
pub fn stands(world: &World, plan: &Plan, incident: &Incident) -> Vec<&'static str> {
    let now = world.observed_at;
    let mut stands = Vec::new();
    if let Some(hours) = hours_left(plan, incident, now) {
        let within = NEAR.iter().filter(|(near, _)| hours < i64::from(*near));
        stands.extend(within.map(|(_, name)| *name));
    }
    stands.extend(waits_too_long(plan, incident, now).map(|_| "stuck"));
    stands.extend(gives_up(plan).then_some("given_up"));
    stands.extend(lies_still(world, incident).then_some("stopped_not_started"));
    stands
}

/// It was stopped by us, a start of it came to nothing, and it does not run yet.
fn lies_still(world: &World, incident: &Incident) -> bool {
    let instance = world.instances.get(&incident.key.instance);
    let runs = instance.is_some_and(|seen| seen.state == Some(InstanceState::Running));
    incident.alarmed.contains(&NOT_STARTED) && incident.absence().is_some() && !runs
}

/// Whole hours to AWS's date, of a hold that does not end by itself before it.
fn hours_left(plan: &Plan, incident: &Incident, now: Timestamp) -> Option<i64> {
    let (Step::Hold(_) | Step::Withdraw, Some(date)) = (&plan.step, plan.not_before) else {
        return None;
    };
    if plan.reason == Reason::LostTheRace || plan.reason.ends_at().is_some_and(|end| end < date) {
        return None;
    }
    let queued = matches!(
        plan.reason,
        Reason::LimitFull { .. } | Reason::FirstOneAlone | Reason::Governor { .. }
    );
    let patient = queued && now.duration_since(incident.first_seen) < QUEUE;
    (!patient).then(|| date.duration_since(now).as_hours())
}

/// Once for each of [`NEAR`].
fn near_date(plan: &Plan, incident: &mut Incident, now: Timestamp, words: impl Fn() -> String) {
    let left = hours_left(plan, incident, now);
    let near = NEAR.iter().find(|(hours, _)| left.is_some_and(|left| left < i64::from(*hours)));
    let (Some((hours, _)), Some(date)) = (near, plan.not_before) else { return };
    if incident.alarmed.insert(*hours) {
        let words = format!("{} AWS acts in {}.", words(), words::time_left(now, date));
        let held = Notification::of(incident, Standing::Held, plan.reason.code(), now, words);
        let held = held.cured_by(plan.reason.cure());
        incident.owe(Notification { within_hours: Some(*hours), ..held });
    }
}

/// What is out and has waited for the same thing too long; how long that is.
fn waits_too_long(plan: &Plan, incident: &Incident, now: Timestamp) -> Option<SignedDuration> {
    let patience = match plan.reason {
        Reason::ReplicaSetTagMissing(_) => SignedDuration::from_mins(15),
        Reason::NoRoomToReturn { .. } | Reason::CallFailed(_) => SignedDuration::from_mins(5),
        _ => SignedDuration::from_mins(60),
    };
    let told = incident.decided.as_ref().filter(|told| told.reason == plan.reason.code());
    let waited = told.map(|told| now.duration_since(told.at));
    let waits = matches!(plan.step, Step::Wait | Step::Ask { .. } | Step::Hold(_));
    let too_long = waits && !by_intention(plan) && incident.out() && waited >= Some(patience);
    too_long.then_some(patience)
}

fn stuck(plan: &Plan, incident: &mut Incident, now: Timestamp, words: impl Fn() -> String) {
    let Some(patience) = waits_too_long(plan, incident, now) else { return };
    if incident.alarmed.insert(STUCK) {
        let words = format!("{} It has been so for {} min.", words(), patience.as_mins());
        let stuck = Notification::of(incident, Standing::Stuck, plan.reason.code(), now, words);
        incident.owe(stuck.cured_by(plan.reason.cure()));
    }
}

/// AWS is not late before its date.
fn by_intention(plan: &Plan) -> bool {
    matches!(plan.reason, Reason::WaitingForAws(_))
}

/// Reberth has done what it may and nothing more will come of it by itself.
pub fn gives_up(plan: &Plan) -> bool {
    matches!(
        plan.reason,
        Reason::AttemptsExhausted(_)
            | Reason::LaunchFirstDidNotLaunch
            | Reason::NothingHappened
            | Reason::LostInStandby(_)
            | Reason::FoundByItsMark
    )
}

#[cfg(all(test, feature = "testing"))]
#[path = "alarm_tests.rs"]
mod tests;
