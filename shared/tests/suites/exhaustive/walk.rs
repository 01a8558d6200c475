//! The walk through every order.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use jiff::SignedDuration;

use shared::testing::invariants::Violation;

use super::stage::{Look, Node, Stage};
use super::trouble::{self, Deed};

/// Whatever happened, everything is at rest after this time.
const REST_WITHIN: SignedDuration = SignedDuration::from_hours(12);

/// What a walk saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// Worlds before a look that differ from each other.
    pub states: usize,
    /// Looks made.
    pub looks: usize,
    /// Worlds that had been reached before by another way, with as many faults left or more.
    pub merged: usize,
    /// Ways that were followed to rest.
    pub ends: usize,
    /// Most looks on one way.
    pub deepest: usize,
    /// Troubles by their words, and how often each was chosen.
    pub troubles: BTreeMap<&'static str, usize>,
    /// What was broken, by what it is, with the first way that led there.
    pub broken: BTreeMap<String, String>,
    /// On the clock of the wall.
    pub took: Duration,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, looks, merged, ends, deepest, troubles, broken, took } = self;
        let seconds = took.as_secs_f64();
        writeln!(f, "{states} states, {looks} looks, {merged} ways merged, {ends} ends at rest")?;
        writeln!(f, "{deepest} looks on the longest way, {seconds:.1} s")?;
        troubles.iter().try_for_each(|(kind, times)| writeln!(f, "{times:>10} {kind}"))?;
        broken.iter().try_for_each(|(what, way)| writeln!(f, "BROKEN: {what}\n{way}"))
    }
}

/// A walk under way. One that ends in a panic prints the way that led there.
pub struct Walk<'s> {
    stage: &'s Stage,
    deeds: Vec<Deed>,
    visited: BTreeMap<u128, usize>,
    way: Vec<String>,
    depth: usize,
    seen: Seen,
}

impl<'s> Walk<'s> {
    /// Every order of up to so many troubles from this world on.
    pub fn through(stage: &'s Stage, node: Node, most: usize) -> Seen {
        let began = Instant::now();
        let (visited, way) = (BTreeMap::new(), Vec::new());
        let deeds = Deed::all();
        let mut walk = Self { stage, deeds, visited, way, depth: 0, seen: Seen::default() };
        walk.on(node, most);
        Seen { took: began.elapsed(), ..std::mem::take(&mut walk.seen) }
    }

    /// From between two looks.
    fn on(&mut self, mut node: Node, left: usize) {
        if let Some(violation) = node.cloud.violations().first() {
            let Violation { invariant, subject, words, .. } = violation;
            return self.breaks(format!("{} {subject}: {words}", invariant.code()));
        }
        if node.at_rest(self.stage) {
            self.seen.ends += 1;
            return ends(&node);
        }
        if node.elapsed(self.stage) > REST_WITHIN {
            return self.breaks(format!("no rest: {}", node.standing()));
        }
        let look = node.next_look();
        let groups = node.groups();
        let changed: Vec<bool> =
            (0..groups.len()).map(|group| node.seen.get(group) != groups.get(group)).collect();
        node.seen = groups;
        self.depth += 1;
        self.seen.deepest = self.seen.deepest.max(self.depth);
        self.at(&node, &look, left, 0, &changed);
        self.depth -= 1;
    }

    /// From right before a look, with the deeds from this one on still to be considered.
    fn at(&mut self, node: &Node, look: &Look, left: usize, next: usize, changed: &[bool]) {
        let digest = node.digest(look, next);
        let before = self.visited.get(&digest).copied();
        if before.is_some_and(|before| before >= left) {
            self.seen.merged += 1;
            return;
        }
        self.seen.states += usize::from(before.is_none());
        self.visited.insert(digest, left);
        let peace = node.fork();
        trouble::look(&peace, self.stage, look, None);
        self.seen.looks += 1;
        let calls = peace.cloud.calls_since(0);
        self.on(peace, left);
        if left == 0 {
            return;
        }
        for fault in trouble::faults(node, look, &calls) {
            let other = node.fork();
            self.steps(node, fault.kind(), &fault);
            trouble::look(&other, self.stage, look, Some(fault));
            self.seen.looks += 1;
            self.on(other, left - 1);
            self.way.pop();
        }
        for place in next..self.deeds.len() {
            let deed = self.deeds[place];
            let idle = match deed {
                Deed::To(group, _) => !changed[group],
                Deed::ThrowSwitch => !changed.contains(&true),
            };
            let mut other = node.fork();
            if idle || !deed.done(&mut other, self.stage) {
                continue;
            }
            other.disturbed = true;
            self.steps(node, deed.kind(), &format_args!("{deed:?}"));
            self.at(&other, look, left - 1, place + 1, changed);
            self.way.pop();
        }
    }

    fn breaks(&mut self, what: String) {
        let way = || self.way.join("\n");
        self.seen.broken.entry(what).or_insert_with(way);
    }

    fn steps(&mut self, node: &Node, kind: &'static str, trouble: &dyn fmt::Display) {
        self.way.push(format!("{} look {}: {trouble}", node.cloud.now(), self.depth));
        *self.seen.troubles.entry(kind).or_default() += 1;
    }
}

impl Drop for Walk<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the way:\n  {}\n{}", self.way.join("\n  "), self.seen);
        }
    }
}

/// What holds at the end of every way.
fn ends(node: &Node) {
    let last = node.fork();
    // Auto Scaling may still be about something of its own.
    last.cloud.advance(SignedDuration::from_hours(1));
    last.cloud.assert_nothing_is_out();
    if !node.disturbed {
        let truth = node.cloud.truth();
        assert_eq!(truth.opened().count(), 3, "moved more than once: {:#?}", truth.acts);
        assert_eq!(truth.forced, []);
    }
}
