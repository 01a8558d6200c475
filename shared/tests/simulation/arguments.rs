//! What `make sim` was asked for.

use std::path::PathBuf;
use std::thread;

use lexopt::prelude::*;

/// Seeds of a campaign, unless told otherwise.
const SEEDS: u64 = 20_000;

/// How to call this, where it was called otherwise.
pub const USAGE: &str = "make sim [SEEDS=end] [FROM=first] [THREADS=number]
make sim SEED=number [SHRINK=1]
make sim SCRIPT=path [SHRINK=1]";

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Plays many seeds: from the first to the last one before the end.
    Campaign { first: u64, end: u64, threads: usize },
    /// Plays one script and tells its story; makes it short before, if that is wanted.
    Replay { of: Source, shrink: bool },
}

/// Where a script comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A seed.
    Seed(u64),
    /// A file that a shrunk script was written to.
    File(PathBuf),
}

impl Task {
    /// Reads the arguments of this process.
    pub fn read(mut arguments: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let (mut first, mut end) = (0, SEEDS);
        let mut threads = thread::available_parallelism().map_or(1, usize::from);
        let (mut of, mut shrink) = (None, false);
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("seeds") => end = arguments.value()?.parse()?,
                Long("from") => first = arguments.value()?.parse()?,
                Long("threads") => threads = arguments.value()?.parse()?,
                Long("seed") => of = Some(Source::Seed(arguments.value()?.parse()?)),
                Long("script") => of = Some(Source::File(arguments.value()?.into())),
                Long("shrink") => shrink = true,
                other => return Err(other.unexpected()),
            }
        }
        if first >= end || threads == 0 {
            return Err("there is nothing to play: no seed, or no thread".into());
        }
        Ok(match of {
            Some(of) => Self::Replay { of, shrink },
            None if shrink => return Err("one script is made short, and none is named".into()),
            None => Self::Campaign { first, end, threads },
        })
    }
}
