//! What really happened, for the rules and for tests to ask.

use jiff::Timestamp;

use crate::ids::{GroupName, InstanceId};
use crate::plan::Order;

/// An act of ours that changed the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// Which invocation did it.
    pub invocation: usize,
    /// What it did.
    pub kind: ActKind,
    /// To which instance.
    pub instance: InstanceId,
}

/// The acts that change the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActKind {
    /// An opening act.
    Opened(Order),
    /// Marked healthy again.
    TakenBack,
}

/// A place that lost its member, until another one serves there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Its group.
    pub group: GroupName,
    /// The member that went, or is on its way.
    pub instance: InstanceId,
    /// The replica set that it named.
    pub set: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// By our hand.
    pub ours: bool,
    /// Whom Auto Scaling launched for it.
    pub successor: Option<InstanceId>,
    /// When that one served for the first time.
    pub until: Option<Timestamp>,
}

/// What really happened since the world began.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    /// Our acts that changed something, oldest first.
    pub acts: Vec<Act>,
    /// Places that lost their member, oldest first.
    pub losses: Vec<Loss>,
    /// Instances on which AWS, or Auto Scaling on its behalf, acted at its date.
    pub forced: Vec<InstanceId>,
    /// Rules that were broken, in words.
    pub broken: Vec<String>,
}

impl Truth {
    /// Opening acts that changed something.
    pub fn opened(&self) -> impl Iterator<Item = &Act> {
        self.acts.iter().filter(|act| matches!(act.kind, ActKind::Opened(_)))
    }

    /// Members that were taken out by us, in order.
    pub fn moved(&self) -> Vec<InstanceId> {
        self.opened().map(|act| act.instance.clone()).collect()
    }

    /// Losses that are not made good.
    pub fn open_losses(&self) -> impl Iterator<Item = &Loss> {
        self.losses.iter().filter(|loss| loss.until.is_none())
    }

    /// The most members of a group that were ever out at once by our hand.
    pub fn most_out(&self, group: &str) -> usize {
        let of_group = || self.losses.iter().filter(|l| l.group.as_str() == group && l.ours);
        let at = |moment: Timestamp| {
            let out = |loss: &&Loss| loss.since <= moment && loss.until.is_none_or(|u| u > moment);
            of_group().filter(out).count()
        };
        of_group().map(|loss| at(loss.since)).max().unwrap_or(0)
    }
}
