//! What people and programs are told by the built function, and in which form it arrives.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tests::standin::Queue;
use tests::workspace;

use crate::Outcome;
use crate::stage::{ENFORCE, Stage, hints, text};

/// A name that somebody else wrote, to lead whoever reads it elsewhere.
const PHISHING: &str = "*urgent* <https://evil.example|sign in> www.evil.example @here";

struct Ears {
    topic: Queue,
    bus: Queue,
}

impl Ears {
    fn open(stage: &Stage) -> Outcome<Self> {
        let topic = stage.standin.listen("told-to-people")?;
        Ok(Self { topic, bus: stage.standin.listen_to_bus("told-to-programs")? })
    }

    /// The chat documents of all messages so far.
    fn chats(&self) -> Outcome<Vec<Value>> {
        documents(&self.topic)
    }

    /// All events so far.
    fn events(&self) -> Outcome<Vec<Value>> {
        documents(&self.bus)
    }
}

fn documents(queue: &Queue) -> Outcome<Vec<Value>> {
    let messages = queue.take_all()?;
    Ok(messages.iter().map(|one| serde_json::from_str(&one.body)).collect::<Result<_, _>>()?)
}

/// Holds that every event keeps to the documented schema.
fn keeps_to_schema(events: &[Value]) -> Outcome {
    let mut checker = Command::new(workspace().join(".venv/bin/python"))
        .args(["-m", "standin.notifications"])
        .env("PYTHONPATH", workspace().join("tests"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = checker.stdin.take().ok_or("no standard input")?;
    input.write_all(json!(events).to_string().as_bytes())?;
    drop(input);
    let answer = checker.wait_with_output()?;
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stdout));
    Ok(())
}

fn states(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| text(&event["detail"]["state"])).collect()
}

#[test]
fn a_move_is_told_to_people_and_programs_from_the_notice_to_its_end() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let ears = Ears::open(&stage)?;
    let members = stage.group("web", &json!({ "desired": 4, "max": 5 }))?;
    stage.reboot_of(&members[0])?;
    stage.reconciler.invoke(&hints(&[&members[..1]]));
    stage.sweep_after(&[5, 5, 11, 60])?;
    let events = ears.events()?;
    keeps_to_schema(&events)?;
    assert_eq!(states(&events), ["received", "started", "serving", "verified"]);
    for event in &events {
        assert_eq!(event["source"], "reberth");
        assert_eq!(event["detail-type"], "Reberth Maintenance State-change Notification");
        assert_eq!(event["detail"]["instance_id"], json!(members[0]));
        assert_eq!(event["detail"]["group"], "web");
        let resource = text(&event["resources"][0]);
        assert!(resource.ends_with(&format!(":instance/{}", members[0])), "{resource}");
    }
    let chats = ears.chats()?;
    let keywords = |chat: &Value| text(&chat["content"]["keywords"][0]);
    let told: Vec<_> = chats.iter().map(keywords).collect();
    assert_eq!(told, ["started", "serving", "system-reboot"], "{chats:#?}");
    for chat in &chats {
        assert_eq!(
            (text(&chat["version"]), text(&chat["source"])),
            ("1.0".into(), "custom".into())
        );
        assert_eq!(chat["metadata"]["threadId"], json!(members[0]));
        let description = text(&chat["content"]["description"]);
        assert!(description.contains(&members[0]), "{description}");
    }
    stage.sweep_after(&[5, 5])?;
    assert_eq!((ears.events()?, ears.chats()?), (vec![], vec![]), "nothing is told twice");
    Ok(())
}

#[test]
fn a_hold_is_told_with_its_date_and_what_auto_scaling_will_do() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let ears = Ears::open(&stage)?;
    let members = stage.group("small", &json!({ "desired": 1, "max": 2 }))?;
    stage.reboot_of(&members[0])?;
    stage.sweep_after(&[1, 5, 5])?;
    let events = ears.events()?;
    keeps_to_schema(&events)?;
    assert_eq!(states(&events), ["received", "held"]);
    let held = &events[1]["detail"];
    assert_eq!(held["reason"], "small_group");
    let date = text(&held["not_before"]);
    let words = text(&held["words"]);
    assert!(words.contains(&format!("Auto Scaling will replace this at {date}")), "{words}");
    let chats = ears.chats()?;
    assert_eq!(chats.len(), 1, "{chats:#?}");
    assert_eq!(chats[0]["content"]["title"], "Reberth us-west-2: 1 held");
    assert_eq!(chats[0]["content"]["nextSteps"][0], held["cure"]);
    Ok(())
}

#[test]
fn a_name_that_is_meant_to_lead_elsewhere_arrives_escaped() -> Outcome {
    let stage = Stage::with(&ENFORCE)?;
    let ears = Ears::open(&stage)?;
    let members = stage.group("web", &json!({ "desired": 1, "max": 2 }))?;
    let tags = json!({ "Name": PHISHING });
    stage.control(&json!({ "do": "tag", "instance": members[0], "tags": tags }))?;
    stage.reboot_of(&members[0])?;
    stage.sweep_after(&[1])?;
    let events = ears.events()?;
    keeps_to_schema(&events)?;
    assert!(!events.is_empty());
    for event in &events {
        let words = text(&event["detail"]["words"]);
        assert!(words.contains("https[:]//evil[.]example"), "{words}");
        assert!(words.contains("www[.]evil[.]example (at)here"), "{words}");
    }
    for chat in ears.chats()? {
        let words = text(&chat["content"]["description"]).replace("*HELD*", "");
        for markup in ["<", ">", "*", "://", "evil.example", "@"] {
            assert!(!words.contains(markup), "{markup}: {words}");
        }
    }
    Ok(())
}
