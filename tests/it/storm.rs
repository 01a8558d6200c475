//! A storm: AWS announces a reboot for each of a thousand instances at once.
//!
//! What counts is calls, not time: EC2 refills an account's bucket of describes by 20 a second
//! (EC2 doc "Request throttling for the Amazon EC2 API", read 2026-11), whatever the machine. Each
//! figure is printed beside its floor: the fewest calls that AWS's page sizes allow.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::Outcome;
use crate::stage::{Stage, hints, report, text};

const GROUPS: usize = 10;
const MEMBERS: usize = 100;

/// Calls that are made about one group, and only when an act is about to start in it.
const PREFLIGHT: [&str; 3] =
    ["DescribeInstanceRefreshes", "DescribeLaunchTemplateVersions", "DescribeScalingActivities"];

/// Ceilings under which an act starts in every group.
const SETTINGS: [(&str, &str); 3] = [
    ("REBERTH_MAXIMUM_MODE", "enforce"),
    ("REBERTH_ACTS_PER_HOUR", "100"),
    ("REBERTH_IN_FLIGHT_PERCENT", "100"),
];

/// How often each action was called.
type Tally = BTreeMap<String, usize>;

struct Storm {
    stage: Stage,
    instances: Vec<Vec<String>>,
}

impl Storm {
    fn brew() -> Outcome<Self> {
        let stage = Stage::with(&SETTINGS)?;
        let mut instances = Vec::new();
        for number in 0..GROUPS {
            let name = format!("storm-{number}");
            let plan = json!({
                "desired": MEMBERS,
                "max": 2 * MEMBERS,
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

    /// The look that the router's hints lead to, all of them in one batch.
    fn hinted_look(&self) -> Outcome<Value> {
        let subjects: Vec<_> = self.instances.iter().map(Vec::as_slice).collect();
        let answer = self.stage.reconciler.invoke(&hints(&subjects));
        println!("the hinted look took {} ms, cold", answer.elapsed.as_millis());
        report(&answer)
    }

    /// The calls since the last time, by action.
    fn calls(&self) -> Outcome<Tally> {
        let mut tally = Tally::new();
        for call in self.stage.calls()? {
            assert_eq!(call["status"], 200, "{call}");
            *tally.entry(text(&call["action"])).or_default() += 1;
        }
        self.stage.control(&json!({ "do": "reset_calls" }))?;
        Ok(tally)
    }
}

fn sum<'a>(tally: impl IntoIterator<Item = &'a Tally>, wanted: impl Fn(&str) -> bool) -> usize {
    let all = tally.into_iter().flatten();
    all.filter(|(action, _)| wanted(action)).map(|(_, times)| times).sum()
}

fn describes(action: &str) -> bool {
    action.starts_with("Describe")
}

/// Prints a figure beside its floor, and holds it to its bound.
fn within(what: &str, figure: usize, floor: usize, bound: usize) {
    println!("{what}: {figure} calls; floor {floor}, bound {bound}");
    assert!(figure <= bound, "{what}: {figure} calls, more than {bound}");
}

#[test]
fn p31_a_storm_of_a_thousand_costs_a_handful_of_calls() -> Outcome {
    let storm = Storm::brew()?;
    let hinted = storm.hinted_look()?;
    let first = storm.calls()?;
    storm.stage.pass(30)?;
    let swept = storm.stage.reconciler.invoke(crate::stage::SWEEP);
    println!("the sweep took {} ms, warm", swept.elapsed.as_millis());
    report(&swept)?;
    for c in storm.stage.calls()? { eprintln!("{} {} {}", c["action"], c["params"], c["ids"]); }
    let second = storm.calls()?;
    println!("hinted look: {first:?}\nsweep: {second:?}\ncounts: {}", hinted["counts"]);

    let preflight = |action: &str| PREFLIGHT.contains(&action);
    let looking = |action: &str| describes(action) && !preflight(action);
    // A look is one page of statuses, one of groups, one of instances; the types are asked once.
    within("both looks", sum([&first, &second], looking), 7, 12);
    let about_groups = sum([&first], preflight);
    within("about groups in which an act starts", about_groups, 3 * GROUPS, 4 * GROUPS);
    let opened = sum([&first, &second], |action| !describes(action));
    within("opening acts, a group each", opened, GROUPS, GROUPS);
    assert_eq!(opened, GROUPS);
    Ok(())
}
