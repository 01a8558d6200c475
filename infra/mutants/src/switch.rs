//! The switch of the mutants: which one is on, and which ones a test comes across. It is copied
//! into the crate whose mutants it switches.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::env;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::{Mutex, OnceLock};

/// The number of the mutant that is on; absent where none is.
const ON: &str = "MUTANT";

/// The file to which each test says once which mutants it comes across.
const CAME_ACROSS: &str = "MUTANTS_CAME_ACROSS";

thread_local! {
    static SEEN: RefCell<BTreeSet<usize>> = const { RefCell::new(BTreeSet::new()) };
}

/// Whether this mutant is on.
pub fn on(mutant: usize) -> bool {
    static CHOSEN: OnceLock<Option<usize>> = OnceLock::new();
    static TOLD: OnceLock<Option<Mutex<File>>> = OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| env::var(ON).ok()?.parse().ok());
    let told = TOLD.get_or_init(|| {
        let path = env::var_os(CAME_ACROSS)?;
        OpenOptions::new().append(true).create(true).open(path).ok().map(Mutex::new)
    });
    if let Some(told) = told
        && SEEN.with_borrow_mut(|seen| seen.insert(mutant))
        && let Ok(mut file) = told.lock()
    {
        // A test runs in a thread of its name.
        let thread = std::thread::current();
        let line = format!("{mutant} {}\n", thread.name().unwrap_or_default());
        let written = file.write_all(line.as_bytes());
        assert!(written.is_ok(), "what tests come across cannot be written: {written:?}");
    }
    *chosen == Some(mutant)
}

/// What an iterator gives, and one more of the same type.
pub fn and<I: Iterator>(all: I, one: Option<I::Item>) -> impl Iterator<Item = I::Item> {
    all.chain(one)
}
