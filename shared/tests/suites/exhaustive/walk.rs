//! The walk through every order.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZero;
use std::thread;
use std::time::{Duration, Instant};

use jiff::SignedDuration;

use shared::testing::cloud::Cloud;
use shared::testing::invariants::Violation;

use super::atlas::{Atlas, Known};
use super::stage::{self, Look, Node, Stage, Wakes};
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

impl Seen {
    fn add(mut self, other: Self) -> Self {
        self.states += other.states;
        self.looks += other.looks;
        self.merged += other.merged;
        self.ends += other.ends;
        self.deepest = self.deepest.max(other.deepest);
        for (kind, times) in other.troubles {
            *self.troubles.entry(kind).or_default() += times;
        }
        for (what, way) in other.broken {
            self.broken.entry(what).or_insert(way);
        }
        self
    }
}

/// Every order of up to so many troubles, with a thread on each core.
pub fn through(wakes: Wakes, most: usize) -> Seen {
    let began = Instant::now();
    let atlas = Atlas::default();
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let seen = thread::scope(|scope| {
        let walks: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| Walk::over(&atlas, wakes, most))).collect();
        let seen = walks.into_iter().map(|walk| walk.join().expect("a way ends in a panic"));
        seen.fold(Seen::default(), Seen::add)
    });
    Seen { took: began.elapsed(), ..seen }
}

/// The part of a walk that one thread takes. It goes the way without trouble as all do, and of the
/// ways that leave it those that no other thread has taken. If it ends in a panic, it prints the way
/// that led there.
struct Walk<'a> {
    atlas: &'a Atlas,
    stage: &'a Stage,
    deeds: &'a [Deed],
    way: Vec<String>,
    depth: usize,
    /// Ways so far that leave the one without trouble.
    forks: usize,
    seen: Seen,
}

impl<'a> Walk<'a> {
    fn over(atlas: &'a Atlas, wakes: Wakes, most: usize) -> Seen {
        let (stage, node) = stage::begin(wakes);
        let deeds = Deed::all();
        let (way, seen) = (Vec::new(), Seen::default());
        let mut walk = Walk { atlas, stage: &stage, deeds: &deeds, way, depth: 0, forks: 0, seen };
        walk.on(node, most);
        std::mem::take(&mut walk.seen)
    }

    /// From between two looks.
    fn on(&mut self, mut node: Node, left: usize) {
        if !self.sound(&node.cloud) {
            return;
        }
        if node.at_rest(self.stage) {
            self.seen.ends += usize::from(!self.way.is_empty() || self.atlas.take(0));
            return self.ends(&node);
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
        let known = self.atlas.reach(node.digest(look, next), left);
        // Every thread goes the way without trouble to its end.
        let trunk = self.way.is_empty();
        if known == Known::Everything && !trunk {
            self.seen.merged += 1;
            return;
        }
        self.seen.states += usize::from(known == Known::Nothing);
        self.seen.looks += usize::from(known != Known::Everything);
        let peace = node.fork();
        trouble::look(&peace, self.stage, look, None);
        let calls = peace.cloud.calls_since(0);
        self.on(peace, left);
        if left == 0 {
            return;
        }
        for fault in trouble::faults(node, look, &calls) {
            if !self.takes() {
                continue;
            }
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
            if idle || !self.takes() {
                continue;
            }
            let mut other = node.fork();
            if !deed.done(&mut other, self.stage) {
                continue;
            }
            other.disturbed = true;
            self.steps(node, deed.kind(), &format_args!("{deed:?}"));
            self.at(&other, look, left - 1, place + 1, changed);
            self.way.pop();
        }
    }

    /// The next way is this thread's to go.
    fn takes(&mut self) -> bool {
        self.forks += usize::from(self.way.is_empty());
        !self.way.is_empty() || self.atlas.take(self.forks)
    }

    /// What holds at the end of every way.
    fn ends(&mut self, node: &Node) {
        let last = node.fork();
        // Auto Scaling may still be about something of its own.
        last.cloud.advance(SignedDuration::from_hours(1));
        last.cloud.judge_out();
        let truth = last.cloud.truth();
        let as_planned = truth.opened().count() == 3 && truth.forced.is_empty();
        if self.sound(&last.cloud) && !node.disturbed && !as_planned {
            self.breaks(format!("moved once too often, or too late: {:?}", truth.acts));
        }
    }

    /// No invariant is broken in this world; the first one that is, is noted.
    fn sound(&mut self, cloud: &Cloud) -> bool {
        let violations = cloud.violations();
        let Some(Violation { invariant, subject, words, .. }) = violations.first() else {
            return true;
        };
        self.breaks(format!("{} {subject}: {words}", invariant.code()));
        false
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
        if thread::panicking() {
            eprintln!("the way:\n  {}\n{}", self.way.join("\n  "), self.seen);
        }
    }
}
