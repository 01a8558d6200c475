//! Old and new versions on one ledger, with the built function: what it cannot read it leaves byte
//! for byte, everybody else goes on, and what an older version wrote it carries to its end.

use std::slice::from_ref;

use serde_json::{Value, json};

use crate::Outcome;
use crate::stage::{ENFORCE, Stage, text};

/// Minutes between the looks of a whole stop and start, or replacement, with its clean looks.
const LOOKS: [u64; 12] = [1, 1, 1, 1, 4, 1, 1, 11, 50, 15, 15, 15];

/// An open incident as a version would write it that is newer than any there is.
fn newer_incident(instance: &str, event: &str, group: Option<&str>) -> Value {
    let document = json!({ "key": format!("{instance}/{event}"), "phase": { "name": "asleep" } });
    let mut item = json!({
        "pk": { "S": "incident" },
        "sk": { "S": format!("{instance}/{event}") },
        "format": { "N": "99" },
        "version": { "N": "7" },
        "document": { "S": document.to_string() },
        "instance": { "S": instance },
        "phase": { "S": "asleep" },
        "of_a_later_version": { "L": [{ "BOOL": true }] },
    });
    if let Some(group) = group {
        item["group"] = json!({ "S": group });
    }
    item
}

/// The ledger's item of this name.
fn item(stage: &Stage, partition: &str, sort: &str) -> Outcome<Value> {
    let mut items = stage.standin.ledger()?.into_iter();
    let found = items.find(|item| item["pk"]["S"] == partition && item["sk"]["S"] == sort);
    Ok(found.ok_or(format!("{partition}/{sort} is not there"))?)
}

/// Alerts in which all of these words stand.
fn alerts(report: &Value, words: &[&str]) -> usize {
    let alerts = report["alerts"].as_array().into_iter().flatten();
    alerts.filter(|alert| words.iter().all(|word| text(alert).contains(word))).count()
}

#[test]
fn an_incident_of_a_newer_version_stays_as_it_is_and_its_neighbours_are_moved() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let members = stage.group("web", &json!({}))?;
    let neighbours = stage.group("api", &json!({}))?;
    let event = stage.reboot_of(&members[0])?;
    let newer = newer_incident(&members[0], &event, Some("web"));
    stage.standin.put_ledger_item(&newer)?;
    stage.reboot_of(&members[1])?;
    stage.reboot_of(&neighbours[0])?;
    stage.control(&json!({ "do": "reset_calls" }))?;
    let first = stage.hint(&members[..2])?;
    assert_eq!(alerts(&first, &["incident/", &members[0], "newer version"]), 1, "{first}");
    assert_eq!(first["counts"]["ledger_unread"], 1, "{first}");
    for minutes in LOOKS {
        stage.pass(minutes * 60)?;
        let report = stage.sweep()?;
        assert_eq!(alerts(&report, &["newer version"]), 0, "told once: {report}");
    }
    assert_eq!(item(&stage, "incident", &format!("{}/{event}", members[0]))?, newer);
    assert_eq!(stage.truth_of(&neighbours[0])?, "moved");
    // Its own group may lose one at a time, and this one counts.
    let acts = stage.acts()?;
    let of_its_group = |act: &&String| members.iter().any(|member| act.contains(member));
    assert_eq!(acts.iter().filter(of_its_group).count(), 0, "{acts:?}");
    Ok(())
}

#[test]
fn a_stopped_instance_of_a_newer_version_is_alarmed_and_nobody_elses_to_start() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let instance = stage.instance("db", &json!({}))?;
    let event =
        stage.schedule(&instance, &json!({ "code": "instance-reboot", "not_before": "+20h" }))?;
    let newer = newer_incident(&instance, &event, None);
    stage.standin.put_ledger_item(&newer)?;
    let tags = json!({ "reberth:incident": event });
    stage.control(&json!({ "do": "tag", "instance": instance, "tags": tags }))?;
    stage.control(&json!({ "do": "stop_by_hand", "instance": instance }))?;
    stage.pass(5 * 60)?;
    stage.control(&json!({ "do": "reset_calls" }))?;
    let first = stage.sweep()?;
    assert_eq!(alerts(&first, &["is stopped", &instance]), 1, "{first}");
    for report in [first, stage.sweep()?] {
        assert_eq!(report["counts"]["stopped_not_started"], 1, "{report}");
        assert_eq!(report["counts"]["given_up"], 1, "{report}");
    }
    assert_eq!(stage.acts()?, Vec::<String>::new());
    assert_eq!(item(&stage, "incident", &format!("{instance}/{event}"))?, newer);
    Ok(())
}

#[test]
fn under_a_governor_of_a_newer_version_nothing_is_opened_and_what_is_stopped_is_started() -> Outcome
{
    let stage = Stage::with(&ENFORCE)?;
    let instance = stage.instance("web", &json!({ "target_group": "web" }))?;
    let other = stage.instance("other", &json!({}))?;
    stage.schedule(&instance, &json!({ "code": "instance-reboot", "not_before": "+20h" }))?;
    stage.hint(from_ref(&instance))?;
    stage.sweep_after(&[1, 1])?;
    assert_eq!(stage.times("StopInstances", &instance)?, 1);
    let mut governor = item(&stage, "state", "governor")?;
    assert_eq!(governor["format"]["N"], "1");
    governor["format"]["N"] = json!("2");
    governor["acts"] = json!({ "M": {} });
    stage.standin.put_ledger_item(&governor)?;
    stage.schedule(&other, &json!({ "code": "instance-reboot", "not_before": "+20h" }))?;
    stage.hint(from_ref(&other))?;
    stage.sweep_after(&LOOKS)?;
    assert_eq!(stage.truth_of(&instance)?, "moved");
    assert_eq!(stage.truth()?.serving(&instance), [true]);
    assert_eq!(stage.times("StopInstances", &other)?, 0);
    assert_eq!(item(&stage, "state", "governor")?, governor);
    Ok(())
}

/// As version 0.1.0 wrote it before items had a format.
fn without_format(mut item: Value) -> Outcome<Value> {
    let mut document: Value = serde_json::from_str(&text(&item["document"]["S"]))?;
    let (outer, inner) = (item.as_object_mut(), document.as_object_mut());
    assert!(outer.and_then(|item| item.remove("format")).is_some());
    assert!(inner.and_then(|document| document.remove("format")).is_some());
    item["document"] = json!({ "S": document.to_string() });
    Ok(item)
}

#[test]
fn what_a_version_without_formats_wrote_is_carried_to_its_end_from_any_phase() -> Outcome {
    for looks in [&[][..], &[1], &[1, 1], &[1, 1, 1, 1]] {
        let stage = Stage::with(&ENFORCE)?;
        let instance = stage.instance("web", &json!({ "target_group": "web" }))?;
        let event = json!({ "code": "instance-reboot", "not_before": "+20h" });
        let event = stage.schedule(&instance, &event)?;
        stage.hint(from_ref(&instance))?;
        stage.sweep_after(looks)?;
        let written = item(&stage, "incident", &format!("{instance}/{event}"))?;
        let phase = text(&written["phase"]["S"]);
        stage.standin.put_ledger_item(&without_format(written)?)?;
        stage.sweep_after(&LOOKS)?;
        assert_eq!(stage.truth_of(&instance)?, "moved", "from {phase}");
        let ended = stage.incident_of(&instance)?.map(|one| one.outcome);
        assert_eq!(ended.as_deref(), Some("moved"), "from {phase}");
        assert_eq!(stage.truth()?.left_open(), Vec::<String>::new(), "from {phase}");
    }
    Ok(())
}
