//! A standalone instance in words that chain.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::Cloud;
use super::launched::Launched;
use super::script::{self, target_group};
use super::setup::Behaviour;
use crate::ids::{InstanceId, TargetGroup};
use crate::ledger::Registration;
use crate::world::{Instance, TargetState};

/// A standalone instance to be made, running and in service long since.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    tags: BTreeMap<String, String>,
    instance_type: String,
    behaviour: Behaviour,
    registrations: BTreeSet<Registration>,
    by_address: BTreeSet<TargetGroup>,
    classic: BTreeSet<String>,
    stop_protected: bool,
    /// Of small tests only: no script can say it.
    #[serde(skip, default = "as_it_is")]
    each: fn(&mut Instance),
}

fn as_it_is() -> fn(&mut Instance) {
    |_| {}
}

impl Machine {
    /// One that is not opted in, on EBS, behind nothing.
    pub fn plain(name: &str) -> Self {
        Self {
            tags: BTreeMap::from([("Name".to_owned(), name.to_owned())]),
            instance_type: "m7g.large".to_owned(),
            behaviour: Behaviour::default(),
            registrations: BTreeSet::new(),
            by_address: BTreeSet::new(),
            classic: BTreeSet::new(),
            stop_protected: false,
            each: as_it_is(),
        }
    }

    /// The same with `reberth:mode=enforce`.
    pub fn enforced(name: &str) -> Self {
        Self::plain(name).tagged("reberth:mode", "enforce")
    }

    /// With a tag.
    #[must_use]
    pub fn tagged(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Registered with a target group by its id, at these ports; none means the target group's own.
    #[must_use]
    pub fn behind(mut self, targets: &str, ports: &[u16]) -> Self {
        let target_group = target_group(targets);
        let port = |port| Registration { target_group: target_group.clone(), port };
        let own = ports.is_empty().then(|| port(None));
        self.registrations.extend(own);
        self.registrations.extend(ports.iter().map(|number| port(Some(*number))));
        self
    }

    /// Registered with a target group of type `ip` by its address.
    #[must_use]
    pub fn known_by_address(mut self, targets: &str) -> Self {
        self.by_address.insert(target_group(targets));
        self
    }

    /// Behind a Classic Load Balancer.
    #[must_use]
    pub fn behind_classic(mut self, name: &str) -> Self {
        self.classic.insert(name.to_owned());
        self
    }

    /// Protected from being stopped.
    #[must_use]
    pub fn stop_protected(mut self) -> Self {
        self.stop_protected = true;
        self
    }

    /// Of another instance type.
    #[must_use]
    pub fn of_type(mut self, name: &str) -> Self {
        name.clone_into(&mut self.instance_type);
        self
    }

    /// With a readiness gate of this delay.
    #[must_use]
    pub fn ready_after(mut self, delay: SignedDuration) -> Self {
        self.behaviour.ready_after = Some(delay);
        self.tagged("reberth:ready", "tag")
    }

    /// The way of moving that its owner chose.
    pub fn relaunch(&self) -> Option<&str> {
        self.tags.get("reberth:relaunch").map(String::as_str)
    }

    /// With other speeds.
    #[must_use]
    pub fn behaving(mut self, change: impl FnOnce(&mut Behaviour)) -> Self {
        change(&mut self.behaviour);
        self
    }

    /// With other facts of its own.
    #[must_use]
    pub fn but(mut self, change: fn(&mut Instance)) -> Self {
        self.each = change;
        self
    }
}

impl Cloud {
    /// Makes a standalone instance.
    pub fn add_machine(&self, machine: &Machine) -> InstanceId {
        let mut state = self.state.borrow_mut();
        let id = state.next_instance();
        let mut launched = Launched {
            group: None,
            zone: script::zone('a'),
            instance_type: machine.instance_type.as_str().into(),
            tags: machine.tags.clone().into(),
        };
        let tells = machine.behaviour.ready_after.is_some();
        if tells {
            launched.tags.insert(crate::policy::READY_SIGNAL.to_owned(), "true".to_owned());
        }
        let mut instance = launched.long_since(&id, state.now);
        (machine.each)(&mut instance);
        let fleet = state.fleet_mut();
        fleet.instances.insert(id.clone(), instance);
        fleet.machines.insert(id.clone(), machine.behaviour.clone());
        fleet.homes.insert(id.clone(), machine.registrations.clone());
        fleet.registered.insert(id.clone(), machine.registrations.clone());
        fleet.by_address.insert(id.clone(), machine.by_address.clone());
        fleet.classic.insert(id.clone(), machine.classic.clone());
        for Registration { target_group, .. } in &machine.registrations {
            let targets = fleet.targets.entry(target_group.clone()).or_default();
            targets.insert(id.clone(), TargetState::Healthy);
        }
        if machine.stop_protected {
            fleet.stop_protected.insert(id.clone());
        }
        if tells {
            fleet.ready.insert(id.clone());
        }
        id
    }
}
