//! A permission that an administrator takes away midway: what is open is closed all the same, people
//! are told once, and whoever does not need it goes on.

use std::slice::from_ref;

use serde_json::{Value, json};

use crate::Outcome;
use crate::stage::{ENFORCE, Stage};
use crate::subject::{Kind, Subject};

/// Minutes between looks in which an instance that was stopped is started, serves, and is clean.
const BACK: [u64; 8] = [1, 1, 4, 1, 1, 11, 50, 15];

/// A standalone instance behind a target group, that AWS will reboot within the day.
fn standalone(stage: &Stage, name: &str) -> Outcome<Subject> {
    let kind = Kind::Standalone(json!({ "target_group": "web" }));
    scheduled(stage, Subject::build(stage, name, &kind)?)
}

fn scheduled(stage: &Stage, subject: Subject) -> Outcome<Subject> {
    let event = json!({ "code": "instance-reboot", "not_before": "+20h" });
    stage.schedule(&subject.instance, &event)?;
    Ok(subject)
}

/// The reports of a sweep each time after so many minutes.
fn sweeps(stage: &Stage, minutes: &[u64]) -> Outcome<Vec<Value>> {
    let sweep = |minutes: &u64| {
        stage.pass(minutes * 60)?;
        stage.sweep()
    };
    minutes.iter().map(sweep).collect()
}

/// The alerts of these reports that tell of a denial.
fn denials(reports: &[Value]) -> Vec<String> {
    let alerts = reports.iter().filter_map(|report| report["alerts"].as_array()).flatten();
    let denied = alerts.map(ToString::to_string).filter(|alert| alert.contains("Unauthorized"));
    denied.collect()
}

fn sum(reports: &[Value], count: &str) -> u64 {
    reports.iter().filter_map(|report| report["counts"][count].as_u64()).sum()
}

#[test]
fn without_leave_to_stop_what_is_stopped_comes_back_and_members_are_replaced() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let open = standalone(&stage, "open")?;
    stage.hint(from_ref(&open.instance))?;
    sweeps(&stage, &[1, 1])?;
    assert_eq!(stage.times("StopInstances", &open.instance)?, 1, "{:?}", stage.acts()?);

    stage.control(&json!({ "do": "revoke", "action": "ec2:StopInstances" }))?;
    let next = standalone(&stage, "next")?;
    let member = scheduled(&stage, Subject::build(&stage, "group", &Kind::Member(json!({})))?)?;
    let reports = sweeps(&stage, &BACK)?;
    assert_eq!(stage.truth_of(&open.instance)?, "moved");
    assert_eq!(stage.truth_of(&member.instance)?, "moved");
    assert_eq!(stage.times("StopInstances", &next.instance)?, 0);
    let told = denials(&reports);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("ec2:StopInstances") && told[0].contains(&next.instance), "{told:?}");
    assert_eq!(sum(&reports, "acts_refused"), 1, "{reports:?}");
    assert_eq!(sum(&reports, "permission_denied"), 1, "{reports:?}");
    assert_eq!(stage.truth()?.left_open(), Vec::<String>::new());
    assert_eq!(stage.slots()?, Vec::<String>::new());

    stage.control(&json!({ "do": "grant", "action": "ec2:StopInstances" }))?;
    sweeps(&stage, &[60, 1, 1])?;
    sweeps(&stage, &BACK)?;
    assert_eq!(stage.truth_of(&next.instance)?, "moved");
    Ok(())
}

#[test]
fn without_leave_to_start_it_is_tried_until_there_is_leave_again() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let open = standalone(&stage, "open")?;
    stage.hint(from_ref(&open.instance))?;
    sweeps(&stage, &[1])?;
    stage.control(&json!({ "do": "revoke", "action": "ec2:StartInstances" }))?;
    let reports = sweeps(&stage, &[1, 1, 5, 5])?;
    let told = denials(&reports);
    assert!(told[0].contains("ec2:StartInstances") && told[0].contains(&open.instance), "{told:?}");
    assert!(sum(&reports, "closings_failed") >= 3, "{reports:?}");
    assert_eq!(sum(&reports, "permission_denied"), sum(&reports, "closings_failed"));
    assert_eq!(reports[3]["counts"]["stopped_not_started"], 1, "{reports:?}");

    stage.control(&json!({ "do": "grant", "action": "ec2:StartInstances" }))?;
    sweeps(&stage, &BACK)?;
    assert_eq!(stage.truth_of(&open.instance)?, "moved");
    assert_eq!(stage.truth()?.left_open(), Vec::<String>::new());
    Ok(())
}
