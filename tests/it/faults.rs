//! What AWS does to callers: it throttles, contends, fails, denies and tells of the past. None of
//! it may cost an instance twice, or leave a slot behind.

use std::collections::BTreeMap;
use std::slice::from_ref;

use serde_json::{Value, json};
use tests::proxy::Proxy;

use crate::Outcome;
use crate::stage::{ENFORCE, SWEEP, Stage, enforce_and, hints, report, text};

/// Opens a replacement that terminates first.
const TERMINATE: &str = "TerminateInstanceInAutoScalingGroup";
/// Writes an intent and takes its slots, before anything is opened.
const INTENT: &str = "TransactWriteItems";

/// A group of three, of which the first member has an event; that member.
fn one_scheduled(stage: &Stage, group: &str, plan: &Value) -> Outcome<String> {
    let members = stage.group(group, plan)?;
    let instance = members.first().ok_or("a group without members")?;
    stage.reboot_of(instance)?;
    Ok(instance.clone())
}

/// Sweeps until the incident's end; it was moved by one effective call, and holds nothing.
fn moved_by_one_call(stage: &Stage, instance: &str, opens: &str) -> Outcome {
    stage.sweep_after(&[5, 5, 5, 15, 15, 15, 15, 15])?;
    let opened = format!("{opens} 200 {instance}");
    let acts = stage.acts()?;
    assert_eq!(acts.iter().filter(|act| **act == opened).count(), 1, "{acts:?}");
    assert_eq!(stage.truth_of(instance)?, "moved");
    let incident = stage.incidents()?.into_iter().find(|one| one.instance == instance);
    assert_eq!(incident.map(|one| one.outcome).as_deref(), Some("moved"));
    assert_eq!(stage.slots()?, Vec::<String>::new());
    Ok(())
}

/// Deletes the group, and forgets its calls.
fn done_with(stage: &Stage, group: &str) -> Outcome {
    stage.control(&json!({ "do": "delete_group", "group": group }))?;
    stage.sweep_after(&[10])?;
    stage.control(&json!({ "do": "reset_calls" }))?;
    Ok(())
}

/// How many calls of an action were refused.
fn refused(stage: &Stage, action: &str) -> Outcome<usize> {
    let refused = |call: &&Value| call["action"] == action && call["status"] != 200;
    Ok(stage.calls()?.iter().filter(refused).count())
}

#[test]
fn p29_an_act_that_meets_a_passing_refusal_is_tried_again_at_a_later_look() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let launch_first = json!({ "maintenance_policy": { "min": 100, "max": 150 } });
    for (opens, plan) in [(TERMINATE, json!({})), ("SetInstanceHealth", launch_first)] {
        for (number, fault) in [
            json!({ "do": "contend", "code": "ResourceContention" }),
            json!({ "do": "contend", "code": "ScalingActivityInProgress" }),
            json!({ "do": "throttle" }),
            json!({ "do": "server_error" }),
        ]
        .iter_mut()
        .enumerate()
        {
            let group = format!("{}-{number}", opens.to_lowercase());
            let instance = one_scheduled(&stage, &group, &plan)?;
            fault["action"] = json!(opens);
            fault["count"] = json!(1);
            stage.control(fault)?;
            let report = stage.hint(from_ref(&instance))?;
            assert_eq!(refused(&stage, opens)?, 1, "{fault}");
            assert_eq!(report["counts"]["acts_failed"], 1, "{fault}: {report}");
            assert_eq!(report["alerts"], Value::Null, "{fault}: nobody is woken");
            moved_by_one_call(&stage, &instance, opens)?;
            done_with(&stage, &group)?;
        }
    }
    Ok(())
}

#[test]
fn p29_a_look_that_is_throttled_changes_nothing_and_its_message_comes_again() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let instance = one_scheduled(&stage, "web", &json!({}))?;
    for action in ["DescribeInstanceStatus", "DescribeAutoScalingGroups"] {
        stage.control(&json!({ "do": "throttle", "action": action, "seconds": 60 }))?;
        let answer = stage.reconciler.invoke(&hints(&[from_ref(&instance)]));
        let again = json!({ "batchItemFailures": [{ "itemIdentifier": "message-0" }] });
        assert_eq!(answer.body(), Some(again), "{answer}");
        assert_eq!(answer.reports()[0]["counts"]["looks_failed"], 1, "{answer}");
        assert!(stage.reconciler.invoke(SWEEP).error().is_some(), "a sweep is tried again too");
        assert!(refused(&stage, action)? <= 4, "each look tries a call twice at the most");
        assert_eq!(stage.acts()?, Vec::<String>::new());
        stage.pass(60)?;
    }
    report(&stage.reconciler.invoke(&hints(&[from_ref(&instance)])))?;
    moved_by_one_call(&stage, &instance, TERMINATE)
}

#[test]
fn answers_from_the_past_do_not_make_it_act_twice() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let actions = ["DescribeAutoScalingGroups", "DescribeInstances", "DescribeInstanceStatus"];
    for stale in [0..1, 1..2, 2..3, 0..3] {
        let group = format!("past-{}-{}", stale.start, stale.end);
        let instance = one_scheduled(&stage, &group, &json!({}))?;
        for action in &actions[stale] {
            stage.control(&json!({
                "do": "stale", "action": action, "seconds_behind": 60, "for_seconds": 900,
            }))?;
        }
        stage.sweep_after(&[1; 14])?;
        moved_by_one_call(&stage, &instance, TERMINATE)?;
        done_with(&stage, &group)?;
    }
    Ok(())
}

#[test]
fn a_denied_act_frees_its_slots_and_people_are_told() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let instance = one_scheduled(&stage, "web", &json!({}))?;
    stage.control(&json!({ "do": "deny", "action": TERMINATE, "count": 1 }))?;
    let report = stage.hint(from_ref(&instance))?;
    assert_eq!(report["counts"]["acts_refused"], 1, "{report}");
    let alert = report["alerts"][0].as_str().unwrap_or_default();
    assert!(alert.contains("AccessDenied") && alert.contains(&instance), "{report}");
    assert_eq!(stage.slots()?, Vec::<String>::new());
    assert_eq!(stage.incidents()?[0].phase, "seen");
    // The deny is over at once, but nobody knows: the refusal holds for an hour.
    stage.sweep_after(&[5, 15, 35])?;
    assert_eq!(stage.acts()?.len(), 1, "{:?}", stage.acts()?);
    stage.sweep_after(&[10])?;
    moved_by_one_call(&stage, &instance, TERMINATE)
}

#[test]
fn a_denied_call_is_counted_whatever_comes_of_it() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    stage.control(&json!({ "do": "alarm", "name": "errors", "state": "OK" }))?;
    let tags = json!({ "reberth:mode": "enforce", "reberth:stop-alarms": "errors" });
    let instance = one_scheduled(&stage, "web", &json!({ "tags": tags }))?;
    for (action, comes_of_it) in [
        ("DescribeInstanceStatus", "failed"),
        ("DescribeAlarms", "held"),
        ("DescribeScalingActivities", "held"),
        ("TerminateInstanceInAutoScalingGroup", "held"),
    ] {
        stage.control(&json!({ "do": "deny", "action": action, "count": 1 }))?;
        let report = stage.reconciler.invoke(&hints(&[from_ref(&instance)])).reports().remove(0);
        assert_eq!(report["counts"]["permission_denied"], 1, "{action}: {report}");
        assert_eq!(report["outcome"], comes_of_it, "{action}: {report}");
    }
    assert_eq!(stage.sweep()?["counts"]["permission_denied"], Value::Null);
    Ok(())
}

/// They read the same ledger and are let go at the same intent: the ledger decides.
#[test]
fn p45_of_reconcilers_that_run_at_once_one_acts() -> Outcome {
    let mut proxy = Proxy::new();
    let stage = Stage::behind(&mut proxy, &ENFORCE)?;
    for together in 2..=4 {
        let group = format!("race-{together}");
        let members = stage.group(&group, &json!({}))?;
        for instance in &members {
            stage.reboot_of(instance)?;
        }
        proxy.reset();
        proxy.gather(INTENT, together);
        let hint = hints(&[&members]);
        let events = [&hint, SWEEP, SWEEP, &hint];
        let answers = stage.reconciler.invoke_together(&events[..together]);
        for answer in &answers {
            report(answer)?;
        }
        let intents = proxy.calls().into_iter().filter(|call| call.action == INTENT);
        let written = intents.take(together).filter(|call| call.status == Some(200));
        assert_eq!(written.count(), 1, "of {together} intents, {:?}", proxy.calls());
        let acts = stage.acts()?;
        assert_eq!(acts.len(), 1, "{acts:?}");
        let slots = stage.slots()?;
        let of_group = slots.iter().filter(|slot| slot.starts_with("limit#group/")).count();
        assert_eq!(of_group, 1, "{slots:?}");
        done_with(&stage, &group)?;
        stage.sweep_after(&[5])?;
        assert_eq!(stage.slots()?, Vec::<String>::new());
    }
    Ok(())
}

#[test]
fn the_kill_switch_stops_what_would_open_and_lets_what_is_open_end() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let open = one_scheduled(&stage, "open", &json!({}))?;
    stage.sweep()?;
    let stage = stage.under(&enforce_and(("REBERTH_KILL_SWITCH", "on")))?;
    let waiting = one_scheduled(&stage, "waiting", &json!({}))?;
    let report = stage.sweep()?;
    assert_eq!(report["kill_switch"], "on");
    stage.sweep_after(&[5, 15, 50, 5])?;
    let ends = stage.incidents()?.into_iter().map(|one| (one.instance, one.outcome));
    let ends: BTreeMap<_, _> = ends.collect();
    let expected = [(open.clone(), "moved".to_owned()), (waiting.clone(), String::new())];
    assert_eq!(ends, BTreeMap::from(expected));
    assert_eq!(stage.acts()?, [format!("{TERMINATE} 200 {open}")]);
    assert_eq!(stage.slots()?, Vec::<String>::new());
    let why = json!({ "reberth": "why", "instance": waiting }).to_string();
    let why = stage.reconciler.invoke(&why);
    assert!(why.body().is_some_and(|body| text(&body["story"]).contains("kill switch")), "{why}");
    Ok(())
}

#[test]
fn under_the_kill_switch_a_member_is_still_marked_healthy_again() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let plan = json!({ "maintenance_policy": { "min": 100, "max": 150 } });
    let instance = one_scheduled(&stage, "web", &plan)?;
    stage.control(&json!({ "do": "fail_launches", "group": "web", "count": 1000 }))?;
    stage.sweep()?;
    let stage = stage.under(&enforce_and(("REBERTH_KILL_SWITCH", "on")))?;
    stage.sweep_after(&[5, 5, 5, 5])?;
    let twice = format!("SetInstanceHealth 200 {instance}");
    assert_eq!(stage.acts()?, [twice.clone(), twice]);
    assert_eq!(stage.slots()?, Vec::<String>::new());
    assert_eq!(stage.incidents()?[0].phase, "seen");
    Ok(())
}

#[test]
fn in_observe_mode_nothing_is_ever_changed() -> Outcome {
    let stage = Stage::with(&enforce_and(("REBERTH_MAXIMUM_MODE", "observe")))?;
    let instance = one_scheduled(&stage, "web", &json!({}))?;
    let plan = json!({ "maintenance_policy": { "min": 100, "max": 150 } });
    let other = one_scheduled(&stage, "api", &plan)?;
    stage.hint(&[instance, other])?;
    stage.sweep_after(&[120; 26])?;
    assert_eq!(stage.acts()?, Vec::<String>::new());
    assert_eq!(stage.slots()?, Vec::<String>::new());
    let outcomes: Vec<_> = stage.incidents()?.into_iter().map(|one| one.outcome).collect();
    assert_eq!(outcomes, ["forced", "forced"]);
    Ok(())
}
