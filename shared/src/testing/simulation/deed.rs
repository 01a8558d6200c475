//! What people and AWS do to a fleet in the middle of everything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{EventId, GroupName, InstanceId};
use crate::testing::cloud::Cloud;
use crate::world::{EventCode, Instance};

/// Whom something is done to, as they stand when it is done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whom {
    /// In which group; absent for a standalone instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupName>,
    /// Which of those who live there, by their ids, counted round.
    pub place: usize,
}

/// Something that is done. Where there is nobody to do it to, nothing happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "fields are hours from now, percentages and tags as they stand")]
pub enum Deed {
    /// AWS schedules an event; it may be moved for so many hours more.
    Schedule { whom: Whom, code: EventCode, in_hours: u32, movable_for: u32 },
    /// AWS calls its event off.
    Cancel { whom: Whom },
    /// AWS moves the date of its event.
    MoveDate { whom: Whom, in_hours: u32 },
    /// AWS acts on its event at once.
    ActNow { whom: Whom },
    /// Somebody throws the ledger's kill switch, or takes it back.
    ThrowSwitch { thrown: bool },
    /// Somebody uses up what an hour allows.
    ExhaustGovernor,
    /// EC2 has no capacity for the next so many starts.
    NoCapacity { whom: Whom, times: u32 },
    /// The next so many starts come to nothing.
    FallBack { whom: Whom, times: u32 },
    /// EC2 has no capacity for the next so many reservations.
    NoReservations { times: u32 },
    /// Somebody terminates it.
    Terminate { whom: Whom },
    /// Somebody stops it.
    Stop { whom: Whom },
    /// Somebody starts it.
    Start { whom: Whom },
    /// Somebody reboots it.
    Reboot { whom: Whom },
    /// Somebody registers it wherever it belongs.
    Register { whom: Whom },
    /// Somebody puts it into standby.
    EnterStandby { whom: Whom },
    /// Somebody takes it out of standby.
    ExitStandby { whom: Whom },
    /// Auto Scaling moves it for the balance of zones.
    Rebalance { whom: Whom },
    /// Somebody sets a tag of an instance.
    Tag { whom: Whom, key: String, value: String },
    /// Somebody takes a tag of an instance away.
    Untag { whom: Whom, key: String },
    /// Somebody sets a tag of a group.
    TagGroup { group: GroupName, key: String, value: String },
    /// Somebody takes a tag of a group away.
    UntagGroup { group: GroupName, key: String },
    /// Somebody wants so many members more, or fewer. Groups of replicas are not scaled: whoever
    /// scales one says what becomes of its sets, by hand.
    Scale { group: GroupName, by: i32 },
    /// Somebody suspends a process of a group.
    Suspend { group: GroupName, process: String },
    /// Somebody resumes it.
    Resume { group: GroupName, process: String },
}

/// The standalone instances as the script counts them.
#[derive(Debug, Clone)]
pub(super) struct Roll(pub Vec<InstanceId>);

impl Roll {
    /// Those who live where somebody is looked for, by their ids.
    fn find(&self, cloud: &Cloud, whom: &Whom) -> Option<InstanceId> {
        let everybody: Vec<InstanceId> = match &whom.group {
            Some(group) => cloud.group(there(cloud, group)?).members.into_keys().collect(),
            None => self.0.clone(),
        };
        let lives = |id: &&InstanceId| cloud.instance(id).as_ref().is_some_and(Instance::alive);
        let alive: Vec<&InstanceId> = everybody.iter().filter(lives).collect();
        let place = whom.place.checked_rem(alive.len())?;
        alive.get(place).map(|id| (*id).clone())
    }

    fn event(cloud: &Cloud, id: &InstanceId) -> Option<EventId> {
        cloud.instance(id)?.active_events().next().map(|event| event.id.clone())
    }
}

/// A group's name, while there is such a group.
fn there<'g>(cloud: &Cloud, group: &'g GroupName) -> Option<&'g str> {
    cloud.has_group(group).then(|| group.as_str())
}

impl Deed {
    /// AWS announces something.
    pub fn announces(&self) -> bool {
        matches!(self, Self::Schedule { .. })
    }

    /// Does it; false where there was nobody to do it to.
    pub(super) fn take_place(&self, cloud: &Cloud, roll: &Roll) -> bool {
        let done = match self {
            Self::ThrowSwitch { thrown } => {
                cloud.throw_switch(*thrown);
                Some(())
            }
            Self::ExhaustGovernor => {
                cloud.exhaust_governor();
                Some(())
            }
            Self::NoReservations { times } => {
                cloud.no_reservations(*times);
                Some(())
            }
            Self::TagGroup { .. }
            | Self::UntagGroup { .. }
            | Self::Scale { .. }
            | Self::Suspend { .. }
            | Self::Resume { .. } => self.to_a_group(cloud),
            _ => self.to_an_instance(cloud, roll),
        };
        done.is_some()
    }

    fn to_a_group(&self, cloud: &Cloud) -> Option<()> {
        match self {
            Self::TagGroup { group, key, value } => {
                let set = |tags: &mut BTreeMap<_, _>| tags.insert(key.clone(), value.clone());
                cloud.change_group(there(cloud, group)?, |group| {
                    set(&mut group.tags);
                });
            }
            Self::UntagGroup { group, key } => cloud.change_group(there(cloud, group)?, |group| {
                group.tags.remove(key);
            }),
            Self::Scale { group, by } => {
                let name = there(cloud, group)?;
                let desired = cloud.group(name).desired.checked_add_signed(*by)?;
                if desired > 0 && !cloud.replicates(name) {
                    cloud.scale(name, desired);
                }
            }
            Self::Suspend { group, process } => cloud.change_group(there(cloud, group)?, |group| {
                let words = format!("User suspended {process} by hand");
                group.suspended.insert(process.clone(), words);
            }),
            Self::Resume { group, process } => cloud.change_group(there(cloud, group)?, |group| {
                group.suspended.remove(process);
            }),
            _ => return None,
        }
        Some(())
    }

    fn to_an_instance(&self, cloud: &Cloud, roll: &Roll) -> Option<()> {
        let find = |whom: &Whom| roll.find(cloud, whom);
        match self {
            Self::Schedule { whom, code, in_hours, movable_for } => {
                let id = find(whom)?;
                let event = cloud.schedule(&id, code.clone(), i64::from(*in_hours));
                if *movable_for > 0 {
                    cloud.allow_until(&id, &event, i64::from(in_hours + movable_for));
                }
            }
            Self::NoCapacity { whom, times } => cloud.no_capacity(&find(whom)?, *times),
            Self::FallBack { whom, times } => cloud.falls_back(&find(whom)?, *times),
            Self::Terminate { whom } => cloud.terminate_by_hand(&find(whom)?),
            Self::Stop { whom } => cloud.stop_by_hand(&find(whom)?),
            Self::Start { whom } => cloud.start_by_hand(&find(whom)?),
            Self::Reboot { whom } => cloud.reboot_by_hand(&find(whom)?),
            Self::Register { whom } => cloud.register_by_hand(&find(whom)?),
            Self::EnterStandby { whom } => cloud.enter_standby_by_hand(&find(whom)?),
            Self::ExitStandby { whom } => cloud.exit_standby_by_hand(&find(whom)?),
            Self::Rebalance { whom } => cloud.rebalance(&find(whom)?),
            Self::Tag { whom, key, value } => cloud.tag(&find(whom)?, key, value),
            Self::Untag { whom, key } => cloud.untag(&find(whom)?, key),
            _ => return self.to_an_event(cloud, roll),
        }
        Some(())
    }

    fn to_an_event(&self, cloud: &Cloud, roll: &Roll) -> Option<()> {
        let find = |whom: &Whom| {
            let id = roll.find(cloud, whom)?;
            let event = Roll::event(cloud, &id)?;
            Some((id, event))
        };
        match self {
            Self::Cancel { whom } => {
                let (id, event) = find(whom)?;
                cloud.cancel(&id, &event);
            }
            Self::MoveDate { whom, in_hours } => {
                let (id, event) = find(whom)?;
                cloud.move_date(&id, &event, i64::from(*in_hours));
            }
            Self::ActNow { whom } => {
                let (id, event) = find(whom)?;
                cloud.act_now(&id, &event);
            }
            _ => return None,
        }
        Some(())
    }
}
