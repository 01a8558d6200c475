//! The fake AWS itself: that it does what AWS documents, without any function at work in it.
//!
//! Each test names the page that it plays, read 2026-11; `UNCONFIRMED` is what no page says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on ends, and says where"
)]

mod capacity;
mod checks;
mod groups;
mod hooks;
mod hosts;
mod refreshes;
mod zones;

use jiff::SignedDuration;
use shared::ids::InstanceId;
use shared::testing::cloud::Cloud;
use shared::testing::faults::Fault;

/// Lets minutes pass.
fn minutes(cloud: &Cloud, minutes: i64) {
    cloud.advance(SignedDuration::from_mins(minutes));
}

/// A member's lifecycle state; absent where it is none.
fn lifecycle(cloud: &Cloud, group: &str, id: &InstanceId) -> Option<String> {
    cloud.group(group).members.get(id).map(|member| member.lifecycle.as_str().to_owned())
}

/// Members in service, as their group says.
fn in_service(cloud: &Cloud, group: &str) -> Vec<InstanceId> {
    let members = cloud.group(group).members.into_iter();
    members.filter(|(_, member)| member.in_service()).map(|(id, _)| id).collect()
}

/// Who came in addition to those who were there.
fn newcomers(cloud: &Cloud, group: &str, before: &[InstanceId]) -> Vec<InstanceId> {
    let members = cloud.group(group).members.into_keys();
    members.filter(|id| !before.contains(id)).collect()
}

/// A fault strikes at every opportunity.
fn always(cloud: &Cloud, fault: Fault) {
    cloud.often(fault, 1_000);
}
