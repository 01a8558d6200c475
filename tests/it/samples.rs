//! Every row of the table in `events/README.md`, from the real binaries.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};
use tests::runtime_api::Answer;
use tests::sample::{Sample, differences};
use tests::standin::Standin;
use tests::workspace;

use crate::{FUNCTIONS, Outcome, function};

/// In the table's order and on one ledger, since a row may be the duplicate of one above it.
#[test]
fn every_sample_event_is_answered_as_its_table_says() -> Outcome {
    let standin = Standin::serve(&[])?;
    let functions: BTreeMap<_, _> = FUNCTIONS
        .into_iter()
        .map(|name| Ok((name, function(&standin, name)?)))
        .collect::<Result<_, Box<dyn std::error::Error>>>()?;
    let mut wrong = Vec::new();
    for sample in Sample::all()? {
        let Some(function) = functions.get(sample.function.as_str()) else {
            wrong.push(format!("{}: {:?} is no function", sample.file, sample.function));
            continue;
        };
        let answer = function.invoke(&sample.event()?);
        let found = answered(&answer).map_or_else(
            || vec!["no answer with one report".to_owned()],
            |answered| differences(&with_all_counts(&sample.answer), &with_all_counts(&answered)),
        );
        if !found.is_empty() {
            wrong.push(format!("{}:\n  {}\n{answer}", sample.file, found.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{} rows differ\n\n{}", wrong.len(), wrong.join("\n\n"));
    Ok(())
}

#[test]
fn every_sample_event_stands_in_the_table() -> Outcome {
    let listed: BTreeSet<_> = Sample::all()?.into_iter().map(|sample| sample.file).collect();
    let mut found = BTreeSet::new();
    for kind in fs::read_dir(workspace().join("events"))? {
        let kind = kind?;
        if !kind.file_type()?.is_dir() {
            continue;
        }
        for case in fs::read_dir(kind.path())? {
            let path = [kind.file_name(), case?.file_name()];
            found.insert(path.map(|part| part.to_string_lossy().into_owned()).join("/"));
        }
    }
    assert_eq!(found, listed);
    Ok(())
}

/// The counts of which the table leaves out those that are 0. What a function counts besides, such
/// as instances, is compared only where a row says it.
const COUNTS: [&str; 10] = [
    "duplicate",
    "hinted",
    "not_ec2",
    "not_ours",
    "other_account",
    "other_region",
    "received",
    "sweeps_completed",
    "unknown_kind",
    "unreadable",
];

fn with_all_counts(report: &Value) -> Value {
    let mut report = report.clone();
    if let Some(Value::Object(counts)) = report.get_mut("counts") {
        for name in COUNTS {
            counts.entry(name).or_insert_with(|| json!(0));
        }
    }
    report
}

/// The report of an invocation, with the failures that it returned to SQS among its fields.
fn answered(answer: &Answer) -> Option<Value> {
    let body = answer.body()?;
    let [Value::Object(mut report)] = <[Value; 1]>::try_from(answer.reports()).ok()? else {
        return None;
    };
    if let Some(failures) = body.get("batchItemFailures") {
        report.insert("batchItemFailures".to_owned(), failures.clone());
    }
    Some(Value::Object(report))
}
