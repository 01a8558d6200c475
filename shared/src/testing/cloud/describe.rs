//! What describe calls say: the fleet of up to a minute ago, in the fields that each call returns.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::faults::error;
use super::fleet::Fleet;
use super::invocation::Invocation;
use super::log::Port;
use crate::ids::{GroupName, ImageId, InstanceId, TargetGroup};
use crate::ledger::IncidentKey;
use crate::policy::INCIDENT_MARK;
use crate::ports::{
    Activities, CloudError, CloudErrorClass, InstanceStatus, ReadGroups, ReadInstances, ReadLaunch,
    ReadRegistrations, ReadStatus, ReadTargets,
};
use crate::world::{
    CapacityState, CheckStatus, Departure, Group, ImageState, Instance, InstanceState, LastLaunch,
    LaunchSource, TargetState, TemplateState,
};

/// Answers of one page, and ids or names of one request, as the adapters ask for them.
const STATUS_PAGE: usize = 1_000;
const STATUS_IDS: usize = 100;
const INSTANCES_PAGE: usize = 1_000;
const FILTER_VALUES: usize = 200;
const GROUPS_PAGE: usize = 100;

fn pages(answers: usize, page: usize) -> usize {
    answers.div_ceil(page).max(1)
}

impl ReadStatus for Invocation<'_> {
    async fn scheduled(&self) -> Result<Vec<InstanceStatus>, CloudError> {
        let effect = |fleet: &Fleet| {
            let running = |i: &&Instance| i.state == Some(InstanceState::Running);
            let scheduled = fleet.instances.values().filter(running);
            scheduled.filter(|instance| !instance.events.is_empty()).map(status).collect()
        };
        let requests = |found: &Vec<_>| pages(found.len(), STATUS_PAGE);
        self.paged(Port::Scheduled, requests, |state| Ok(effect(&state.shown()))).await
    }

    async fn failing_checks(&self) -> Result<Vec<InstanceStatus>, CloudError> {
        let effect = |fleet: &Fleet| {
            let instances = fleet.instances.values();
            let running = instances.filter(|one| one.state == Some(InstanceState::Running));
            running.filter(|instance| instance.fails_checks()).map(status).collect()
        };
        let requests = |found: &Vec<_>| 2 * pages(found.len(), STATUS_PAGE);
        self.paged(Port::FailingChecks, requests, |state| Ok(effect(&state.shown()))).await
    }

    async fn status_of(
        &self,
        instances: &BTreeSet<InstanceId>,
    ) -> Result<Vec<InstanceStatus>, CloudError> {
        let requests = |_: &Vec<_>| pages(instances.len(), STATUS_IDS);
        self.paged(Port::StatusOf, requests, |state| {
            let fleet = state.shown();
            let known = instances.iter().filter_map(|id| fleet.instances.get(id));
            Ok(known.map(status).collect())
        })
        .await
    }
}

fn status(instance: &Instance) -> InstanceStatus {
    let over = matches!(instance.state, Some(InstanceState::Terminated));
    InstanceStatus {
        id: instance.id.clone(),
        state: instance.state.clone(),
        zone: instance.zone.clone(),
        system_status: instance.system_status,
        instance_status: instance.instance_status,
        events: if over { Vec::new() } else { instance.events.clone() },
    }
}

/// What `DescribeInstances` returns: no status, no events.
fn described(instance: &Instance) -> Instance {
    Instance {
        system_status: CheckStatus::Unknown,
        instance_status: CheckStatus::Unknown,
        events: Vec::new(),
        instance_store: None,
        ..instance.clone()
    }
}

impl ReadInstances for Invocation<'_> {
    async fn members(&self, groups: &BTreeSet<GroupName>) -> Result<Vec<Instance>, CloudError> {
        let requests = |found: &Vec<_>| {
            pages(found.len(), INSTANCES_PAGE).max(pages(groups.len(), FILTER_VALUES))
        };
        self.paged(Port::Members, requests, |state| {
            let fleet = state.shown();
            let living = |i: &&Instance| {
                i.alive() && i.group.as_ref().is_some_and(|group| groups.contains(group))
            };
            let mut members = Vec::with_capacity(fleet.instances.len());
            members.extend(fleet.instances.values().filter(living).map(described));
            Ok(members)
        })
        .await
    }

    async fn instances(
        &self,
        instances: &BTreeSet<InstanceId>,
    ) -> Result<Vec<Instance>, CloudError> {
        let requests = |_: &Vec<_>| pages(instances.len(), FILTER_VALUES);
        self.paged(Port::Instances, requests, |state| {
            let fleet = state.shown();
            let known = instances.iter().filter_map(|id| fleet.instances.get(id));
            Ok(known.map(described).collect())
        })
        .await
    }

    async fn marked(&self) -> Result<Vec<Instance>, CloudError> {
        let requests = |found: &Vec<_>| pages(found.len(), INSTANCES_PAGE);
        self.paged(Port::Marked, requests, |state| {
            let fleet = state.shown();
            let marked = |i: &&Instance| i.alive() && i.tags.contains_key(INCIDENT_MARK);
            Ok(fleet.instances.values().filter(marked).map(described).collect())
        })
        .await
    }

    async fn stop_protected(&self, instance: &InstanceId) -> Result<bool, CloudError> {
        self.call(Port::StopProtected, |state| Ok(state.shown().stop_protected.contains(instance)))
            .await
    }

    async fn capacity(&self, key: &IncidentKey) -> Result<CapacityState, CloudError> {
        self.call(Port::Capacity, |state| {
            let known = state.shown().reservations.get(key).copied();
            Ok(known.unwrap_or(CapacityState::Missing))
        })
        .await
    }

    async fn instance_store(
        &self,
        types: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, bool>, CloudError> {
        self.call(Port::InstanceStore, |_| {
            Ok(types.iter().map(|name| (name.clone(), has_instance_store(name))).collect())
        })
        .await
    }
}

/// By the letters of the family: storage families begin with `i`, others carry a `d`.
pub(in crate::testing) fn has_instance_store(name: &str) -> bool {
    let family = name.split('.').next().unwrap_or_default();
    family.starts_with('i') || family.ends_with('d')
}

impl ReadLaunch for Invocation<'_> {
    async fn template(&self, source: &LaunchSource) -> Result<TemplateState, CloudError> {
        self.call(Port::Template, |state| {
            let fleet = state.shown();
            let LaunchSource::Template { id, .. } = source else {
                return Ok(TemplateState::NotATemplate);
            };
            let missing = || TemplateState::Missing { message: format!("{id} does not exist") };
            Ok(fleet.templates.get(id).cloned().unwrap_or_else(missing))
        })
        .await
    }

    async fn images(
        &self,
        images: &BTreeSet<ImageId>,
        _now: Timestamp,
    ) -> Result<BTreeMap<ImageId, ImageState>, CloudError> {
        self.call(Port::Images, |state| {
            let fleet = state.shown();
            let known = |id: &ImageId| {
                fleet.images.get(id).cloned().unwrap_or_else(|| ImageState::Gone(id.clone()))
            };
            Ok(images.iter().map(|id| (id.clone(), known(id))).collect())
        })
        .await
    }
}

impl ReadGroups for Invocation<'_> {
    async fn opted_in(&self) -> Result<Vec<Group>, CloudError> {
        let requests = |found: &Vec<_>| pages(found.len(), GROUPS_PAGE);
        self.paged(Port::OptedIn, requests, |state| {
            let fleet = state.shown();
            let tagged = |group: &&Group| group.tags.contains_key("reberth:mode");
            Ok(fleet.groups.values().filter(tagged).cloned().collect())
        })
        .await
    }

    async fn groups(&self, names: &BTreeSet<GroupName>) -> Result<Vec<Group>, CloudError> {
        let requests = |_: &Vec<_>| pages(names.len(), GROUPS_PAGE);
        self.paged(Port::Groups, requests, |state| {
            let fleet = state.shown();
            Ok(names.iter().filter_map(|name| fleet.groups.get(name).cloned()).collect())
        })
        .await
    }

    async fn activities(&self, group: &GroupName) -> Result<Activities, CloudError> {
        self.call(Port::Activities, |state| {
            let fleet = state.shown();
            if fleet.denied.contains(group) {
                return Err(error(Port::Activities, CloudErrorClass::Denied));
            }
            let last_launch = fleet.last_launches.get(group).cloned().unwrap_or(LastLaunch::None);
            Ok(Activities { last_launch, terminating: fleet.terminating.clone() })
        })
        .await
    }

    async fn refresh(&self, group: &GroupName) -> Result<Option<String>, CloudError> {
        self.call(Port::Refresh, |state| Ok(state.shown().refreshes.get(group).cloned())).await
    }
}

impl ReadTargets for Invocation<'_> {
    async fn targets(
        &self,
        group: &TargetGroup,
    ) -> Result<BTreeMap<InstanceId, TargetState>, CloudError> {
        self.call(Port::Targets, |state| {
            Ok(state.shown().targets.get(group).cloned().unwrap_or_default())
        })
        .await
    }
}

impl ReadRegistrations for Invocation<'_> {
    /// One request for all target groups, and one for each of them.
    async fn registrations(
        &self,
        instances: &BTreeMap<InstanceId, BTreeSet<String>>,
    ) -> Result<BTreeMap<InstanceId, Departure>, CloudError> {
        let known = self.cloud.state.borrow().fleet().targets.len();
        self.paged(
            Port::Registrations,
            |_| 1 + known,
            |state| {
                let fleet = state.shown();
                let of = |id: &InstanceId| Departure {
                    registrations: fleet.registered.get(id).cloned().unwrap_or_default(),
                    by_address: fleet.by_address.get(id).cloned().unwrap_or_default(),
                    classic: fleet.classic.get(id).cloned().unwrap_or_default(),
                    unanswered: None,
                };
                Ok(instances.keys().map(|id| (id.clone(), of(id))).collect())
            },
        )
        .await
    }
}
