//! Messages on their way to the queues: what the bus puts there, and what the functions send.

use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::owes::Owes;
use super::state::State;
use crate::event::Function;
use crate::event::hint::{Hint, HintKind};
use crate::ids::InstanceId;
use crate::testing::faults::Fault;

/// The longest that a message is late, in seconds: a day.
const LATE_MOST: u32 = 86_400;

/// The states that the rule for EC2's events lets through, as `infra/template.yaml` sets it.
const END_STATES: [&str; 2] = ["stopped", "terminated"];

impl State {
    /// Something puts a message into a function's queue, and it may fare otherwise than well.
    /// Answers when it is there to be received; never where it is lost.
    pub(super) fn post(
        &mut self,
        to: Function,
        body: &str,
        owes: Owes,
        delay: SignedDuration,
    ) -> Option<Timestamp> {
        if self.strikes(Fault::MessageLost).is_some() {
            return None;
        }
        let (now, mut at) = (self.now, self.now + delay);
        if let Some(mut draw) = self.strikes(Fault::MessageDelayed) {
            let most = if draw.chance(500) { 1_800 } else { LATE_MOST };
            at += draw.seconds(60, most);
        }
        let body: Rc<str> = body.into();
        if let Some(mut draw) = self.strikes(Fault::MessageRepeated) {
            for _ in 0..draw.between(1, 9) {
                let again = at + draw.seconds(0, 600);
                self.queues.of_mut(to).put(now, again, Rc::clone(&body), owes.clone());
            }
        }
        self.queues.of_mut(to).put(now, at, body, owes);
        Some(at)
    }

    /// A function sends a hint.
    pub(super) fn send_hint(&mut self, hint: &Hint, delay: SignedDuration) {
        if matches!(hint.kind, HintKind::Notice | HintKind::Closed) {
            self.health.hinted.push((self.now, hint.subjects.clone()));
        }
        let owes = match hint.kind {
            HintKind::Notice => Owes::Look { instances: hint.subjects.clone() },
            HintKind::Closed | HintKind::LookAgain | HintKind::StateChange => Owes::Nothing,
        };
        let to = Function::MaintenanceReconciler;
        let at = self.post(to, &hint.encode().unwrap(), owes, delay);
        if let (Some(at), Some(id)) = (at, hint.subjects.first())
            && self.strikes(Fault::QuestionBeside).is_some()
        {
            let question = json!({ "reberth": "why", "instance": id }).to_string();
            self.queues.of_mut(to).put(self.now, at, question.into(), Owes::Nothing);
        }
    }

    /// EC2 tells the bus of an end state, and the rule puts it into the queue. Best effort
    /// (EventBridge, `event-delivery-level`, read 2026-11).
    pub(super) fn announce_state(&mut self, id: &InstanceId, state: &str) {
        let passes = END_STATES.contains(&state);
        if self.silent || !passes || self.strikes(Fault::StateEventLost).is_some() {
            return;
        }
        let event = state_change(self.now, id, state);
        let to = Function::MaintenanceReconciler;
        self.put_on_bus(to, event, Owes::Nothing, SignedDuration::ZERO);
    }
}

/// EC2's event about a change of state.
pub(super) fn state_change(at: Timestamp, id: &InstanceId, state: &str) -> Value {
    json!({
        "version": "0",
        "id": format!("0f1e2d3c-{}", at.as_second()),
        "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2",
        "account": super::script::ACCOUNT,
        "time": at.to_string(),
        "region": super::script::REGION,
        "resources": [format!("arn:aws:ec2:us-west-2:123456789012:instance/{id}")],
        "detail": {"instance-id": id.as_str(), "state": state},
    })
}
