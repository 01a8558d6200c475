//! What would be done: for each scheduled event the plan of the next look, and that of a stack and
//! tags that say `enforce`.

use jiff::Timestamp;
use serde::Serialize;

use shared::ledger::Incident;
use shared::plan::{InPlace, Plan, Reason, Step};
use shared::reconcile::preview::{sentence, time_left};

use crate::evidence::{Evidence, named};

/// One scheduled event of one instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutlookRow {
    /// The instance's id.
    pub instance: String,
    /// The instance as its people know it.
    pub name: String,
    /// Its group; absent for a standalone instance.
    pub group: Option<String>,
    /// `InstanceEventId`.
    pub event: String,
    /// What AWS will do.
    pub code: String,
    /// AWS's date; absent where it gave none.
    pub not_before: Option<Timestamp>,
    /// How long until then, for people; empty without a date.
    pub left: String,
    /// What the next look does.
    pub today: Answer,
    /// What it would do in mode `enforce`; absent where that is the same.
    pub enforced: Option<Answer>,
    /// When that would begin, if nothing else changes: the time of the look for at once, absent
    /// where it cannot be told.
    pub at: Option<Timestamp>,
    /// What would lift what holds it; empty where nothing does.
    pub cure: &'static str,
}

/// A plan in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The stable code of the action.
    pub action: &'static str,
    /// The stable code of the reason.
    pub reason: &'static str,
    /// One sentence.
    pub words: String,
}

/// Every scheduled event in sight and every open incident, the most urgent first. Those that nobody
/// opted in are not among them.
pub fn rows(evidence: &Evidence) -> Vec<OutlookRow> {
    let opted_in = |plan: &&Plan| plan.reason != Reason::NotOptedIn;
    let enforced = evidence.preview.enforced.iter().filter(opted_in);
    let mut rows: Vec<OutlookRow> = enforced.map(|plan| row(evidence, plan)).collect();
    rows.sort_by_key(|row| (row.not_before.unwrap_or(Timestamp::MAX), row.instance.clone()));
    rows
}

fn row(evidence: &Evidence, enforced: &Plan) -> OutlookRow {
    let world = evidence.world();
    let mut plans = evidence.preview.today.iter();
    let today = plans.find(|plan| plan.key == enforced.key).unwrap_or(enforced);
    let same = today.step == enforced.step && today.reason == enforced.reason;
    let instance = world.instances.get(&enforced.key.instance);
    let date = enforced.not_before;
    let deciding = if same { today } else { enforced };
    OutlookRow {
        instance: enforced.key.instance.to_string(),
        name: instance.map_or_else(|| enforced.key.instance.to_string(), named),
        group: enforced.group.as_ref().map(ToString::to_string),
        event: enforced.key.event.to_string(),
        code: enforced.code.to_string(),
        not_before: date,
        left: date.map_or_else(String::new, |date| time_left(evidence.now(), date)),
        today: answer(evidence, today),
        enforced: (!same).then(|| answer(evidence, enforced)),
        at: begins(deciding, evidence.now()),
        cure: deciding.reason.cure(),
    }
}

fn answer(evidence: &Evidence, plan: &Plan) -> Answer {
    Answer {
        action: plan.action(),
        reason: plan.reason.code(),
        words: sentence(evidence.world(), plan),
    }
}

/// When an act begins, as far as one look can tell.
fn begins(plan: &Plan, now: Timestamp) -> Option<Timestamp> {
    match plan.step {
        Step::Open(_) | Step::Strike { .. } => Some(now),
        Step::Hold(_) => plan.reason.ends_at(),
        _ => None,
    }
}

/// Since when an instance is out by Reberth's hand; absent where it is not, or stands aside for AWS.
pub fn out_since(incident: &Incident) -> Option<Timestamp> {
    let rides = incident.absence().is_some_and(|absence| absence.how == InPlace::Ride);
    let since = incident.intent().map(|intent| intent.at);
    since.or_else(|| incident.absence().map(|absence| absence.at)).filter(|_| !rides)
}
