//! A storm: AWS announces a reboot for each of a thousand instances at once.
//!
//! What counts is calls, not time: EC2 refills an account's bucket of describes by 20 a second
//! (EC2 doc "Request throttling for the Amazon EC2 API", read 2026-11), whatever the machine. Each
//! figure is printed beside its floor: the fewest calls that AWS's page sizes allow.

use serde_json::{Value, json};
use tests::runtime_api::Answer;

use crate::Outcome;
use crate::stage::{SWEEP, Stage, hints, report, text};

const GROUPS: usize = 10;
const MEMBERS: usize = 100;

/// Ceilings under which an act starts in every group.
const SETTINGS: [(&str, &str); 3] = [
    ("REBERTH_MAXIMUM_MODE", "enforce"),
    ("REBERTH_ACTS_PER_HOUR", "100"),
    ("REBERTH_IN_FLIGHT_PERCENT", "100"),
];

struct Storm {
    stage: Stage,
    instances: Vec<Vec<String>>,
}

/// What one look called.
struct Look {
    /// To see.
    looking: Vec<String>,
    /// Again, directly before the acts: what they rest on, and whether the groups can launch.
    asking_again: Vec<String>,
    /// To change something.
    acting: Vec<String>,
}

impl Storm {
    fn brew() -> Outcome<Self> {
        let stage = Stage::with(&SETTINGS)?;
        let mut instances = Vec::new();
        for number in 0..GROUPS {
            let name = format!("storm-{number}");
            let plan = json!({
                "desired": MEMBERS,
                "max": MEMBERS,
                "target_group": name,
                "tags": { "reberth:mode": "enforce", "reberth:max-unavailable": "10pct" },
            });
            let members = stage.group(&name, &plan)?;
            for instance in &members {
                stage.reboot_of(instance)?;
            }
            instances.push(members);
        }
        stage.control(&json!({ "do": "reset_calls" }))?;
        Ok(Self { stage, instances })
    }

    /// The look that one event leads to: its report and its calls.
    fn look(&self, name: &str, event: &str) -> Outcome<(Value, Look)> {
        let answer = self.stage.reconciler.invoke(event);
        let report = report(&answer)?;
        let look = Look::of(&self.stage.calls()?);
        self.stage.control(&json!({ "do": "reset_calls" }))?;
        println!("{name}: {}", self.words(&answer, &look));
        Ok((report, look))
    }

    fn words(&self, answer: &Answer, look: &Look) -> String {
        format!(
            "{} ms, {} start, peak {} KiB, {} calls to look, {} to ask again, {} acts",
            answer.elapsed.as_millis(),
            if answer.cold { "cold" } else { "warm" },
            self.stage.reconciler.peak_memory_kib().unwrap_or_default(),
            look.looking.len(),
            look.asking_again.len(),
            look.acting.len(),
        )
    }
}

impl Look {
    /// Groups are named only where an act is about to start in them, so from there on it is asked
    /// again.
    fn of(calls: &[Value]) -> Self {
        let action = |call: &Value| text(&call["action"]);
        let describes = |action: &String| action.starts_with("Describe");
        let names_groups =
            |call: &Value| call["groups"].as_array().is_some_and(|groups| !groups.is_empty());
        let from = calls.iter().position(names_groups).unwrap_or(calls.len());
        let (looking, rest) = calls.split_at(from);
        let (asking_again, acting) = rest.iter().map(action).partition(describes);
        Self { looking: looking.iter().map(action).collect(), asking_again, acting }
    }

    fn times(&self, action: &str) -> usize {
        self.looking.iter().filter(|looked| *looked == action).count()
    }
}

/// Prints a figure beside its floor, and holds it to its bound.
fn within(what: &str, figure: usize, floor: usize, bound: usize) {
    println!("{what}: {figure}; floor {floor}, bound {bound}");
    assert!((floor..=bound).contains(&figure), "{what}: {figure} is not in {floor}..={bound}");
}

#[test]
fn p31_a_storm_of_a_thousand_instances_costs_a_handful_of_calls() -> Outcome {
    let storm = Storm::brew()?;
    let subjects: Vec<_> = storm.instances.iter().map(Vec::as_slice).collect();
    let (hinted, first) = storm.look("hinted look", &hints(&subjects))?;
    assert_eq!(hinted["counts"]["incidents"], GROUPS * MEMBERS);
    assert_eq!(hinted["counts"]["acts_applied"], GROUPS);
    storm.stage.pass(30)?;
    let (_, second) = storm.look("sweep", SWEEP)?;

    // A page of statuses, one of groups, one of instances; the types are asked once. The second
    // look also asks for the replacements by their ids and, as every sweep, for what carries our
    // mark: nothing else shows an instance that was stopped when the ledger was lost.
    within("calls of both looks", first.looking.len() + second.looking.len(), 9, 9);
    // Template, activities and refresh of each group; groups, instances, statuses and images of all
    // of them together, and for each of the two status checks who fails it.
    within("calls before the acts", first.asking_again.len(), 3 * GROUPS + 6, 4 * GROUPS);
    within("acts, one a group", first.acting.len() + second.acting.len(), GROUPS, GROUPS);

    storm.stage.pass(5 * 60)?;
    let (_, third) = storm.look("sweep that verifies", SWEEP)?;
    within("target groups asked", third.times("DescribeTargetHealth"), GROUPS, GROUPS);
    let serving = storm.stage.incidents()?;
    let serving = serving.iter().filter(|incident| incident.phase == "serving").count();
    assert_eq!(serving, GROUPS);

    // The first of each group was alone; once it is clean the rest go together, a call for each
    // group, up to what the governor allows.
    storm.stage.pass(11 * 60)?;
    storm.look("sweep that finds the first ones clean", SWEEP)?;
    storm.stage.pass(60)?;
    let (wave, fourth) = storm.look("sweep that opens the next wave", SWEEP)?;
    assert_eq!(wave["counts"]["acts_applied"], 90);
    within("calls for the 90 acts of the next wave", fourth.acting.len(), GROUPS, GROUPS);
    Ok(())
}
