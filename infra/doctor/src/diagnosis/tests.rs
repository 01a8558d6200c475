//! The JSON, and the page that is made of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use shared::plan::Order;
use shared::policy::Ceilings;
use shared::testing::builders::{
    enforcing, group, incident_of, reboot_of, standalone, unhurried, world,
};

use super::Diagnosis;
use crate::case::{Case, Role, Stack, Trial, TrialOutcome};
use crate::fixture::{case, deployed, seen};
use crate::page;

/// One of everything that a diagnosis can have.
fn full() -> Diagnosis {
    let window = "Sun 02:00-06:00 @ Europe/Paris";
    let world = world()
        .with(group("web").members(6).tagged("mode", "observe").tagged("window", window))
        .with(reboot_of("web-1").in_days(9))
        .with(group("quiet").members(6).tagged("mode", "observe"))
        .with(reboot_of("quiet-1").in_days(9))
        .with(standalone("lone").tagged("mode", "enforce"))
        .with(incident_of("web-2").replacing(Order::TerminateFirst).minutes_ago(150));
    let trial = Trial {
        action: "StopInstances".into(),
        object: "i-0123456789abcdef0".into(),
        outcome: TrialOutcome::Allowed,
        words: String::new(),
    };
    let denied = BTreeMap::from([("ec2:StopInstances".to_owned(), "explicitDeny".to_owned())]);
    let role = Role { arn: "arn:aws:iam::123456789012:role/r".into(), simulated: 9, denied };
    let stack = Stack { role: Some(role), ..deployed() };
    let case = Case { trials: vec![trial], stack: Some(stack), ..case() };
    Diagnosis::of(&seen(world, &unhurried(), case))
}

/// Paths of all fields; keys of objects that are named by what they are about do not count.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) if !["ceilings", "role.denied"].contains(&path) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let listed = if value.is_array() { format!("{path}[]") } else { path };
                found.insert(listed.clone());
                paths(value, &listed, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| paths(item, path, found)),
        _ => {}
    }
}

#[test]
fn every_field_of_the_json_has_its_row_and_every_row_its_field() {
    let mut fields = BTreeSet::new();
    paths(&serde_json::to_value(full()).unwrap(), "", &mut fields);
    let document = include_str!("../../../../docs/doctor.md");
    let (_, table) = document.split_once("\n## The JSON\n").unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let rows: BTreeSet<String> = rows.map(|(name, _)| name.to_owned()).collect();
    assert_eq!(fields, rows);
}

#[test]
fn the_page_tells_of_everything_that_the_json_has() {
    let diagnosis = full();
    let page = page::render(&diagnosis);
    let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
    for row in &diagnosis.outlook {
        assert!(words.contains(&row.today.words), "{}\n{page}", row.today.words);
    }
    for finding in &diagnosis.findings {
        assert!(words.contains(&format!("{}: {}", finding.code, finding.object)), "{page}");
    }
    for command in diagnosis.event_windows.iter().flat_map(|window| &window.commands) {
        assert!(page.contains(command.as_str()), "{command} is broken:\n{page}");
    }
}

#[test]
fn the_page_keeps_to_its_width_but_for_commands() {
    let page = page::render(&full());
    let wide: Vec<&str> = page
        .lines()
        .filter(|line| line.chars().count() > 100 && !line.contains("aws ec2"))
        .collect();
    assert_eq!(wide, [""; 0]);
}

#[test]
fn what_enforcing_would_do_is_told_where_it_differs() {
    let outlook = full().outlook;
    let of = |group: &str| outlook.iter().find(|row| row.group.as_deref() == Some(group)).unwrap();
    assert_eq!(of("web").enforced, None, "its window holds it in any mode");
    let quiet = of("quiet");
    assert_eq!(quiet.today.reason, "observe");
    assert_eq!(quiet.enforced.as_ref().map(|answer| answer.action), Some("replace"));
    assert_eq!(quiet.at, Some(shared::testing::builders::now()));
}

#[test]
fn a_zone_that_changes_its_clocks_is_minded() {
    let noted = |window: &str| {
        let world = world().with(group("web").members(6).tagged("window", window));
        Diagnosis::of(&seen(world, &enforcing(), case())).event_windows.remove(0).note
    };
    assert!(noted("Sun 02:00-06:00 @ Europe/Paris").contains("changes its clocks"));
    assert_eq!(noted("Sun 02:00-06:00"), "");
}

#[test]
fn a_mode_that_does_not_hold_is_told_with_its_reason() {
    let told = |mode: &str, ceilings: &Ceilings| {
        let world = world().with(group("web").members(6).tagged("mode", mode));
        let row = Diagnosis::of(&seen(world, ceilings, case())).scope.remove(0);
        (row.mode, row.because)
    };
    assert_eq!(told("Enforce ", &enforcing()), ("enforce", ""));
    assert_eq!(told("enforced", &enforcing()), ("observe", "its tag cannot be read"));
    let (mode, because) = told("enforce", &Ceilings::default());
    assert_eq!((mode, because.contains("MaximumMode")), ("observe", true));
}

#[test]
fn groups_beyond_those_that_were_asked_are_told() {
    let told = |world| Diagnosis::of(&seen(world, &enforcing(), case())).not_checked.pop().unwrap();
    assert!(told(world().with(group("web").members(6))).starts_with("no stack was named"));
    assert!(
        told(world().with(group("web").members(6).not_asked())).starts_with("whether 1 groups")
    );
}

#[test]
fn the_exit_status_follows_what_is_to_be_mended() {
    let sound = world().with(group("web").members(6));
    assert_eq!(Diagnosis::of(&seen(sound, &enforcing(), case())).exit_status, 0);
    let small = world().with(group("web").members(1));
    assert_eq!(Diagnosis::of(&seen(small, &enforcing(), case())).exit_status, 1);
    let noted = world().with(group("old").members(3).not_opted_in());
    let noted = noted.with(reboot_of("old-1").in_days(3));
    assert_eq!(Diagnosis::of(&seen(noted, &enforcing(), case())).exit_status, 0);
}
