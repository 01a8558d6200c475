//! What people and AWS do to a fleet in the middle of everything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{EventId, GroupName, InstanceId};
use crate::testing::cloud::{Cloud, RefreshPlan};
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
    /// Somebody wants so many members more, or fewer, three at least: two are never replaced by
    /// terminating one first. Groups of replicas are not scaled: whoever
    /// scales one says what becomes of its sets, by hand.
    Scale { group: GroupName, by: i32 },
    /// Somebody suspends a process of a group.
    Suspend { group: GroupName, process: String },
    /// Somebody resumes it.
    Resume { group: GroupName, process: String },
    /// AWS schedules an event for the host that both of them run on.
    ScheduleHost { whom: Whom, beside: Whom, code: EventCode, in_hours: u32 },
    /// AWS schedules an event for every member of a replica set: that of the group's first member
    /// that is in one.
    ScheduleSet { group: GroupName, code: EventCode, in_hours: u32 },
    /// An Availability Zone, by its letter, fails for so many minutes.
    ZoneFails { letter: char, minutes: u32 },
    /// Its status checks fail for so many minutes.
    Flap { whom: Whom, minutes: u32 },
    /// Its targets fail for so many minutes.
    FlapTargets { whom: Whom, minutes: u32 },
    /// Its status checks fail for good.
    Sicken { whom: Whom },
    /// EC2 takes it back, as a Spot Instance.
    Interrupt { whom: Whom },
    /// Somebody detaches it from its group.
    Detach { whom: Whom },
    /// Somebody starts an instance refresh of a group.
    StartRefresh { group: GroupName, plan: RefreshPlan },
    /// Somebody cancels it.
    CancelRefresh { group: GroupName },
    /// Somebody deletes a group with all its members.
    DeleteGroup { group: GroupName },
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
        matches!(self, Self::Schedule { .. } | Self::ScheduleHost { .. } | Self::ScheduleSet { .. })
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
            Self::ZoneFails { letter, minutes } => {
                cloud.zone_fails(*letter, i64::from(*minutes));
                Some(())
            }
            Self::TagGroup { .. }
            | Self::UntagGroup { .. }
            | Self::Scale { .. }
            | Self::Suspend { .. }
            | Self::Resume { .. }
            | Self::ScheduleSet { .. }
            | Self::StartRefresh { .. }
            | Self::CancelRefresh { .. }
            | Self::DeleteGroup { .. } => self.to_a_group(cloud),
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
                if desired > 2 && !cloud.replicates(name) {
                    cloud.scale(name, desired);
                }
            }
            Self::Suspend { group, process } => cloud.suspend(there(cloud, group)?, process),
            Self::Resume { group, process } => cloud.resume(there(cloud, group)?, process),
            Self::ScheduleSet { group, code, in_hours } => {
                cloud.schedule_set(there(cloud, group)?, code, i64::from(*in_hours))?;
            }
            Self::StartRefresh { group, plan } => cloud.start_refresh(there(cloud, group)?, *plan),
            Self::CancelRefresh { group } => cloud.cancel_refresh(there(cloud, group)?),
            Self::DeleteGroup { group } => cloud.delete_group(there(cloud, group)?),
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
            Self::ScheduleHost { whom, beside, code, in_hours } => {
                let both = [find(whom)?, find(beside)?];
                cloud.share_host(&both);
                cloud.schedule_host(&both[0], code, i64::from(*in_hours));
            }
            Self::Flap { whom, minutes } => cloud.flap(&find(whom)?, i64::from(*minutes)),
            Self::FlapTargets { whom, minutes } => {
                cloud.flap_targets(&find(whom)?, i64::from(*minutes));
            }
            Self::Sicken { whom } => cloud.sicken(&find(whom)?),
            Self::Interrupt { whom } => cloud.interrupt(&find(whom)?),
            Self::Detach { whom } => cloud.detach_by_hand(&find(whom)?),
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
