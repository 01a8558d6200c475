//! Mutants of the core: what `cargo mutants` lists, built all at once instead of one by one.
//!
//! cargo-mutants compiles the crate and its tests once for each mutant. Here every mutant lies behind
//! a switch of one build, each of them is asked only those tests that come across it, the shortest
//! first, and the first that fails ends it. What a mutant is, cargo-mutants alone decides; the few
//! that no switch can hold are left to it.
//!
//! Arguments are those of `cargo mutants` that choose mutants: `--file`, `--in-diff`, `--shard`.

mod list;
mod report;
mod suite;
mod switches;
mod tree;
mod verdicts;

use std::env;
use std::error::Error;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZero;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};
use list::Mutant;
use report::Report;
use suite::Suite;
use tree::{TARGETS, Tree};
use verdicts::{Verdict, Verdicts};

/// Everything that a run leaves: the tree, its builds, the verdicts.
const FOLDER: &str = "target/mutants";

fn main() -> ExitCode {
    match run() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// How many mutants are missed that no document explains.
fn run() -> Result<usize, Box<dyn Error>> {
    let folder = env::current_dir()?.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let mutants = listed()?;
    println!("{} mutants. Building all of them at once: minutes.", mutants.len());
    let tree = Tree::under(&folder);
    let placed = tree.switch(&mutants)?;
    let mut verdicts = Verdicts::of(sources(&tree)?, folder.join("verdicts.json"));
    for (numbers, verdict) in
        [(&placed.unviable, Verdict::Unviable), (&placed.unplaced, Verdict::Unplaced)]
    {
        let names = numbers.iter().map(|number| (mutants[*number].name.clone(), verdict.clone()));
        verdicts.by_name.extend(names);
    }
    let open = placed.viable.into_iter();
    let open = open.filter(|number| !verdicts.by_name.contains_key(&mutants[*number].name));
    let verdicts = judged(&tree, &mutants, &open.collect::<Vec<_>>(), verdicts, &folder)?;
    let documented = fs::read_to_string(report::EQUIVALENT)?;
    let report = Report::of(&mutants, &verdicts, &documented);
    print!("{report}");
    Ok(report.unexplained())
}

/// The mutants that cargo-mutants lists.
fn listed() -> Result<Vec<Mutant>, Box<dyn Error>> {
    let output = Command::new("target/tools/bin/cargo-mutants")
        .args(["mutants", "--list", "--json", "--package=shared"])
        .args(env::args_os().skip(1))
        .stderr(Stdio::inherit())
        .output()?;
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Tells the switched sources and their tests from any others.
fn sources(tree: &Tree) -> Result<u64, Box<dyn Error>> {
    let mut hasher = DefaultHasher::new();
    let mut folders = vec![tree.package()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
        let mut paths = entries.collect::<Result<Vec<_>, _>>()?;
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else {
                fs::read(path)?.hash(&mut hasher);
            }
        }
    }
    Ok(hasher.finish())
}

/// The verdicts, with those of these mutants. As many at a time as there are processors.
fn judged(
    tree: &Tree,
    mutants: &[Mutant],
    open: &[usize],
    verdicts: Verdicts,
    folder: &Path,
) -> Result<Verdicts, Box<dyn Error>> {
    if open.is_empty() {
        return Ok(verdicts);
    }
    let mut programs = tree.tests()?;
    let programs = TARGETS.iter().filter_map(|target| programs.remove(*target));
    println!("Running the tests without any mutant.");
    let suite = Suite::asked(tree.package(), programs, folder)?;
    let bar = ProgressBar::new(open.len() as u64).with_style(style()?);
    let (next, verdicts) = (AtomicUsize::new(0), Mutex::new(verdicts));
    let judge = || -> Result<(), String> {
        while let Some(number) = open.get(next.fetch_add(1, Ordering::Relaxed)) {
            let verdict = suite.notice(*number).map_err(|error| error.to_string())?;
            let mut verdicts = verdicts.lock().map_err(|error| error.to_string())?;
            let name = &mutants[*number].name;
            if let Verdict::Missed(_) = verdict {
                bar.println(format!("missed: {name}"));
            }
            verdicts.add(name, verdict).map_err(|error| error.to_string())?;
            bar.inc(1);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let workers: Vec<_> = (0..processors).map(|_| scope.spawn(judge)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(judged) => judged,
            Err(_) => Err("a thread ended early".to_owned()),
        })
    })?;
    bar.finish_and_clear();
    Ok(verdicts.into_inner()?)
}

fn style() -> Result<ProgressStyle, Box<dyn Error>> {
    Ok(ProgressStyle::with_template("{bar:30} {pos} of {len} mutants, {eta} to go")?)
}
