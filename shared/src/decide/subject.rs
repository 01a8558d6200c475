//! A subject: one active scheduled event of one instance, with everything that a decision about it
//! asks for.

use jiff::Timestamp;

use crate::ledger::{Incident, IncidentKey};
use crate::plan::{Plan, PlanDraft, Reason, Step};
use crate::policy::{Ceilings, Policy};
use crate::world::{Group, Instance, Member, ScheduledEvent, World};

/// One active scheduled event of one instance.
#[derive(Debug, Clone)]
pub struct Subject<'w> {
    /// Instance and event.
    pub key: IncidentKey,
    /// The event.
    pub event: &'w ScheduledEvent,
    /// The instance.
    pub instance: &'w Instance,
    /// Its place in its group; absent for standalone instances and for members of groups that are
    /// not opted in.
    pub member: Option<(&'w Group, &'w Member)>,
    /// What its owner wants, within the stack's ceilings.
    pub policy: Policy,
    /// What the ledger knows of it.
    pub incident: Option<&'w Incident>,
    /// AWS's clock at the look that saw it first; this look's, for a new one.
    pub first_seen: Timestamp,
    /// Which attempt this is: one more than that of the incident whose replacement this instance
    /// is.
    pub attempt: u32,
}

impl Subject<'_> {
    /// A plan about it.
    pub fn plan(&self, step: Step, reason: Reason, look_again: Option<Timestamp>) -> Plan {
        self.draft().step(step, reason, look_again)
    }

    /// It was taken out of service already: what would hold it in service does not hold it there.
    pub fn away(&self) -> bool {
        self.incident.is_some_and(|incident| incident.absence().is_some())
    }

    fn draft(&self) -> PlanDraft {
        PlanDraft::new(
            self.key.clone(),
            self.instance.group.clone(),
            self.event.code.clone(),
            self.event.not_before,
        )
    }
}

/// A tag that could not be read, and what it was taken as.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// The instance or group that carries it.
    pub whose: String,
    /// The sentence.
    pub words: String,
}

/// Every active event in sight, the most urgent first: by AWS's date, then degraded hardware, then
/// by name.
pub fn all<'w>(world: &'w World, ceilings: &Ceilings) -> Vec<Subject<'w>> {
    let replacements = super::replacements(world);
    let mut subjects: Vec<Subject<'w>> = world
        .instances
        .values()
        .filter(|instance| instance.alive())
        .flat_map(|instance| instance.active_events().map(move |event| (instance, event)))
        .map(|(instance, event)| read(world, instance, event, ceilings, &replacements))
        .collect();
    subjects.sort_by(|a, b| {
        let urgency = |s: &Subject<'_>| {
            (s.event.not_before.unwrap_or(Timestamp::MAX), !s.event.code.degraded_hardware())
        };
        urgency(a).cmp(&urgency(b)).then_with(|| a.key.cmp(&b.key))
    });
    subjects
}

fn read<'w>(
    world: &'w World,
    instance: &'w Instance,
    event: &'w ScheduledEvent,
    ceilings: &Ceilings,
    replacements: &super::Replacements,
) -> Subject<'w> {
    let key = IncidentKey { instance: instance.id.clone(), event: event.id.clone() };
    let incident = world.memory.incidents.get(&key);
    let group = world.group_of(&instance.id);
    let member = group.and_then(|group| Some((group, group.members.get(&instance.id)?)));
    Subject {
        policy: policy_of(instance, group, ceilings).policy,
        event,
        instance,
        member,
        incident,
        first_seen: incident.map_or(world.observed_at, |incident| incident.first_seen),
        attempt: incident
            .map_or_else(|| 1 + attempts_before(world, &key, replacements), |i| i.attempt),
        key,
    }
}

/// How many attempts led to this instance: it is the replacement of an incident that had made so
/// many.
fn attempts_before(world: &World, key: &IncidentKey, replacements: &super::Replacements) -> u32 {
    let serving = world.memory.led_to(key);
    let coming = replacements
        .iter()
        .find(|(_, new)| **new == key.instance)
        .and_then(|(key, _)| world.memory.incidents.get(key));
    serving.or(coming).map_or(0, |incident| incident.attempt)
}

/// The policy of an instance, and what was wrong with its tags.
pub fn policy_of(
    instance: &Instance,
    group: Option<&Group>,
    ceilings: &Ceilings,
) -> crate::policy::Read {
    Policy::read(ceilings, group.map(|group| (&group.name, &group.tags)), &instance.tags)
}

/// What could not be read of the tags of subjects and their groups.
pub fn complaints(world: &World, ceilings: &Ceilings) -> Vec<Complaint> {
    let with_events = world.instances.values().filter(|i| i.active_events().next().is_some());
    let mut complaints: Vec<Complaint> = with_events
        .flat_map(|instance| {
            let group = world.group_of(&instance.id);
            let read = policy_of(instance, group, ceilings);
            read.complaints.into_iter().map(move |complaint| Complaint {
                whose: instance.id.to_string(),
                words: complaint.to_string(),
            })
        })
        .collect();
    complaints.sort();
    complaints.dedup();
    complaints
}
