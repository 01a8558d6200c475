//! The table of kinds against its files and samples, and what all kinds have in common.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

use super::envelope::peel;
use super::*;

fn events() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../events"))
}

/// The text of `events/<kind>/<case>.json`.
pub(super) fn sample(kind: &str, case: &str) -> String {
    let path = events().join(kind).join(format!("{case}.json"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The one event of a payload.
pub(super) fn only(payload: &str) -> Result<Event, Unreadable> {
    let mut messages = peel(payload);
    assert_eq!(messages.len(), 1, "{payload}");
    messages.remove(0).event
}

/// Every sample of a folder, by its name.
fn samples(kind: &str) -> Vec<(String, String)> {
    let mut samples: Vec<_> = fs::read_dir(events().join(kind))
        .unwrap_or_else(|error| panic!("events/{kind}: {error}"))
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let case = path.file_stem().unwrap().to_string_lossy().into_owned();
            (format!("{kind}/{case}"), fs::read_to_string(path).unwrap())
        })
        .collect();
    samples.sort();
    samples
}

/// The kinds found in a payload; `None` stands for an event that could not be read.
fn kinds_in(payload: &str) -> Vec<Option<&'static str>> {
    peel(payload).iter().map(|message| message.event.as_ref().ok().map(Event::kind)).collect()
}

#[test]
fn the_table_the_folders_and_the_files_agree() {
    for kind in KINDS {
        let file = format!("src/event/{}.rs", kind.name.replace('-', "_"));
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
        assert!(file.exists(), "{}", file.display());
        assert!(!samples(kind.name).is_empty(), "{}", kind.name);
        assert!(!kind.recognised_by.is_empty());
    }
    let folders: BTreeSet<String> = fs::read_dir(events())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let known = KINDS.map(|kind| kind.name.to_owned()).into_iter();
    assert_eq!(folders, known.chain(["garbage".into(), "unknown".into()]).collect());
}

#[test]
fn every_sample_is_of_its_folders_kind_and_belongs_to_its_function() {
    for kind in KINDS {
        for (name, payload) in samples(kind.name) {
            for message in peel(&payload) {
                match message.event {
                    Ok(event) => {
                        assert_eq!(event.kind(), kind.name, "{name}");
                        assert_eq!(event.belongs_to(), Some(kind.function), "{name}");
                    }
                    Err(error) => assert!(name.contains("poison"), "{name}: {error}"),
                }
            }
        }
    }
}

#[test]
fn p12_garbage_is_one_error_each_that_names_a_field() {
    for (name, payload) in samples("garbage") {
        let error = only(&payload).expect_err(&name);
        assert!(!error.field.is_empty() && !error.found.is_empty(), "{name}: {error}");
        assert!(error.to_string().ends_with(error.remedy.words()), "{name}: {error}");
    }
}

#[test]
fn p15_events_of_others_are_no_errors_and_belong_to_nobody() {
    for (name, payload) in samples("unknown") {
        let event = only(&payload).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((event.kind(), event.belongs_to()), ("unknown", None), "{name}");
    }
}

#[test]
fn p12_the_errors_of_the_garbage_name_what_is_wrong() {
    let rows = [
        ("empty-object", "source", "nothing"),
        ("list", "body", "a list of 3"),
        ("health-without-detail", "detail", "nothing"),
        ("health-wrong-types", "detail.eventTypeCode", "a list of 1"),
        ("instance-state-wrong-types", "detail.instance-id", "a list of 1"),
        ("hint-of-another-version", "version", "2"),
        ("hint-wrong-types", "hops", "`none`"),
        ("unknown-word", "reberth", "`reboot-everything`"),
        ("question-without-instance", "instance", "nothing"),
        ("records-not-a-list", "Records", "`none`"),
        ("record-without-source", "Records[0].eventSource", "neither"),
        ("record-without-body", "Records[0].body", "none"),
        ("deep-body", "body", "1000"),
        ("source-without-detail-type", "detail-type", "nothing"),
        ("scheduler-input-of-another", "source", "nothing"),
    ];
    assert_eq!(rows.len(), samples("garbage").len());
    for (case, field, found) in rows {
        let error = only(&sample("garbage", case)).unwrap_err();
        assert_eq!((error.field.as_str(), error.found.as_str()), (field, found), "{case}");
    }
}

#[test]
fn every_sample_has_one_row_in_the_table_and_every_row_its_sample() {
    let readme = fs::read_to_string(events().join("README.md")).unwrap();
    let mut rows: Vec<_> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once(".json` |"))
        .map(|(file, _)| file.to_owned())
        .collect();
    rows.sort();
    let folders = KINDS.map(|kind| kind.name).into_iter().chain(["garbage", "unknown"]);
    let mut files: Vec<_> = folders.flat_map(samples).map(|(name, _)| name).collect();
    files.sort();
    assert_eq!(rows, files);
}

#[test]
fn p44_the_order_of_messages_changes_none_of_them() {
    let names = ["notice", "closed", "state-change"];
    let record = |name: &str| {
        let body = sample("hint", name);
        serde_json::json!({"messageId": name, "eventSource": "aws:sqs", "body": body})
    };
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let read = orders.map(|order| {
        let records: Vec<Value> = order.into_iter().map(|n| record(names[n])).collect();
        let mut messages = peel(&serde_json::json!({ "Records": records }).to_string());
        messages.sort_by(|one, other| one.id.cmp(&other.id));
        messages
    });
    assert!(read.iter().all(|messages| messages.len() == 3 && *messages == read[0]));
}

/// Any JSON, a little deeper and wider than AWS writes it.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        Just(Value::from("aws.health")),
        Just(Value::from("i-0aa11bb22cc33dd01")),
    ];
    let name = prop_oneof![
        "[a-zA-Z-]{0,12}",
        Just("detail".to_owned()),
        Just("source".to_owned()),
        Just("reberth".to_owned()),
        Just("Records".to_owned()),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Puts a foreign value at the n-th place of a sample, whatever stands there.
fn replace_nth(value: &mut Value, n: &mut usize, by: &Value) {
    if *n == 0 {
        *value = by.clone();
    }
    *n = n.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace_nth(item, n, by)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace_nth(field, n, by)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        peel(&text);
    }

    #[test]
    fn no_json_panics(value in any_json()) {
        peel(&value.to_string());
    }

    #[test]
    fn no_change_to_a_sample_panics(
        folder in 0..KINDS.len(), pick in any::<prop::sample::Index>(), place in 0_usize..40,
        by in any_json(), wrapped in any::<bool>(),
    ) {
        let samples = samples(KINDS[folder].name);
        let mut event: Value = serde_json::from_str(&samples[pick.index(samples.len())].1).unwrap();
        replace_nth(&mut event, &mut place.clone(), &by);
        let payload = if wrapped {
            serde_json::json!({"Records": [{"eventSource": "aws:sqs", "body": event.to_string()}]})
        } else {
            event
        };
        for message in peel(&payload.to_string()) {
            prop_assert!(message.raw.len() <= envelope::COPY_BYTES_MAX);
        }
    }

    #[test]
    fn a_cut_sample_is_read_or_refused(pick in any::<prop::sample::Index>(), at in 0_usize..2000) {
        let samples = samples("health");
        let text = &samples[pick.index(samples.len())].1;
        let cut: String = text.chars().take(at).collect();
        prop_assert!(kinds_in(&cut).len() <= 3);
    }
}
