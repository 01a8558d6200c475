//! Alarms about single incidents: held while AWS's date comes near, or waiting too long. Each is
//! raised once.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::words;
use crate::ledger::Incident;
use crate::plan::{Plan, Reason, Step};

/// Hours before AWS's date at which a hold raises an alarm.
const NEAR: [u8; 2] = [4, 24];

/// Who waits for room is not worth an alarm before this time has passed.
const QUEUE: SignedDuration = SignedDuration::from_hours(2);

/// Marks in an incident that it was alarmed for waiting too long for the thing that it waits for
/// now.
const STUCK: u8 = 0;

/// Marks in an incident that it was alarmed for an instance that was stopped and does not start.
pub const NOT_STARTED: u8 = 1;

/// An alarm: what it counts as, and its sentence; empty where it was told before.
pub type Alarm = (&'static str, String);

/// The alarms that a plan raises now, marked in its incident so that the next look does not raise
/// them again.
pub fn raise(plan: &Plan, incident: &mut Incident, now: Timestamp, words: &str) -> Vec<Alarm> {
    [
        near_date(plan, incident, now, words),
        stuck(plan, incident, now, words),
        given_up(plan, incident, words),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// An instance that we stopped and that does not start: counted each time, told once.
pub fn not_started(incident: &mut Incident, who: &str, why: &str) -> Alarm {
    let news = incident.alarmed.insert(NOT_STARTED);
    let words =
        format!("{who} is stopped and does not start: {why}. It is tried again until it does.");
    ("stopped_not_started", if news { words } else { String::new() })
}

/// A new thing is waited for: it has its own patience.
pub fn waits_for_something_else(incident: &mut Incident) {
    incident.alarmed.remove(&STUCK);
}

/// A hold that does not end by itself before AWS's date, once for each of [`NEAR`].
fn near_date(plan: &Plan, incident: &mut Incident, now: Timestamp, words: &str) -> Option<Alarm> {
    let (Step::Hold(_) | Step::Withdraw, Some(date)) = (&plan.step, plan.not_before) else {
        return None;
    };
    if plan.reason == Reason::LostTheRace || plan.reason.ends_at().is_some_and(|end| end < date) {
        return None;
    }
    let near = |hours: &&u8| date.duration_since(now).as_hours() < i64::from(**hours);
    let hours = NEAR.iter().find(near)?;
    let queued = matches!(
        plan.reason,
        Reason::LimitFull { .. } | Reason::FirstOneAlone | Reason::Governor { .. }
    );
    if queued && now.duration_since(incident.first_seen) < QUEUE {
        return None;
    }
    if !incident.alarmed.insert(*hours) {
        return None;
    }
    let left = words::time_left(now, date);
    let cure = plan.reason.cure();
    Some(("held_near_date", format!("{words} AWS acts in {left}. Cure: {cure}.")))
}

/// What is out and has waited for the same thing too long.
fn stuck(plan: &Plan, incident: &mut Incident, now: Timestamp, words: &str) -> Option<Alarm> {
    let patience = match plan.reason {
        Reason::ReplicaSetTagMissing(_) => SignedDuration::from_mins(15),
        Reason::NoRoomToReturn { .. } | Reason::CallFailed(_) => SignedDuration::from_mins(5),
        _ => SignedDuration::from_mins(60),
    };
    let told = incident.decided.as_ref().filter(|told| told.reason == plan.reason.code());
    let waited = told.map(|told| now.duration_since(told.at));
    let waits = matches!(plan.step, Step::Wait | Step::Ask { .. } | Step::Hold(_));
    let too_long = waits && !by_intention(plan) && incident.out() && waited >= Some(patience);
    if !too_long || !incident.alarmed.insert(STUCK) {
        return None;
    }
    let mut words = format!("{words} It has been so for {} min.", patience.as_mins());
    if !plan.reason.cure().is_empty() {
        let _ = write!(words, " Cure: {}.", plan.reason.cure());
    }
    Some(("stuck", words))
}

/// AWS is not late before its date.
fn by_intention(plan: &Plan) -> bool {
    matches!(plan.reason, Reason::WaitingForAws(_))
}

/// Reberth has done what it may and nothing more will come of it by itself.
fn given_up(plan: &Plan, incident: &Incident, words: &str) -> Option<Alarm> {
    let gives_up = matches!(
        plan.reason,
        Reason::AttemptsExhausted(_)
            | Reason::LaunchFirstDidNotLaunch
            | Reason::NothingHappened
            | Reason::LostInStandby(_)
            | Reason::FoundByItsMark
    );
    let known = incident.decided.as_ref().is_some_and(|told| told.reason == plan.reason.code());
    let news = gives_up && !known;
    news.then(|| ("given_up", format!("{words} Cure: {}.", plan.reason.cure())))
}
