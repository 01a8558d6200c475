//! The last gate before anything is opened. A [`Permit`] is the only key to a destructive port, and
//! only this module makes one.

use std::collections::BTreeSet;

use crate::ids::{GroupName, InstanceId};
use crate::ledger::{Incident, IncidentKey, Phase};
use crate::plan::{Opening, Order, Plan, Step};

/// Leave to make exactly one opening act. It exists only while the incident's intent is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    key: IncidentKey,
    group: GroupName,
    order: Order,
}

/// Leave to close what an incident opened. It asks for nothing but the open incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    instance: InstanceId,
}

impl Permit {
    /// The instance that may be replaced.
    pub fn instance(&self) -> &InstanceId {
        &self.key.instance
    }

    /// The incident for which it may.
    pub fn key(&self) -> &IncidentKey {
        &self.key
    }

    /// The group through which it may.
    pub fn group(&self) -> &GroupName {
        &self.group
    }

    /// How.
    pub fn order(&self) -> Order {
        self.order
    }
}

impl Closing {
    /// The instance that may be taken back.
    pub fn instance(&self) -> &InstanceId {
        &self.instance
    }
}

/// The intents that may be carried out: what was decided before the intent was written is still
/// decided after the facts it rests on were read again, the preflight's among them.
pub fn permit(incident: &Incident, decided_again: &Plan) -> Option<Permit> {
    let Phase::Intended(intent) = &incident.phase else { return None };
    let Step::Open(Opening { order, asked: true, .. }) = &decided_again.step else { return None };
    let same = incident.key == decided_again.key && intent.order == *order && incident.version > 0;
    let group = incident.group.clone().filter(|_| same)?;
    Some(Permit { key: incident.key.clone(), group, order: *order })
}

/// Leave to mark a member healthy again: an intent of ours marked it unhealthy.
pub fn closing(incident: &Incident) -> Option<Closing> {
    let opened = incident.intent().is_some_and(|intent| intent.order == Order::LaunchFirst);
    opened.then(|| Closing { instance: incident.key.instance.clone() })
}

/// The groups in which an act is about to start and whose preflight has not been asked.
pub fn preflight_needed(plans: &[Plan]) -> BTreeSet<GroupName> {
    let unasked =
        plans.iter().filter(|plan| matches!(&plan.step, Step::Open(opening) if !opening.asked));
    unasked.filter_map(|plan| plan.group.clone()).collect()
}
