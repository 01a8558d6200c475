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
mod no_act_from_a_stale_version;
mod opens_only_with_leave;
mod record;
mod replica_set_keeps_its_quorum;
mod waves_wait_for_health;

use jiff::{SignedDuration, Timestamp};

pub use record::{Record, Violation};

use super::cloud::state::State;
use super::cloud::truth::Loss;
use crate::ids::InstanceId;
use crate::ledger::{IncidentKey, Phase};
use crate::plan::InPlace;
use crate::policy::Policy;
use record::Verdict;

pub(super) use everything_comes_back::after_run;
pub(super) use opens_only_with_leave::data_lost;
pub(super) use waves_wait_for_health::said_ready;

/// From a decision to its call.
const DECIDED: SignedDuration = SignedDuration::from_secs(10);

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
    WavesWaitForHealth = "I6", "the next wave waits until the last one serves, or stops at failures";
    EverythingComesBack = "I7", "what we take out, mark, reserve or lower is put back";
    MessagesOutliveTheirWork = "I10", "a message is deleted when its effect stands, or is buried";
    NoActFromAStaleVersion = "I11", "nothing is done about what is over, called off or moved";
    WhatIsFeasibleIsDone = "L1", "whoever could be moved in peace before AWS's date is";
    QueuesEmpty = "L2", "every queue empties once faults stop";
    PeopleAreToldBefore = "L3", "people are told before AWS acts on an instance in service";
    OutagesAreCaughtUp = "L5", "what an outage delayed is done within as long again";
}

/// An act of ours that is about to take effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// A member is replaced through its group.
    Replaces,
    /// An instance leaves service, to come back as itself.
    Leaves,
    /// An instance is stopped or rebooted.
    Strikes,
    /// AWS is asked for this date.
    Reschedules(Timestamp),
}

/// An act with the world as it is right before it.
struct Case<'s> {
    state: &'s State,
    id: &'s InstanceId,
    deed: Deed,
    policy: Policy,
    /// What the program means to do to it while it is away; absent where it is replaced.
    how: Option<InPlace>,
}

/// Judges an act of ours right before it takes effect. The verdict counts once the act does.
pub(super) fn before(state: &State, key: &IncidentKey, deed: Deed) -> Verdict {
    let id = &key.instance;
    let absence = |phase: &Phase| match phase {
        Phase::Leaving(absence) | Phase::Moving(absence) | Phase::Returning { absence, .. } => {
            Some(absence.how)
        }
        _ => None,
    };
    let mut of_it = state.ledger.open.values().filter(|one| &one.key.instance == id);
    let how = of_it.find_map(|incident| absence(&incident.phase));
    let case = Case { state, id, deed, policy: state.policy_of(id), how };
    let mut verdict = Verdict::new(state.now);
    acts_have_an_intent::before(&case, &mut verdict);
    caps_hold::before(&case, &mut verdict);
    opens_only_with_leave::before(&case, &mut verdict);
    no_act_from_a_stale_version::before(&case, &mut verdict);
    everything_comes_back::before(&case, &mut verdict);
    group_keeps_its_room::before(&case, &mut verdict);
    replica_set_keeps_its_quorum::before(&case, &mut verdict);
    verdict
}

impl Case<'_> {
    /// The act empties a place that was not empty by our hand already.
    fn takes_a_place(&self) -> bool {
        match self.deed {
            Deed::Replaces | Deed::Leaves => true,
            Deed::Strikes => self.state.truth.open_losses().all(|loss| &loss.instance != self.id),
            Deed::Reschedules(_) => false,
        }
    }

    /// Places of others that are empty, by our hand, or for so long that the look saw it.
    fn others_out(&self) -> impl Iterator<Item = &Loss> {
        let open = self.state.truth.open_losses();
        open.filter(|loss| &loss.instance != self.id && self.counts(loss))
    }

    /// By our hand, or seen by a look that began after it.
    fn counts(&self, loss: &Loss) -> bool {
        loss.ours || self.state.now >= loss.since + self.state.time_to_see()
    }

    /// What owners said last, and AWS, was there to be seen.
    fn word_is_seen(&self) -> bool {
        self.state.now >= self.state.owner_seen_from
    }

    fn breaks(&self, verdict: &mut Verdict, invariant: Invariant, words: impl Into<String>) {
        verdict.breaks(invariant, self.id, words);
    }
}
