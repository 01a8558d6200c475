//! What must hold whatever goes wrong, judged by what is true in the fake world and never by what
//! the program believes of it. Each invariant has a file that is named after what it holds.
//!
//! They are judged at three moments: right before an act of ours takes effect ([`before`]), after
//! every run of a function ([`after_run`]), and once everything has come to rest. An allowance
//! there is for what no look can have seen yet, and for nothing else.
//!
//! [`Invariant`] is the closed list. [`Record`] counts how often each was judged with something at
//! stake, so that a campaign in which one of them never was can say so.

mod acts_have_an_intent;
mod assertions;
mod caps_hold;
mod everything_comes_back;
mod group_keeps_its_room;
pub(super) mod messages_outlive_their_work;
mod no_act_from_a_stale_version;
mod opens_only_with_leave;
mod outages_are_caught_up;
mod people_are_told_before;
mod queues_empty;
mod record;
mod replica_set_keeps_its_quorum;
mod rest;
mod watch;
mod waves_wait_for_health;
mod what_is_feasible_is_done;
mod what_was_said_was_told;

use std::ptr;

use jiff::{SignedDuration, Timestamp};

pub use record::{Record, Violation};

use super::cloud::state::State;
use super::cloud::truth::Loss;
use crate::decide::guard::Act;
use crate::ids::{EventId, InstanceId};
use crate::ledger::IncidentKey;
use crate::plan::InPlace;
use crate::policy::Policy;
use crate::world::Instance;
use record::Verdict;

pub(super) use opens_only_with_leave::data_lost;
pub(super) use waves_wait_for_health::said_ready;

/// So many runs that began since something was known and came to their end have seen it: one may
/// have lost a race.
const LOOKS: usize = 3;

/// From a decision to its call, in a run without slow calls.
const DECIDED: SignedDuration = SignedDuration::from_secs(10);

/// When an act was decided at the earliest that takes effect now.
fn decided(state: &State) -> Timestamp {
    state.now - DECIDED.max(state.run_age)
}

macro_rules! invariants {
    ($($variant:ident = $code:literal, $words:literal;)+) => {
        /// Every invariant.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each says what it holds in its words")]
        pub enum Invariant {
            $($variant,)+
        }

        impl Invariant {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// A stable short name.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// What holds.
            pub fn words(self) -> &'static str {
                match self {
                    $(Self::$variant => $words,)+
                }
            }
        }
    };
}

invariants! {
    GroupKeepsItsRoom = "I1", "no act takes a group's members below what its owner allows";
    ReplicaSetKeepsItsQuorum = "I2", "no two members of a replica set are out at once";
    OpensOnlyWithLeave = "I3", "nothing is opened but by its owner's leave, and in its time";
    CapsHold = "I4", "no cap of the account, an owner or a zone is exceeded, nor the hour's acts";
    ActsHaveAnIntent = "I5", "one effective act for one attempt, after its intent is written";
    WavesWaitForHealth = "I6", "the next wave waits until the last serves, or stops at failures";
    EverythingComesBack = "I7", "what we take out, mark, reserve or lower is put back";
    MessagesOutliveTheirWork = "I10", "a message is deleted when its effect stands, or is buried";
    NoActFromAStaleVersion = "I11", "nothing is done about what is over, called off or moved";
    WhatIsFeasibleIsDone = "L1", "whoever could be moved in peace before AWS's date is";
    QueuesEmpty = "L2", "every queue empties, and every incident ends, once faults stop";
    PeopleAreToldBefore = "L3", "people are told before AWS acts on an instance in service";
    OutagesAreCaughtUp = "L5", "what an outage delayed is done within as long again";
}

/// An act of ours that is about to take effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// A member is replaced through its group.
    Replaces,
    /// An instance leaves service, to come back as itself.
    Leaves(InPlace),
    /// An instance is stopped or rebooted.
    Strikes(InPlace),
    /// AWS is asked for this date.
    Reschedules(Timestamp),
}

impl From<Act> for Deed {
    fn from(act: Act) -> Self {
        match act {
            Act::Replace(_) => Self::Replaces,
            Act::Leave(how) => Self::Leaves(how),
            Act::Strike(how) => Self::Strikes(how),
            Act::Reschedule(to) => Self::Reschedules(to),
        }
    }
}

/// An act with the world as it is right before it.
struct Case<'s> {
    state: &'s State,
    key: &'s IncidentKey,
    deed: Deed,
    policy: Policy,
}

/// Judges an act of ours right before it takes effect. The verdict counts once the act does.
pub(super) fn before(state: &State, key: &IncidentKey, deed: Deed) -> Verdict {
    let case = Case { state, key, deed, policy: state.policy_of(&key.instance) };
    let mut verdict = Verdict::new(state.now);
    acts_have_an_intent::before(&case, &mut verdict);
    caps_hold::before(&case, &mut verdict);
    opens_only_with_leave::before(&case, &mut verdict);
    no_act_from_a_stale_version::before(&case, &mut verdict);
    everything_comes_back::before(&case, &mut verdict);
    group_keeps_its_room::before(&case, &mut verdict);
    replica_set_keeps_its_quorum::before(&case, &mut verdict);
    waves_wait_for_health::before(&case, &mut verdict);
    verdict
}

/// Judges what stands between two runs.
pub(super) fn after_run(state: &State) -> Verdict {
    let mut verdict = Verdict::new(state.now);
    everything_comes_back::after_run(state, &mut verdict);
    waves_wait_for_health::after_run(state, &mut verdict);
    outages_are_caught_up::after_run(state, &mut verdict);
    verdict
}

/// Judges AWS's acting on an instance in service, or Auto Scaling's on its behalf, right before it
/// takes effect.
pub(super) fn forced(state: &State, id: &InstanceId, event: &EventId) -> Verdict {
    let mut verdict = Verdict::new(state.now);
    people_are_told_before::forced(state, id, event, &mut verdict);
    what_is_feasible_is_done::forced(state, id, event, &mut verdict);
    verdict
}

/// Whose places are empty, and who is to fill them.
fn words_of(places: &[&Loss]) -> String {
    let words = places.iter().map(|loss| match &loss.successor {
        Some(new) => format!("{} (then {new})", loss.instance),
        None => loss.instance.to_string(),
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}

/// No look that could show it was completed since an event was announced.
pub(super) fn unforeseen(state: &State, event: &EventId) -> bool {
    let watch = &state.record.watch;
    let announced = watch.announced.get(event);
    announced.is_some_and(|known| watch.looks_since(known.since + state.time_to_see()) == 0)
}

/// Judges what is left once faults have stopped and everything came to rest.
fn at_rest(state: &State) -> Verdict {
    let mut verdict = after_run(state);
    everything_comes_back::at_rest(state, &mut verdict);
    queues_empty::at_rest(state, &mut verdict);
    verdict
}

/// Judges the incidents that are open once faults have stopped and there was time enough.
fn open_still(state: &State) -> Verdict {
    let mut verdict = Verdict::new(state.now);
    what_is_feasible_is_done::at_rest(state, &mut verdict);
    people_are_told_before::at_rest(state, &mut verdict);
    verdict.judges(Invariant::QueuesEmpty);
    for incident in state.ledger.open.values().filter(|incident| !rest::rests(state, incident)) {
        let reason = incident.decided.as_ref().map_or("nothing", |told| told.reason.as_str());
        let words = format!("is still {}: {reason}", incident.phase_code());
        verdict.breaks(Invariant::QueuesEmpty, &incident.key, words);
    }
    verdict
}

impl Case<'_> {
    fn id(&self) -> &InstanceId {
        &self.key.instance
    }

    /// What is done to it while it is away; absent where it is replaced, or gets another date.
    fn how(&self) -> Option<InPlace> {
        match self.deed {
            Deed::Leaves(how) | Deed::Strikes(how) => Some(how),
            Deed::Replaces | Deed::Reschedules(_) => None,
        }
    }

    /// The act empties a place that was not empty by our hand already.
    fn takes_a_place(&self) -> bool {
        match self.deed {
            Deed::Replaces | Deed::Leaves(_) => true,
            Deed::Strikes(_) => {
                self.state.truth.open_losses().all(|loss| &loss.instance != self.id())
            }
            Deed::Reschedules(_) => false,
        }
    }

    /// Places of others that are empty, by our hand, or for so long that the look saw it. Who is to
    /// fill one fills one, however many went from there.
    fn others_out(&self) -> impl Iterator<Item = &Loss> {
        let open = self.state.truth.open_losses();
        open.filter(|loss| {
            !loss.open_for(self.id())
                && self.counts(loss)
                && !self.changed_places(loss)
                && self.first_of_its_place(loss)
        })
    }

    fn first_of_its_place(&self, loss: &Loss) -> bool {
        let mut open = self.state.truth.open_losses();
        let first = open.find(|other| other.successor == loss.successor);
        loss.successor.is_none() || first.is_some_and(|first| ptr::eq(first, loss))
    }

    /// Places of a group are alike: where whoever was launched for this one is in service, somebody
    /// else who serves may count for it.
    fn changed_places(&self, loss: &Loss) -> bool {
        let fleet = self.state.fleet();
        let mut incidents = self.state.ledger.open.values();
        loss.successor.as_ref().is_some_and(|new| fleet.in_service(new))
            && incidents.any(|incident| {
                let serves = || incident.replacement().is_some_and(|new| fleet.serves(new));
                incident.key.instance == loss.instance && serves()
            })
    }

    /// By our hand, or seen by a look that began after it: its group, EC2's state of it or its status
    /// checks show it. What its targets alone show, or its readiness, nobody asks of neighbours.
    fn counts(&self, loss: &Loss) -> bool {
        let instances = &self.state.fleet().instances;
        let shows =
            || loss.shows || instances.get(&loss.instance).is_some_and(Instance::fails_checks);
        loss.ours || self.state.now >= loss.since + self.state.time_to_see() && shows()
    }

    /// What owners said last, and AWS, was there to be seen.
    fn word_is_seen(&self) -> bool {
        self.state.now - self.state.run_age >= self.state.owner_seen_from
    }

    fn breaks(&self, verdict: &mut Verdict, invariant: Invariant, words: impl Into<String>) {
        verdict.breaks(invariant, self.id(), words);
    }
}
