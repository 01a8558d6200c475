//! Worlds in words, such as
//! `world().with(group("web").members(6)).with(retirement_of("web-1").in_days(2))`.
//!
//! Every builder starts from what is healthy, opted in and known for long, so that a test names
//! only what it is about. Instances have names; the id behind a name is always the same, and
//! members of a group sort by their number. A builder that is used wrongly fails its test at once.

#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a builder that is used wrongly fails its test"
)]

mod absence;
mod event;
mod group;
mod incident;
mod instance;
mod world;

pub use event::{
    EventBuilder, event_of, instance_reboot_of, maintenance_of, reboot_of, retirement_of, stop_of,
};
pub use group::{GroupBuilder, group};
pub use incident::{IncidentBuilder, incident_of};
pub use instance::{InstanceBuilder, standalone};
pub use world::{Part, WorldBuilder, world};

use jiff::{SignedDuration, Timestamp};

use crate::ids::{EventId, GroupName, ImageId, InstanceId, ReplicaSet, Zone};
use crate::ledger::{IncidentKey, Limit};
use crate::policy::{Ceilings, Mode};

/// The noon at which every world of these builders is seen: 2026-12-01T12:00Z, a Tuesday.
pub fn now() -> Timestamp {
    "2026-12-01T12:00Z".parse().expect("a time")
}

/// The time so many minutes from [`now`]; negative is before.
pub fn in_minutes(minutes: i64) -> Timestamp {
    now().checked_add(SignedDuration::from_mins(minutes)).expect("a time near now")
}

/// When every instance was launched, unless said otherwise: thirty days before [`now`].
pub fn launched() -> Timestamp {
    in_minutes(-30 * 24 * 60)
}

/// A stack that may do everything, with the default numbers of every other ceiling.
pub fn enforcing() -> Ceilings {
    Ceilings { maximum_mode: Mode::Enforce, ..Ceilings::default() }
}

/// A stack that may do everything, and whose account limit and governor never bind.
pub fn unhurried() -> Ceilings {
    Ceilings { in_flight_percent: 100, acts_per_hour: 1_000, ..enforcing() }
}

/// The id behind a name such as `web-1`: eight digits stand for the group, nine for the number.
pub fn id(name: &str) -> InstanceId {
    let (group, number) = name
        .rsplit_once('-')
        .and_then(|(group, number)| Some((group, number.parse::<u32>().ok()?)))
        .unwrap_or((name, 0));
    let digits = group
        .bytes()
        .fold(5_381_u32, |sum, byte| sum.wrapping_mul(33).wrapping_add(u32::from(byte)));
    InstanceId::parse(&format!("i-{digits:08x}{number:09}")).expect("17 digits")
}

/// The incident of the instance's first event.
pub fn key(name: &str) -> IncidentKey {
    nth_key(name, 1)
}

fn nth_key(name: &str, nth: u32) -> IncidentKey {
    let instance = id(name);
    let event = format!("instance-event-{}{nth}", instance.as_str().trim_start_matches("i-"));
    IncidentKey { event: EventId::parse(&event).expect("an event id"), instance }
}

/// The group of this name.
pub fn group_name(name: &str) -> GroupName {
    GroupName::parse(name).expect("a group name of 1 to 255 characters")
}

/// The zone of this letter.
pub fn zone(letter: &str) -> Zone {
    Zone::parse(&format!("us-west-2{letter}")).expect("a zone's letter")
}

/// The image that every group launches.
pub fn image() -> ImageId {
    ImageId::parse("ami-0123456789abcdef0").expect("an image id")
}

/// The replica set of this name.
pub fn replica_set(name: &str) -> ReplicaSet {
    ReplicaSet::parse(name).expect("a set's name of 1 to 256 characters")
}

/// The limit on the members of the group.
pub fn limit_of_group(name: &str) -> Limit {
    Limit::Group(group_name(name))
}
