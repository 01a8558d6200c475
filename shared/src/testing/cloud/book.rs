//! The ledger in memory, with the conditions of the real one's transactions.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::version::Version;
use crate::ids::{GroupName, InstanceId};
use crate::ledger::{About, Governor, Incident, IncidentKey, Limit, Taking, Unread, format};
use crate::ports::Written;
use crate::world::{GroupMemory, Memory};

#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::testing) struct Book {
    pub open: BTreeMap<IncidentKey, Incident>,
    pub closed: BTreeMap<IncidentKey, Incident>,
    pub holders: BTreeMap<Limit, BTreeSet<IncidentKey>>,
    pub governor: Governor,
    pub stopped: bool,
    pub groups: BTreeMap<GroupName, GroupMemory>,
    pub busy: BTreeMap<InstanceId, Timestamp>,
    pub look_again: Option<Timestamp>,
    pub notices: BTreeSet<String>,
    pub unread_told: BTreeSet<String>,
}

/// An incident by way of its document: what a reader will find.
fn read_back(incident: &Incident) -> Incident {
    format::incident(&serde_json::to_string(incident).unwrap()).unwrap()
}

impl Book {
    /// What a version reads of it.
    pub fn memory(&self, reader: Version) -> Memory {
        let mut memory = Memory {
            holders: self.holders.clone(),
            governor: self.governor.clone(),
            stopped: self.stopped,
            groups: self.groups.clone(),
            busy: self.busy.clone(),
            look_again: self.look_again,
            unread_told: self.unread_told.clone(),
            ..Memory::default()
        };
        for (key, incident) in &self.open {
            let item = format!("incident/{key}");
            match format::readable(Some(incident.format), reader.knows()) {
                Ok(()) => memory.add(incident.clone()),
                Err(why) => {
                    let about = About::Incident { key: key.clone(), group: incident.group.clone() };
                    memory.unread.insert(item, Unread { about, why });
                }
            }
        }
        memory
    }

    /// The incident is as the writer read it.
    fn current(&self, incident: &Incident) -> bool {
        let version = self.open.get(&incident.key).map_or(0, |known| known.version);
        version == incident.version
    }

    fn put(&mut self, incident: &Incident) {
        let next = read_back(&Incident { version: incident.next_version(), ..incident.clone() });
        if next.settled() {
            self.open.remove(&next.key);
            self.closed.insert(next.key.clone(), next);
        } else {
            self.open.insert(next.key.clone(), next);
        }
    }

    pub fn save(&mut self, incident: &Incident) -> Written {
        if !self.current(incident) {
            return Written::LostTheRace;
        }
        self.put(incident);
        Written::Yes
    }

    pub fn begin(
        &mut self,
        incident: &Incident,
        takes: &[Taking],
        governor: &Governor,
        now: Timestamp,
    ) -> Written {
        if let Some(closed) = takes.iter().find(|taking| taking.capacity == 0) {
            return Written::LimitFull(closed.limit.clone());
        }
        if self.stopped {
            return Written::Stopped;
        }
        if !self.current(incident) || self.governor.version != governor.version {
            return Written::LostTheRace;
        }
        if let Some(full) = takes.iter().find(|taking| !self.has_room(taking, &incident.key)) {
            return Written::LimitFull(full.limit.clone());
        }
        for Taking { limit, .. } in takes {
            self.holders.entry(limit.clone()).or_default().insert(incident.key.clone());
        }
        self.governor = governor.with_act(now);
        self.put(incident);
        Written::Yes
    }

    pub fn proceed(&mut self, incident: &Incident) -> Written {
        if self.stopped { Written::Stopped } else { self.save(incident) }
    }

    fn has_room(&self, taking: &Taking, key: &IncidentKey) -> bool {
        let Some(holders) = self.holders.get(&taking.limit) else { return true };
        holders.contains(key) || holders.len() < taking.capacity as usize
    }

    pub fn release(&mut self, incident: &Incident, freed: &BTreeSet<Limit>) -> Written {
        if !self.current(incident) {
            return Written::LostTheRace;
        }
        for limit in freed {
            if let Some(holders) = self.holders.get_mut(limit) {
                holders.remove(&incident.key);
            }
        }
        self.holders.retain(|_, holders| !holders.is_empty());
        self.put(incident);
        Written::Yes
    }

    pub fn remember(&mut self, group: &GroupName, memory: &GroupMemory) {
        let known = self.groups.entry(group.clone()).or_default();
        if memory.proven.is_some() {
            known.proven.clone_from(&memory.proven);
        }
        known.replica_sets.extend(memory.replica_sets.iter().cloned());
        known.acted_sets.extend(memory.acted_sets.iter().cloned());
    }

    /// There is, or was, an incident of this key.
    pub fn knows(&self, key: &IncidentKey) -> bool {
        self.open.contains_key(key) || self.closed.contains_key(key)
    }

    pub fn claim_look_again(&mut self, due: Timestamp, now: Timestamp) -> bool {
        let free = self.look_again.is_none_or(|claimed| claimed > due || claimed <= now);
        if free {
            self.look_again = Some(due);
        }
        free
    }
}
