//! What really happened, for the rules and for tests to ask.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::ids::{GroupName, InstanceId, Zone};
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActKind {
    /// Opened a replacement.
    Opened(Order),
    /// Marked healthy again.
    TakenBack,
    /// Opened an absence: put into standby, or taken off its target groups.
    Left,
    /// Stopped.
    Stopped,
    /// Rebooted.
    Rebooted,
    /// Given another date.
    Rescheduled,
    /// Started.
    Started,
    /// Out of standby, or registered again.
    Returned,
}

/// Whose hand did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hand {
    /// The program's.
    Ours,
    /// AWS's, at a date or before it.
    Aws,
    /// The group's.
    AutoScaling,
    /// Somebody's with a console.
    People,
}

/// Instance-store volumes that were erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataLoss {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub instance: InstanceId,
    /// By whose hand it was stopped or terminated.
    pub by: Hand,
}

/// A place that lost its instance: until another one serves there, or the same one again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Loss {
    /// Its group; absent for a standalone instance.
    pub group: Option<GroupName>,
    /// The instance that went, or is on its way.
    pub instance: InstanceId,
    /// The zone in which it was.
    pub zone: Option<Zone>,
    /// The replica set that it named.
    pub set: Option<String>,
    /// The limits of owners that it named.
    pub limits: BTreeSet<String>,
    /// Since when.
    pub since: Timestamp,
    /// By our hand.
    pub ours: bool,
    /// It is to come back as itself.
    pub stays: bool,
    /// Its group or EC2's state of it says so. Of a status check that fails, and of a reboot, they
    /// say nothing before Auto Scaling has looked.
    pub shows: bool,
    /// Whom Auto Scaling launched for it.
    pub successor: Option<InstanceId>,
    /// When somebody served there again for the first time.
    pub until: Option<Timestamp>,
}

impl Loss {
    /// The place is empty, and this instance's, as its last or as its next.
    pub fn open_for(&self, id: &InstanceId) -> bool {
        self.until.is_none() && (&self.instance == id || self.successor.as_ref() == Some(id))
    }

    /// It was made good, or is not yet, after so many seconds.
    pub fn lasted(&self, now: Timestamp) -> jiff::SignedDuration {
        self.until.unwrap_or(now).duration_since(self.since)
    }
}

/// What really happened since the world began.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    /// Our acts that changed something, oldest first.
    pub acts: Vec<Act>,
    /// Places that lost their instance, oldest first.
    pub losses: Vec<Loss>,
    /// Instances on which AWS, or Auto Scaling on its behalf, acted while they were in service.
    pub forced: Vec<InstanceId>,
    /// Instances on which AWS acted while they stood aside, or where it harmed nobody.
    pub ridden: Vec<InstanceId>,
    /// Instances on which AWS acted before its date.
    pub early: Vec<InstanceId>,
    /// Instances on which AWS acted before any look could show that it would; or after its date,
    /// when what they said of their readiness might have been of their life after.
    pub unforeseen: Vec<InstanceId>,
    /// Whose word for the readiness of its present life was taken by a call made in the life before.
    pub unsaid: Vec<InstanceId>,
    /// Data that is gone.
    pub data_lost: Vec<DataLoss>,
    /// Members that ended in standby: their group is smaller by each, and nobody makes that good.
    pub ended_in_standby: Vec<InstanceId>,
}

impl Truth {
    /// Opening acts that changed something: the first of each attempt.
    pub fn opened(&self) -> impl Iterator<Item = &Act> {
        self.acts.iter().filter(|act| matches!(act.kind, ActKind::Opened(_) | ActKind::Left))
    }

    /// Members that were taken out by us, in order.
    pub fn moved(&self) -> Vec<InstanceId> {
        self.opened().map(|act| act.instance.clone()).collect()
    }

    /// Instances to which we did this, in order.
    pub fn done(&self, kind: ActKind) -> Vec<InstanceId> {
        let done = self.acts.iter().filter(|act| act.kind == kind);
        done.map(|act| act.instance.clone()).collect()
    }

    /// Losses that are not made good.
    pub fn open_losses(&self) -> impl Iterator<Item = &Loss> {
        self.losses.iter().filter(|loss| loss.until.is_none())
    }

    /// The loss of an instance that is not made good.
    pub(super) fn open_loss_of(&mut self, id: &InstanceId) -> Option<&mut Loss> {
        self.losses.iter_mut().find(|loss| loss.until.is_none() && &loss.instance == id)
    }

    /// The most members of a group that were ever out at once by our hand.
    pub fn most_out(&self, group: &str) -> usize {
        self.most(|loss| loss.group.as_ref().is_some_and(|name| name.as_str() == group))
    }

    /// The most standalone instances that were ever out at once by our hand.
    pub fn most_standalone_out(&self) -> usize {
        self.most(|loss| loss.group.is_none())
    }

    fn most(&self, which: impl Fn(&Loss) -> bool) -> usize {
        let ours = || self.losses.iter().filter(|loss| loss.ours && which(loss));
        let at = |moment: Timestamp| {
            let out = |loss: &&Loss| loss.since <= moment && loss.until.is_none_or(|u| u > moment);
            ours().filter(out).count()
        };
        ours().map(|loss| at(loss.since)).max().unwrap_or(0)
    }
}
