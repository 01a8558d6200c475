//! The table of a run, and the mutants that no test notices.

use std::collections::BTreeMap;
use std::fmt;

use crate::list::Mutant;
use crate::verdicts::{Verdict, Verdicts};

/// Where the mutants stand that nobody can notice, with the reason.
pub const EQUIVALENT: &str = "docs/mutants.md";

/// Mutants by what came of them.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    caught: usize,
    endless: usize,
    missed: usize,
    equivalent: usize,
    unviable: usize,
    unplaced: usize,
}

/// What a run has to say.
pub struct Report<'m> {
    by_file: BTreeMap<&'m str, Count>,
    missed: Vec<(&'m Mutant, usize)>,
}

impl<'m> Report<'m> {
    /// Counts by file. `documented` is the text of [`EQUIVALENT`].
    pub fn of(mutants: &'m [Mutant], verdicts: &Verdicts, documented: &str) -> Self {
        let mut report = Self { by_file: BTreeMap::new(), missed: Vec::new() };
        for mutant in mutants {
            let count = report.by_file.entry(short(&mutant.file)).or_default();
            match verdicts.by_name.get(&mutant.name) {
                Some(Verdict::Caught(_)) => count.caught += 1,
                Some(Verdict::Endless) => count.endless += 1,
                Some(Verdict::Unviable) => count.unviable += 1,
                Some(Verdict::Unplaced) => count.unplaced += 1,
                Some(Verdict::Missed(_)) if documented.contains(&documented_as(mutant)) => {
                    count.equivalent += 1;
                }
                Some(Verdict::Missed(tests)) => {
                    count.missed += 1;
                    report.missed.push((mutant, *tests));
                }
                None => {}
            }
        }
        report
    }

    /// How many mutants no test notices and no document explains.
    pub fn unexplained(&self) -> usize {
        self.missed.len()
    }
}

fn short(file: &str) -> &str {
    file.trim_start_matches("shared/src/")
}

/// As the document names it: without line and column, which move.
fn documented_as(mutant: &Mutant) -> String {
    let change = mutant.name.splitn(4, ':').nth(3).unwrap_or_default().trim();
    format!("`{}`: `{change}`", short(&mutant.file))
}

impl Count {
    fn noticed(self) -> usize {
        self.caught + self.endless
    }

    /// Those that can be noticed or missed.
    fn compile(self) -> usize {
        self.noticed() + self.missed + self.equivalent
    }

    fn and(self, other: Self) -> Self {
        Self {
            caught: self.caught + other.caught,
            endless: self.endless + other.endless,
            missed: self.missed + other.missed,
            equivalent: self.equivalent + other.equivalent,
            unviable: self.unviable + other.unviable,
            unplaced: self.unplaced + other.unplaced,
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { caught, endless, missed, equivalent, unviable, unplaced } = self;
        let all = self.compile() + unviable + unplaced;
        write!(f, "{all:>7}{caught:>7}{endless:>8}{missed:>7}")?;
        write!(f, "{equivalent:>11}{unviable:>9}{unplaced:>6}")
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = "mutants caught endless missed equivalent unviable alone";
        writeln!(f, "{:<34}{columns}", "file")?;
        for (file, count) in &self.by_file {
            writeln!(f, "{file:<34}{count}")?;
        }
        let all = self.by_file.values().fold(Count::default(), |all, count| all.and(*count));
        writeln!(f, "{:<34}{all}", "all")?;
        let thousandths = (1000 * all.noticed()).checked_div(all.compile()).unwrap_or(1000);
        let (percent, tenth) = (thousandths / 10, thousandths % 10);
        let (noticed, compile) = (all.noticed(), all.compile());
        writeln!(f, "noticed: {noticed} of {compile} that compile, {percent}.{tenth} percent")?;
        for (mutant, tests) in &self.missed {
            writeln!(f, "missed by {tests} tests: {}", mutant.name)?;
        }
        Ok(())
    }
}
