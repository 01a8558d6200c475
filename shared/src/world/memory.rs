//! What the ledger remembered when the look was made.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{GroupName, InstanceId, ReplicaSet};
use crate::ledger::{Governor, Incident, IncidentKey, Limit};

/// The ledger's content that decisions rest on, read strongly consistently.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Open incidents.
    pub incidents: BTreeMap<IncidentKey, Incident>,
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
}

/// What one group showed in earlier looks and a describe call does not return.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMemory {
    /// The launch source whose first replacement served and was clean ten minutes later.
    pub proven: Option<String>,
    /// Every replica set that a member of the group ever named.
    pub replica_sets: BTreeSet<ReplicaSet>,
    /// The replica sets in which an act was started: the second needs a readiness gate.
    pub acted_sets: BTreeSet<ReplicaSet>,
}

impl Memory {
    /// The open incidents of a group.
    pub fn of_group<'a>(&'a self, group: &'a GroupName) -> impl Iterator<Item = &'a Incident> {
        self.incidents.values().filter(move |incident| incident.group.as_ref() == Some(group))
    }

    /// The open incident whose move ended on the host of this event, if there is one.
    pub fn led_to(&self, key: &IncidentKey) -> Option<&Incident> {
        self.incidents.values().find(|incident| incident.led_to(key))
    }

    /// Whether an instance said that it is busy, and that has not expired.
    pub fn busy_until(&self, instance: &InstanceId, now: Timestamp) -> Option<Timestamp> {
        self.busy.get(instance).copied().filter(|until| *until > now)
    }
}
