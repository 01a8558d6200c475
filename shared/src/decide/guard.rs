//! The last gate before anything is opened. A [`Permit`] is the only key to an opening port, a
//! [`Closing`] the only one to a closing port, and only this module makes them.
//!
//! The two rest on different grounds. A permit wants a decision that was just made again and says
//! to open, and an intent that is written. A closing act wants nothing but the open incident: no
//! mode, no window, no limit and no switch can keep an instance from coming back.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::ids::{GroupName, InstanceId};
use crate::ledger::{Incident, IncidentKey, Phase};
use crate::plan::{InPlace, Opening, Order, Plan, Step, Way};

/// Leave to make exactly one opening act. It exists only while the incident's intent is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    key: IncidentKey,
    group: Option<GroupName>,
    act: Act,
}

/// What a permit permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Replace a member through its group.
    Replace(Order),
    /// Take the instance out of service, marked: standby, or off its target groups.
    Leave(InPlace),
    /// Stop or reboot the instance, which is out of service.
    Strike(InPlace),
    /// Ask AWS for another date, this one.
    Reschedule(Timestamp),
}

/// Leave to close what an incident opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    key: IncidentKey,
    group: Option<GroupName>,
}

/// Leave to ask an instance by a document whether it is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    instance: InstanceId,
    document: String,
}

impl Permit {
    /// The instance that may be touched.
    pub fn instance(&self) -> &InstanceId {
        &self.key.instance
    }

    /// The incident for which it may.
    pub fn key(&self) -> &IncidentKey {
        &self.key
    }

    /// Its group; absent for a standalone instance.
    pub fn group(&self) -> Option<&GroupName> {
        self.group.as_ref()
    }

    /// What may be done.
    pub fn act(&self) -> Act {
        self.act
    }
}

impl Closing {
    /// The instance that may be brought back.
    pub fn instance(&self) -> &InstanceId {
        &self.key.instance
    }

    /// The incident for which it may.
    pub fn key(&self) -> &IncidentKey {
        &self.key
    }

    /// Its group; absent for a standalone instance.
    pub fn group(&self) -> Option<&GroupName> {
        self.group.as_ref()
    }
}

impl Asking {
    /// The instance that is to serve.
    pub fn instance(&self) -> &InstanceId {
        &self.instance
    }

    /// The document's name or ARN.
    pub fn document(&self) -> &str {
        &self.document
    }
}

/// Leave for the opening act that a written intent names: what was decided before it was written is
/// still decided after the facts it rests on were read again, the preflight's among them.
pub fn permit(incident: &Incident, decided_again: &Plan) -> Option<Permit> {
    let act = match (&incident.phase, &decided_again.step) {
        (Phase::Moving(absence), Step::Strike { how, asked: true }) => {
            let same = absence.how == *how && *how != InPlace::Ride;
            (same && absence.struck.is_some()).then_some(Act::Strike(*how))?
        }
        (phase, Step::Open(Opening { way, asked: true, .. })) => first_act(phase, *way)?,
        _ => return None,
    };
    let same = incident.key == decided_again.key && incident.version > 0;
    same.then(|| Permit { key: incident.key.clone(), group: incident.group.clone(), act })
}

fn first_act(phase: &Phase, way: Way) -> Option<Act> {
    match (phase, way) {
        (Phase::Intended(intent), Way::Replace(order)) if intent.order == order => {
            Some(Act::Replace(order))
        }
        (Phase::Leaving(absence), Way::InPlace(how)) if absence.how == how => Some(Act::Leave(how)),
        (Phase::Rescheduling { to, .. }, Way::Reschedule(wanted)) if *to == wanted => {
            Some(Act::Reschedule(wanted))
        }
        _ => None,
    }
}

/// Leave to close what an open incident opened: a member that it marked unhealthy, or an instance
/// that it took out of service.
pub fn closing(incident: &Incident) -> Option<Closing> {
    let marked = incident.intent().is_some_and(|intent| intent.order == Order::LaunchFirst);
    let opened = marked || incident.absence().is_some();
    opened.then(|| Closing { key: incident.key.clone(), group: incident.group.clone() })
}

/// Leave to ask: the incident waits for this instance to serve.
pub fn asking(incident: &Incident, decided: &Plan) -> Option<Asking> {
    let Step::Ask { instance, document } = &decided.step else { return None };
    let waits = incident.out() && incident.key == decided.key;
    waits.then(|| Asking { instance: instance.clone(), document: document.clone() })
}

/// What is still to be asked before acts may start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unasked {
    /// Groups whose preflight is needed.
    pub groups: BTreeSet<GroupName>,
    /// Instances that are about to leave service.
    pub departures: BTreeSet<InstanceId>,
    /// Instances out of service that are about to be stopped or rebooted.
    pub strikes: BTreeSet<IncidentKey>,
    /// Instances about to be touched, to be read again.
    pub instances: BTreeSet<InstanceId>,
}

impl Unasked {
    /// Nothing is.
    pub fn is_empty(&self) -> bool {
        self.instances.is_empty()
    }
}

/// What the acts that are about to start have not been asked yet.
pub fn unasked(plans: &[Plan]) -> Unasked {
    let mut unasked = Unasked::default();
    for plan in plans {
        let leaves = match &plan.step {
            Step::Open(Opening { way, asked: false, .. }) => matches!(way, Way::InPlace(_)),
            Step::Strike { asked: false, .. } => false,
            _ => continue,
        };
        let instance = &plan.key.instance;
        unasked.instances.insert(instance.clone());
        unasked.groups.extend(plan.group.clone());
        if leaves {
            unasked.departures.insert(instance.clone());
        }
        if let Step::Strike { .. } = &plan.step {
            unasked.strikes.insert(plan.key.clone());
        }
    }
    unasked
}
