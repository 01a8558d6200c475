//! One script: its story, or what is left of it when it is made short.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::ProgressBar;
use shared::testing::simulation::{Breach, Keep, Outcome, Script, generate, run, shrink};

use crate::arguments::Source;

/// Shorter scripts that are tried at most: some minutes of one core.
const ATTEMPTS_MOST: u64 = 10_000;

/// Where what was made short is written to.
const WRITTEN_TO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/simulation");

/// Plays a script, or makes it short and plays that.
pub fn replay(of: &Source, shorten: bool) -> Result<ExitCode, Box<dyn Error>> {
    let script = match of {
        Source::Seed(seed) => generate(*seed),
        Source::File(path) => serde_json::from_str(&fs::read_to_string(path)?)?,
    };
    let mut outcome = run(&script, Keep::Story);
    let again = run(&script, Keep::Hash).hash;
    if again != outcome.hash {
        outcome.breaches.push(Breach::not_repeated(outcome.hash, again));
    }
    let breach = outcome.breaches.first().filter(|_| shorten);
    let Some(breach) = breach else {
        print!("{}", outcome.story.as_deref().unwrap_or_default());
        println!("{}", end_of(&script, &outcome));
        if shorten {
            println!("Nothing went wrong, so there is nothing to make short.");
        }
        let sound = outcome.breaches.is_empty();
        return Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    };
    println!("Before: {}", size(&script, &outcome));
    let bar = ProgressBar::new_spinner();
    let shrunk = shrink(&script, &breach.kind, ATTEMPTS_MOST, &mut |script, attempts| {
        let Script { groups, machines, deeds, .. } = script;
        let (groups, machines, deeds) = (groups.len(), machines.len(), deeds.len());
        bar.set_message(format!(
            "{attempts} tried: {groups} groups, {machines} machines, {deeds} deeds are left"
        ));
        bar.tick();
    });
    bar.finish_and_clear();
    let story = shrunk.outcome.story.clone().unwrap_or_default();
    let end = end_of(&shrunk.script, &shrunk.outcome);
    let (data, told) = write(&shrunk.script, &breach.kind, &format!("{story}{end}\n"))?;
    print!("{story}");
    println!("{end}");
    println!("After {} tries: {}", shrunk.attempts, size(&shrunk.script, &shrunk.outcome));
    println!("The script is in {}, its story in {}.", data.display(), told.display());
    println!("To keep it: copy it to shared/tests/suites/regressions when it is sound again.");
    Ok(ExitCode::FAILURE)
}

/// How much there is to a script.
fn size(script: &Script, outcome: &Outcome) -> String {
    let mut kinds: Vec<&str> = outcome.struck.iter().map(|one| one.fault.code()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    format!(
        "{} groups, {} instances, {} deeds, {} faults of {} kinds, {} hours until it is calm.",
        script.groups.len(),
        script.instances(),
        script.deeds.len(),
        outcome.struck.len(),
        kinds.len(),
        script.calm_after.div_ceil(60),
    )
}

/// What stands below a story.
fn end_of(script: &Script, outcome: &Outcome) -> String {
    let Outcome { breaches, counts, hash, .. } = outcome;
    let broken: Vec<String> = breaches.iter().map(|breach| format!("WRONG {breach}\n")).collect();
    format!(
        "{}{}\n{} runs of functions, {} calls, {} opening acts. Trace {hash:016x}.",
        broken.concat(),
        size(script, outcome),
        counts.runs,
        counts.calls,
        counts.opening_acts,
    )
}

fn write(script: &Script, kind: &str, story: &str) -> Result<(PathBuf, PathBuf), Box<dyn Error>> {
    let folder = Path::new(WRITTEN_TO);
    fs::create_dir_all(folder)?;
    let folder = folder.canonicalize()?;
    let word = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    let name = format!("seed-{}-{}", script.seed, kind.chars().map(word).collect::<String>());
    let data = folder.join(format!("{name}.json"));
    let told = folder.join(format!("{name}.txt"));
    fs::write(&data, format!("{}\n", serde_json::to_string_pretty(script)?))?;
    fs::write(&told, story)?;
    Ok((data, told))
}
