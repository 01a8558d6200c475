//! Two worlds that go on in one: a number by which they are known.

use std::hash::{Hash, Hasher};

use jiff::{SignedDuration, Timestamp};

use super::Cloud;
use super::book::Book;
use super::fork::Answers;
use super::play::FUNCTIONS;
use super::state::State;
use crate::ledger::{Decided, Incident, Phase};
use crate::plan::reason::{NOTICE_OVER, REFUSED};

/// What an act, or a decision of its kind, counts for.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// An odd number without a pattern: the golden ratio in 128 bits.
const GOLDEN: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;

/// 128 bits of what is hashed. Millions of worlds do not meet in them by chance, and nobody else
/// wants them to.
#[derive(Default)]
struct Digest(u128);

impl Hasher for Digest {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            let word = u128::from(u64::from_le_bytes(word));
            self.0 = (self.0 ^ word).wrapping_mul(GOLDEN).rotate_left(64);
        }
    }

    /// Half of it.
    fn finish(&self) -> u64 {
        (self.0 >> 64) as u64
    }
}

impl Cloud {
    /// A number that two worlds share where everything to come is the same in both.
    ///
    /// Left out is what nothing to come depends on: what was told, published and called; the
    /// counters by which writes, messages and happenings are told apart, of which the order alone
    /// counts; the history of incidents, which is for people to read, and of closed ones all that no
    /// look asks for; when an act was after its hour, once its place is filled again; when a
    /// decision was, if its hour does not hold anything back; and places that are filled again. Left
    /// out is also what the invariants remember of looks and dates (L1, L3, L5): where two ways
    /// meet, those are judged on the first.
    ///
    /// Only for a world whose answers are not of any age and in which chance has no say: what the
    /// dice would say next is left out too.
    pub fn digest(&self) -> u128 {
        let state = self.state.borrow();
        assert!(state.answers != Answers::OfAnyAge, "chance says what is to come");
        let mut digest = Digest::default();
        state.tell_apart(&mut digest);
        digest.0
    }
}

impl State {
    /// Hashes everything that tells this world from another.
    fn tell_apart(&self, digest: &mut Digest) {
        (self.now, self.fleet()).hash(digest);
        each(self.visible_past(), digest);
        each(self.agenda.coming(), digest);
        for function in FUNCTIONS {
            each(self.queues.of(function).coming(), digest);
        }
        tell_ledger_apart(&self.ledger, self.now, digest);
        self.health.hash(digest);
        self.tell_acts_apart(digest);
        (&self.ceilings, &self.may_lose, &self.desired).hash(digest);
        (&self.full, &self.falls_back, &self.faults, &self.denied).hash(digest);
        (self.cold_until.max(self.now), self.nothing_runs_until.max(self.now)).hash(digest);
        (self.unreservable, self.unmigrated, self.dates_stick).hash(digest);
        (self.acts_late_by, self.ledger_lost_at, self.ids).hash(digest);
        (&self.hosts, &self.outages, &self.sick, &self.refreshes).hash(digest);
        self.owner_seen_from.max(self.now).hash(digest);
        (self.staleness, self.description_lag, self.silent).hash(digest);
    }

    fn tell_acts_apart(&self, digest: &mut Digest) {
        let truth = &self.truth;
        let acts = truth.acts.iter().map(|act| {
            let open = truth.open_losses().any(|loss| loss.instance == act.instance);
            let counts = open || within_the_hour(act.at, self.now);
            (act.kind, &act.instance, counts.then_some(act.at))
        });
        each(acts, digest);
        each(truth.open_losses(), digest);
    }
}

fn tell_ledger_apart(book: &Book, now: Timestamp, digest: &mut Digest) {
    let Book { open, closed, holders, governor, stopped, groups, busy, .. } = book;
    let Book { look_again, notices, unread_told, .. } = book;
    open.len().hash(digest);
    for incident in open.values() {
        tell_incident_apart(incident, now, digest);
    }
    let ends = closed.values().filter_map(|incident| match &incident.phase {
        Phase::Closed { outcome, .. } => Some((&incident.key, outcome, &incident.owed)),
        _ => None,
    });
    each(ends, digest);
    each(governor.acts.iter().filter(|act| within_the_hour(**act, now)), digest);
    let claimed = look_again.filter(|claimed| *claimed > now);
    (holders, stopped, groups, busy, claimed, notices, unread_told).hash(digest);
}

fn tell_incident_apart(incident: &Incident, now: Timestamp, digest: &mut Digest) {
    let Incident { key, format, version: _, group, name, code, not_before, .. } = incident;
    let Incident { first_seen, found_by, attempt, phase, slots, decided, alarmed, .. } = incident;
    let Incident { no_other_date, rests_until, kept, probes, history: _, owed, .. } = incident;
    let Incident { said, unknown, .. } = incident;
    (key, format, group, name, code, not_before, first_seen, found_by).hash(digest);
    (attempt, phase, slots, alarmed, no_other_date, rests_until, kept, probes).hash(digest);
    (owed, said, unknown, decided.is_some()).hash(digest);
    if let Some(Decided { at, action, reason, words, cure }) = decided {
        let holds = [NOTICE_OVER, REFUSED].contains(&reason.as_str()) && within_the_hour(*at, now);
        (action, reason, words, cure, holds.then_some(at)).hash(digest);
    }
}

fn within_the_hour(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) < HOUR
}

/// Hashes one after the other, and how many they are.
fn each(of: impl Iterator<Item: Hash>, digest: &mut Digest) {
    let mut many = 0_usize;
    for one in of {
        one.hash(digest);
        many += 1;
    }
    many.hash(digest);
}
