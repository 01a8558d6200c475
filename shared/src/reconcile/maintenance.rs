//! The maintenance reconciler: relaunches what AWS scheduled, verified, within its owners' limits.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::{MaintenancePorts, act, alarm, look, remember, story, tell, unread};
use crate::decide;
use crate::event::envelope::{self, Message};
use crate::event::hint::{Hint, HintKind};
use crate::event::{Event, Function};
use crate::ids::{InstanceId, Place};
use crate::plan::{Plan, Reason, Step};
use crate::policy::Ceilings;
use crate::ports::CloudError;
use crate::report::{Outcome, Report, Trigger, UnreadableLine};
use crate::world::World;

/// The longest delay of a queue message (AWS doc `sqs-delay-queues`, read 2026-11). Later looks are
/// the sweep's.
const LOOK_AGAIN_LONGEST: SignedDuration = SignedDuration::from_secs(900);

/// Look-agains in a row without a hint or sweep between them; a loop of messages ends here, and the
/// sweep goes on.
const HOPS_MOST: u8 = 100;

/// After slots became free, waiting ones get another look this soon.
const AFTER_FREED: SignedDuration = SignedDuration::from_secs(5);

/// What the messages of one invocation ask for.
#[derive(Debug, Default)]
struct Asked {
    sweep: bool,
    notices: bool,
    look_agains: usize,
    hops: u8,
    told_over: BTreeSet<InstanceId>,
    states: BTreeSet<InstanceId>,
    question: Option<InstanceId>,
    message_ids: Vec<String>,
}

impl Asked {
    fn trigger(&self) -> Trigger {
        match self {
            Self { question: Some(_), .. } => Trigger::Question,
            Self { notices: true, .. } => Trigger::Hint,
            Self { sweep: true, .. } => Trigger::Sweep,
            Self { look_agains: 1.., .. } => Trigger::LookAgain,
            _ => Trigger::Event,
        }
    }

    fn look(&self) -> bool {
        self.sweep || self.notices || self.look_agains > 0
    }

    fn found_by(&self) -> &'static str {
        if self.notices { "hint" } else { "sweep" }
    }
}

/// Runs one invocation.
///
/// *Expected flow*: read the messages; look; decide; carry out; write down; report. *Guarantees*:
/// what cannot be read is buried once with its reason and its neighbours go on; a failed look
/// changes nothing and the messages come again.
pub async fn run(
    ports: &impl MaintenancePorts,
    ceilings: &Ceilings,
    place: &Place,
    payload: &str,
) -> Report {
    let message = "Maintenance reconciled.";
    let mut report = Report::new("maintenance-reconciler", message, Trigger::Event);
    report.mode = Some(ceilings.maximum_mode.as_str());
    report.kill_switch = Some(on_or_off(ceilings.kill_switch));
    let messages = envelope::peel(payload);
    report.batch = messages.iter().any(|message| message.id.is_some()) || messages.is_empty();
    let asked = sort(ports, messages, &mut report).await;
    report.trigger = asked.trigger();
    if let Some(instance) = &asked.question {
        answer(ports, ceilings, place, instance, &mut report).await;
        return report;
    }
    match Box::pin(reconcile(ports, ceilings, place, &asked, &mut report)).await {
        Ok(()) => {
            report.count("sweeps_completed", usize::from(asked.sweep));
            report.count("looks_failed", 0);
        }
        Err(error) => {
            report.error = Some(error.to_string());
            report.outcome = Outcome::Failed;
            report.count("looks_failed", 1);
            report.failed_messages.extend(asked.message_ids);
        }
    }
    report.now = Some(ports.now());
    report
}

/// Sorts the messages by what they ask for, and buries those that nobody can use.
async fn sort(ports: &impl MaintenancePorts, messages: Vec<Message>, report: &mut Report) -> Asked {
    let mut asked = Asked::default();
    report.count("received", messages.len());
    for message in messages {
        let id = message.id.as_ref().map(|id| id.as_str().to_owned());
        match message.event {
            // Nobody hears what is answered to a queue, and its neighbours want their look.
            Ok(Event::Question(_)) if id.is_some() => report.count("unknown_kind", 1),
            Ok(event) if event.belongs_to() == Some(Function::MaintenanceReconciler) => {
                asked.message_ids.extend(id);
                take(&mut asked, event);
            }
            Ok(_) => report.count("unknown_kind", 1),
            Err(unreadable) => {
                bury(ports, &message.raw, id, &unreadable, report).await;
            }
        }
    }
    asked
}

fn take(asked: &mut Asked, event: Event) {
    match event {
        Event::Sweep => asked.sweep = true,
        Event::Question(question) => asked.question = Some(question.instance),
        Event::InstanceState(change) => {
            asked.states.insert(change.instance);
        }
        Event::Hint(hint) => match hint.kind {
            HintKind::Notice => asked.notices = true,
            HintKind::Closed => {
                asked.notices = true;
                asked.told_over.extend(hint.subjects);
            }
            HintKind::LookAgain => {
                asked.look_agains += 1;
                asked.hops = asked.hops.max(hint.hops);
            }
            HintKind::StateChange => asked.states.extend(hint.subjects),
        },
        Event::Health(_) | Event::Unknown { .. } => {}
    }
}

/// Moves a message that cannot succeed to the dead-letter queue, once, with its reason. Where even
/// that fails, the message comes again.
pub(super) async fn bury(
    ports: &impl crate::ports::BuryMessages,
    raw: &str,
    id: Option<String>,
    unreadable: &crate::event::unreadable::Unreadable,
    report: &mut Report,
) {
    report.count("unreadable", 1);
    if report.outcome == Outcome::Nothing {
        report.outcome = Outcome::Unreadable;
    }
    if let Err(error) = ports.bury(raw, &unreadable.to_string()).await {
        report.error = Some(error.to_string());
        report.failed_messages.extend(id.clone());
    }
    report.unreadable.push(UnreadableLine {
        message_id: id,
        field: unreadable.field.clone(),
        error: unreadable.to_string(),
    });
}

async fn reconcile(
    ports: &impl MaintenancePorts,
    ceilings: &Ceilings,
    place: &Place,
    asked: &Asked,
    report: &mut Report,
) -> Result<(), CloudError> {
    if !asked.look() && !concerns_us(ports, asked, report).await? {
        return Ok(());
    }
    let mut world = look::look(ports, ceilings, place, asked.sweep).await?;
    world.told_over.clone_from(&asked.told_over);
    report.kill_switch = Some(on_or_off(ceilings.kill_switch || world.memory.stopped));
    let plans = decide::decide(&world, ceilings);
    let plans = act::act(ports, &mut world, plans, ceilings, asked.found_by(), report).await?;
    let freed = remember::remember(ports, &world, &plans, asked.found_by(), report).await?;
    unread::tell(ports, &world, &plans, report).await?;
    complain(&world, ceilings, report);
    count(&world, &plans, report);
    look_again(ports, &world, &plans, freed, asked).await?;
    report.now = Some(world.observed_at);
    report.outcome = outcome(&plans, report);
    tell::tell(ports, place, &world, report).await;
    Ok(())
}

fn on_or_off(thrown: bool) -> &'static str {
    if thrown { "on" } else { "off" }
}

/// Whether a state change is about an open incident; everybody else's instances are dropped without
/// a describe call.
async fn concerns_us(
    ports: &impl MaintenancePorts,
    asked: &Asked,
    report: &mut Report,
) -> Result<bool, CloudError> {
    if asked.states.is_empty() {
        return Ok(false);
    }
    let memory = ports.read().await?;
    let ours = |id: &InstanceId| {
        let mut incidents = memory.incidents.values();
        memory.knows(id) || incidents.any(|incident| incident.replacement() == Some(id))
    };
    let ours = asked.states.iter().filter(|id| ours(id)).count();
    report.count("not_ours", asked.states.len() - ours);
    Ok(ours > 0)
}

/// Tags that could not be read are counted at every look, and told together with a decision that
/// they may have shaped, so that a mistake of a month is one message and not thousands.
fn complain(world: &World, ceilings: &Ceilings, report: &mut Report) {
    let complaints = decide::complaints(world, ceilings);
    report.count("tags_unreadable", complaints.len());
    let news: BTreeSet<&str> =
        report.decisions.iter().map(|decision| decision.instance_id.as_str()).collect();
    let told: Vec<String> = complaints
        .iter()
        .filter(|complaint| news.contains(complaint.whose.as_str()))
        .map(|complaint| format!("{}: {}", complaint.whose, complaint.words))
        .collect();
    report.alerts.extend(told);
}

fn count(world: &World, plans: &[Plan], report: &mut Report) {
    report.count("incidents", plans.len());
    report.count("instances_managed", world.managed_instances() as usize);
    let held = |plan: &&Plan| matches!(plan.step, Step::Hold(_) | Step::Withdraw);
    report.count("held", plans.iter().filter(held).count());
    let out = world.memory.incidents.values().filter(|incident| incident.out()).count();
    report.count("out", out + world.memory.unread_incidents().count());
    let governed = |plan: &&Plan| matches!(plan.reason, Reason::Governor { .. });
    report.count("governor_binding", plans.iter().filter(governed).count());
    let unwell = |plan: &&Plan| plan.reason.opens_the_circuit();
    report.count("circuit_open", plans.iter().filter(unwell).count());
    let members = world.groups.values().flat_map(|group| group.members.values());
    let retained = members.filter(|member| member.lifecycle.retained()).count();
    report.count("retained", retained);
    for name in alarm::LEVELS.into_iter().chain(["closings_failed", "tellings_failed"]) {
        report.count(name, 0);
    }
    let fresh = |plan: &&Plan| !world.memory.incidents.contains_key(&plan.key);
    if report.trigger == Trigger::Sweep {
        report.count("found_by_sweep", plans.iter().filter(fresh).count());
    }
}

fn outcome(plans: &[Plan], report: &Report) -> Outcome {
    let any = |what: fn(&Step) -> bool| plans.iter().any(|plan| what(&plan.step));
    let acted = report.counts.get("acts_applied").is_some_and(|acts| *acts > 0);
    let closed = |step: &Step| {
        matches!(
            step,
            Step::TakeBack(_)
                | Step::Restore(_)
                | Step::TurnBack(_)
                | Step::Adopt
                | Step::Record(_)
                | Step::Close(_)
        )
    };
    if acted || any(closed) {
        Outcome::Applied
    } else if any(|step| {
        matches!(step, Step::Open(_) | Step::Strike { .. } | Step::Hold(_) | Step::Withdraw)
    }) {
        Outcome::Held
    } else if any(|step| {
        matches!(step, Step::Propose(_) | Step::Notify | Step::Wait | Step::Ask { .. })
    }) {
        Outcome::Observed
    } else {
        report.outcome
    }
}

/// Sends the one outstanding look-again, where it would come before the sweep of itself would be
/// due anyway.
async fn look_again(
    ports: &impl MaintenancePorts,
    world: &World,
    plans: &[Plan],
    freed: bool,
    asked: &Asked,
) -> Result<(), CloudError> {
    let hops = if asked.notices || asked.sweep { 0 } else { asked.hops.saturating_add(1) };
    let now = world.observed_at;
    let waiting = plans.iter().any(|plan| matches!(plan.step, Step::Hold(_)));
    let at_once = now.checked_add(AFTER_FREED).ok().filter(|_| freed && waiting);
    let wanted = plans.iter().filter_map(|plan| plan.look_again).filter(|at| *at > now);
    let Some(due) = wanted.chain(at_once).min() else { return Ok(()) };
    let delay = due.duration_since(now);
    if delay > LOOK_AGAIN_LONGEST || hops > HOPS_MOST || !ports.claim_look_again(due, now).await? {
        return Ok(());
    }
    let seconds = u32::try_from(delay.as_secs()).unwrap_or(0).max(1);
    let hint = Hint {
        kind: HintKind::LookAgain,
        subjects: BTreeSet::new(),
        source: None,
        at: Some(due),
        hops,
    };
    ports.send(&hint, seconds).await
}

async fn answer(
    ports: &impl MaintenancePorts,
    ceilings: &Ceilings,
    place: &Place,
    instance: &InstanceId,
    report: &mut Report,
) {
    match story::tell(ports, ceilings, place, instance).await {
        Ok(story) => {
            report.story = Some(story);
            report.outcome = Outcome::Answered;
        }
        Err(error) => {
            report.error = Some(error.to_string());
            report.outcome = Outcome::Failed;
        }
    }
    report.now = Some(ports.now());
}
