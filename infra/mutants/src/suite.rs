//! The core's tests: which come across which mutant, how long each takes, and whether one of them
//! notices a mutant that is on.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::time::Duration;

use crate::verdicts::Verdict;

/// Tests that take longer than this are asked after all others have noticed nothing.
const QUICK: Duration = Duration::from_millis(300);

/// A run that has not ended by now goes round in circles, which is noticed too.
const ENDLESS: &str = "300";

/// Not asked: they play whole worlds, and what only they notice has no test of its own.
const NOT_ASKED: [&str; 2] = ["--skip", "testing::"];

/// What a harness says of its tests and when it stops early is not stable; it is the same from one
/// pinned compiler to the next run of it.
const UNSTABLE: (&str, &str) = ("RUSTC_BOOTSTRAP", "1");

/// One test target.
struct Target {
    program: PathBuf,
    /// How long each test takes without a mutant.
    takes: BTreeMap<String, Duration>,
    /// The tests that come across each mutant.
    across: BTreeMap<usize, BTreeSet<String>>,
}

/// All of them, in the order in which they are asked.
pub struct Suite {
    folder: PathBuf,
    targets: Vec<Target>,
}

impl Suite {
    /// Runs all tests once without a mutant.
    ///
    /// # Errors
    /// One of them fails.
    pub fn asked(
        folder: PathBuf,
        programs: impl IntoIterator<Item = PathBuf>,
        scratch: &Path,
    ) -> Result<Self, Box<dyn Error>> {
        let mut targets = Vec::new();
        for program in programs {
            targets.push(Target::asked(&folder, program, scratch)?);
        }
        Ok(Self { folder, targets })
    }

    /// Whether any test notices this mutant.
    ///
    /// # Errors
    /// A test cannot be run.
    pub fn notice(&self, mutant: usize) -> Result<Verdict, Box<dyn Error>> {
        let mut asked = 0;
        for quick in [true, false] {
            for target in &self.targets {
                let tests = target.across(mutant, quick);
                if tests.is_empty() {
                    continue;
                }
                asked += tests.len();
                if let Some(noticed) = target.run(&self.folder, mutant, &tests)? {
                    return Ok(noticed);
                }
            }
        }
        Ok(Verdict::Missed(asked))
    }
}

impl Target {
    fn asked(folder: &Path, program: PathBuf, scratch: &Path) -> Result<Self, Box<dyn Error>> {
        let told = scratch.join("came-across");
        fs::write(&told, "")?;
        let run = Command::new(&program)
            .args(NOT_ASKED)
            .args(["-Z", "unstable-options", "--report-time"])
            .current_dir(folder)
            .envs([UNSTABLE])
            .env("MUTANTS_CAME_ACROSS", &told)
            .output()?;
        let said = String::from_utf8_lossy(&run.stdout);
        if !run.status.success() {
            return Err(format!("without any mutant: {said}").into());
        }
        let mut across: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for line in fs::read_to_string(&told)?.lines() {
            let (mutant, test) = line.split_once(' ').ok_or("a line without a test")?;
            across.entry(usize::from_str(mutant)?).or_default().insert(test.to_owned());
        }
        Ok(Self { program, takes: said.lines().filter_map(taken).collect(), across })
    }

    /// The tests that come across a mutant, the shortest first.
    fn across(&self, mutant: usize, quick: bool) -> Vec<&str> {
        let tests = self.across.get(&mutant).into_iter().flatten();
        let timed = tests.filter_map(|test| Some((*self.takes.get(test)?, test.as_str())));
        let mut timed: Vec<_> = timed.filter(|(takes, _)| (*takes <= QUICK) == quick).collect();
        timed.sort_unstable();
        timed.into_iter().map(|(_, test)| test).collect()
    }

    fn run(
        &self,
        folder: &Path,
        mutant: usize,
        tests: &[&str],
    ) -> Result<Option<Verdict>, Box<dyn Error>> {
        let run = Command::new("timeout")
            .args(["--signal=KILL", ENDLESS])
            .arg(&self.program)
            .args(["-Z", "unstable-options", "--fail-fast", "--test-threads=1", "--exact"])
            .args(tests)
            .current_dir(folder)
            .envs([UNSTABLE, ("PROPTEST_FAILURE_PERSISTENCE", "off")])
            .env("MUTANT", mutant.to_string())
            .output()?;
        if run.status.success() {
            return Ok(None);
        }
        let said = String::from_utf8_lossy(&run.stdout);
        let failed = said.lines().find_map(|line| line.strip_suffix(" ... FAILED"));
        // Without a line of a test that failed it was killed.
        Ok(Some(failed.map_or(Verdict::Endless, |line| {
            Verdict::Caught(line.trim_start_matches("test ").to_owned())
        })))
    }
}

/// `test guard::no_permit ... ok <0.012s>`
fn taken(line: &str) -> Option<(String, Duration)> {
    let (test, time) = line.strip_prefix("test ")?.split_once(" ... ok <")?;
    let seconds = time.strip_suffix("s>")?.parse().ok()?;
    Some((test.to_owned(), Duration::from_secs_f64(seconds)))
}
