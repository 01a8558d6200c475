//! Lifecycle hooks of somebody else: a new member waits in one before it is in service, and every
//! member on its way out.
//!
//! Nobody here completes them but their owner, late or not at all; then their time-out answers.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::agenda::Happening;
use super::state::State;
use super::truth::Hand;
use crate::ids::InstanceId;
use crate::testing::faults::Fault;
use crate::world::{LastLaunch, LifecycleState};

/// No action waits longer, whatever heartbeats say: 48 hours, or 100 times the heartbeat time-out
/// (AWS doc `lifecycle-hooks`, read 2026-11).
const WAITS_MOST: SignedDuration = SignedDuration::from_hours(48);

/// What a lifecycle action ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum HookResult {
    /// A new member goes into service; one on its way out is terminated.
    Continue,
    /// A new member is terminated, and another one launched; one on its way out is terminated, or
    /// kept where the instance lifecycle policy says so.
    Abandon,
}

/// A lifecycle hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hook {
    /// From the begin of the wait to its owner's `CONTINUE`; absent where its owner never answers.
    pub completed_after: Option<SignedDuration>,
    /// `HeartbeatTimeout`, 30 to 7,200 s: by then the hook answers itself.
    pub heartbeat_timeout: SignedDuration,
    /// `DefaultResult`: what it answers then.
    pub default_result: HookResult,
}

impl Hook {
    /// One whose owner answers after so many minutes, with AWS's defaults: an hour, and `ABANDON`
    /// (AWS doc `API_PutLifecycleHook`, read 2026-11).
    pub fn completed_after(minutes: i64) -> Self {
        Self {
            completed_after: Some(SignedDuration::from_mins(minutes)),
            heartbeat_timeout: SignedDuration::from_hours(1),
            default_result: HookResult::Abandon,
        }
    }

    /// It lets a new member into service in the end: a group whose every launch is abandoned comes
    /// to no rest.
    pub fn lets_in(self) -> bool {
        self.ends().1 == HookResult::Continue
    }

    /// When it ends and with what, where nothing strikes.
    fn ends(self) -> (SignedDuration, HookResult) {
        match self.completed_after.filter(|after| *after < self.heartbeat_timeout) {
            Some(after) => (after, HookResult::Continue),
            None => (self.heartbeat_timeout, self.default_result),
        }
    }
}

impl State {
    /// A member waits in a hook.
    pub(super) fn wait_in(&mut self, id: &InstanceId, hook: Hook, state: LifecycleState) {
        let (after, result) = self.answer_of(hook);
        if let Some(member) = self.fleet_mut().member_mut(id) {
            member.lifecycle = state;
            self.after(after, Happening::HookEnds(id.clone(), result));
        }
    }

    fn answer_of(&mut self, hook: Hook) -> (SignedDuration, HookResult) {
        if self.strikes(Fault::HookForgotten).is_some() {
            return (hook.heartbeat_timeout, hook.default_result);
        }
        let (after, result) = hook.ends();
        if self.strikes(Fault::HookAbandoned).is_some() {
            return (after, HookResult::Abandon);
        }
        if let Some(mut draw) = self.strikes(Fault::HookLate) {
            let most = (hook.heartbeat_timeout * 100).min(WAITS_MOST);
            let late = after * i32::try_from(draw.between(2, 20)).unwrap();
            return (late.min(most), result);
        }
        (after, result)
    }

    /// A hook is answered, by whomever.
    pub(super) fn hook_ends(&mut self, id: &InstanceId, result: HookResult) {
        let Some((group, member)) = self.fleet().member(id) else { return };
        let (name, waits) = (group.name.clone(), member.lifecycle.as_str().to_owned());
        match (waits.as_str(), result) {
            ("Pending:Wait", HookResult::Continue) => self.enter_service(id),
            ("Pending:Wait", HookResult::Abandon) => {
                let message = "Lifecycle Action was completed with ABANDON Result".to_owned();
                let failed = LastLaunch::Failed { at: self.now, message };
                self.fleet_mut().last_launches.insert(name, failed);
                self.terminate(id, Hand::AutoScaling);
            }
            ("Terminating:Wait", HookResult::Abandon)
                if self.is_alive(id) && self.behaviour(&name).retains =>
            {
                self.becomes(id, LifecycleState::Leaving("Terminating:Retained".to_owned()));
                self.fleet_mut().terminating.remove(id);
            }
            ("Terminating:Wait", _) => {
                self.becomes(id, LifecycleState::Leaving("Terminating:Proceed".to_owned()));
                self.shut_down(id);
            }
            _ => {}
        }
    }

    /// A member's lifecycle state changes.
    pub(super) fn becomes(&mut self, id: &InstanceId, state: LifecycleState) {
        if let Some(member) = self.fleet_mut().member_mut(id) {
            member.lifecycle = state;
        }
    }

    /// Whom a lifecycle policy kept, and nobody has ended since.
    pub(super) fn retained(&self) -> Vec<InstanceId> {
        let members = self.fleet().groups.values().flat_map(|group| &group.members);
        let kept = members.filter(|(_, member)| member.lifecycle.retained());
        kept.map(|(id, _)| id.clone()).collect()
    }
}
