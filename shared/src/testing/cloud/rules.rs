//! The rules that hold at every step, judged by what is true and not by what the program believes.

use std::collections::BTreeSet;

use super::Cloud;
use super::fleet::Fleet;
use super::state::{State, TIME_TO_SEE};
use crate::ids::InstanceId;
use crate::ledger::{IncidentKey, Limit};
use crate::policy::{Mode, Policy};

/// Processes without which a replacement does not come about.
const NEEDED: [&str; 4] = ["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy"];

impl State {
    /// Judges an opening act on a member that is about to change something.
    pub(super) fn judge_opening(&mut self, id: &InstanceId) {
        let mut broken = self.wrong_subject(id);
        broken.extend(self.owners_word(id));
        broken.extend(self.too_many_out(id));
        let now = self.now;
        self.truth.broken.extend(broken.into_iter().map(|rule| format!("{now} {id}: {rule}")));
    }

    fn wrong_subject(&self, id: &InstanceId) -> Vec<String> {
        let mut broken = Vec::new();
        if self.truth.open_losses().any(|loss| &loss.instance == id) {
            broken.push("a second act while the first is not made good".to_owned());
        }
        if self.owner_is_seen() && !self.fleet().has_event(id) {
            broken.push("nothing is scheduled for it".to_owned());
        }
        let intended = self
            .ledger
            .open
            .values()
            .any(|incident| &incident.key.instance == id && incident.intent().is_some());
        if !intended {
            broken.push("an act without an intent in the ledger".to_owned());
        }
        broken
    }

    /// What its owner, or anybody with the console, said long enough ago.
    fn owners_word(&self, id: &InstanceId) -> Vec<String> {
        let fleet = self.fleet();
        let (Some((group, member)), Some(instance)) = (fleet.member(id), fleet.instances.get(id))
        else {
            return vec!["no member of any group".to_owned()];
        };
        if !self.owner_is_seen() {
            return Vec::new();
        }
        let read = Policy::read(&self.ceilings, Some((&group.name, &group.tags)), &instance.tags);
        let yes = instance.events.iter().any(|event| read.policy.approves(&event.id));
        let mut broken = Vec::new();
        match read.policy.mode {
            Mode::Enforce => {}
            Mode::Approve if yes => {}
            mode => broken.push(format!("the mode is {}", mode.as_str())),
        }
        if self.ledger.stopped || self.ceilings.kill_switch {
            broken.push("the kill switch is thrown".to_owned());
        }
        if member.protected {
            broken.push("it is protected from scale-in".to_owned());
        }
        let suspended = NEEDED.iter().find(|process| group.suspended.contains_key(**process));
        broken.extend(suspended.map(|process| format!("{process} is suspended")));
        broken
    }

    /// Places of the group, and of the replica set, that are empty already.
    fn too_many_out(&self, id: &InstanceId) -> Vec<String> {
        let Some((group, _)) = self.fleet().member(id) else { return Vec::new() };
        let seen = |since| self.now >= since + self.staleness + TIME_TO_SEE;
        let counts = |loss: &&super::truth::Loss| loss.ours || seen(loss.since);
        let open = || self.truth.open_losses().filter(counts).filter(|loss| &loss.instance != id);
        let out = open().filter(|loss| loss.group == group.name).count();
        let may_lose = self.may_lose.get(&group.name).copied().unwrap_or(1) as usize;
        let mut broken = Vec::new();
        if out >= may_lose {
            broken.push(format!("{out} of group {} are out, {may_lose} may be", group.name));
        }
        let set = self.fleet().sets.get(id);
        let others = open().filter(|loss| set.is_some() && loss.set.as_ref() == set).count();
        if others > 0 {
            broken.push(format!("{others} of replica set {set:?} are out"));
        }
        broken
    }

    fn owner_is_seen(&self) -> bool {
        self.now >= self.owner_seen_from
    }

    /// Judges what stands between two runs: the ledger's slots and its incidents tell the same.
    pub(super) fn judge_ledger(&mut self) {
        let held = |limit: &Limit, key: &IncidentKey| {
            self.ledger.open.get(key).is_some_and(|incident| incident.slots.contains(limit))
        };
        let mut broken: Vec<String> = Vec::new();
        for (limit, holders) in &self.ledger.holders {
            let leaked = holders.iter().filter(|key| !held(limit, key));
            broken.extend(leaked.map(|key| format!("{key} holds {limit} and does not know")));
        }
        for incident in self.ledger.open.values() {
            let nobody = BTreeSet::new();
            let holders = |limit| self.ledger.holders.get(limit).unwrap_or(&nobody);
            let lost = incident.slots.iter().filter(|l| !holders(l).contains(&incident.key));
            broken.extend(lost.map(|limit| format!("{} thinks it holds {limit}", incident.key)));
        }
        let now = self.now;
        self.truth.broken.extend(broken.into_iter().map(|rule| format!("{now} ledger: {rule}")));
    }

    /// Judges that nobody wrote desired capacity.
    pub(super) fn judge_desired(&mut self) {
        let changed = |(name, desired): (&_, &u32)| {
            let group = self.fleet().groups.get(name)?;
            (group.desired != *desired).then(|| format!("desired of {name} is {}", group.desired))
        };
        let broken: Vec<String> = self.desired.iter().filter_map(changed).collect();
        self.truth.broken.extend(broken);
    }
}

impl Fleet {
    /// Places that no serving member fills, in a group.
    pub fn missing(&self, group: &crate::ids::GroupName) -> usize {
        let Some(group) = self.groups.get(group) else { return 0 };
        let serving = group.members.keys().filter(|id| self.serves(id)).count();
        (group.desired as usize).saturating_sub(serving)
    }
}

impl Cloud {
    /// Ends the test if any rule was broken so far.
    pub fn assert_sound(&self) {
        let mut state = self.state.borrow_mut();
        state.judge_ledger();
        state.judge_desired();
        let broken = &state.truth.broken;
        assert!(broken.is_empty(), "seed {}: {}", state.seed, broken.join("\n"));
    }

    /// Ends the test unless everything came to rest: no open incident, no slot held, every group
    /// whole.
    pub fn assert_at_rest(&self) {
        self.assert_sound();
        let state = self.state.borrow();
        let open: Vec<String> = state.ledger.open.values().map(|i| format!("{i:#?}")).collect();
        assert!(open.is_empty(), "seed {}: still open: {}", state.seed, open.join("\n"));
        let held: Vec<_> = state.ledger.holders.iter().filter(|(_, h)| !h.is_empty()).collect();
        assert!(held.is_empty(), "seed {}: slots leaked: {held:?}", state.seed);
        let names = state.fleet().groups.keys();
        let short: Vec<_> = names.filter(|name| state.fleet().missing(name) > 0).collect();
        assert!(short.is_empty(), "seed {}: not whole: {short:?}", state.seed);
    }
}
