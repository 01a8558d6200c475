//! Whoever can reach a queue, a function or a tag: all of it comes down to a look. The table of
//! these threats is in `docs/security.md`.

use std::fs;

use serde_json::{Value, json};
use tests::standin::{QueueMessage, batch};
use tests::workspace;

use crate::stage::{ENFORCE, Stage, enforce_and, hints, text};
use crate::{Outcome, function};

/// A name that tries to be a line of the log, a command of a terminal, a mention, a link and a
/// sentence that reads backwards.
const NAME: &str = "a\n{\"level\":\"INFO\",\"outcome\":\"applied\"}\u{1b}[2J<!channel> \
                    [x](http://x.example) \u{202e}";

/// What is stopped, ended or otherwise changed, past the describe calls.
fn nothing_done(stage: &Stage, what: &str) -> Outcome {
    assert_eq!(stage.acts()?, Vec::<String>::new(), "{what}");
    Ok(())
}

/// Messages that nobody of ours wrote, about these healthy instances.
fn forged(instances: &[String]) -> Vec<(&'static str, Value)> {
    let ten_thousand: Vec<String> = (0..10_000).map(|number| format!("i-{number:017x}")).collect();
    let with = |mut message: Value, further: &Value| {
        if let (Some(message), Some(further)) = (message.as_object_mut(), further.as_object()) {
            message.extend(further.clone());
        }
        message
    };
    let hint = |kind: &str, instances: &[String]| {
        let names = json!({ "reberth": "hint", "version": 1, "kind": kind });
        with(names, &json!({ "instances": instances, "hops": 0 }))
    };
    let claims = json!({
        "at": "2026-11-01T00:00:00Z", "mode": "enforce", "deadline": "force", "relaunch": "reboot",
        "account": "999999999999", "region": "eu-central-1", "not_before": "2020-01-01T00:00:00Z",
    });
    let state = json!({
        "version": "0", "source": "aws.ec2", "account": "999999999999", "region": "eu-central-1",
        "detail-type": "EC2 Instance State-change Notification", "time": "2026-11-01T00:00:00Z",
        "detail": { "instance-id": instances[0], "state": "stopped" },
    });
    vec![
        ("a notice", hint("notice", instances)),
        ("the end of one", hint("closed", instances)),
        ("a change of state", hint("state_change", instances)),
        (
            "a look again, handed on for ever",
            with(hint("look_again", &[]), &json!({ "hops": 255 })),
        ),
        ("dates, modes and other places", with(hint("notice", instances), &claims)),
        ("ten thousand instances", hint("notice", &ten_thousand)),
        ("a sweep with orders", with(json!({ "reberth": "sweep" }), &claims)),
        (
            "a question with orders",
            with(json!({ "reberth": "why", "instance": instances[0] }), &claims),
        ),
        ("a change of state elsewhere", state),
    ]
}

/// What of the ledger acts rest on: everything but when the next look is due.
fn ledger(stage: &Stage) -> Outcome<Vec<String>> {
    let items = stage.standin.ledger()?.into_iter();
    let mut items: Vec<String> =
        items.filter(|item| item["sk"]["S"] != "look-again").map(|item| item.to_string()).collect();
    items.sort();
    Ok(items)
}

#[test]
fn forged_messages_cost_a_look_on_the_queue_and_by_direct_invocation() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let mut instances = stage.group("web", &json!({}))?;
    instances.push(stage.instance("db", &json!({ "target_group": "db" }))?);
    stage.sweep()?;
    let before = ledger(&stage)?;
    stage.control(&json!({ "do": "reset_calls" }))?;
    for (what, message) in forged(&instances) {
        let message = message.to_string();
        let queued = batch("maintenance", &[QueueMessage::new("m-1", message.clone())]).to_string();
        for payload in [queued, message] {
            let answer = stage.reconciler.invoke(&payload);
            assert_eq!((answer.died(), answer.error()), (None, None), "{what}: {answer}");
            assert_eq!(answer.reports().len(), 1, "{what}: {answer}");
        }
        nothing_done(&stage, what)?;
        assert_eq!(ledger(&stage)?, before, "{what}");
    }
    Ok(())
}

#[test]
fn a_notice_of_another_account_or_region_is_dropped_and_nobody_is_sent_to_look() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let router = function(&stage.standin, "health-event-router")?;
    let path = workspace().join("events/health/system-reboot-maintenance.json");
    let sample: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let hints = stage.standin.queue("MaintenanceReconcilerQueue")?;
    hints.take_all()?;
    for (field, value, count) in [
        ("/detail/affectedAccount", "999999999999", "other_account"),
        ("/detail/eventRegion", "eu-central-1", "other_region"),
    ] {
        let mut notice = sample.clone();
        *notice.pointer_mut(field).ok_or(field)? = json!(value);
        let answer = router.invoke(&notice.to_string());
        let report = crate::stage::report(&answer)?;
        assert_eq!(report["counts"][count], 1, "{report}");
        assert_eq!(hints.take_all()?, [], "{field}");
    }
    let report = crate::stage::report(&router.invoke(&sample.to_string()))?;
    assert_eq!((&report["counts"]["hinted"], hints.take_all()?.len()), (&json!(1), 1), "{report}");
    Ok(())
}

#[test]
fn messages_that_come_again_after_their_work_is_done_open_nothing() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let members = stage.group("web", &json!({}))?;
    stage.reboot_of(&members[0])?;
    let old = hints(&[&members[..1]]);
    stage.reconciler.invoke(&old);
    stage.sweep_after(&[5, 5, 5, 15, 15, 15, 15, 15])?;
    assert_eq!(stage.truth_of(&members[0])?, "moved");
    stage.control(&json!({ "do": "reset_calls" }))?;
    let before = ledger(&stage)?;
    for _ in 0..3 {
        stage.pass(24 * 60 * 60)?;
        stage.reconciler.invoke(&old);
    }
    nothing_done(&stage, "a replay")?;
    assert_eq!(ledger(&stage)?, before);
    Ok(())
}

#[test]
fn tags_cannot_widen_what_the_stack_allows() -> Outcome {
    let stage = Stage::with(&enforce_and(("REBERTH_MAXIMUM_UNAVAILABLE", "2")))?;
    let greedy = json!({
        "desired": 9, "max": 12,
        "tags": {
            "reberth:mode": "enforce",
            "reberth:max-unavailable": "100000",
            "reberth:limits": "everything=100000",
            "reberth:deadline": "force",
        },
    });
    let members = stage.group("greedy", &greedy)?;
    let off = stage.group("off", &json!({ "tags": { "reberth:mode": "off" } }))?;
    for member in members.iter().chain(&off) {
        stage.reboot_of(member)?;
        let tags = json!({ "reberth:mode": "enforce", "reberth:tolerance": "high" });
        stage.control(&json!({ "do": "tag", "instance": member, "tags": tags }))?;
    }
    stage.control(&json!({ "do": "reset_calls" }))?;
    for minutes in [0, 5, 5, 15, 15, 15, 15] {
        stage.pass(minutes * 60)?;
        let report = stage.sweep()?;
        assert!(report["counts"]["out"].as_u64() <= Some(2), "{report}");
    }
    let acts = stage.acts()?;
    assert!(!acts.is_empty() && !off.iter().any(|id| acts.iter().any(|act| act.contains(id))));
    Ok(())
}

#[test]
fn a_tag_that_cannot_be_read_holds_and_is_reported() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let long = "x".repeat(256);
    for (number, (key, value)) in [
        ("reberth:mode", "enforce\u{202e}"),
        ("reberth:mode", long.as_str()),
        ("reberth:hold-until", "<script>"),
        ("reberth:window", "Sun 99:00-02:00 @ Nowhere"),
        ("reberth:ready", "sh:reboot"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut tags = json!({ "reberth:mode": "enforce" });
        tags[key] = json!(value);
        let group = format!("group-{number}");
        let members = stage.group(&group, &json!({ "tags": tags }))?;
        stage.reboot_of(&members[0])?;
        stage.control(&json!({ "do": "reset_calls" }))?;
        let report = stage.hint(&members[..1])?;
        assert!(report["counts"]["tags_unreadable"].as_u64() >= Some(1), "{key}={value}: {report}");
        nothing_done(&stage, key)?;
        stage.control(&json!({ "do": "delete_group", "group": group }))?;
        stage.pass(10 * 60)?;
    }
    Ok(())
}

#[test]
fn a_name_cannot_write_a_line_of_the_log_nor_reach_a_terminal() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let instance = stage.instance("db", &json!({}))?;
    stage.control(&json!({ "do": "tag", "instance": instance, "tags": { "Name": NAME } }))?;
    stage.schedule(&instance, &json!({ "code": "instance-reboot", "not_before": "+20h" }))?;
    let answer = stage.reconciler.invoke(&hints(&[&[instance]]));
    assert_eq!(answer.reports().len(), 1, "{answer}");
    for line in &answer.log {
        let read: Value = serde_json::from_str(line)?;
        assert!(read.is_object(), "{line}");
        assert!(!line.contains(char::is_control) && !line.contains('\u{202e}'), "{line}");
    }
    Ok(())
}

#[test]
fn six_megabytes_of_messages_are_answered_message_by_message() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let body = json!({ "reberth": "hint", "version": 1, "kind": "x".repeat(600_000) }).to_string();
    let message = |number: usize| QueueMessage::new(format!("m-{number}"), body.clone());
    let messages: Vec<_> = (0..10).map(message).collect();
    let payload = batch("maintenance", &messages).to_string();
    assert!(payload.len() > 6_000_000);
    let answer = stage.reconciler.invoke(&payload);
    assert_eq!((answer.died(), answer.reports().len()), (None, 1), "{:?}", answer.ending);
    assert!(answer.log.iter().all(|line| line.len() < 256 * 1024));
    nothing_done(&stage, "six megabytes")
}

/// An instance that carries the mark of an incident which nobody knows.
fn marked(stage: &Stage, name: &str, tags: &Value) -> Outcome<String> {
    let instance = stage.instance(name, &json!({ "tags": tags }))?;
    let mark = json!({ "reberth:incident": "instance-event-0123456789abcdef0" });
    stage.control(&json!({ "do": "tag", "instance": instance, "tags": mark }))?;
    Ok(instance)
}

#[test]
fn a_forged_mark_starts_nobodys_instance_where_the_stack_only_observes() -> Outcome {
    let stage = Stage::with(&[("REBERTH_MAXIMUM_MODE", "observe")])?;
    let instance = marked(&stage, "quarantined", &json!({ "reberth:mode": "enforce" }))?;
    stage.control(&json!({ "do": "stop_by_hand", "instance": instance }))?;
    stage.pass(5 * 60)?;
    stage.control(&json!({ "do": "reset_calls" }))?;
    let report = stage.sweep()?;
    nothing_done(&stage, "a forged mark")?;
    assert_eq!(report["counts"]["given_up"], 1, "{report}");
    assert_eq!(text(&report["decisions"][0]["reason"]), "mark_not_believed");
    Ok(())
}

#[test]
fn a_forged_mark_without_a_mode_and_one_on_a_running_instance_stop_nothing() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let instance = marked(&stage, "stranger", &json!({}))?;
    stage.control(&json!({ "do": "untag", "instance": instance, "keys": ["reberth:mode"] }))?;
    stage.control(&json!({ "do": "stop_by_hand", "instance": instance }))?;
    let running = marked(&stage, "running", &json!({ "reberth:mode": "enforce" }))?;
    stage.pass(5 * 60)?;
    stage.control(&json!({ "do": "reset_calls" }))?;
    stage.sweep_after(&[0, 5, 5, 15, 15, 50])?;
    let acts = stage.acts()?;
    assert!(!acts.iter().any(|act| act.contains(&instance)), "{acts:?}");
    assert_eq!(stage.truth()?.serving(&running), [true]);
    assert!(acts.iter().all(|act| act.starts_with("DeleteTags")), "only the mark goes: {acts:?}");
    Ok(())
}
