//! What makes a stop and start lose something, or not come back. Shared by every answer that stops
//! an instance.

use std::ops::ControlFlow::{Break, Continue};

use super::{Check, Subject};
use crate::plan::{Answer, InPlace, Reason};
use crate::world::{Departure, Market, RootDevice, Tenancy};

/// Whether the instance can be stopped and started without loss.
pub fn check(subject: &Subject<'_>, answer: Answer) -> Check {
    if answer != Answer::STOP_START {
        return Continue(());
    }
    let instance = subject.instance;
    if instance.root_device == RootDevice::InstanceStore {
        return Break(Reason::InstanceStoreVolumes);
    }
    match instance.instance_store {
        Some(true) => return Break(Reason::InstanceStoreVolumes),
        None => return Break(Reason::InstanceStoreUnknown),
        Some(false) => {}
    }
    match instance.market {
        Market::OnDemand => {}
        Market::CapacityBlock => return Break(Reason::CapacityBlock),
        Market::Scheduled => return Break(Reason::ScheduledInstance),
        Market::Spot | Market::Other(_) => return Break(Reason::Spot),
    }
    if instance.tenancy == Tenancy::Host {
        return Break(Reason::DedicatedHost);
    }
    if instance.cluster_placement != Some(false) {
        return Break(Reason::ClusterPlacementGroup);
    }
    if instance.stop_protected == Some(true) {
        return Break(Reason::StopProtected);
    }
    if instance.auto_assigned_address { Break(Reason::AutoAssignedAddress) } else { Continue(()) }
}

/// Whether what registers an instance elsewhere can be taken down and restored. Who rides leaves
/// only what it can return to.
pub fn registered(departure: &Departure, how: InPlace) -> Check {
    if let Some(why) = &departure.unanswered {
        return Break(Reason::CallFailed(why.clone()));
    }
    if how == InPlace::Ride {
        return Continue(());
    }
    if let Some(targets) = departure.by_address.first() {
        return Break(Reason::RegisteredByAddress(targets.clone()));
    }
    let classic = departure.classic.first();
    classic.map_or(Continue(()), |name| Break(Reason::ClassicLoadBalancer(name.clone())))
}
