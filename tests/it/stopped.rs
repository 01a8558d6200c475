//! The worst state: an instance that we stopped and that does not run. It is started until it does,
//! people are told at once, and a lost ledger hides it from nobody.

use std::slice::from_ref;

use serde_json::{Value, json};

use crate::Outcome;
use crate::stage::{ENFORCE, Stage};
use crate::subject::{Kind, Subject};

/// Minutes between the looks after which an instance that left at the hint is stopped, and the next
/// look starts it.
const STOPPED: [u64; 2] = [1, 1];
/// Minutes between the looks in which an instance that runs is shown to serve, and clean.
const VERIFIED: [u64; 6] = [4, 1, 1, 11, 50, 15];

/// Where the instance is when the ledger is lost: after the hint, and these further looks.
const MOMENTS: [(&str, &[u64]); 4] =
    [("leaves", &[]), ("stops", &[1]), ("is-stopped", &[1, 1]), ("starts", &[1, 1, 1])];
/// Looks after which all is over.
const LOOKS_MAX: usize = 30;

fn standalone() -> Kind {
    Kind::Standalone(json!({ "target_group": "web" }))
}

fn member() -> Kind {
    Kind::Member(json!({
        "target_group": "web",
        "min": 2,
        "tags": { "reberth:mode": "enforce", "reberth:relaunch": "stop-start" },
    }))
}

/// An instance with an event, taken out of service by the hint.
fn leaving(stage: &Stage, name: &str, kind: &Kind) -> Outcome<Subject> {
    let subject = Subject::build(stage, name, kind)?;
    let event = json!({ "code": "instance-reboot", "not_before": "+20h" });
    stage.schedule(&subject.instance, &event)?;
    stage.control(&json!({ "do": "reset_calls" }))?;
    stage.hint(from_ref(&subject.instance))?;
    Ok(subject)
}

/// It serves, moved, and its place was out of service so many times, by our hand; nothing is held
/// or left open.
fn moved(stage: &Stage, subject: &Subject, times: usize) -> Outcome {
    let truth = stage.truth()?;
    assert_eq!(truth.outcome_of(&subject.instance), "moved", "{subject:?}");
    assert!(truth.serving(subject.place()).iter().all(|serves| *serves), "{subject:?}");
    assert_eq!(truth.outages(subject.place()), vec!["api"; times], "{subject:?}");
    assert_eq!(truth.left_open(), Vec::<String>::new(), "{subject:?}");
    assert_eq!(stage.slots()?, Vec::<String>::new(), "{subject:?}");
    let incident = stage.incident_of(&subject.instance)?;
    assert_eq!(incident.map(|one| one.outcome).as_deref(), Some("moved"), "{subject:?}");
    Ok(())
}

fn alerts(report: &Value) -> Vec<String> {
    report["alerts"].as_array().into_iter().flatten().map(ToString::to_string).collect()
}

#[test]
fn an_instance_that_does_not_start_is_started_until_it_does_and_people_are_told_at_once() -> Outcome
{
    let stage = Stage::with(&ENFORCE)?;
    for (name, kind) in [("alone", standalone()), ("group", member())] {
        let subject = leaving(&stage, name, &kind)?;
        let no_room = json!({ "do": "no_capacity", "instance": subject.instance, "until": "+25m" });
        stage.control(&no_room)?;
        stage.sweep_after(&STOPPED)?;
        let told = stage.standin.listen(&format!("told-of-{name}"))?;
        stage.pass(60)?;
        let first = stage.sweep()?;
        assert_eq!(first["counts"]["stopped_not_started"], 1, "{first}");
        assert_eq!(first["level"], "WARN", "{first}");
        let said = |words: &String| {
            let parts = ["does not start", "InsufficientInstanceCapacity", &subject.instance];
            parts.iter().all(|part| words.contains(part))
        };
        assert!(alerts(&first).iter().any(said), "{first}");
        let messages: Vec<_> = told.take_all()?.into_iter().map(|message| message.body).collect();
        assert!(messages.iter().any(said), "{messages:?}");

        let mut lasts = Vec::new();
        for _ in 0..3 {
            stage.pass(5 * 60)?;
            let again = stage.sweep()?;
            assert_eq!(again["counts"]["stopped_not_started"], 1, "{again}");
            lasts.extend(alerts(&again));
        }
        assert_eq!(lasts.len(), 1, "told once more that it lasts: {lasts:?}");
        stage.pass(10 * 60)?;
        stage.sweep()?;
        stage.pass(60)?;
        let started = stage.sweep()?;
        assert_eq!(started["counts"]["stopped_not_started"], 0, "{started}");
        stage.sweep_after(&VERIFIED)?;
        moved(&stage, &subject, 1)?;
        subject.delete(&stage)?;
    }
    Ok(())
}

#[test]
fn a_start_that_ec2_takes_and_gives_up_is_made_again() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    for (name, kind) in [("alone", standalone()), ("group", member())] {
        let subject = leaving(&stage, name, &kind)?;
        let falls = json!({ "do": "start_fails_later", "instance": subject.instance, "times": 2 });
        stage.control(&falls)?;
        stage.sweep_after(&STOPPED)?;
        stage.sweep_after(&[1, 2, 2, 2])?;
        stage.sweep_after(&VERIFIED)?;
        assert_eq!(stage.times("StartInstances", &subject.instance)?, 3);
        moved(&stage, &subject, 1)?;
        subject.delete(&stage)?;
    }
    Ok(())
}

/// Nobody remembers its target groups, so people must restore those; everything else is as it was,
/// and what was not moved yet is moved after all.
#[test]
fn a_sweep_finds_what_is_out_of_service_by_its_mark_when_the_ledger_is_lost() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let nowhere = Kind::Standalone(json!({}));
    for (place, kind) in [("nowhere", &nowhere), ("group", &member()), ("web", &standalone())] {
        for (moment, looks) in MOMENTS {
            let subject = leaving(&stage, &format!("{place}-{moment}"), kind)?;
            stage.sweep_after(looks)?;
            stage.standin.lose_ledger()?;
            stage.pass(60)?;
            let found = stage.sweep()?;
            let told = |words: &String| words.contains(&subject.instance);
            assert!(alerts(&found).iter().any(told), "{place} {moment}: {found}");
            for minutes in VERIFIED.iter().cycle().take(LOOKS_MAX) {
                stage.pass(minutes * 60)?;
                if stage.sweep()?["counts"]["incidents"] == 0 {
                    break;
                }
            }
            if place == "web" {
                let open = stage.truth()?.left_open();
                let words: Vec<_> = open.iter().map(|one| one.split(':').next()).collect();
                let expected = format!("deregistered of {place}-{moment}");
                assert_eq!(words, [Some(&*expected)], "{open:?}");
            } else {
                // A member that was in standby, and ran, is brought back before it is moved.
                let times = if (place, moment) == ("group", "leaves") { 2 } else { 1 };
                moved(&stage, &subject, times)?;
            }
            subject.delete(&stage)?;
            stage.standin.lose_ledger()?;
        }
    }
    Ok(())
}
