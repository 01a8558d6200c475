//! One replacement, struck at each of its calls.
//!
//! The process dies before the call or after its effect, or it lives and never gets the answer.
//! Whatever it was doing, the message comes again or the next sweep comes by, and the end is the
//! one of a replacement that nobody disturbed. A call that only reads has no effect, so one blow is
//! enough for it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::proxy::{Kill, Proxy};

use crate::Outcome;
use crate::stage::{ENFORCE, Incident, SWEEP, Stage, hints, report, text};

/// Minutes between one look and the next, over and over. What nobody disturbs opens at the hint,
/// serves at the first of these, is clean at the second and moved at the third.
const MINUTES: [u64; 3] = [7, 11, 50];
/// Looks after which a replacement has ended, or never will.
const LOOKS_MAX: usize = 15;
/// How long a message stays away from the queue after its function failed.
const COMES_AGAIN_SECONDS: u64 = 30;
/// How often a message is handed over before it goes to the dead-letter queue.
const RECEIVED_MAX: usize = 5;

/// What happens to the function at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blow {
    None,
    KilledBefore,
    KilledAfter,
    AnswerLost,
}

/// How it ended, in all that a blow could have spoilt.
#[derive(Debug, Clone, PartialEq, Eq)]
struct End {
    /// Processes of the reconciler that died on the way.
    deaths: usize,
    /// Phase and outcome in the ledger.
    incident: Option<(String, String)>,
    /// The outcome by the fleet's own account.
    truth: String,
    /// Opening calls that succeeded.
    opened: usize,
    members: usize,
    in_service: usize,
    out_at_once: u64,
    slots: Vec<String>,
}

struct Crash {
    stage: Stage,
    proxy: Proxy,
    /// What the groups have besides their names.
    plan: Value,
    /// The call that opens.
    opens: &'static str,
}

impl Crash {
    fn new(plan: Value, opens: &'static str) -> Outcome<Self> {
        let mut proxy = Proxy::new();
        let stage = Stage::behind(&mut proxy, &ENFORCE)?;
        Ok(Self { stage, proxy, plan, opens })
    }

    /// One whole replacement in a group of this name, which is gone afterwards. It begins with a
    /// cold start, so that the same call has the same number every time.
    fn play(&self, name: &str, at_call: usize, blow: Blow) -> Outcome<End> {
        let members = self.stage.group(name, &self.plan)?;
        let instance = members.first().ok_or("a group without members")?;
        self.stage.reboot_of(instance)?;
        self.stage.control(&json!({ "do": "reset_calls" }))?;
        self.stage.reconciler.killer().kill();
        self.strike(at_call, blow);
        let (mut deaths, _) = self.hand_over(&hints(&[&members]))?;
        for minutes in MINUTES.iter().cycle().take(LOOKS_MAX) {
            self.stage.pass(minutes * 60)?;
            let (died, incidents) = self.hand_over(SWEEP)?;
            deaths += died;
            if incidents == 0 {
                break;
            }
        }
        let end = End { deaths, ..self.end(name, instance)? };
        self.stage.control(&json!({ "do": "delete_group", "group": name }))?;
        self.stage.pass(10 * 60)?;
        Ok(end)
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

    /// Hands over one event until it is answered; the deaths until then, and the number of
    /// incidents in the report.
    fn hand_over(&self, event: &str) -> Outcome<(usize, u64)> {
        let mut deaths = 0;
        for _ in 0..RECEIVED_MAX {
            let answer = self.stage.reconciler.invoke(event);
            deaths += usize::from(answer.died().is_some());
            if let Ok(report) = report(&answer) {
                return Ok((deaths, report["counts"]["incidents"].as_u64().unwrap_or_default()));
            }
            self.stage.pass(COMES_AGAIN_SECONDS)?;
        }
        Err("a message was handed over too often".into())
    }

    fn end(&self, group: &str, instance: &str) -> Outcome<End> {
        let mut incidents = self.stage.incidents()?.into_iter();
        let truth = self.stage.control(&json!({ "do": "truth" }))?;
        let of_group = |one: &&Value| one["group"] == group && !one["lifecycle"].is_null();
        let members = truth["instances"].as_array().into_iter().flatten().filter(of_group);
        let lifecycles: Vec<_> = members.map(|member| text(&member["lifecycle"])).collect();
        let opened = format!("{} 200 {instance}", self.opens);
        let acts = self.stage.acts()?;
        Ok(End {
            deaths: 0,
            incident: incidents
                .find(|incident| incident.instance == instance)
                .map(|Incident { phase, outcome, .. }| (phase, outcome)),
            truth: self.stage.truth_of(instance)?,
            opened: acts.iter().filter(|act| **act == opened).count(),
            members: lifecycles.len(),
            in_service: lifecycles.iter().filter(|state| *state == "InService").count(),
            out_at_once: truth["groups"][group]["largest_out_at_once"].as_u64().unwrap_or(u64::MAX),
            slots: self.stage.slots()?,
        })
    }

    /// Strikes at every call of an undisturbed replacement.
    fn everywhere(&self, out_at_once: u64) -> Outcome {
        let expected = End {
            deaths: 0,
            incident: Some(("closed".to_owned(), "moved".to_owned())),
            truth: "moved".to_owned(),
            opened: 1,
            members: 3,
            in_service: 3,
            out_at_once,
            slots: Vec::new(),
        };
        assert_eq!(self.play("calm", 0, Blow::None)?, expected);
        let actions = self.proxy.actions();
        let (mut calls, mut blows) = (actions.len(), 0);
        let mut wrong = Vec::new();
        for (number, action) in (1..).zip(&actions) {
            for blow in blows_at(action) {
                let end = self.play(&format!("crash-{blows}"), number, *blow)?;
                let struck = self.proxy.actions();
                assert_eq!(struck.get(number - 1), Some(action), "call {number} of {struck:?}");
                calls += struck.len();
                blows += 1;
                let deaths = usize::from(*blow != Blow::AnswerLost);
                if end != (End { deaths, ..expected.clone() }) {
                    wrong.push(format!("{blow:?} at call {number}, {action}: {end:?}"));
                }
            }
        }
        println!(
            "{}: {} calls undisturbed ({}), {blows} blows, {calls} calls in all",
            self.opens,
            actions.len(),
            tally(&actions),
        );
        assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
        Ok(())
    }
}

fn blows_at(action: &str) -> &'static [Blow] {
    let reads = ["Describe", "GetItem", "Query"].iter().any(|reads| action.starts_with(reads));
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

#[test]
fn p20_p21_a_replacement_that_terminates_first_survives_a_blow_at_any_call() -> Outcome {
    let plan = json!({ "target_group": "crash" });
    Crash::new(plan, "TerminateInstanceInAutoScalingGroup")?.everywhere(1)
}

#[test]
fn p20_p21_a_replacement_that_launches_first_survives_a_blow_at_any_call() -> Outcome {
    let plan = json!({
        "target_group": "crash",
        "maintenance_policy": { "min": 100, "max": 150 },
    });
    Crash::new(plan, "SetInstanceHealth")?.everywhere(0)
}
