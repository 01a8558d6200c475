//! What makes a stop and start lose something, or not come back. Shared by every answer that stops
//! an instance.

use std::ops::ControlFlow::{Break, Continue};

use super::{Check, Subject};
use crate::plan::{Answer, Reason};
use crate::world::{Market, RootDevice, Tenancy};

/// Whether the instance can be stopped and started without loss.
pub fn check(subject: &Subject<'_>, answer: Answer) -> Check {
    if answer != Answer::StopStart {
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
