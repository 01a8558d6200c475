//! What came of the mutants so far, kept on disk so that a run that was ended goes on.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What came of one mutant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// This test fails.
    Caught(String),
    /// The tests go round in circles, or the program ends.
    Endless,
    /// So many tests come across it, and none fails.
    Missed(usize),
    /// It does not compile.
    Unviable,
    /// No switch can hold it: cargo-mutants builds it alone.
    Unplaced,
}

/// The verdicts of one state of the sources.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Verdicts {
    /// Tells one state of the sources from another.
    sources: u64,
    /// By the mutants' names.
    pub by_name: BTreeMap<String, Verdict>,
    #[serde(skip)]
    path: PathBuf,
}

impl Verdicts {
    /// Those of before, if they are of these sources; none otherwise.
    pub fn of(sources: u64, path: PathBuf) -> Self {
        let read = fs::read_to_string(&path).ok();
        let before: Option<Self> = read.and_then(|text| serde_json::from_str(&text).ok());
        match before.filter(|before| before.sources == sources) {
            Some(before) => Self { path, ..before },
            None => Self { sources, by_name: BTreeMap::new(), path },
        }
    }

    /// Adds one, and writes all.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn add(&mut self, name: &str, verdict: Verdict) -> Result<(), Box<dyn Error>> {
        self.by_name.insert(name.to_owned(), verdict);
        Ok(fs::write(&self.path, serde_json::to_string_pretty(self)?)?)
    }
}
