//! One replacement, killed at each of its calls, before and after the call took effect.
//!
//! Whatever the reconciler was doing, the message comes again or the next sweep comes by, and the
//! end is the one of a replacement that nobody disturbed. A call that only reads leaves nothing
//! behind: death after it is death before the next one, so one
//! of the two is tried.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::proxy::{Kill, Proxy};
use tests::runtime_api::Ending;

use crate::Outcome;
use crate::stage::{ENFORCE, Incident, SWEEP, Stage, hints, text};

/// Minutes between one look and the next, over and over. What nobody disturbs opens at the hint,
/// serves at the first of these, is clean at the second and moved at the third.
const MINUTES: [u64; 3] = [7, 11, 50];
/// Looks after which a replacement has ended, or never will.
const LOOKS_MAX: usize = 15;
/// How long a message stays away from the queue after its function died.
const COMES_AGAIN_SECONDS: u64 = 30;
/// How often a message is handed over before it goes to the dead-letter queue.
const RECEIVED_MAX: usize = 5;

/// How it ended, in all that a crash could have spoilt.
#[derive(Debug, Clone, PartialEq, Eq)]
struct End {
    /// Processes of the reconciler that died on the way.
    deaths: usize,
    incident: Option<Incident>,
    /// By the fleet's own account.
    truth: String,
    /// Opening calls that succeeded.
    opened: usize,
    members: usize,
    in_service: usize,
    out_at_once: u64,
    slots: Vec<String>,
}

struct Sweep {
    stage: Stage,
    proxy: Proxy,
    /// What the groups of this sweep have besides their names.
    plan: Value,
    /// The call that opens.
    opens: &'static str,
}

impl Sweep {
    fn new(plan: Value, opens: &'static str) -> Outcome<Self> {
        let mut proxy = Proxy::new();
        let stage = Stage::behind(&mut proxy, &ENFORCE)?;
        Ok(Self { stage, proxy, plan, opens })
    }

    /// One whole replacement in a group of this name, which is gone afterwards.
    fn play(&self, name: &str, at_call: usize, when: Kill) -> Outcome<End> {
        let members = self.stage.group(name, &self.plan)?;
        let instance = members.first().ok_or("a group without members")?;
        self.stage.reboot_of(instance)?;
        self.stage.control(&json!({ "do": "reset_calls" }))?;
        self.proxy.reset();
        let killer = self.stage.reconciler.killer();
        self.proxy.kill_at(at_call, when, move || killer.kill());
        let mut deaths = 0;
        self.hand_over(&hints(&[&members]), &mut deaths)?;
        for minutes in MINUTES.iter().cycle().take(LOOKS_MAX) {
            self.stage.pass(minutes * 60)?;
            if self.hand_over(SWEEP, &mut deaths)? == 0 {
                break;
            }
        }
        let end = End { deaths, ..self.end(name, instance)? };
        self.stage.control(&json!({ "do": "delete_group", "group": name }))?;
        self.stage.pass(10 * 60)?;
        Ok(end)
    }

    /// Hands over one event until it is answered; the number of incidents in the report.
    fn hand_over(&self, event: &str, deaths: &mut usize) -> Outcome<u64> {
        for _ in 0..RECEIVED_MAX {
            let answer = self.stage.reconciler.invoke(event);
            if matches!(answer.ending, Ending::Died(_)) {
                *deaths += 1;
                self.stage.pass(COMES_AGAIN_SECONDS)?;
                continue;
            }
            let report = crate::stage::report(&answer)?;
            return Ok(report["counts"]["incidents"].as_u64().unwrap_or_default());
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
            incident: incidents.find(|incident| incident.instance == instance).map(|incident| {
                Incident { instance: "the one".to_owned(), ..incident }
            }),
            truth: self.stage.truth_of(instance)?,
            opened: acts.iter().filter(|act| **act == opened).count(),
            members: lifecycles.len(),
            in_service: lifecycles.iter().filter(|state| *state == "InService").count(),
            out_at_once: truth["groups"][group]["largest_out_at_once"].as_u64().unwrap_or(99),
            slots: self.stage.slots()?,
        })
    }

    /// Kills at every call of an undisturbed replacement, before it and after it.
    fn everywhere(&self, out_at_once: u64) -> Outcome {
        let undisturbed = self.play("calm", usize::MAX, Kill::Before)?;
        let moved = Incident {
            instance: "the one".to_owned(),
            phase: "closed".to_owned(),
            outcome: "moved".to_owned(),
        };
        let expected = End {
            deaths: 0,
            incident: Some(moved),
            truth: "moved".to_owned(),
            opened: 1,
            members: 3,
            in_service: 3,
            out_at_once,
            slots: Vec::new(),
        };
        assert_eq!(undisturbed, expected);
        let actions = self.proxy.actions();
        let (mut calls, mut kills) = (actions.len(), 0);
        let mut wrong = Vec::new();
        for (number, action) in (1..).zip(&actions) {
            for when in moments(action) {
                let end = self.play(&format!("crash-{kills}"), number, *when)?;
                calls += self.proxy.calls().len();
                kills += 1;
                let expected = End { deaths: 1, ..expected.clone() };
                if end != expected {
                    wrong.push(format!("killed {when:?} call {number}, {action}: {end:?}"));
                }
            }
        }
        println!(
            "{}: {} calls undisturbed ({}), {kills} kills, {calls} calls in all",
            self.opens,
            actions.len(),
            tally(&actions),
        );
        assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
        Ok(())
    }
}

/// When to die at a call.
fn moments(action: &str) -> &'static [Kill] {
    let reads = ["Describe", "Query", "GetItem"].iter().any(|reads| action.starts_with(reads));
    if reads { &[Kill::Before] } else { &[Kill::Before, Kill::After] }
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
fn a_replacement_that_terminates_first_survives_a_crash_at_any_call() -> Outcome {
    let plan = json!({ "target_group": "crash" });
    Sweep::new(plan, "TerminateInstanceInAutoScalingGroup")?.everywhere(1)
}

#[test]
fn a_replacement_that_launches_first_survives_a_crash_at_any_call() -> Outcome {
    let plan = json!({
        "target_group": "crash",
        "maintenance_policy": { "min": 100, "max": 150 },
    });
    Sweep::new(plan, "SetInstanceHealth")?.everywhere(0)
}
