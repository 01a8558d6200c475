//! Instances, alone or as members.

use super::group::target_group;
use super::{id, in_minutes, launched, zone};
use crate::ledger::Registration;
use crate::policy::{PREFIX, Tags};
use crate::world::{
    CheckStatus, Departure, Instance, InstanceState, LifecycleState, Market, Member, RootDevice,
    Tenancy,
};

/// An instance, and its place in its group if it has one.
#[derive(Debug, Clone)]
#[must_use]
pub struct InstanceBuilder {
    pub(super) instance: Instance,
    pub(super) member: Option<Member>,
    pub(super) departure: Option<Departure>,
}

/// A running standalone instance on EBS, opted in with mode enforce, that stops and starts well.
pub fn standalone(name: &str) -> InstanceBuilder {
    seat(instance(name), None).tagged("mode", "enforce")
}

/// An instance whose leaving was asked about, and that is registered nowhere.
pub(super) fn seat(instance: Instance, member: Option<Member>) -> InstanceBuilder {
    InstanceBuilder { instance, member, departure: Some(Departure::default()) }
}

pub(super) fn instance(name: &str) -> Instance {
    Instance {
        state: Some(InstanceState::Running),
        zone: Some(zone("a")),
        instance_type: Some("m7g.large".into()),
        instance_store: Some(false),
        market: Market::OnDemand,
        tenancy: Tenancy::Default,
        cluster_placement: Some(false),
        root_device: RootDevice::Ebs,
        stop_protected: Some(false),
        system_status: CheckStatus::Ok,
        instance_status: CheckStatus::Ok,
        tags: Tags::from_iter([("Name".to_owned(), name.to_owned())]),
        launched_at: Some(launched()),
        status_read: true,
        ..Instance::unknown(id(name))
    }
}

impl InstanceBuilder {
    /// With a tag `reberth:KEY`.
    pub fn tagged(self, key: &str, value: &str) -> Self {
        let key = format!("{PREFIX}{key}");
        self.but(|instance| drop(instance.tags.insert(key, value.to_owned())))
    }

    /// With a tag whose key has no prefix of ours.
    pub fn carrying(self, key: &str) -> Self {
        self.but(|instance| drop(instance.tags.insert(key.to_owned(), "x".to_owned())))
    }

    /// In another state.
    pub fn state(self, state: InstanceState) -> Self {
        self.but(|instance| instance.state = Some(state))
    }

    /// Failing a status check, of which Auto Scaling does not know yet.
    pub fn impaired(self) -> Self {
        self.but(|instance| instance.instance_status = CheckStatus::Impaired)
    }

    /// Known by its id alone: EC2 said nothing about it in this look.
    pub fn not_looked_at(self) -> Self {
        self.but(|instance| *instance = Instance::unknown(instance.id.clone()))
    }

    /// Launched anew so many minutes ago.
    pub fn launched_minutes_ago(self, minutes: i64) -> Self {
        self.but(|instance| instance.launched_at = Some(in_minutes(-minutes)))
    }

    /// With instance-store volumes, which its type has.
    pub fn with_instance_store(self) -> Self {
        self.but(|instance| instance.instance_store = Some(true))
    }

    /// Registered by its id with the target group of this name.
    pub fn registered(self, targets: &str) -> Self {
        let registration = Registration { target_group: target_group(targets), port: None };
        self.departing(|departure| departure.registrations.extend([registration]))
    }

    /// Known to the target group of this name by an address.
    pub fn known_by_address(self, targets: &str) -> Self {
        let targets = target_group(targets);
        self.departing(|departure| departure.by_address.extend([targets]))
    }

    /// Known to this Classic Load Balancer.
    pub fn behind_classic(self, name: &str) -> Self {
        self.departing(|departure| departure.classic.extend([name.to_owned()]))
    }

    /// With another answer to the question what it would leave.
    pub fn departing(mut self, change: impl FnOnce(&mut Departure)) -> Self {
        change(self.departure.as_mut().expect("a departure that was asked"));
        self
    }

    /// Neither read again nor asked about its leaving yet.
    pub fn not_asked(mut self) -> Self {
        self.departure = None;
        self
    }

    /// In another lifecycle state, in Auto Scaling's word.
    pub fn lifecycle(self, word: &str) -> Self {
        self.but_member(|member| member.lifecycle = LifecycleState::read(word))
    }

    /// `Unhealthy` for Auto Scaling.
    pub fn unhealthy(self) -> Self {
        self.but_member(|member| member.healthy = false)
    }

    /// Protected from scale-in.
    pub fn protected(self) -> Self {
        self.but_member(|member| member.protected = true)
    }

    /// Counting for so many capacity units.
    pub fn weighing(self, units: u32) -> Self {
        self.but_member(|member| member.weight = units)
    }

    /// In the zone of this letter.
    pub fn in_zone(self, letter: &str) -> Self {
        self.but(|instance| instance.zone = Some(zone(letter)))
            .but_member(|member| member.zone = zone(letter))
    }

    /// Whatever no other word says.
    pub fn but(mut self, change: impl FnOnce(&mut Instance)) -> Self {
        change(&mut self.instance);
        self
    }

    fn but_member(mut self, change: impl FnOnce(&mut Member)) -> Self {
        if let Some(member) = &mut self.member {
            change(member);
        }
        self
    }
}
