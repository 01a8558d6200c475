//! Many seeds on all cores. What is said of them is in their order, however many threads play them.

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use shared::testing::simulation::{Breach, Keep, Outcome, Script, Tally, generate, run};

use crate::clock::{self, Speed};
use crate::progress::Progress;

/// Runs of which is told what went wrong; the others are only counted.
const TOLD_MOST: u64 = 100;

/// Characters of what went wrong that are told; a replay tells all.
const WORDS_MOST: usize = 400;

/// Of so many seeds one is played twice, to see that it goes the same way.
const TWICE: u64 = 100;

/// A seed that takes longer is named: something in it may never end.
const LONG: Duration = Duration::from_secs(20);

/// Somebody wants an end.
static STOP: AtomicBool = AtomicBool::new(false);

/// What a thread found out.
struct Played {
    seed: u64,
    script: Script,
    outcome: Outcome,
}

/// Plays seeds and tells what came of them.
pub fn campaign(first: u64, end: u64, threads: usize) -> Result<ExitCode, Box<dyn Error>> {
    ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })?;
    println!("Seeds {first} to {} on {threads} threads.", end - 1);
    let began = clock::Clock::start()?;
    let mut told =
        Told { tally: Tally::default(), next: first, progress: Progress::of(end - first) };
    let handed_out = AtomicU64::new(first);
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..threads {
            let (sender, handed_out) = (sender.clone(), &handed_out);
            scope.spawn(move || play(handed_out, end, &sender));
        }
        drop(sender);
        told.listen(&receiver);
    });
    let Told { tally, next, progress } = told;
    progress.finish();
    Ok(sum_up(&tally, &began.stop()?, (next, end), threads))
}

/// Plays whatever seed nobody plays yet.
fn play(handed_out: &AtomicU64, end: u64, sender: &Sender<Played>) {
    while !STOP.load(Ordering::Relaxed) {
        let seed = handed_out.fetch_add(1, Ordering::Relaxed);
        if seed >= end {
            return;
        }
        let script = generate(seed);
        let mut outcome = run(&script, Keep::Hash);
        if seed.is_multiple_of(TWICE) {
            let again = run(&script, Keep::Hash).hash;
            if again != outcome.hash {
                outcome.breaches.push(Breach::not_repeated(outcome.hash, again));
            }
        }
        if sender.send(Played { seed, script, outcome }).is_err() {
            return;
        }
    }
}

/// What is told so far.
struct Told {
    tally: Tally,
    /// The first seed of which nothing is told yet.
    next: u64,
    progress: Progress,
}

impl Told {
    /// Takes what the threads find out, in the order of the seeds, until they are done.
    fn listen(&mut self, receiver: &mpsc::Receiver<Played>) {
        let mut early = BTreeMap::new();
        let mut heard = Instant::now();
        loop {
            match receiver.recv_timeout(LONG) {
                Ok(played) => {
                    early.insert(played.seed, played);
                }
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            while let Some(played) = early.remove(&self.next) {
                self.tell(&played);
                heard = Instant::now();
            }
            if heard.elapsed() >= LONG {
                heard = Instant::now();
                let seed = self.next;
                self.progress.print(&format!("SEED={seed} takes over {LONG:?}."));
            }
        }
    }

    fn tell(&mut self, played: &Played) {
        let Played { seed, script, outcome } = played;
        self.next = seed + 1;
        self.tally.add(script, outcome);
        self.progress.step(!outcome.breaches.is_empty());
        if let Some(breach) = outcome.breaches.first()
            && self.tally.breaches() <= TOLD_MOST
        {
            let breach: String = breach.to_string().chars().take(WORDS_MOST).collect();
            let more = match outcome.breaches.len() {
                1 => String::new(),
                all => format!("\n    and {} more", all - 1),
            };
            let words = format!("SEED={seed} {breach}{more}\n    make sim SEED={seed} [SHRINK=1]");
            self.progress.print(&words);
        }
    }
}

/// The end of a campaign, in words and as an exit code.
fn sum_up(tally: &Tally, speed: &Speed, (next, end): (u64, u64), threads: usize) -> ExitCode {
    let shortcomings = tally.shortcomings();
    println!("\n{tally}");
    println!("{}", speed.of(tally, threads));
    println!("All traces in one number: {:016x}.", tally.traces());
    for shortcoming in &shortcomings {
        println!("Short of what it should show: {shortcoming}.");
    }
    let broken = tally.breaches();
    println!("{broken} of {} seeds went wrong.", tally.runs());
    if next < end {
        println!("Stopped. It goes on with: make sim SEEDS={end} FROM={next}");
    }
    if broken == 0 && shortcomings.is_empty() && next == end {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
