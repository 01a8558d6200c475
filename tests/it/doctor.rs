//! The doctor: what it says of a fleet in which little is as it should be, and that it could not
//! change anything if it wanted to.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use tests::workspace;

use crate::Outcome;

/// Findings that the staged fleet cannot show: they shut others out, or the stand-in has no IAM.
const NOT_STAGED: [&str; 5] =
    ["item_unread", "nobody_told", "nothing_allowed", "role_denied", "switch_thrown"];

/// Names that a binary has only where it has the calls: actions that no page has to name, and for
/// the others what only such a call sends.
const ACTS: [&str; 12] = [
    "CancelCapacityReservation",
    "CreateCapacityReservation",
    "CreateTags",
    "DeleteTags",
    "ModifyInstanceEventStartTime",
    "RebootInstances",
    "ShouldDecrementDesiredCapacity",
    "ShouldRespectGracePeriod",
    "StartInstances",
    "StopInstances",
    "TransactWriteItems",
    "UpdateItem",
];

/// Lets the doctor look at the staged fleet; its JSON goes into a file of this name.
fn examine(json: &str) -> Outcome<(Output, Value)> {
    let file = workspace().join("target").join(json);
    let mut command = Command::new(workspace().join(".venv/bin/python"));
    command.args(["-m", "standin", "doctor", "--json"]).arg(&file);
    let output = command.env("PYTHONPATH", workspace().join("tests")).output()?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "it looked, and changed nothing: {told}");
    Ok((output, serde_json::from_slice(&fs::read(file)?)?))
}

#[test]
fn the_page_of_the_staged_fleet_is_as_it_was_read() -> Outcome {
    let (output, diagnosis) = examine("doctor-it.json")?;
    let page = String::from_utf8(output.stdout)?;
    let expected = fs::read_to_string(workspace().join("tests/it/doctor.page.txt"))?;
    let hint = "read it, and keep it: make doctor > tests/it/doctor.page.txt";
    assert!(page == expected, "{hint}\n{page}");
    let found = diagnosis["findings"].as_array().ok_or("findings is no list")?;
    let found: BTreeSet<&str> = found.iter().filter_map(|one| one["code"].as_str()).collect();
    let document = fs::read_to_string(workspace().join("docs/doctor.md"))?;
    let (_, table) = document.split_once("\n## Findings\n").ok_or("docs/doctor.md: Findings")?;
    let (table, _) = table.split_once("\n## ").ok_or("docs/doctor.md: the end of Findings")?;
    let codes = table.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0));
    let missing: Vec<&str> =
        codes.filter(|code| !found.contains(code) && !NOT_STAGED.contains(code)).collect();
    assert!(missing.is_empty(), "the staged fleet does not show {missing:?}");
    assert_eq!(diagnosis["exit_status"], 1);
    Ok(())
}

#[test]
fn the_binary_knows_the_name_of_no_act() -> Outcome {
    let known = |binary: &str| -> Outcome<Vec<&str>> {
        let bytes = fs::read(workspace().join("target/release").join(binary))?;
        let named = |act: &&&str| bytes.windows(act.len()).any(|window| window == act.as_bytes());
        Ok(ACTS.iter().filter(named).copied().collect())
    };
    assert_eq!(known("doctor")?, [""; 0]);
    assert_eq!(
        known("maintenance-reconciler")?,
        ACTS,
        "the names would be found if they were there"
    );
    Ok(())
}
