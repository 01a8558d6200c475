//! Whole stories, struck at each of their calls.
//!
//! The process dies before the call or after its effect, or it lives and never gets the answer.
//! Whatever it was doing, the message comes again or the next sweep comes by, and the end is the
//! one of a story that nobody disturbed. A call that only reads has no effect, so one blow is
//! enough for it.

mod stories;

use std::collections::BTreeMap;
use std::slice::from_ref;
use std::time::Instant;

use serde_json::{Value, json};
use tests::proxy::{Kill, Proxy};

use crate::Outcome;
use crate::stage::{ENFORCE, Incident, SWEEP, Stage, hints, report};
use crate::subject::{Kind, Subject};

/// Looks after which a story has ended, or never will.
const LOOKS_MAX: usize = 30;
/// How long a message stays away from the queue after its function failed.
const COMES_AGAIN_SECONDS: u64 = 30;
/// How often a message is handed over before it goes to the dead-letter queue.
const RECEIVED_MAX: usize = 5;
/// The hour at which every story begins, so that its owner's windows lie the same way each time.
const BEGINS: &str = "08:00:00";

/// What happens to the function at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blow {
    None,
    KilledBefore,
    KilledAfter,
    AnswerLost,
}

/// What is played.
struct Story {
    kind: Kind,
    /// What AWS schedules for it.
    event: Value,
    /// Minutes between one look and the next, over and over; what nobody disturbs has ended when
    /// they are through.
    minutes: &'static [u64],
    /// Calls that must succeed exactly once. `StartInstances` is not among them: the SDK repeats it
    /// where its answer is lost, and an instance that starts already is not started again.
    once: &'static [&'static str],
    /// How it ends.
    end: End,
}

/// How it ended, in all that a blow could have spoilt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct End {
    /// Processes of the reconciler that died on the way.
    deaths: usize,
    /// Phase and outcome in the ledger.
    incident: Option<(String, String)>,
    /// The outcome by the fleet's own account.
    truth: String,
    /// Calls that were to succeed once, and did so never or more often.
    not_once: Vec<(String, usize)>,
    /// Whether the instance serves, or each member of its group.
    serving: Vec<bool>,
    /// By whose hand its place was out of service, each time.
    outages: Vec<String>,
    slots: Vec<String>,
    left_open: Vec<String>,
}

/// Where stories are played, one after the other.
struct Theatre {
    stage: Stage,
    proxy: Proxy,
    story: Story,
}

impl Theatre {
    fn open(story: Story) -> Outcome<Self> {
        let mut proxy = Proxy::new();
        let stage = Stage::behind(&mut proxy, &ENFORCE)?;
        Ok(Self { stage, proxy, story })
    }

    /// The whole story, of a group or an instance of this name, which is gone afterwards and
    /// forgotten: its end, and its calls. It begins with a cold start, so that the same call has
    /// the same number every time.
    fn play(&self, name: &str, at_call: usize, blow: Blow) -> Outcome<(End, Vec<String>)> {
        self.stage.pass_until(BEGINS)?;
        let subject = Subject::build(&self.stage, name, &self.story.kind)?;
        self.stage.schedule(&subject.instance, &self.story.event)?;
        self.stage.control(&json!({ "do": "reset_calls" }))?;
        self.stage.reconciler.killer().kill();
        self.strike(at_call, blow);
        let (mut deaths, _) = self.hand_over(&hints(&[from_ref(&subject.instance)]))?;
        for minutes in self.story.minutes.iter().cycle().take(LOOKS_MAX) {
            self.stage.pass(minutes * 60)?;
            let (died, report) = self.hand_over(SWEEP)?;
            deaths += died;
            // Nothing is under way any more.
            if report["counts"]["incidents"] == report["counts"]["held"] {
                break;
            }
        }
        let actions = self.proxy.actions();
        let end = End { deaths, ..self.end(&subject)? };
        subject.delete(&self.stage)?;
        self.stage.standin.lose_ledger()?;
        Ok((end, actions))
    }

    fn strike(&self, at_call: usize, blow: Blow) {
        self.proxy.reset();
        let killer = self.stage.reconciler.killer();
        match blow {
            Blow::None => {}
            Blow::KilledBefore => {
                self.proxy.kill_at(at_call, Kill::Before, move || killer.kill());
            }
            Blow::KilledAfter => self.proxy.kill_at(at_call, Kill::After, move || killer.kill()),
            // Nobody is killed: only the connection ends without a word.
            Blow::AnswerLost => self.proxy.kill_at(at_call, Kill::After, || {}),
        }
    }

    /// Hands over one event until it is answered; the deaths until then, and the report.
    fn hand_over(&self, event: &str) -> Outcome<(usize, Value)> {
        let mut deaths = 0;
        for _ in 0..RECEIVED_MAX {
            let answer = self.stage.reconciler.invoke(event);
            deaths += usize::from(answer.died().is_some());
            if let Ok(report) = report(&answer) {
                return Ok((deaths, report));
            }
            self.stage.pass(COMES_AGAIN_SECONDS)?;
        }
        Err("a message was handed over too often".into())
    }

    fn end(&self, subject: &Subject) -> Outcome<End> {
        let Subject { instance, .. } = subject;
        let mut incidents = self.stage.incidents()?.into_iter();
        let truth = self.stage.truth()?;
        let acts = self.stage.acts()?;
        let succeeded = |action: &str| {
            let effect = format!("{action} 200 {instance}");
            (action.to_owned(), acts.iter().filter(|act| **act == effect).count())
        };
        let once = self.story.once.iter().copied();
        Ok(End {
            deaths: 0,
            incident: incidents
                .find(|incident| incident.instance == *instance)
                .map(|Incident { phase, outcome, .. }| (phase, outcome)),
            truth: truth.outcome_of(instance),
            not_once: once.map(succeeded).filter(|(_, times)| *times != 1).collect(),
            serving: truth.serving(subject.place()),
            outages: truth.outages(subject.place()),
            slots: self.stage.slots()?,
            left_open: truth.left_open(),
        })
    }

    /// Strikes at every call of an undisturbed story.
    fn everywhere(&self, name: &str) -> Outcome {
        let begun = Instant::now();
        let (end, actions) = self.play("calm", 0, Blow::None)?;
        assert_eq!(end, self.story.end);
        let calm = begun.elapsed();
        let (mut calls, mut blows) = (actions.len(), 0);
        let mut wrong = Vec::new();
        for (number, action) in (1..).zip(&actions) {
            for blow in blows_at(action) {
                let (end, struck) = self.play(&format!("crash-{blows}"), number, *blow)?;
                assert_eq!(struck.get(number - 1), Some(action), "call {number} of {struck:?}");
                calls += struck.len();
                blows += 1;
                let deaths = usize::from(*blow != Blow::AnswerLost);
                if end != (End { deaths, ..self.story.end.clone() }) {
                    wrong.push(format!("{blow:?} at call {number}, {action}: {end:?}"));
                }
            }
        }
        println!(
            "{name}: {} calls undisturbed in {} ms ({}), {blows} blows, {calls} calls, {} s in all",
            actions.len(),
            calm.as_millis(),
            tally(&actions),
            begun.elapsed().as_secs(),
        );
        assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
        Ok(())
    }
}

fn blows_at(action: &str) -> &'static [Blow] {
    let reads = ["Describe", "Get", "Query"].iter().any(|reads| action.starts_with(reads));
    if reads {
        &[Blow::KilledBefore]
    } else {
        &[Blow::KilledBefore, Blow::KilledAfter, Blow::AnswerLost]
    }
}

/// How often each action was called.
fn tally(actions: &[String]) -> String {
    let mut tally = BTreeMap::<&str, usize>::new();
    for action in actions {
        *tally.entry(action).or_default() += 1;
    }
    let words: Vec<_> = tally.iter().map(|(action, times)| format!("{action} {times}")).collect();
    words.join(", ")
}
