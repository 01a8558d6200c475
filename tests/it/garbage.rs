//! What no sender should send: it must cost one look at most, never a process, never a retry.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tests::runtime_api::{Ending, Function};
use tests::sample::Sample;
use tests::standin::{QueueMessage, Standin, batch};

use crate::{FUNCTIONS, Outcome, function};

/// One for all tests of this file. Nothing here leaves what another test could stumble over.
static STANDIN: LazyLock<Result<Standin, String>> =
    LazyLock::new(|| Standin::serve(&[]).map_err(|error| error.to_string()));

fn standin() -> Result<&'static Standin, String> {
    STANDIN.as_ref().map_err(String::clone)
}

/// Events as Lambda could hand them over.
fn events() -> Vec<(&'static str, String)> {
    let depth = 1_000;
    let deep = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    vec![
        ("null", "null".to_owned()),
        ("a number", "7".to_owned()),
        ("a text", "\"reberth\"".to_owned()),
        ("an array", "[[], {}, null]".to_owned()),
        ("an object without fields", "{}".to_owned()),
        ("a million bytes", json!({ "source": "x".repeat(1 << 20) }).to_string()),
        ("a thousand levels", deep.clone()),
        ("a thousand levels below a known field", format!("{{\"detail\":{deep}}}")),
        ("no records", json!({ "Records": [] }).to_string()),
        ("records of another kind", json!({ "Records": [1, "a", null, {}] }).to_string()),
        ("a question without an instance", json!({ "reberth": "why" }).to_string()),
        ("a hint of the future", json!({ "reberth": "hint", "version": 999 }).to_string()),
        ("an unknown word of our own", json!({ "reberth": "dance" }).to_string()),
    ]
}

/// Invokes with `event`; in words what is wrong with the answer, if anything is.
fn wrong(function: &Function, name: &str, event: &str) -> Option<String> {
    let answer = function.invoke(event);
    let reports = answer.reports();
    let outcome = reports.first().and_then(|report| report.get("outcome")).and_then(Value::as_str);
    let fine = matches!(answer.ending, Ending::Returned(_))
        && reports.len() == 1
        && matches!(outcome, Some(outcome) if outcome != "failed");
    let start: String = event.chars().take(200).collect();
    (!fine).then(|| format!("{name}: {start}\n{answer}"))
}

#[test]
fn garbage_is_answered_with_one_report_and_no_failure() -> Outcome {
    for name in FUNCTIONS {
        let function = function(standin()?, name)?;
        let found: Vec<_> =
            events().iter().filter_map(|(what, event)| wrong(&function, what, event)).collect();
        assert!(found.is_empty(), "{name}\n{}", found.join("\n\n"));
    }
    Ok(())
}

#[test]
fn what_is_not_json_does_not_end_the_process() -> Outcome {
    for name in FUNCTIONS {
        let function = function(standin()?, name)?;
        for event in ["", "{", "not json", "{\"a\":", "\u{0}"] {
            let answer = function.invoke(event);
            assert_eq!(answer.died(), None, "{name}: {event:?}");
        }
        assert!(!function.invoke("{}").cold, "{name}: a new process was needed");
    }
    Ok(())
}

/// Each place is twisted in the first sample of its kind that has it: one shape, one trial.
#[test]
fn a_wrong_type_in_any_field_of_any_sample_is_no_failure() -> Outcome {
    for name in FUNCTIONS {
        let function = function(standin()?, name)?;
        let (mut tried, mut found) = (BTreeSet::new(), Vec::new());
        for sample in Sample::all()?.iter().filter(|sample| sample.function == name) {
            let Ok(event) = serde_json::from_str::<Value>(&sample.event()?) else { continue };
            let kind = sample.file.split('/').next().unwrap_or_default();
            for place in places(&event) {
                if !tried.insert(format!("{kind}{place}")) {
                    continue;
                }
                let what = format!("{} at {place}", sample.file);
                let twisted = twisted(&event, &place);
                found.extend(twisted.filter_map(|event| wrong(&function, &what, &event)));
            }
        }
        assert!(found.is_empty(), "{name}: {}\n{}", found.len(), found.join("\n\n"));
    }
    Ok(())
}

#[test]
fn an_unreadable_message_goes_to_the_dead_letter_queue_and_not_back() -> Outcome {
    let queues = ["HealthEventRouterDeadLetterQueue", "MaintenanceReconcilerDeadLetterQueue"];
    for (name, queue) in FUNCTIONS.into_iter().zip(queues) {
        let (function, dead_letters) = (function(standin()?, name)?, standin()?.queue(queue)?);
        dead_letters.take_all()?;
        let bodies = ["not json at all", "{\"reberth\":\"hint\",\"version\":999}"];
        let message = |body: &str| QueueMessage::new(body.len().to_string(), body);
        let event = batch("any", &bodies.map(message)).to_string();
        let answer = function.invoke(&event);
        assert_eq!(answer.body(), Some(json!({ "batchItemFailures": [] })), "{name}: {answer}");
        let kept = dead_letters.take_all()?;
        assert!(kept.iter().any(|letter| letter.body.contains("not json at all")), "{kept:?}");
    }
    Ok(())
}

/// The event with the value at `place` replaced by one of each type.
fn twisted<'a>(event: &'a Value, place: &'a str) -> impl Iterator<Item = String> + 'a {
    let types = [json!(null), json!(-1), json!(true), json!("\u{fffd}"), json!([{}]), json!({})];
    types.into_iter().filter_map(move |wrong_type| {
        let mut twisted = event.clone();
        *twisted.pointer_mut(place)? = wrong_type;
        Some(twisted.to_string())
    })
}

/// JSON pointers to every value below the top; of an array only its first three elements.
fn places(value: &Value) -> Vec<String> {
    let below = |name: String, value: &Value| {
        let further = places(value).into_iter().map({
            let name = name.clone();
            move |place| format!("{name}{place}")
        });
        std::iter::once(name.clone()).chain(further).collect::<Vec<_>>()
    };
    match value {
        Value::Object(fields) => {
            let escaped = |name: &str| format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            fields.iter().flat_map(|(name, value)| below(escaped(name), value)).collect()
        }
        Value::Array(elements) => {
            let first = elements.iter().take(3).enumerate();
            first.flat_map(|(number, value)| below(format!("/{number}"), value)).collect()
        }
        _ => Vec::new(),
    }
}
