//! An instance refresh: replaces every member that a group has when it begins, a batch at a time.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Cloud;
use super::agenda::Happening;
use super::state::State;
use super::truth::Hand;
use crate::ids::{GroupName, InstanceId};
use crate::world::Group;

/// How often Auto Scaling goes on with a refresh.
const STEP: SignedDuration = SignedDuration::from_secs(60);

/// A refresh that replaces nobody for so long fails (AWS doc `asg-instance-refresh`, read 2026-11).
const STALLS_MOST: SignedDuration = SignedDuration::from_hours(1);

/// How a refresh goes about it; the words are those of `RefreshPreferences`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RefreshPlan {
    /// `MinHealthyPercentage`, 0 to 100: 90 where nobody says anything.
    pub minimum_healthy_percentage: u32,
    /// One of `CheckpointPercentages`, and `CheckpointDelay`: so far, and then a rest.
    pub checkpoint: Option<(u32, SignedDuration)>,
    /// `ScaleInProtectedInstances` and `StandbyInstances` are `Ignore`; else the refresh waits for
    /// them, and fails after an hour.
    pub ignores: bool,
}

impl Default for RefreshPlan {
    fn default() -> Self {
        Self { minimum_healthy_percentage: 90, checkpoint: None, ignores: true }
    }
}

/// A refresh under way.
#[derive(Debug, Clone, Hash)]
pub(in crate::testing) struct Refresh {
    id: String,
    plan: RefreshPlan,
    all: usize,
    left: VecDeque<InstanceId>,
    /// Nobody is replaced before.
    rests_until: Timestamp,
    moved_at: Timestamp,
}

impl Cloud {
    /// Somebody starts a refresh of a group, where none runs.
    pub fn start_refresh(&self, name: &str, plan: RefreshPlan) {
        let mut state = self.state.borrow_mut();
        state.owner_speaks();
        state.start_refresh(&GroupName::parse(name).unwrap(), plan);
    }

    /// Somebody cancels the refresh of a group. What it began goes on.
    pub fn cancel_refresh(&self, name: &str) {
        let mut state = self.state.borrow_mut();
        state.owner_speaks();
        state.end_refresh(&GroupName::parse(name).unwrap());
    }

    /// A refresh of a group runs.
    pub fn refreshes(&self, name: &str) -> bool {
        let name = GroupName::parse(name).unwrap();
        self.state.borrow().fleet().refreshes.contains_key(&name)
    }
}

impl State {
    fn start_refresh(&mut self, name: &GroupName, plan: RefreshPlan) {
        let Some(group) = self.fleet().groups.get(name) else { return };
        if self.fleet().refreshes.contains_key(name) || group.deleting {
            return;
        }
        let members = group.members.iter().filter(|(_, member)| !member.lifecycle.warmed());
        let left: VecDeque<InstanceId> = members.map(|(id, _)| id.clone()).collect();
        self.ids += 1;
        let id = format!("refresh-{:08}", self.ids);
        let (all, now) = (left.len(), self.now);
        self.fleet_mut().refreshes.insert(name.clone(), id.clone());
        let refresh = Refresh { id: id.clone(), plan, all, left, rests_until: now, moved_at: now };
        self.refreshes.insert(name.clone(), refresh);
        self.after(STEP, Happening::RefreshGoesOn(name.clone(), id));
    }

    fn end_refresh(&mut self, name: &GroupName) {
        self.refreshes.remove(name);
        self.fleet_mut().refreshes.remove(name);
    }

    /// Replaces as many as the group can spare now.
    pub(super) fn refresh_goes_on(&mut self, name: &GroupName, id: &str) {
        let Some(mut refresh) = self.refreshes.remove(name).filter(|known| known.id == id) else {
            return;
        };
        let Some(group) = self.fleet().groups.get(name) else {
            self.fleet_mut().refreshes.remove(name);
            return;
        };
        let ignored = |id: &InstanceId| {
            let member = group.members.get(id);
            member.is_none_or(|it| refresh.plan.ignores && (it.protected || !it.in_service()))
        };
        let left: VecDeque<_> = refresh.left.iter().filter(|id| !ignored(id)).cloned().collect();
        let whole = group.whole();
        if left.len() < refresh.left.len() {
            refresh.moved_at = self.now;
        }
        refresh.left = left;
        let stalls = self.now >= refresh.moved_at.max(refresh.rests_until) + STALLS_MOST;
        if stalls || refresh.left.is_empty() && whole {
            self.fleet_mut().refreshes.remove(name);
            return;
        }
        if self.now >= refresh.rests_until {
            self.replace_batch(name, &mut refresh);
        }
        let again = Happening::RefreshGoesOn(name.clone(), refresh.id.clone());
        self.refreshes.insert(name.clone(), refresh);
        self.after(STEP, again);
    }

    fn replace_batch(&mut self, name: &GroupName, refresh: &mut Refresh) {
        let group = &self.fleet().groups[name];
        let may = |process: &str| !group.suspended.contains_key(process);
        if !may("Launch") || !may("Terminate") || !may("InstanceRefresh") {
            return;
        }
        let first = group.launches_first();
        let mut room = spare(group, refresh.plan.minimum_healthy_percentage);
        while room > 0 {
            let free = |id: &InstanceId| {
                let member = self.fleet().member(id);
                member.is_some_and(|(_, member)| member.in_service() && !member.protected)
            };
            let next = refresh.left.iter().position(free);
            let Some(id) = next.and_then(|place| refresh.left.remove(place)) else { return };
            if !first {
                self.terminate(&id, Hand::AutoScaling);
            } else if !self.replace_ahead(&id) {
                refresh.left.push_front(id);
                return;
            }
            room -= 1;
            refresh.moved_at = self.now;
            let done = refresh.all - refresh.left.len();
            if let Some((percent, delay)) = refresh.plan.checkpoint
                && done * 100 >= refresh.all * percent as usize
            {
                refresh.plan.checkpoint = None;
                refresh.rests_until = self.now + delay;
                return;
            }
        }
    }
}

/// Members that a refresh may take now: at least one of a group that is whole.
fn spare(group: &Group, minimum_healthy_percentage: u32) -> usize {
    let healthy = group.members.values().filter(|member| member.in_service()).count();
    let weight = group.members.values().map(|member| member.weight).max().unwrap_or(1).max(1);
    let wanted = group.desired.div_ceil(weight) as usize;
    let batch = (wanted * (100 - minimum_healthy_percentage as usize) / 100).max(1);
    batch.saturating_sub(wanted.saturating_sub(healthy))
}
