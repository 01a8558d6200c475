//! The way back into service: nothing is asked but what AWS shows.

use std::collections::BTreeSet;
use std::ops::ControlFlow::Break;

use jiff::SignedDuration;

use super::Away;
use crate::decide::back::LISTED_LONGEST;
use crate::decide::ready::{self, Readiness};
use crate::decide::{WATCH, after, policy_of};
use crate::ids::TargetGroup;
use crate::ledger::{Left, Returns};
use crate::plan::{Plan, Progress, Reason, Restore, Step};
use crate::world::{InstanceState, LifecycleState, TargetState};

/// A start that EC2 took shows after this time, or came to nothing.
const STARTS: SignedDuration = SignedDuration::from_secs(90);

impl Away<'_> {
    pub(super) fn returning(&self, returns: Returns) -> Plan {
        let now = self.world.observed_at;
        let just = self.absence.taken.is_some_and(|at| now.duration_since(at) < STARTS);
        match &self.instance.state {
            Some(InstanceState::Stopped) if just => self.wait(Reason::Starting, WATCH),
            Some(InstanceState::Stopped) => {
                self.plan(Step::Restore(Restore::Start), Reason::Stopped, after(self.world, WATCH))
            }
            Some(InstanceState::Running) if self.seen_before_its_stop() => {
                self.wait(Reason::NoPositiveLook, WATCH)
            }
            Some(InstanceState::Running) if self.moved_after_all(returns) => self.moved(),
            Some(InstanceState::Running) => self.unmoved(returns),
            Some(InstanceState::Pending) => self.wait(Reason::Starting, WATCH),
            Some(InstanceState::Stopping) => self.wait(Reason::Stopping, WATCH),
            _ => self.wait(Reason::NoPositiveLook, WATCH),
        }
    }

    /// It was seen stopped, and this answer shows it as it ran before: describe calls are stale for
    /// up to a minute, each for itself. Taken for its return, nobody would start it any more.
    fn seen_before_its_stop(&self) -> bool {
        let dated = self.absence.launched_before.is_some() && self.instance.launched_at.is_some();
        self.absence.stopped.is_some()
            && dated
            && !self.absence.launched_again(self.instance.launched_at)
    }

    /// A stop that nobody wanted any more when it took effect has moved it all the same.
    fn moved_after_all(&self, returns: Returns) -> bool {
        returns == Returns::Moved || self.absence.launched_again(self.instance.launched_at)
    }

    /// It comes back other than it went: nothing is taken on trust.
    fn moved(&self) -> Plan {
        if let Break(reason) = ready::runs(self.instance) {
            return self.wait(reason, WATCH);
        }
        let policy = policy_of(self.instance, self.group, self.ceilings).policy;
        match ready::gates(self.world, self.incident, self.instance, &policy) {
            Readiness::Ready => {}
            Readiness::NotYet(reason) => return self.wait(reason, WATCH),
            Readiness::Ask(document) => {
                let step = Step::Ask { instance: self.instance.id.clone(), document };
                let reason = Reason::WaitingForReady(self.instance.id.clone());
                return self.plan(step, reason, after(self.world, WATCH));
            }
        }
        if !self.in_service() {
            return self.back_into_service();
        }
        let groups = self.target_groups();
        if let Break(reason) = ready::healthy(self.world, self.instance, &groups) {
            return self.wait(reason, WATCH);
        }
        let returns = if self.has_moved() { Returns::Moved } else { Returns::Unwanted };
        self.at_once(Step::Record(Progress::Back(returns)), Reason::ServesAgain)
    }

    /// What was found by its mark has moved where it was launched lately: EC2 lists for up to an
    /// hour what it left behind. Otherwise its event stands, and is decided anew at once: a member
    /// in service would not outlive AWS's date.
    fn has_moved(&self) -> bool {
        let age = |launched| self.world.observed_at.duration_since(launched);
        let lately = self.instance.launched_at.map(age).is_some_and(|age| age < LISTED_LONGEST);
        self.absence.left != Left::Unknown || lately
    }

    /// Nothing was done to it: it goes back as it came, as soon as no act of ours can still be
    /// under way.
    fn unmoved(&self, returns: Returns) -> Plan {
        if self.in_doubt() {
            return self.wait(Reason::IntentInDoubt, WATCH);
        }
        if !self.in_service() {
            return self.back_into_service();
        }
        if self.judged_again() {
            return self.at_once(Step::Record(Progress::Back(returns)), Reason::TurnedBack);
        }
        self.wait(Reason::WaitingForTargets(self.instance.id.clone()), WATCH)
    }

    /// Its target groups have made up their minds, whichever way: it is as healthy as it came.
    fn judged_again(&self) -> bool {
        self.target_groups().iter().all(|targets| {
            let seen = self.world.targets.get(targets).and_then(|all| all.get(&self.instance.id));
            seen != Some(&TargetState::Initial)
        })
    }

    /// The target groups that are to take it: its group's, or those that it left.
    fn target_groups(&self) -> BTreeSet<TargetGroup> {
        let of_group = self.member().and(self.group).map(|group| group.target_groups.clone());
        of_group.unwrap_or_else(|| self.absence.target_groups())
    }

    fn back_into_service(&self) -> Plan {
        let restore = match (self.lifecycle(), &self.absence.left) {
            (Some(LifecycleState::Standby(word)), _) if word == "Standby" => Restore::ExitStandby,
            (_, Left::Targets { .. }) if self.asked() => Restore::Register,
            _ => return self.wait(Reason::ComingBack, WATCH),
        };
        if let (Restore::ExitStandby, Some(group)) = (restore, self.group)
            && group.desired >= group.maximum
        {
            let (desired, maximum) = (group.desired, group.maximum);
            return self.wait(Reason::NoRoomToReturn { desired, maximum }, WATCH);
        }
        let watch = after(self.world, WATCH);
        self.plan(Step::Restore(restore), Reason::WaitsForItsPlace, watch)
    }
}
