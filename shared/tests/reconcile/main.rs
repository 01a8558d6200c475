//! `reconcile` against the fake AWS: the same code that ships, on a virtual clock, without any SDK.
//!
//! After every run the rules of `testing::cloud` are held against what really happened; a test says
//! what should have come about besides.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on ends, and says where"
)]

mod approvals;
mod counts;
mod crashes;
mod dates;
mod every_call;
mod happy_path;
mod in_groups;
mod messages;
mod notifications;
mod observing;
mod people;
mod plots;
mod previews;
mod quorum;
mod races;
mod reboot;
mod refusals;
mod replacements;
mod ride;
mod stop_start;
mod storm;
mod switches;
mod versions;

use shared::ids::{EventId, InstanceId};
use shared::ledger::{Incident, Outcome, Phase};
use shared::testing::cloud::{Cloud, Port};
use shared::world::EventCode;

/// A reboot that AWS announced far enough ahead to be done in peace.
fn reboot(cloud: &Cloud, instance: &InstanceId) -> EventId {
    cloud.schedule(instance, EventCode::SystemReboot, 14 * 24)
}

/// A reboot so near that a stop and start may begin at once.
fn soon(cloud: &Cloud, instance: &InstanceId) -> EventId {
    cloud.schedule(instance, EventCode::SystemReboot, 20)
}

/// A reboot for each of them.
fn reboot_all(cloud: &Cloud, instances: &[InstanceId]) -> Vec<EventId> {
    instances.iter().map(|instance| reboot(cloud, instance)).collect()
}

/// How a closed incident ended; panics where it is still open.
fn outcome(cloud: &Cloud, instance: &InstanceId, event: &EventId) -> Outcome {
    match incident(cloud, instance, event).phase {
        Phase::Closed { outcome, .. } => outcome,
        open => panic!("{instance} is still {open:?}"),
    }
}

fn incident(cloud: &Cloud, instance: &InstanceId, event: &EventId) -> Incident {
    let incident = cloud.incident(instance, event);
    incident.unwrap_or_else(|| panic!("nothing is remembered of {instance}"))
}

/// The code of the last decision about an open incident.
fn reason(cloud: &Cloud, instance: &InstanceId, event: &EventId) -> String {
    let decided = incident(cloud, instance, event).decided;
    decided.map(|decided| decided.reason.to_string()).unwrap_or_default()
}

/// The calls that changed the fleet, in order.
fn changes(cloud: &Cloud) -> Vec<Port> {
    let calls = cloud.calls_since(0).into_iter().filter(|call| call.port.changes());
    calls.map(|call| call.port).collect()
}
