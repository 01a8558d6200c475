//! Writes down what a look led to: new incidents, changed decisions, progress, slots that are free again.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{MaintenancePorts, words};
use crate::decide::{self, guard};
use crate::ledger::{Decided, Incident, Limit, Outcome, Phase};
use crate::plan::{Plan, Progress, Reason, Step};
use crate::ports::{CloudError, Written};
use crate::report::{DecisionLine, Report};
use crate::world::World;

/// Hours before AWS's date at which a hold raises an alarm.
const ALARMS: [u8; 2] = [4, 24];

/// Marks in an incident that it was alarmed for waiting too long for the thing that it waits for now.
const STUCK: u8 = 0;

/// What became of the plans of one look.
#[derive(Debug, Default)]
pub struct Remembered {
    /// Slots became free, so holds by limits are worth another look at once.
    pub freed: bool,
}

/// Writes down everything but opening acts, which `act` wrote already.
pub async fn remember(
    ports: &impl MaintenancePorts,
    world: &World,
    plans: &[Plan],
    found_by: &'static str,
    report: &mut Report,
) -> Result<Remembered, CloudError> {
    let mut remembered = Remembered::default();
    let mut changed = Vec::new();
    for plan in plans.iter().filter(|plan| !matches!(plan.step, Step::Open(_))) {
        let Some(incident) = incident(world, plan, found_by) else {
            report.count("not_opted_in", 1);
            report.decisions.push(line(world, plan, None, "left_alone"));
            continue;
        };
        let (next, freed) = apply(world, plan, incident.clone());
        let (next, changed_words) = tell(world, plan, next, report);
        if freed.is_empty() && !matches!(plan.step, Step::TakeBack(_)) {
            if next != incident || incident.version == 0 {
                changed.push((plan, next, changed_words));
            }
            continue;
        }
        remembered.freed = true;
        let written = close(ports, plan, &incident, &next, &freed).await?;
        proven(ports, world, plan, &incident).await?;
        announce(world, plan, &next, written == Written::Yes, report);
    }
    save(ports, world, changed, report).await?;
    sets(ports, world).await?;
    Ok(remembered)
}

/// The incident of a plan; a new one for an event seen for the first time; none where the owner did not opt in.
pub fn incident(world: &World, plan: &Plan, found_by: &'static str) -> Option<Incident> {
    if let Some(known) = world.memory.incidents.get(&plan.key) {
        let mut known = known.clone();
        move_date(world, plan, &mut known);
        return Some(known);
    }
    if matches!(plan.reason, Reason::NotOptedIn | Reason::GroupNotAllowed) {
        return None;
    }
    let now = world.observed_at;
    let parent = world.memory.incidents.values().find(|parent| {
        parent.replacement() == Some(&plan.key.instance)
            || decide::replacements(world).get(&parent.key) == Some(&plan.key.instance)
    });
    let mut incident = Incident {
        key: plan.key.clone(),
        version: 0,
        group: plan.group.clone(),
        code: plan.code.clone(),
        not_before: plan.not_before,
        first_seen: now,
        found_by: found_by.to_owned(),
        attempt: parent.map_or(1, |parent| parent.attempt + 1),
        phase: Phase::Seen,
        slots: BTreeSet::new(),
        decided: None,
        alarmed: BTreeSet::new(),
        history: Vec::new(),
    };
    let date = plan.not_before.map_or_else(|| "no date".to_owned(), |date| date.to_string());
    incident.note(
        now,
        format!("Seen by a {found_by}: AWS scheduled {} for {date}.", plan.code.as_str()),
    );
    if let Some(parent) = parent {
        let words = format!("It replaced {}: attempt {}.", parent.key.instance, incident.attempt);
        incident.note(now, words);
    }
    Some(incident)
}

/// AWS moves dates both ways; the incident follows.
fn move_date(world: &World, plan: &Plan, incident: &mut Incident) {
    if plan.not_before == incident.not_before || plan.not_before.is_none() {
        return;
    }
    incident.not_before = plan.not_before;
    incident.alarmed.clear();
    if let Some(date) = plan.not_before {
        incident.note(world.observed_at, format!("AWS moved its date to {date}."));
    }
}

/// The incident after the plan's step, and the limits that it gives back.
fn apply(world: &World, plan: &Plan, mut incident: Incident) -> (Incident, BTreeSet<Limit>) {
    let now = world.observed_at;
    let all = incident.slots.clone();
    let freed = match &plan.step {
        Step::Record(Progress::TookEffect) => {
            if let Phase::Intended(intent) = incident.phase.clone() {
                incident.phase = Phase::Replacing(intent);
            }
            BTreeSet::new()
        }
        Step::Record(Progress::Serving(replacement)) => {
            let source = incident.intent().map(|intent| intent.source.clone()).unwrap_or_default();
            let replacement = replacement.clone();
            incident.phase = Phase::Serving { replacement, since: now, clean_at_ten: None, source };
            all.into_iter().filter(|limit| !matches!(limit, Limit::First(_))).collect()
        }
        Step::Record(Progress::CleanAtTen) => {
            if let Phase::Serving { clean_at_ten, .. } = &mut incident.phase {
                *clean_at_ten = Some(now);
            }
            all
        }
        Step::Close(outcome) | Step::TakeBack(Some(outcome)) => close_at(&mut incident, now, *outcome, all),
        Step::TakeBack(None) => {
            incident.attempt += 1;
            incident.phase = Phase::Seen;
            all
        }
        Step::Withdraw => {
            incident.phase = Phase::Seen;
            all
        }
        Step::Open(_) | Step::Propose(_) | Step::Notify | Step::Hold(_) | Step::Wait => BTreeSet::new(),
    };
    incident.slots.retain(|limit| !freed.contains(limit));
    (incident, freed)
}

fn close_at(
    incident: &mut Incident,
    at: Timestamp,
    outcome: Outcome,
    all: BTreeSet<Limit>,
) -> BTreeSet<Limit> {
    incident.phase = Phase::Closed { at, outcome };
    all
}

/// Writes the words of a decision into its incident where they differ, and raises the alarms before AWS's date.
fn tell(
    world: &World,
    plan: &Plan,
    mut incident: Incident,
    report: &mut Report,
) -> (Incident, bool) {
    let now = world.observed_at;
    let words = words::sentence(world, plan);
    let same = incident.decided.as_ref().is_some_and(|decided| {
        decided.action == plan.action() && decided.reason == plan.reason.code()
    });
    if !same {
        incident.note(now, words.clone());
        incident.alarmed.remove(&STUCK);
        incident.decided = Some(Decided {
            at: now,
            action: plan.action().to_owned(),
            reason: plan.reason.code().to_owned(),
            words: words.clone(),
            cure: plan.reason.cure().to_owned(),
        });
    }
    near_date(plan, &mut incident, now, &words, report);
    stuck(plan, &mut incident, now, &words, report);
    (incident, !same)
}

/// A hold while AWS's date comes near is an alarm, once for each of [`ALARMS`].
fn near_date(
    plan: &Plan,
    incident: &mut Incident,
    now: Timestamp,
    words: &str,
    report: &mut Report,
) {
    let (Step::Hold(_) | Step::Withdraw, Some(date)) = (&plan.step, plan.not_before) else { return };
    if plan.reason.ends_at().is_some_and(|end| end < date) {
        return;
    }
    let near = |hours: &&u8| date.duration_since(now).as_hours() < i64::from(**hours);
    if let Some(hours) = ALARMS.iter().find(near)
        && incident.alarmed.insert(*hours)
    {
        report.count("held_near_date", 1);
        let left = words::time_left(now, date);
        report.alerts.push(format!("{words} AWS acts in {left}. Cure: {}.", plan.reason.cure()));
    }
}

/// What is out and waits for the same thing too long is an alarm, once for each thing.
fn stuck(plan: &Plan, incident: &mut Incident, now: Timestamp, words: &str, report: &mut Report) {
    let patience = match plan.reason {
        Reason::ReplicaSetTagMissing(_) => SignedDuration::from_mins(15),
        _ => SignedDuration::from_mins(60),
    };
    let waited = incident.decided.as_ref().map(|decided| now.duration_since(decided.at));
    let too_long = plan.step == Step::Wait && incident.out() && waited >= Some(patience);
    if too_long && incident.alarmed.insert(STUCK) {
        report.count("stuck", 1);
        report.alerts.push(format!("{words} It has been so for {} min.", patience.as_mins()));
    }
}

async fn close(
    ports: &impl MaintenancePorts,
    plan: &Plan,
    before: &Incident,
    next: &Incident,
    freed: &BTreeSet<Limit>,
) -> Result<Written, CloudError> {
    if let (Step::TakeBack(_), Some(closing)) = (&plan.step, guard::closing(before)) {
        ports.mark_healthy(&closing).await?;
    }
    ports.release(next, freed).await
}

/// A first replacement that was clean after ten minutes proves its launch source.
async fn proven(
    ports: &impl MaintenancePorts,
    world: &World,
    plan: &Plan,
    incident: &Incident,
) -> Result<(), CloudError> {
    let (Step::Record(Progress::CleanAtTen), Phase::Serving { source, .. }, Some(group)) =
        (&plan.step, &incident.phase, &incident.group)
    else {
        return Ok(());
    };
    let mut memory = world.memory.groups.get(group).cloned().unwrap_or_default();
    memory.proven = Some(source.clone());
    ports.remember(group, &memory).await
}

async fn save(
    ports: &impl MaintenancePorts,
    world: &World,
    changed: Vec<(&Plan, Incident, bool)>,
    report: &mut Report,
) -> Result<(), CloudError> {
    if changed.is_empty() {
        return Ok(());
    }
    let incidents: Vec<Incident> = changed.iter().map(|(_, incident, _)| incident.clone()).collect();
    let written = ports.save(&incidents).await?;
    for ((plan, incident, changed_words), written) in changed.into_iter().zip(written) {
        if changed_words {
            announce(world, plan, &incident, written == Written::Yes, report);
        }
    }
    Ok(())
}

/// One line of the report for a decision that changed.
fn announce(world: &World, plan: &Plan, incident: &Incident, written: bool, report: &mut Report) {
    let outcome = match &plan.step {
        _ if !written => "lost_the_race",
        Step::Open(_) => "applied",
        Step::Propose(_) | Step::Notify => "planned",
        Step::Hold(_) | Step::Withdraw => "held",
        Step::Wait | Step::Record(Progress::TookEffect) => "under_way",
        Step::Record(Progress::Serving(_)) => "serving",
        Step::Record(Progress::CleanAtTen) => "clean",
        Step::TakeBack(_) => "taken_back",
        Step::Close(Outcome::Moved) => "moved",
        Step::Close(_) => "closed",
    };
    if matches!(plan.reason, Reason::AttemptsExhausted(_) | Reason::LaunchFirstDidNotLaunch) {
        let words = words::sentence(world, plan);
        report.alerts.push(format!("{words} Cure: {}.", plan.reason.cure()));
    }
    report.decisions.push(line(world, plan, Some(incident), outcome));
}

/// The report's line about a plan.
pub fn line(
    world: &World,
    plan: &Plan,
    incident: Option<&Incident>,
    outcome: &'static str,
) -> DecisionLine {
    DecisionLine {
        instance_id: plan.key.instance.to_string(),
        group: plan.group.as_ref().map(ToString::to_string),
        event_id: plan.key.event.to_string(),
        event_code: plan.code.as_str().to_owned(),
        not_before: plan.not_before,
        action: plan.action(),
        reason: plan.reason.code(),
        outcome,
        phase: incident.map_or("seen", Incident::phase_code),
        words: words::sentence(world, plan),
        look_again: plan.look_again,
    }
}

/// Replica sets that a group shows for the first time.
async fn sets(ports: &impl MaintenancePorts, world: &World) -> Result<(), CloudError> {
    for group in world.groups.values() {
        let shown = decide::replica_sets_shown(world, group);
        let known = world.memory.groups.get(&group.name);
        if shown.iter().all(|set| known.is_some_and(|known| known.replica_sets.contains(set))) {
            continue;
        }
        let mut memory = known.cloned().unwrap_or_default();
        memory.replica_sets.extend(shown);
        ports.remember(&group.name, &memory).await?;
    }
    Ok(())
}
