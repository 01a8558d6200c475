//! The ports for reading, and no others. What one of them does not answer is written down, and
//! counts as empty where a page without it is still worth having.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use doctor::case::Unanswered;
use shared::aws::Cloud;
use shared::ids::{GroupName, ImageId, InstanceId, TargetGroup};
use shared::ledger::{Incident, IncidentKey};
use shared::ports::{
    Activities, Clock, CloudError, CloudErrorClass, InstanceStatus, ReadAlarms, ReadCommands,
    ReadGroups, ReadInstances, ReadLaunch, ReadLedger, ReadRegistrations, ReadStatus, ReadTargets,
};
use shared::world::{
    AlarmState, CapacityState, CommandState, Departure, Group, ImageState, Instance, LaunchSource,
    Memory, TargetState, TemplateState,
};

/// AWS, to be looked at.
pub struct Eyes {
    cloud: Cloud,
    /// A ledger is deployed.
    remembers: bool,
    unanswered: RefCell<BTreeSet<Unanswered>>,
}

impl Eyes {
    /// Opens them on an account and region; `remembers` where a ledger is deployed there.
    pub fn open(cloud: Cloud, remembers: bool) -> Self {
        Self { cloud, remembers, unanswered: RefCell::default() }
    }

    /// What was not answered so far.
    pub fn unanswered(&self) -> BTreeSet<Unanswered> {
        self.unanswered.borrow().clone()
    }

    /// Writes a failure down, and passes it on.
    fn noted<T>(&self, answer: Result<T, CloudError>) -> Result<T, CloudError> {
        answer.inspect_err(|error| {
            self.unanswered.borrow_mut().insert(Unanswered {
                call: error.call.to_owned(),
                object: error.object.clone(),
                denied: error.class == CloudErrorClass::Denied,
                words: error.message.clone(),
            });
        })
    }

    /// Writes a failure down, and goes on without the answer.
    fn or_nothing<T: Default>(&self, answer: Result<T, CloudError>) -> T {
        self.noted(answer).unwrap_or_default()
    }
}

impl Clock for Eyes {
    fn now(&self) -> Timestamp {
        self.cloud.now()
    }
}

impl ReadLedger for Eyes {
    async fn read(&self) -> Result<Memory, CloudError> {
        if !self.remembers {
            return Ok(Memory::default());
        }
        Ok(self.or_nothing(self.cloud.read().await))
    }

    async fn incidents_of(&self, instance: &InstanceId) -> Result<Vec<Incident>, CloudError> {
        if !self.remembers {
            return Ok(Vec::new());
        }
        Ok(self.or_nothing(self.cloud.incidents_of(instance).await))
    }
}

// Without these there is nothing to tell of: the look fails.

impl ReadStatus for Eyes {
    async fn scheduled(&self) -> Result<Vec<InstanceStatus>, CloudError> {
        self.cloud.scheduled().await
    }

    async fn failing_checks(&self) -> Result<Vec<InstanceStatus>, CloudError> {
        self.cloud.failing_checks().await
    }

    async fn status_of(
        &self,
        instances: &BTreeSet<InstanceId>,
    ) -> Result<Vec<InstanceStatus>, CloudError> {
        self.cloud.status_of(instances).await
    }
}

impl ReadInstances for Eyes {
    async fn members(&self, groups: &BTreeSet<GroupName>) -> Result<Vec<Instance>, CloudError> {
        self.cloud.members(groups).await
    }

    async fn instances(
        &self,
        instances: &BTreeSet<InstanceId>,
    ) -> Result<Vec<Instance>, CloudError> {
        self.cloud.instances(instances).await
    }

    async fn marked(&self) -> Result<Vec<Instance>, CloudError> {
        self.cloud.marked().await
    }

    async fn stop_protected(&self, instance: &InstanceId) -> Result<bool, CloudError> {
        self.noted(self.cloud.stop_protected(instance).await)
    }

    async fn capacity(&self, key: &IncidentKey) -> Result<CapacityState, CloudError> {
        self.cloud.capacity(key).await
    }

    async fn instance_store(
        &self,
        types: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, bool>, CloudError> {
        Ok(self.or_nothing(self.cloud.instance_store(types).await))
    }
}

// Without these a group or an instance is held, which the page says; the others are not.

impl ReadLaunch for Eyes {
    async fn template(&self, source: &LaunchSource) -> Result<TemplateState, CloudError> {
        self.noted(self.cloud.template(source).await)
    }

    async fn images(
        &self,
        images: &BTreeSet<ImageId>,
        now: Timestamp,
    ) -> Result<BTreeMap<ImageId, ImageState>, CloudError> {
        self.noted(self.cloud.images(images, now).await)
    }
}

impl ReadGroups for Eyes {
    async fn opted_in(&self) -> Result<Vec<Group>, CloudError> {
        self.cloud.opted_in().await
    }

    async fn groups(&self, names: &BTreeSet<GroupName>) -> Result<Vec<Group>, CloudError> {
        self.cloud.groups(names).await
    }

    async fn activities(&self, group: &GroupName) -> Result<Activities, CloudError> {
        self.noted(self.cloud.activities(group).await)
    }

    async fn refresh(&self, group: &GroupName) -> Result<Option<String>, CloudError> {
        self.noted(self.cloud.refresh(group).await)
    }
}

impl ReadTargets for Eyes {
    async fn targets(
        &self,
        group: &TargetGroup,
    ) -> Result<BTreeMap<InstanceId, TargetState>, CloudError> {
        Ok(self.or_nothing(self.cloud.targets(group).await))
    }
}

impl ReadRegistrations for Eyes {
    async fn registrations(
        &self,
        instances: &BTreeMap<InstanceId, BTreeSet<String>>,
    ) -> Result<BTreeMap<InstanceId, Departure>, CloudError> {
        self.noted(self.cloud.registrations(instances).await)
    }
}

impl ReadAlarms for Eyes {
    async fn alarms(
        &self,
        names: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, AlarmState>, CloudError> {
        self.noted(self.cloud.alarms(names).await)
    }
}

impl ReadCommands for Eyes {
    async fn command(
        &self,
        command: &str,
        instance: &InstanceId,
    ) -> Result<CommandState, CloudError> {
        self.cloud.command(command, instance).await
    }
}
