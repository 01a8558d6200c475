//! A stop and start in the middle of which somebody says no. What is not stopped yet goes back;
//! what is stopped is started, whatever is said. Either way it serves again, and nothing is left
//! open. So does who rides, once AWS is done.

use std::slice::from_ref;

use serde_json::{Value, json};

use crate::Outcome;
use crate::stage::{ENFORCE, Incident, Stage, enforce_and};
use crate::subject::{Kind, Subject};

/// Who says no, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum No {
    /// An operator, by the template's parameter.
    Parameter,
    /// An operator, in the ledger.
    Ledger,
    /// The owner, on the instance.
    OffOnInstance,
    /// The owner, on the group.
    OffOnGroup,
    /// Nobody: the acts of the hour are used up by this very one.
    Governor,
}

/// Where the instance is when it is said: after the hint, and these further looks, with the minutes
/// before each.
#[derive(Debug, Clone, Copy)]
struct Moment {
    name: &'static str,
    looks: &'static [u64],
    /// Minutes since the last look.
    later: u64,
    stopped: bool,
}

const MOMENTS: [Moment; 5] = [
    Moment { name: "leaves", looks: &[], later: 0, stopped: false },
    Moment { name: "has left", looks: &[], later: 1, stopped: false },
    Moment { name: "stops", looks: &[1], later: 0, stopped: true },
    Moment { name: "is stopped", looks: &[1, 1], later: 0, stopped: true },
    Moment { name: "starts", looks: &[1, 1, 1], later: 0, stopped: true },
];

/// Minutes between the looks that follow.
const AFTERWARDS: [u64; 10] = [0, 1, 1, 1, 4, 1, 11, 50, 15, 15];

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct End {
    /// Phase and outcome in the ledger.
    incident: Option<(String, String)>,
    /// What became of AWS's event, by the fleet's own account.
    truth: String,
    stops: usize,
    serving: Vec<bool>,
    slots: Vec<String>,
    left_open: Vec<String>,
}

impl No {
    fn say(self, stage: Stage, subject: &Subject) -> Outcome<Stage> {
        let off = json!({ "reberth:mode": "off" });
        match self {
            Self::Parameter => return stage.under(&enforce_and(("REBERTH_KILL_SWITCH", "on"))),
            Self::Governor => return stage.under(&enforce_and(("REBERTH_ACTS_PER_HOUR", "1"))),
            Self::Ledger => stage.switch(true)?,
            Self::OffOnInstance => {
                let tag = json!({ "do": "tag", "instance": subject.instance, "tags": off });
                stage.control(&tag)?;
            }
            Self::OffOnGroup => {
                let tag = json!({ "do": "tag_group", "group": subject.group, "tags": off });
                stage.control(&tag)?;
            }
        }
        Ok(stage)
    }

    fn leads_to(self, moment: Moment, members: usize) -> End {
        let goes_on = moment.stopped || self == Self::Governor;
        match self {
            _ if goes_on => End::of(["closed", "moved"], "moved", 1, members),
            Self::Parameter | Self::Ledger => End::of(["seen", ""], "open", 0, members),
            _ => End::of(["closed", "opted_out"], "open", 0, members),
        }
    }
}

impl End {
    /// All of its place serves, and nothing is held or left open.
    fn of([phase, outcome]: [&str; 2], truth: &str, stops: usize, members: usize) -> Self {
        Self {
            incident: Some((phase.to_owned(), outcome.to_owned())),
            truth: truth.to_owned(),
            stops,
            serving: vec![true; members],
            slots: Vec::new(),
            left_open: Vec::new(),
        }
    }

    fn seen(stage: &Stage, subject: &Subject) -> Outcome<Self> {
        let truth = stage.truth()?;
        let incident = stage.incident_of(&subject.instance)?;
        Ok(Self {
            incident: incident.map(|Incident { phase, outcome, .. }| (phase, outcome)),
            truth: truth.outcome_of(&subject.instance),
            stops: stage.times("StopInstances", &subject.instance)?,
            serving: truth.serving(subject.place()),
            slots: stage.slots()?,
            left_open: truth.left_open(),
        })
    }
}

/// AWS schedules this, and the hint takes the instance out of service.
fn leaves(stage: &Stage, subject: &Subject, event: &Value) -> Outcome {
    stage.schedule(&subject.instance, event)?;
    stage.control(&json!({ "do": "reset_calls" }))?;
    stage.hint(from_ref(&subject.instance)).map(drop)
}

/// The subject is gone, and whatever was said is unsaid.
fn forgotten(stage: Stage, subject: &Subject) -> Outcome<Stage> {
    subject.delete(&stage)?;
    stage.standin.lose_ledger()?;
    stage.under(&ENFORCE)
}

/// Says each of these at each moment of a stop and start.
fn said_at_every_moment(kind: &Kind, members: usize, ways: &[No]) -> Outcome {
    let mut stage = Stage::with(&ENFORCE)?;
    let mut wrong = Vec::new();
    for (number, no) in ways.iter().enumerate() {
        for moment in MOMENTS {
            let name = format!("{number}-{}", moment.name.replace(' ', "-"));
            let subject = Subject::build(&stage, &name, kind)?;
            let event = json!({ "code": "instance-reboot", "not_before": "+20h" });
            leaves(&stage, &subject, &event)?;
            stage.sweep_after(moment.looks)?;
            stage.pass(moment.later * 60)?;
            stage = no.say(stage, &subject)?;
            stage.sweep_after(&AFTERWARDS)?;
            let end = End::seen(&stage, &subject)?;
            if end != no.leads_to(moment, members) {
                wrong.push(format!("{no:?} when it {}: {end:?}", moment.name));
            }
            stage = forgotten(stage, &subject)?;
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

#[test]
fn whatever_is_said_in_the_middle_of_a_stop_and_start_the_instance_serves_again() -> Outcome {
    let kind = Kind::Standalone(json!({ "target_group": "web" }));
    let ways = [No::Parameter, No::Ledger, No::OffOnInstance, No::Governor];
    said_at_every_moment(&kind, 1, &ways)
}

#[test]
fn whatever_is_said_in_the_middle_of_a_stop_and_start_the_member_serves_again() -> Outcome {
    let kind = Kind::Member(json!({
        "target_group": "web",
        "min": 2,
        "tags": { "reberth:mode": "enforce", "reberth:relaunch": "stop-start" },
    }));
    let ways = [No::Parameter, No::Ledger, No::OffOnInstance, No::OffOnGroup, No::Governor];
    said_at_every_moment(&kind, 3, &ways)
}

/// In service, Auto Scaling would end it at AWS's date; nothing more is opened anyway.
#[test]
fn whatever_is_said_while_a_member_stands_aside_it_waits_for_aws_and_serves_again() -> Outcome {
    let mut stage = Stage::with(&ENFORCE)?;
    let kind = Kind::Member(json!({ "target_group": "web", "min": 2 }));
    for no in [No::Parameter, No::Ledger, No::OffOnInstance, No::OffOnGroup, No::Governor] {
        let name = format!("{no:?}").to_lowercase();
        let subject = Subject::build(&stage, &name, &kind)?;
        let event = json!({ "code": "system-maintenance", "not_before": "+25m" });
        leaves(&stage, &subject, &event)?;
        stage.sweep_after(&[1])?;
        stage = no.say(stage, &subject)?;
        stage.sweep_after(&[1, 33, 1, 1, 11, 50])?;
        let ridden = End::of(["closed", "ridden"], "ridden", 0, 3);
        assert_eq!(End::seen(&stage, &subject)?, ridden, "{no:?}");
        stage = forgotten(stage, &subject)?;
    }
    Ok(())
}
