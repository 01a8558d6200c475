//! What an instance is launched with.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use smol_str::SmolStr;

use super::fleet::{Fleet, REPLICA_SET};
use crate::ids::{GroupName, InstanceId, Zone};
use crate::policy::{STATE, Tags};
use crate::world::{CheckStatus, Instance, InstanceState};

/// How long ago an instance began that was there from the beginning.
const LONG: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What an instance is launched with.
#[derive(Debug, Clone)]
pub(super) struct Launched {
    pub group: Option<GroupName>,
    pub zone: Zone,
    pub instance_type: SmolStr,
    pub tags: Tags,
}

impl Launched {
    /// As a group launches its next member: like its newest. What that one named, and what was said
    /// of it, the new one has to say for itself.
    pub fn by_group(fleet: &Fleet, group: &GroupName, zone: Zone) -> Self {
        let of_group = |instance: &&Instance| instance.group.as_ref() == Some(group);
        let like = fleet.instances.values().rfind(of_group);
        let mut tags = like.map(|like| like.tags.clone()).unwrap_or_default();
        let own =
            |key: &str| STATE.contains(&key) || [REPLICA_SET, "reberth:approved"].contains(&key);
        tags.retain(|key, _| !own(key));
        let known = like.and_then(|like| like.instance_type.clone());
        let instance_type = known.unwrap_or_else(|| "m7g.large".into());
        Self { group: Some(group.clone()), zone, instance_type, tags }
    }

    /// It was just launched.
    pub fn pending(self, id: &InstanceId, now: Timestamp) -> Instance {
        let address = format!("10.0.{}.{}", octet(id, 2), octet(id, 0));
        Instance {
            state: Some(InstanceState::Pending),
            zone: Some(self.zone),
            instance_type: Some(self.instance_type),
            tags: self.tags,
            group: self.group,
            launched_at: Some(now),
            addresses: Arc::new([address].into()),
            platform: Some("Linux/UNIX".into()),
            ..Instance::unknown(id.clone())
        }
    }

    /// It has run for a long time.
    pub fn long_since(self, id: &InstanceId, now: Timestamp) -> Instance {
        Instance {
            state: Some(InstanceState::Running),
            system_status: CheckStatus::Ok,
            instance_status: CheckStatus::Ok,
            ..self.pending(id, now - LONG)
        }
    }
}

/// Two hexadecimal digits of an id, from so many places before its end.
fn octet(id: &InstanceId, before: usize) -> u8 {
    let digits = id.as_str();
    let end = digits.len() - before;
    u8::from_str_radix(&digits[end - 2..end], 16).unwrap()
}
