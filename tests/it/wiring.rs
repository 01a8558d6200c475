//! The whole path as the template wires it: rules, queues, functions, dead-letter queues.
//!
//! Here the stand-in wakes the functions, on real time, so that the tests wait for what they
//! expect; every wait is bounded.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::standin::Standin;
use tests::workspace;

use crate::Outcome;
use crate::stage::{incidents, text};

const ROUTER: &str = "health-event-router";
const RECONCILER: &str = "maintenance-reconciler";

/// The longest wait for anything: queues are read every second, and the machine may be busy.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// The pause between two looks at what is waited for.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits until there is something; `what` names it where nothing comes.
fn awaited<T>(what: &str, mut look: impl FnMut() -> Outcome<Option<T>>) -> Outcome<T> {
    let give_up = Instant::now() + WAIT_MAX;
    while Instant::now() < give_up {
        if let Some(found) = look()? {
            return Ok(found);
        }
        thread::sleep(PAUSE);
    }
    Err(format!("{what}: not within {WAIT_MAX:?}").into())
}

/// Waits for a report of a function in which a count has this value.
fn reported(standin: &Standin, function: &str, count: &str, value: u64) -> Outcome<Value> {
    awaited(&format!("{function} reports {count} {value}"), || {
        let reports = standin.reports(function)?;
        Ok(reports.into_iter().find(|report| report["counts"][count] == value))
    })
}

/// Waits until the queue holds nothing, neither waiting nor under way.
fn drained(standin: &Standin, queue: &str) -> Outcome {
    let queue = standin.queue(queue)?;
    awaited(&format!("{} is empty", queue.url()), || Ok((queue.count()? == 0).then_some(())))
}

fn sample(file: &str) -> Outcome<Value> {
    let path = workspace().join("events").join(file);
    Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
}

#[test]
fn a_notice_of_aws_health_becomes_an_incident() -> Outcome {
    let standin = Standin::deployed(&[])?;
    let group = json!({
        "do": "create_group", "name": "web", "desired": 3, "tags": { "reberth:mode": "enforce" },
    });
    let group = standin.control(&group)?;
    let instance = text(&group["instances"][0]["id"]);
    standin.control(&json!({
        "do": "schedule_event", "instance": instance, "code": "instance-retirement",
        "not_before": "+9d",
    }))?;
    standin.control(&json!({
        "do": "publish_notice", "instances": [instance], "start": "+9d",
        "type_code": "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED",
    }))?;
    let incident = awaited("an incident", || Ok(incidents(&standin)?.pop()))?;
    assert_eq!((incident.instance, incident.phase), (instance, "seen".to_owned()));
    let report = reported(&standin, RECONCILER, "incidents", 1)?;
    assert_eq!(report["trigger"], "hint");
    assert_eq!(report["decisions"][0]["reason"], "cool_off");
    Ok(())
}

#[test]
fn p12_p13_poison_is_buried_once_and_its_neighbours_go_on() -> Outcome {
    let standin = Standin::deployed(&[])?;
    let notices = ["health/persistent-retirement.json", "health/instance-stop.json"];
    let hints = ["hint/notice.json", "hint/closed.json"];
    for (function, id, [before, after]) in
        [(ROUTER, "HealthEventRouter", notices), (RECONCILER, "MaintenanceReconciler", hints)]
    {
        let queue = format!("{id}Queue");
        let poison = format!("poison for {function}");
        for body in [sample(before)?.to_string(), poison.clone(), sample(after)?.to_string()] {
            standin.queue(&queue)?.send(&body)?;
        }
        reported(&standin, function, "unreadable", 1)?;
        drained(&standin, &queue)?;
        let received = |report: &Value| report["counts"]["received"].as_u64().unwrap_or_default();
        let reports = standin.reports(function)?;
        assert!(reports.iter().map(received).sum::<u64>() >= 3, "{reports:?}");
        let buried = standin.queue(&format!("{id}DeadLetterQueue"))?.take_all()?;
        let buried: Vec<_> = buried.iter().map(|letter| (&*letter.body, &letter.reason)).collect();
        let [(body, Some(reason))] = buried.as_slice() else {
            return Err(format!("{function} buried {buried:?}").into());
        };
        assert_eq!(*body, poison);
        assert!(reason.contains("body"), "{reason}");
    }
    let hinted = |report: &Value| report["counts"]["hinted"].as_u64().unwrap_or_default();
    assert_eq!(standin.reports(ROUTER)?.iter().map(hinted).sum::<u64>(), 2);
    Ok(())
}

#[test]
fn p15_a_state_change_of_a_stranger_costs_no_describe_call() -> Outcome {
    let standin = Standin::deployed(&[])?;
    standin.control(&json!({ "do": "create_instance", "name": "stranger" }))?;
    standin.control(&json!({ "do": "stop_by_hand", "instance": "stranger" }))?;
    standin.control(&json!({ "do": "advance", "seconds": 600 }))?;
    reported(&standin, RECONCILER, "not_ours", 1)?;
    drained(&standin, "MaintenanceReconcilerQueue")?;
    assert_eq!(standin.control(&json!({ "do": "calls" }))?["entries"], json!([]));
    Ok(())
}

#[test]
fn p40_p41_a_notice_for_another_place_is_counted_and_leads_nowhere() -> Outcome {
    let standin = Standin::deployed(&[])?;
    for (file, count) in [
        ("health/other-region.json", "other_region"),
        ("health/org-view-member-account.json", "other_account"),
    ] {
        standin.put_event(&sample(file)?)?;
        let report = reported(&standin, ROUTER, count, 1)?;
        assert_eq!(report["notices"][0]["decision"], "drop", "{file}");
    }
    drained(&standin, "HealthEventRouterQueue")?;
    let log = standin.gate_control(&json!({ "do": "log" }))?;
    assert_eq!(log["sent"], json!({}), "no hint was sent");
    assert_eq!(standin.reports(RECONCILER)?, Vec::<Value>::new());
    Ok(())
}
