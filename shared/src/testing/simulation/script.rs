//! All that makes a run.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::deed::Deed;
use crate::policy::{Ceilings, Mode};
use crate::testing::cloud::{Machine, Setup};
use crate::testing::faults::{Occurrence, Rates};

/// A run as data: whoever has it needs no generator to play it again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What the dice are made of.
    pub seed: u64,
    /// How long it lasts, in virtual hours.
    pub hours: u32,
    /// When faults and deeds are over and everything has to come to rest, in minutes.
    pub calm_after: u32,
    /// The groups of the fleet.
    pub groups: Vec<Setup>,
    /// The standalone instances.
    pub machines: Vec<Machine>,
    /// What the stack may do at most.
    pub limits: Limits,
    /// What AWS is like until it is calm.
    pub conditions: Conditions,
    /// How often faults strike until it is calm.
    pub rates: Rates,
    /// The occurrences that strike, of those that would; absent where all of them do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<BTreeSet<Occurrence>>,
    /// What people and AWS do, in order.
    pub deeds: Vec<Timed>,
}

/// What is done when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timed {
    /// Minutes since the world began.
    pub minute: u32,
    /// What is done.
    pub deed: Deed,
}

/// The stack's ceilings that a script may choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Percent of the managed instances that may be under way at once.
    pub in_flight_percent: u32,
    /// Opening acts an hour.
    pub acts_per_hour: u32,
    /// Attempts at one instance.
    pub maximum_attempts: u32,
}

/// What AWS is like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conditions {
    /// When the world begins; absent for a Monday on which nothing is special.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begins: Option<Timestamp>,
    /// From the end of an event to EC2's saying so, in minutes.
    pub described_after_minutes: u32,
    /// From AWS's date to its work, in minutes.
    pub acts_late_by_minutes: u32,
}

impl Limits {
    /// The ceilings of a stack that may enforce.
    pub fn ceilings(&self) -> Ceilings {
        Ceilings {
            maximum_mode: Mode::Enforce,
            in_flight_percent: self.in_flight_percent,
            acts_per_hour: self.acts_per_hour,
            maximum_attempts: self.maximum_attempts,
            ..Ceilings::default()
        }
    }
}

impl Script {
    /// Instances with which it begins.
    pub fn instances(&self) -> usize {
        let members = self.groups.iter().map(|group| group.members() as usize);
        members.sum::<usize>() + self.machines.len()
    }

    /// Events that AWS schedules in it.
    pub fn notices(&self) -> usize {
        self.deeds.iter().filter(|timed| timed.deed.announces()).count()
    }
}
