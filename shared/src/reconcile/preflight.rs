//! The preflight: what is asked of a group or an instance only when an act is about to start on it,
//! and the facts that are read again directly before it.

use std::collections::{BTreeMap, BTreeSet};

use super::{LookPorts, act, gates, look};
use crate::decide::guard::{self, Unasked};
use crate::ids::{GroupName, ImageId, InstanceId};
use crate::ledger::{Incident, IncidentKey};
use crate::plan::Plan;
use crate::policy::Ceilings;
use crate::ports::{Activities, CloudError};
use crate::world::{Departure, Group, ImageState, LaunchSource, Preflight, TemplateState, World};

/// Rounds of preflight calls in one look.
const ROUNDS: usize = 3;

/// Asks what stands before every act that is about to start, and decides again. What holds one
/// group may give its room to another that was not asked yet, so this goes on until none is left,
/// or for so many rounds; who was not asked by then waits for the next look.
pub async fn asked(
    ports: &impl LookPorts,
    world: &mut World,
    mut plans: Vec<Plan>,
    ceilings: &Ceilings,
    decide: fn(&World, &Ceilings) -> Vec<Plan>,
) -> Result<Vec<Plan>, CloudError> {
    for _ in 0..ROUNDS {
        let unasked = guard::unasked(&plans);
        if unasked.is_empty() {
            return Ok(plans);
        }
        ask(ports, world, &unasked, ceilings).await?;
        plans = decide(world, ceilings);
    }
    Ok(plans)
}

/// Asks what stands before the acts that are about to start, and reads again what it rests on: the
/// groups with their tags, the instances with theirs, their events, the status checks of those who
/// are to serve on, and the ledger. Three calls a group; seven for all of them together. A group whose own calls fail is held by that, and no other
/// group with it.
pub async fn ask(
    ports: &impl LookPorts,
    world: &mut World,
    unasked: &Unasked,
    ceilings: &Ceilings,
) -> Result<(), CloudError> {
    let groups = &unasked.groups;
    read_again(ports, world, unasked).await?;
    gates::see_stop_alarms(ports, world, &unasked.instances, ceilings).await;
    let rests = |id: &&InstanceId| gates::alarms_rest(world, id, ceilings);
    let leaving = unasked.departures.iter().filter(rests).cloned().collect();
    see_departures(ports, world, &leaving).await;
    see_capacity(ports, world, &unasked.strikes).await?;
    let mut asked: BTreeMap<GroupName, Preflight> = BTreeMap::new();
    let mut templates: BTreeMap<String, TemplateState> = BTreeMap::new();
    for group in groups.iter().filter_map(|name| world.groups.get(name)) {
        let answered = of_group(ports, group, &mut templates).await;
        let unanswered = |error: CloudError| Preflight::unanswered(error.to_string());
        asked.insert(group.name.clone(), answered.unwrap_or_else(unanswered));
    }
    see_images(ports, world, &mut asked).await;
    world.preflight.extend(asked);
    act::fresh(ports, world)?;
    world.observed_at = ports.now();
    Ok(())
}

/// The answers about one group, its image still to be looked up. Groups that launch from the same
/// template share one answer.
async fn of_group(
    ports: &impl LookPorts,
    group: &Group,
    templates: &mut BTreeMap<String, TemplateState>,
) -> Result<Preflight, CloudError> {
    let template = match templates.get(&group.source.key()) {
        Some(known) => known.clone(),
        None => resolve(ports, &group.source).await?,
    };
    templates.insert(group.source.key(), template.clone());
    let activities = ports.activities(&group.name).await?;
    Ok(Preflight {
        refresh: ports.refresh(&group.name).await?,
        waiting_to_terminate: waiting(group, &activities),
        last_launch: activities.last_launch,
        template,
        image: ImageState::Unknown,
        unanswered: None,
    })
}

/// The images of all templates, in one call.
async fn see_images(
    ports: &impl LookPorts,
    world: &World,
    asked: &mut BTreeMap<GroupName, Preflight>,
) {
    let images: BTreeSet<ImageId> =
        asked.values().filter_map(|preflight| image_of(&preflight.template)).collect();
    if images.is_empty() {
        return;
    }
    let seen = ports.images(&images, world.observed_at).await;
    for preflight in asked.values_mut() {
        let Some(id) = image_of(&preflight.template) else { continue };
        match &seen {
            Ok(seen) => {
                preflight.image = seen.get(&id).cloned().unwrap_or(ImageState::Gone(id));
            }
            Err(error) => *preflight = Preflight::unanswered(error.to_string()),
        }
    }
}

async fn resolve(
    ports: &impl LookPorts,
    source: &LaunchSource,
) -> Result<TemplateState, CloudError> {
    match source {
        LaunchSource::Template { .. } => ports.template(source).await,
        LaunchSource::Configuration(_) | LaunchSource::Unknown => Ok(TemplateState::NotATemplate),
    }
}

fn image_of(template: &TemplateState) -> Option<ImageId> {
    match template {
        TemplateState::Resolves { image, .. } => image.clone(),
        TemplateState::NotATemplate | TemplateState::Missing { .. } => None,
    }
}

/// The member that has waited for a termination hook longest.
fn waiting(group: &Group, activities: &Activities) -> Option<(InstanceId, jiff::Timestamp)> {
    let waiting = group.members.iter().filter(|(_, member)| member.lifecycle.waits_to_terminate());
    let since = waiting.filter_map(|(id, _)| Some((id.clone(), *activities.terminating.get(id)?)));
    since.min_by_key(|(_, since)| *since)
}

/// Where those are registered that are about to leave, and whether they may be stopped. Who is not
/// answered is held, and nobody else.
async fn see_departures(ports: &impl LookPorts, world: &mut World, leaving: &BTreeSet<InstanceId>) {
    let standalone: BTreeMap<InstanceId, BTreeSet<String>> = leaving
        .iter()
        .filter(|id| world.group_of(id).is_none())
        .filter_map(|id| Some((id.clone(), world.instances.get(id)?.addresses.as_ref().clone())))
        .collect();
    let mut departures = BTreeMap::new();
    if !standalone.is_empty() {
        departures = ports.registrations(&standalone).await.unwrap_or_else(|error| {
            let unanswered =
                Departure { unanswered: Some(error.to_string()), ..Default::default() };
            standalone.into_keys().map(|id| (id, unanswered.clone())).collect()
        });
    }
    for id in leaving {
        let departure: &mut Departure = departures.entry(id.clone()).or_default();
        match ports.stop_protected(id).await {
            Ok(protected) => {
                if let Some(instance) = world.instances.get_mut(id) {
                    instance.stop_protected = Some(protected);
                }
            }
            Err(error) => departure.unanswered = Some(error.to_string()),
        }
    }
    world.departures.extend(departures);
}

/// The capacity that was reserved for those about to be stopped.
async fn see_capacity(
    ports: &impl LookPorts,
    world: &mut World,
    strikes: &BTreeSet<IncidentKey>,
) -> Result<(), CloudError> {
    for key in strikes {
        let incident = world.memory.incidents.get(key);
        let absence = incident.and_then(Incident::absence);
        if absence.is_some_and(|absence| absence.reserves) {
            world.capacity.insert(key.instance.clone(), ports.capacity(key).await?);
        }
    }
    Ok(())
}

async fn read_again(
    ports: &impl LookPorts,
    world: &mut World,
    unasked: &Unasked,
) -> Result<(), CloudError> {
    let Unasked { groups, instances, .. } = unasked;
    if !groups.is_empty() {
        let fresh = look::by_name(ports.groups(groups).await?);
        world.groups.retain(|name, _| !groups.contains(name));
        world.groups.extend(fresh);
    }
    for mut instance in ports.instances(instances).await? {
        if let Some(known) = world.instances.get(&instance.id) {
            instance.instance_store = known.instance_store;
        }
        world.read_again.insert(instance.id.clone());
        world.instances.insert(instance.id.clone(), instance);
    }
    let statuses = ports.status_of(instances).await?;
    look::merge(&mut world.instances, statuses);
    if !groups.is_empty() {
        let mut failing = ports.failing_checks().await?;
        failing.retain(|status| world.instances.contains_key(&status.id));
        look::merge(&mut world.instances, failing);
    }
    world.memory = ports.read().await?;
    // What was not read again is as old as the look.
    act::fresh(ports, world)?;
    world.observed_at = ports.now();
    Ok(())
}
