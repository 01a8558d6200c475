//! What a campaign came to: how much happened in its runs, what went wrong in them by design, and
//! what should not have.

use std::fmt::{self, Write};

use super::distribution::{Distribution, grouped};
use super::run::{CAME_ABOUT, Outcome};
use super::script::Script;
use super::table::Table;
use crate::testing::faults::Fault;
use crate::testing::invariants::Invariant;
use crate::testing::trace::Fnv;

/// From so many runs on medians are held against their bounds.
const ENOUGH_FOR_MEDIANS: u64 = 100;

/// From so many runs on every fault has to be asked for, and every invariant to be at stake.
const ENOUGH_FOR_ALL: u64 = 1_000;

/// All runs of a campaign, one added after the other.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    runs: u64,
    seconds: u64,
    breaches: u64,
    measures: [Distribution; MEASURES.len()],
    came_about: [Came; CAME_ABOUT.len()],
    faults: Vec<Coverage>,
    judged: Vec<u64>,
    broken: Vec<u64>,
    traces: Fnv,
}

/// What came about: in how many runs, and how often.
#[derive(Debug, Clone, Copy, Default)]
struct Came {
    runs: u64,
    times: u64,
}

/// What became of one fault.
#[derive(Debug, Clone, Copy, Default)]
struct Coverage {
    /// Runs that asked for it.
    asked_in: u64,
    /// Runs in which it struck.
    struck_in: u64,
    /// How often it struck.
    times: u64,
}

/// Something that is counted in every run.
struct Measure {
    name: &'static str,
    /// What its median has to reach.
    median_at_least: u64,
    /// What no run may exceed.
    at_most: u64,
    of: fn(&Outcome) -> u64,
}

/// How much a run has to be about.
const MEASURES: [Measure; 8] = [
    Measure { name: "groups", median_at_least: 3, at_most: 5, of: |run| size(run.counts.groups) },
    Measure {
        name: "instances",
        median_at_least: 20,
        at_most: 40,
        of: |run| size(run.counts.instances),
    },
    measure("notices", 5, |run| size(run.counts.notices)),
    measure("opening acts", 5, |run| size(run.counts.opening_acts)),
    measure("faults that struck", 3, |run| run.fired.iter().sum()),
    measure("deeds of others", 0, |run| size(run.counts.deeds)),
    measure("runs of functions", 0, |run| size(run.counts.runs)),
    measure("calls", 0, |run| size(run.counts.calls)),
];

const fn measure(name: &'static str, median_at_least: u64, of: fn(&Outcome) -> u64) -> Measure {
    Measure { name, median_at_least, at_most: u64::MAX, of }
}

fn size(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

impl Tally {
    /// Adds what came of a script.
    pub fn add(&mut self, script: &Script, outcome: &Outcome) {
        self.runs += 1;
        self.seconds += u64::try_from(outcome.counts.seconds).unwrap_or(0);
        self.breaches += u64::from(!outcome.breaches.is_empty());
        for (distribution, measure) in self.measures.iter_mut().zip(&MEASURES) {
            distribution.add((measure.of)(outcome));
        }
        for (came, times) in self.came_about.iter_mut().zip(outcome.counts.came_about) {
            came.runs += u64::from(times > 0);
            came.times += size(times);
        }
        self.faults.resize(Fault::ALL.len(), Coverage::default());
        for ((known, fault), fired) in self.faults.iter_mut().zip(Fault::ALL).zip(&outcome.fired) {
            known.asked_in += u64::from(script.rates.of(*fault) > 0);
            known.struck_in += u64::from(*fired > 0);
            known.times += fired;
        }
        self.judged.resize(Invariant::ALL.len(), 0);
        self.broken.resize(Invariant::ALL.len(), 0);
        let broken = |invariant: &Invariant| {
            outcome.breaches.iter().any(|breach| breach.kind == invariant.code())
        };
        for (place, invariant) in Invariant::ALL.iter().enumerate() {
            self.judged[place] += outcome.judged.get(place).copied().unwrap_or(0);
            self.broken[place] += u64::from(broken(invariant));
        }
        // A hash does not refuse to be written to.
        let _ = write!(self.traces, "{:016x}", outcome.hash);
    }

    /// Runs so far.
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// Virtual seconds that passed in them.
    pub fn seconds(&self) -> u64 {
        self.seconds
    }

    /// Runs in which something came about that should not have.
    pub fn breaches(&self) -> u64 {
        self.breaches
    }

    /// A number that two campaigns with the same traces in the same order share.
    pub fn traces(&self) -> u64 {
        self.traces.value()
    }

    /// Why the campaign proves less than it should, in words. A breach is not among these.
    pub fn shortcomings(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (measure, seen) in MEASURES.iter().zip(&self.measures) {
            let Measure { name, median_at_least, at_most, .. } = measure;
            let (median, maximum) = (seen.median(), seen.maximum());
            if self.runs >= ENOUGH_FOR_MEDIANS && median < *median_at_least {
                found.push(format!("{name}: the median is {median}, not {median_at_least}"));
            }
            if maximum > *at_most {
                found.push(format!("{name}: one run has {maximum}, and {at_most} are the most"));
            }
        }
        for (what, came) in CAME_ABOUT.iter().zip(&self.came_about) {
            if self.runs >= ENOUGH_FOR_ALL && came.times == 0 {
                found.push(format!("nobody was ever {what}"));
            }
        }
        for (fault, coverage) in Fault::ALL.iter().zip(&self.faults) {
            let code = fault.code();
            if coverage.asked_in > 0 && coverage.times == 0 {
                found.push(format!("{code}: asked for, and it never struck"));
            }
            if self.runs >= ENOUGH_FOR_ALL && coverage.asked_in == 0 {
                found.push(format!("{code}: no run asked for it"));
            }
        }
        for (invariant, judged) in Invariant::ALL.iter().zip(&self.judged) {
            if self.runs >= ENOUGH_FOR_ALL && *judged == 0 {
                found.push(format!("{}: nothing was ever at stake", invariant.code()));
            }
        }
        found
    }

    fn of_measures(&self) -> Table<6> {
        let head = ["in one run", "least", "median", "90 %", "most", "has to be"];
        let mut table = Table::new(head);
        for (measure, seen) in MEASURES.iter().zip(&self.measures) {
            let Measure { name, median_at_least, at_most, .. } = measure;
            let bounds = match (*median_at_least, *at_most) {
                (0, u64::MAX) => String::new(),
                (median, u64::MAX) => format!("median at least {median}"),
                (median, most) => format!("median at least {median}, none above {most}"),
            };
            let [least, median, ninetieth, most] =
                [0, 50, 90, 100].map(|percent| grouped(seen.percentile(percent)).to_string());
            table.row([(*name).to_owned(), least, median, ninetieth, most, bounds]);
        }
        table
    }

    fn of_what_came_about(&self) -> Table<3> {
        let mut table = Table::new(["somebody was", "in", "times"]);
        for (what, came) in CAME_ABOUT.iter().zip(&self.came_about) {
            let [runs, times] = [came.runs, came.times].map(|number| grouped(number).to_string());
            table.row([(*what).to_owned(), runs, times]);
        }
        table
    }

    fn of_faults(&self) -> Table<5> {
        let mut table = Table::new(["fault", "asked in", "struck in", "times", "what"]);
        for (fault, coverage) in Fault::ALL.iter().zip(&self.faults) {
            let Coverage { asked_in, struck_in, times } = *coverage;
            let [asked_in, struck_in, times] =
                [asked_in, struck_in, times].map(|number| grouped(number).to_string());
            let (code, words) = (fault.code().to_owned(), fault.words().to_owned());
            table.row([code, asked_in, struck_in, times, words]);
        }
        table
    }

    fn of_invariants(&self) -> Table<4> {
        let mut table = Table::new(["invariant", "judged", "broken in", "what holds"]);
        let counts = self.judged.iter().zip(&self.broken);
        for (invariant, (judged, broken)) in Invariant::ALL.iter().zip(counts) {
            let [judged, broken] = [judged, broken].map(|number| grouped(*number).to_string());
            let (code, words) = (invariant.code().to_owned(), invariant.words().to_owned());
            table.row([code, judged, broken, words]);
        }
        table
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.of_measures())?;
        writeln!(f, "{}", self.of_what_came_about())?;
        writeln!(f, "{}", self.of_faults())?;
        write!(f, "{}", self.of_invariants())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::faults::Rates;
    use crate::testing::simulation::{Breach, Counts, generate};

    /// A run of the usual size that asks for lost answers, of which so many come.
    fn usual(lost: u64) -> (Script, Outcome) {
        let rates = Rates { answer_lost: 7, ..Rates::default() };
        let script = Script { rates, ..generate(1) };
        let fired = |fault: &Fault| if *fault == Fault::AnswerLost { lost } else { 0 };
        let counts = Counts {
            groups: 4,
            instances: 25,
            notices: 6,
            opening_acts: 7,
            came_about: [1; CAME_ABOUT.len()],
            ..Counts::default()
        };
        let fired = Fault::ALL.iter().map(fired).collect();
        let judged = vec![1; Invariant::ALL.len()];
        (script, Outcome { counts, fired, judged, ..Outcome::default() })
    }

    fn tally(times: u64, (script, outcome): &(Script, Outcome)) -> Tally {
        let mut tally = Tally::default();
        (0..times).for_each(|_| tally.add(script, outcome));
        tally
    }

    #[test]
    fn a_fault_that_was_asked_for_and_never_struck_is_a_shortcoming() {
        assert_eq!(tally(10, &usual(4)).shortcomings(), Vec::<String>::new());
        let expected = ["answer_lost: asked for, and it never struck"];
        assert_eq!(tally(10, &usual(0)).shortcomings(), expected);
    }

    #[test]
    fn medians_count_from_a_hundred_runs_on_and_the_greatest_at_once() {
        let mut small = usual(4);
        small.1.counts.notices = 4;
        assert_eq!(tally(99, &small).shortcomings(), Vec::<String>::new());
        assert_eq!(tally(100, &small).shortcomings(), ["notices: the median is 4, not 5"]);
        let mut great = usual(4);
        great.1.counts.instances = 41;
        let expected = ["instances: one run has 41, and 40 are the most"];
        assert_eq!(tally(1, &great).shortcomings(), expected);
    }

    #[test]
    fn in_a_thousand_runs_every_fault_is_asked_for_and_every_invariant_at_stake() {
        let mut one = usual(4);
        one.1.judged[Invariant::QueuesEmpty as usize] = 0;
        let found = tally(1_000, &one).shortcomings();
        assert_eq!(found.len(), Fault::ALL.len() - 1 + 1, "{found:?}");
        assert!(found.contains(&"L2: nothing was ever at stake".to_owned()), "{found:?}");
        assert!(found.contains(&"message_lost: no run asked for it".to_owned()), "{found:?}");
    }

    #[test]
    fn what_was_broken_stands_beside_its_invariant() {
        let mut wrong = usual(4);
        let words = "two of a set are out".to_owned();
        wrong.1.breaches = vec![Breach { kind: "I2".to_owned(), words }];
        let tally = tally(3, &wrong);
        assert_eq!(tally.breaches(), 3);
        let text = tally.to_string();
        let row = text.lines().find(|line| line.starts_with("  I2 ")).unwrap();
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(cells[..3], ["I2", "3", "3"], "{text}");
    }

    #[test]
    fn other_traces_and_another_order_of_traces_make_another_number() {
        let of = |hashes: &[u64]| {
            let (script, outcome) = usual(4);
            let mut tally = Tally::default();
            for hash in hashes {
                tally.add(&script, &Outcome { hash: *hash, ..outcome.clone() });
            }
            tally.traces()
        };
        assert_eq!(of(&[1, 2]), of(&[1, 2]));
        assert_ne!(of(&[1, 2]), of(&[2, 1]));
        assert_ne!(of(&[1, 2]), of(&[1, 3]));
    }
}
