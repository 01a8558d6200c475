//! What a plan makes of its incident. Pure: the ledger writes it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{alarm, owe, words};
use crate::decide;
use crate::ids::InstanceId;
use crate::ledger::{
    Absence, Back, Incident, IncidentKey, Kept, Left, Limit, Outcome, Phase, Returns, Unknown,
    format,
};
use crate::plan::{InPlace, Plan, Progress, Reason, Restore, Step};
use crate::world::{InstanceState, World};

/// What did not come about, or was refused, is not tried again before this time.
pub const RESTS: SignedDuration = SignedDuration::from_hours(1);

/// The incident of a plan; a new one for an event seen for the first time; none where the owner did
/// not opt in.
pub fn incident(world: &World, plan: &Plan, found_by: &'static str) -> Option<Incident> {
    if let Some(known) = world.memory.incidents.get(&plan.key) {
        let mut known = known.clone();
        move_date(world, plan, &mut known);
        return Some(known);
    }
    if matches!(plan.reason, Reason::NotOptedIn | Reason::GroupNotAllowed | Reason::MarkNotBelieved)
    {
        return None;
    }
    let now = world.observed_at;
    let replacements = decide::replacements(world);
    let parent = world.memory.incidents.values().find(|parent| {
        parent.led_to(&plan.key) || replacements.get(&parent.key) == Some(&plan.key.instance)
    });
    // One that is over and still owes its last word lies where the new one is to be written.
    let left = world.memory.untold.get(&plan.key);
    let mut incident = Incident {
        key: plan.key.clone(),
        format: format::WRITTEN,
        version: left.map_or(0, |left| left.version),
        group: plan.group.clone(),
        name: words::name_tag(world, &plan.key.instance),
        code: plan.code.clone(),
        not_before: plan.not_before,
        first_seen: now,
        found_by: found_by.to_owned(),
        attempt: parent.map_or(1, |parent| parent.attempt + 1),
        phase: Phase::Seen,
        slots: BTreeSet::new(),
        decided: None,
        alarmed: BTreeSet::new(),
        no_other_date: false,
        rests_until: None,
        kept: None,
        probes: BTreeMap::new(),
        history: Vec::new(),
        owed: left.map(|left| left.owed.clone()).unwrap_or_default(),
        said: BTreeSet::new(),
        unknown: Unknown::new(),
    };
    let date = plan.not_before.map_or_else(|| "no date".to_owned(), |date| date.to_string());
    incident.note(
        now,
        format!("Seen by a {found_by}: AWS scheduled {} for {date}.", plan.code.as_str()),
    );
    if let Some(parent) = parent {
        let came = if parent.key.instance == plan.key.instance {
            format!("It came to this host by the move for {}", parent.key.event)
        } else {
            format!("It replaced {}", parent.key.instance)
        };
        incident.note(now, format!("{came}: attempt {}.", incident.attempt));
    }
    if plan.step != Step::Adopt {
        owe::received(&mut incident, &words::who(world, plan), now);
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
    owe::date_moved(incident, &words::who(world, plan), world.observed_at);
}

/// What a preflight of this look found to keep an instance where it is.
fn kept(world: &World, plan: &Plan) -> Option<Kept> {
    let found = matches!(
        plan.reason,
        Reason::RegisteredByAddress(_) | Reason::ClassicLoadBalancer(_) | Reason::StopProtected
    );
    let instance = world.instances.get(&plan.key.instance)?;
    let departure = world.departures.get(&plan.key.instance)?;
    found.then(|| Kept {
        at: world.observed_at,
        departure: departure.clone(),
        stop_protected: instance.stop_protected == Some(true),
    })
}

/// The incident after the plan's step, and the limits that it gives back.
pub fn apply(world: &World, plan: &Plan, mut incident: Incident) -> (Incident, BTreeSet<Limit>) {
    let now = world.observed_at;
    seen_stopped(world, &mut incident);
    let all = incident.slots.clone();
    let freed = match &plan.step {
        Step::Record(Progress::TookEffect) => {
            if let Phase::Intended(intent) = incident.phase.clone() {
                incident.phase = Phase::Replacing(intent);
            }
            BTreeSet::new()
        }
        Step::Record(Progress::Serving(replacement)) => {
            incident.phase = serving(&incident, replacement, now);
            all.into_iter().filter(|limit| !matches!(limit, Limit::First(_))).collect()
        }
        Step::Record(Progress::CleanAtTen) => {
            match &mut incident.phase {
                Phase::Serving { clean_at_ten, .. } => *clean_at_ten = Some(now),
                Phase::Back(back) => back.clean_at_ten = Some(now),
                _ => {}
            }
            all
        }
        Step::Record(Progress::Back(returns)) => {
            incident.phase = back(&mut incident, *returns, now);
            all
        }
        Step::Close(outcome) | Step::TakeBack(Some(outcome)) => {
            close_at(&mut incident, now, *outcome, all)
        }
        Step::TakeBack(None) => {
            incident.attempt += 1;
            incident.phase = Phase::Seen;
            all
        }
        Step::Withdraw => {
            // A call that was made and did nothing was an attempt; an intent that is not wanted any
            // more was none.
            incident.attempt += u32::from(matches!(incident.phase, Phase::Replacing(_)));
            incident.phase = Phase::Seen;
            all
        }
        _ => {
            without_slots(world, plan, &mut incident);
            BTreeSet::new()
        }
    };
    let freed = freed.into_iter().filter(|limit| world.memory.unread_limit(limit).is_none());
    let freed: BTreeSet<Limit> = freed.collect();
    incident.slots.retain(|limit| !freed.contains(limit));
    (incident, freed)
}

/// Whatever the step is: from now on only an answer of a later launch shows its return.
fn seen_stopped(world: &World, incident: &mut Incident) {
    let instance = world.instances.get(&incident.key.instance);
    let stopped = instance.is_some_and(|seen| seen.state == Some(InstanceState::Stopped));
    match &mut incident.phase {
        Phase::Leaving(absence) | Phase::Moving(absence) | Phase::Returning { absence, .. } => {
            let now = stopped.then_some(world.observed_at);
            absence.stopped = absence.stopped.or(now);
        }
        _ => {}
    }
}

/// Steps that give no slot back.
fn without_slots(world: &World, plan: &Plan, incident: &mut Incident) {
    let now = world.observed_at;
    match &plan.step {
        Step::Record(Progress::Out) => {
            if let Phase::Leaving(absence) = &mut incident.phase {
                absence.out_since = Some(now);
            }
        }
        Step::Restore(Restore::ForgetReady) => {
            if let Phase::Leaving(absence) = &mut incident.phase {
                (absence.said_ready, absence.ready_forgotten) = (true, true);
            }
        }
        Step::TurnBack(returns) => {
            if let Some(absence) = incident.absence().cloned() {
                incident.phase = Phase::Returning { absence, returns: *returns };
            }
            if *returns == Returns::Failed {
                incident.rests_until = now.checked_add(RESTS).ok();
            }
        }
        Step::Record(Progress::StillListed) => {
            incident.attempt += 1;
            incident.phase = Phase::Seen;
        }
        Step::Record(Progress::Rescheduled { taken }) => {
            incident.no_other_date = !taken;
            incident.phase = Phase::Seen;
        }
        Step::Hold(_) => {
            let lately = incident.kept.take().filter(|kept| kept.counts(now));
            incident.kept = lately.or_else(|| kept(world, plan));
        }
        Step::Adopt => {
            let absence = adopted(&incident.key, now);
            incident.phase = Phase::Returning { absence, returns: Returns::Moved };
        }
        _ => {}
    }
}

/// A member whose replacement serves: to be shown clean.
fn serving(incident: &Incident, replacement: &InstanceId, now: Timestamp) -> Phase {
    let intent = incident.intent();
    Phase::Serving {
        replacement: replacement.clone(),
        since: now,
        clean_at_ten: None,
        source: intent.map(|intent| intent.source.clone()).unwrap_or_default(),
        unknown: intent.map(|intent| intent.unknown.clone()).unwrap_or_default(),
    }
}

/// What an instance becomes that serves again: to be shown clean, or to be decided anew.
fn back(incident: &mut Incident, returns: Returns, now: Timestamp) -> Phase {
    incident.attempt += u32::from(returns == Returns::Failed);
    incident.alarmed.remove(&alarm::NOT_STARTED);
    match incident.absence() {
        Some(absence) if returns == Returns::Moved => Phase::Back(Back {
            how: absence.how,
            since: now,
            clean_at_ten: None,
            events: absence.events.clone(),
            unknown: absence.unknown.clone(),
        }),
        _ => Phase::Seen,
    }
}

/// The absence of an instance of which the ledger knew nothing: whatever was done to it, it must
/// pass every check before it serves.
fn adopted(key: &IncidentKey, now: Timestamp) -> Absence {
    Absence {
        how: InPlace::StopStart,
        at: now,
        left: Left::Unknown,
        date: None,
        launched_before: None,
        events: BTreeSet::from([key.event.clone()]),
        out_since: None,
        struck: None,
        taken: None,
        reserves: true,
        said_ready: false,
        ready_forgotten: false,
        stopped: None,
        unknown: Unknown::new(),
    }
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
