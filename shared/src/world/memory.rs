//! What the ledger remembered when the look was made.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{GroupName, InstanceId, ReplicaSet};
use crate::ledger::{About, Governor, Incident, IncidentKey, Limit, Phase, Unread};

/// The ledger's content that decisions rest on, read strongly consistently.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Open incidents.
    pub incidents: BTreeMap<IncidentKey, Incident>,
    /// Closed incidents of which somebody is still to be told. No decision rests on them.
    pub untold: BTreeMap<IncidentKey, Incident>,
    /// Who holds a slot in which limit.
    pub holders: BTreeMap<Limit, BTreeSet<IncidentKey>>,
    /// When opening acts were started.
    pub governor: Governor,
    /// The ledger's own kill switch is thrown.
    pub stopped: bool,
    /// What is known of groups from earlier looks.
    pub groups: BTreeMap<GroupName, GroupMemory>,
    /// Until when instances reported themselves busy.
    pub busy: BTreeMap<InstanceId, Timestamp>,
    /// When the outstanding look-again is due.
    pub look_again: Option<Timestamp>,
    /// Items that this version cannot read and leaves as they are, by partition and name, such as
    /// `state/governor`.
    pub unread: BTreeMap<String, Unread>,
    /// What people were told of these, as [`Memory::unread`] was then.
    pub unread_told: BTreeSet<String>,
}

/// What one group showed in earlier looks and a describe call does not return.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GroupMemory {
    /// The launch source whose first replacement served and was clean ten minutes later.
    pub proven: Option<String>,
    /// Every replica set that a member of the group ever named.
    pub replica_sets: BTreeSet<ReplicaSet>,
    /// The replica sets in which an act was started: the second needs a readiness gate.
    pub acted_sets: BTreeSet<ReplicaSet>,
}

impl Memory {
    /// Adds an incident that was read among the open ones.
    pub fn add(&mut self, incident: Incident) {
        let over = matches!(incident.phase, Phase::Closed { .. });
        let into = if over { &mut self.untold } else { &mut self.incidents };
        into.insert(incident.key.clone(), incident);
    }

    /// An incident as it was read, whether it is over or not.
    pub fn any(&self, key: &IncidentKey) -> Option<&Incident> {
        self.incidents.get(key).or_else(|| self.untold.get(key))
    }

    /// The open incidents of a group.
    pub fn of_group<'a>(&'a self, group: &'a GroupName) -> impl Iterator<Item = &'a Incident> {
        self.incidents.values().filter(move |incident| incident.group.as_ref() == Some(group))
    }

    /// The open incident whose move ended on the host of this event, if there is one.
    pub fn led_to(&self, key: &IncidentKey) -> Option<&Incident> {
        self.incidents.values().find(|incident| incident.led_to(key))
    }

    /// The incidents that cannot be read, with their items' names.
    pub fn unread_incidents(
        &self,
    ) -> impl Iterator<Item = (&IncidentKey, Option<&GroupName>, &Unread)> {
        self.unread.values().filter_map(|unread| match &unread.about {
            About::Incident { key, group } => Some((key, group.as_ref(), unread)),
            _ => None,
        })
    }

    /// Whether an instance has an open incident, whether that can be read or not.
    pub fn knows(&self, instance: &InstanceId) -> bool {
        let read = self.incidents.keys().any(|key| key.instance == *instance);
        read || self.unread_of(instance).is_some()
    }

    /// Whether an instance has an incident that cannot be read.
    pub fn unread_of(&self, instance: &InstanceId) -> Option<&Unread> {
        let mut incidents = self.unread_incidents();
        incidents.find(|(key, ..)| key.instance == *instance).map(|(.., unread)| unread)
    }

    /// The item about something that cannot be read, with its name.
    pub fn unread_about(&self, about: &About) -> Option<(&String, &Unread)> {
        self.unread.iter().find(|(_, unread)| unread.about == *about)
    }

    /// Whether who holds slots in a limit cannot be read.
    pub fn unread_limit(&self, limit: &Limit) -> Option<(&String, &Unread)> {
        self.unread_about(&About::Limit(limit.clone()))
    }

    /// Whether an instance said that it is busy, and that has not expired.
    pub fn busy_until(&self, instance: &InstanceId, now: Timestamp) -> Option<Timestamp> {
        self.busy.get(instance).copied().filter(|until| *until > now)
    }
}
