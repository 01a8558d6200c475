//! The rules that hold at every step, judged by what is true and not by what the program believes.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::Cloud;
use super::fleet::Fleet;
use super::state::{State, TIME_TO_SEE};
use super::truth::{ActKind, Loss};
use crate::ids::InstanceId;
use crate::ledger::{Absence, Incident, IncidentKey, Limit, Phase};
use crate::plan::InPlace;
use crate::policy::{Deadline, INCIDENT_MARK, Mode, Policy};
use crate::time::Calendar;
use crate::world::Instance;

/// Processes without which a replacement does not come about.
const NEEDED: [&str; 4] = ["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy"];

/// From a decision to its call.
const DECIDED: SignedDuration = SignedDuration::from_secs(10);

/// EC2 lists what is over for no longer.
const LISTED_LONGEST: SignedDuration = SignedDuration::from_mins(90);

/// Nobody stands aside for AWS longer before its date.
const ASIDE_MOST: SignedDuration = SignedDuration::from_mins(5 * 60);

/// Without a window of its owner's nobody is stopped longer before AWS's date.
const LAST_DAY: SignedDuration = SignedDuration::from_mins(24 * 60 + 1);

/// What a first opening act opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opens {
    /// A member's replacement.
    Replacement,
    /// An absence of an instance that is to come back as itself.
    Absence,
}

impl State {
    /// Writes down rules that an act on an instance broke.
    pub(super) fn breaks(&mut self, id: &InstanceId, broken: Vec<String>) {
        let now = self.now;
        self.truth.broken.extend(broken.into_iter().map(|rule| format!("{now} {id}: {rule}")));
    }

    /// Rules that a first opening act on an instance would break.
    pub(super) fn broken_by_opening(&self, id: &InstanceId, opens: Opens) -> Vec<String> {
        let intended = |incident: &Incident| match opens {
            Opens::Replacement => incident.intent().is_some(),
            Opens::Absence => matches!(incident.phase, Phase::Leaving(_)),
        };
        let mut broken = self.unintended(id, intended);
        broken.extend(self.nothing_scheduled(id));
        // Whom people bring back in the middle of it may be taken out again, by the same slots.
        let again = |loss: &Loss| opens == Opens::Absence && loss.stays && loss.ours;
        let seen = |loss: &Loss| loss.ours || self.now >= loss.since + self.time_to_see();
        let first = |loss: &&Loss| &loss.instance == id && seen(loss) && !again(loss);
        if self.truth.open_losses().any(|loss| first(&loss)) {
            broken.push("a second act while the first is not made good".to_owned());
        }
        broken.extend(self.owners_word(id));
        broken.extend(self.too_many_out(id));
        broken
    }

    /// Rules that a stop or reboot of an instance would break.
    pub(super) fn broken_by_strike(&self, id: &InstanceId) -> Vec<String> {
        let struck = |absence: &Absence| absence.struck.is_some();
        let mut broken = self.unintended(id, |incident| match &incident.phase {
            Phase::Moving(absence) => struck(absence),
            _ => false,
        });
        broken.extend(self.owners_word(id));
        let fleet = self.fleet();
        let serves = !fleet.aside(id) || fleet.targets.values().any(|all| all.contains_key(id));
        if serves && self.owner_is_seen() {
            broken.push("it still takes requests".to_owned());
        }
        let tags = fleet.instances.get(id).map(|instance| &instance.tags);
        let marked = tags.is_some_and(|tags| tags.contains_key(INCIDENT_MARK));
        if !marked && self.owner_is_seen() {
            broken.push("it is not marked".to_owned());
        }
        // A reboot whose answer was lost may be made again: EC2 may list on what the first ended.
        if !self.lately(id, ActKind::Rebooted, LISTED_LONGEST) {
            broken.extend(self.nothing_scheduled(id));
        }
        match self.truth.open_losses().find(|loss| &loss.instance == id) {
            Some(loss) if self.lately(id, ActKind::Stopped, loss.lasted(self.now)) => {
                broken.push("it is stopped a second time".to_owned());
            }
            Some(_) => {}
            None => broken.extend(self.too_many_out(id)),
        }
        broken
    }

    /// We did this to it within this time.
    fn lately(&self, id: &InstanceId, kind: ActKind, within: SignedDuration) -> bool {
        let since = self.now - within;
        let mut acts = self.truth.acts.iter();
        acts.any(|act| act.kind == kind && &act.instance == id && act.at >= since)
    }

    /// Rules that asking for another date would break.
    pub(super) fn broken_by_another_date(&self, id: &InstanceId, to: Timestamp) -> Vec<String> {
        let mut broken = self.unintended(id, |incident| match incident.phase {
            Phase::Rescheduling { to: intended, .. } => intended == to,
            _ => false,
        });
        broken.extend(self.nothing_scheduled(id));
        broken.extend(self.wrong_mode(id, &self.policy_of(id)));
        if self.owner_is_seen() && !self.policy_of(id).window.contains(to) {
            broken.push(format!("{to} lies in no window of its owner's"));
        }
        broken
    }

    fn nothing_scheduled(&self, id: &InstanceId) -> Option<String> {
        let nothing = self.owner_is_seen() && !self.fleet().has_event(id);
        nothing.then(|| "nothing is scheduled for it".to_owned())
    }

    fn unintended(&self, id: &InstanceId, intended: impl Fn(&Incident) -> bool) -> Vec<String> {
        let mut broken = Vec::new();
        let mut incidents = self.ledger.open.values();
        let intended = incidents.any(|one| &one.key.instance == id && intended(one));
        if !intended && self.ledger_lost_at.is_none_or(|lost| self.now >= lost + DECIDED) {
            broken.push("an act without an intent in the ledger".to_owned());
        }
        let within = |at: Timestamp| self.now.duration_since(at) < SignedDuration::from_hours(1);
        let known = |at: Timestamp| self.ledger_lost_at.is_none_or(|lost| at > lost);
        let opening =
            |kind| matches!(kind, ActKind::Opened(_) | ActKind::Left | ActKind::Rescheduled);
        let acts = self.truth.acts.iter().filter(|act| opening(act.kind));
        let lately = acts.filter(|act| within(act.at) && known(act.at)).count();
        if lately > self.ceilings.acts_per_hour as usize {
            broken.push(format!("{lately} acts within the hour"));
        }
        broken
    }

    /// What its owner, or anybody with the console, said long enough ago.
    fn owners_word(&self, id: &InstanceId) -> Vec<String> {
        if !self.owner_is_seen() {
            return Vec::new();
        }
        let fleet = self.fleet();
        let policy = self.policy_of(id);
        let how = self.how(id);
        let mut broken = self.wrong_mode(id, &policy);
        broken.extend(self.wrong_time(id, &policy, how));
        let member = fleet.member(id);
        if member.is_none() && fleet.instances.get(id).is_none_or(|known| known.group.is_some()) {
            broken.push("no member of any group, and not standalone".to_owned());
        }
        if how != Some(InPlace::Ride) && member.is_some_and(|(_, member)| member.protected) {
            broken.push("it is protected from scale-in".to_owned());
        }
        let suspended = |process: &&&str| {
            member.is_some_and(|(group, _)| group.suspended.contains_key(**process))
        };
        let suspended = NEEDED.iter().find(suspended);
        broken.extend(suspended.map(|process| format!("{process} is suspended")));
        broken
    }

    fn wrong_mode(&self, id: &InstanceId, policy: &Policy) -> Vec<String> {
        if !self.owner_is_seen() {
            return Vec::new();
        }
        let instance = self.fleet().instances.get(id);
        let mut events = instance.into_iter().flat_map(|instance| &instance.events);
        let yes = events.any(|event| policy.approves(&event.id));
        let mut broken = Vec::new();
        match policy.mode {
            Mode::Enforce => {}
            Mode::Approve if yes => {}
            mode => broken.push(format!("the mode is {}", mode.as_str())),
        }
        if self.ledger.stopped || self.ceilings.kill_switch {
            broken.push("the kill switch is thrown".to_owned());
        }
        broken
    }

    /// Held, outside its windows, or long before its time.
    fn wrong_time(&self, id: &InstanceId, policy: &Policy, how: Option<InPlace>) -> Vec<String> {
        let decided = self.now - DECIDED;
        let mut broken = Vec::new();
        if policy.hold_until.is_some_and(|until| until.holds(decided)) {
            broken.push("its owner holds it".to_owned());
        }
        let open = policy.window.contains(self.now) || policy.window.contains(decided);
        if !open && policy.deadline != Deadline::Force {
            broken.push("no window of its owner's is open".to_owned());
        }
        let earliest = match how {
            Some(InPlace::Ride) => ASIDE_MOST,
            Some(InPlace::StopStart) if policy.window == Calendar::Always => LAST_DAY,
            _ => return broken,
        };
        let instance = self.fleet().instances.get(id);
        let events = instance.into_iter().flat_map(Instance::active_events);
        let date = events.filter_map(|event| event.not_before).min();
        if date.is_some_and(|date| date.duration_since(self.now) > earliest) {
            broken.push("long before AWS's date".to_owned());
        }
        broken
    }

    /// What the program means to do to it while it is away.
    fn how(&self, id: &InstanceId) -> Option<InPlace> {
        let mut incidents = self.ledger.open.values().filter(|one| &one.key.instance == id);
        incidents.find_map(|incident| incident.absence().map(|absence| absence.how))
    }

    /// Places of the group, of the replica set, of standalone instances and of the account that are
    /// empty already.
    fn too_many_out(&self, id: &InstanceId) -> Vec<String> {
        let seen = |since| self.now >= since + self.time_to_see();
        let counts = |loss: &&Loss| loss.ours || seen(loss.since);
        let open = || self.truth.open_losses().filter(counts).filter(|loss| &loss.instance != id);
        let mut broken = Vec::new();
        let group = self.fleet().member(id).map(|(group, _)| &group.name);
        let same = |loss: &&Loss| loss.group.as_ref() == group && (group.is_some() || loss.ours);
        let out = open().filter(same).count();
        let may_lose = group.and_then(|group| self.may_lose.get(group)).copied().unwrap_or(1);
        if out >= may_lose as usize {
            let whose = group.map_or("standalone", |group| group.as_str());
            broken.push(format!("{out} of {whose} are out, {may_lose} may be"));
        }
        let set = self.fleet().sets.get(id);
        let others = open().filter(|loss| set.is_some() && loss.set.as_ref() == set).count();
        if others > 0 {
            broken.push(format!("{others} of replica set {set:?} are out"));
        }
        let ours = open().filter(|loss| loss.ours).count();
        let all = self.fleet().instances.len();
        let in_flight = (all * self.ceilings.in_flight_percent as usize / 100).max(1);
        if ours >= in_flight {
            broken.push(format!("{ours} of {all} are out by our hand, {in_flight} may be"));
        }
        broken
    }

    /// A change in the world is seen by a look that begins this long after it.
    fn time_to_see(&self) -> SignedDuration {
        self.staleness + TIME_TO_SEE
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

    /// Judges that desired capacity is what its owner wants, less exactly what stands by.
    pub(super) fn judge_desired(&mut self) {
        let changed = |group: &crate::world::Group| {
            let wanted = self.desired_of(&group.name)?;
            let differs = group.desired != wanted;
            differs.then(|| format!("desired of {} is {}, not {wanted}", group.name, group.desired))
        };
        let broken: Vec<String> = self.fleet().groups.values().filter_map(changed).collect();
        self.truth.broken.extend(broken);
    }
}

impl Fleet {
    /// Capacity units that no serving member carries, in a group.
    pub fn missing(&self, group: &crate::ids::GroupName) -> u32 {
        let Some(group) = self.groups.get(group) else { return 0 };
        let serving = group.members.iter().filter(|(id, _)| self.serves(id));
        group.desired.saturating_sub(serving.map(|(_, member)| member.weight).sum())
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

    /// Ends the test unless everything came to rest: no open incident, and nothing left open.
    pub fn assert_at_rest(&self) {
        self.assert_sound();
        let open: Vec<String> = self.open().iter().map(|i| format!("{i:#?}")).collect();
        assert!(open.is_empty(), "seed {}: still open: {}", self.seed(), open.join("\n"));
        self.assert_nothing_is_out();
    }

    /// Ends the test unless nobody is out: no slot held, every group whole, nothing left open.
    /// Incidents of which nothing is opened may stand.
    pub fn assert_nothing_is_out(&self) {
        self.assert_sound();
        let state = self.state.borrow();
        let out: Vec<_> = state.ledger.open.values().filter(|incident| incident.out()).collect();
        assert!(out.is_empty(), "seed {}: out: {out:#?}", state.seed);
        let held: Vec<_> = state.ledger.holders.iter().filter(|(_, h)| !h.is_empty()).collect();
        assert!(held.is_empty(), "seed {}: slots leaked: {held:?}", state.seed);
        let names = state.fleet().groups.keys();
        let short: Vec<_> = names.filter(|name| state.fleet().missing(name) > 0).collect();
        assert!(short.is_empty(), "seed {}: not whole: {short:?}", state.seed);
        let left_open = state.left_open();
        assert!(left_open.is_empty(), "seed {}: left open: {left_open:#?}", state.seed);
    }
}
