//! The stories: one for each way out of service and back.

use serde_json::json;

use super::{End, Story, Theatre};
use crate::Outcome;
use crate::subject::Kind;

/// How a story ends that nobody disturbed: nobody died, and nothing is held or left open.
fn end(incident: (&str, &str), truth: &str, serving: usize, outages: &[&str]) -> End {
    End {
        incident: Some((incident.0.to_owned(), incident.1.to_owned())),
        truth: truth.to_owned(),
        serving: vec![true; serving],
        outages: outages.iter().map(|by| (*by).to_owned()).collect(),
        ..End::default()
    }
}

#[test]
fn p20_p21_a_replacement_that_terminates_first_survives_a_blow_at_any_call() -> Outcome {
    let story = Story {
        kind: Kind::Member(json!({ "target_group": "crash" })),
        event: json!({ "code": "system-reboot", "not_before": "+2d" }),
        minutes: &[7, 11, 50],
        once: &["TerminateInstanceInAutoScalingGroup"],
        end: end(("closed", "moved"), "moved", 3, &["api"]),
    };
    Theatre::open(story)?.everywhere("terminate first")
}

#[test]
fn p20_p21_a_replacement_that_launches_first_survives_a_blow_at_any_call() -> Outcome {
    let story = Story {
        kind: Kind::Member(json!({
            "target_group": "crash",
            "maintenance_policy": { "min": 100, "max": 150 },
        })),
        event: json!({ "code": "system-reboot", "not_before": "+2d" }),
        minutes: &[7, 11, 50],
        once: &["SetInstanceHealth"],
        end: end(("closed", "moved"), "moved", 3, &[]),
    };
    Theatre::open(story)?.everywhere("launch first")
}

#[test]
fn p20_p21_a_stop_and_start_survives_a_blow_at_any_call() -> Outcome {
    let story = Story {
        kind: Kind::Standalone(json!({
            "target_group": "crash",
            "tags": {
                "reberth:mode": "enforce",
                "reberth:ready": "tag",
                "reberth:reserve": "yes",
            },
            "behaviour": { "ready_after_seconds": 60 },
        })),
        event: json!({ "code": "instance-reboot", "not_before": "+20h" }),
        minutes: &[1, 1, 1, 4, 1, 11, 50],
        once: &["StopInstances"],
        end: end(("closed", "moved"), "moved", 1, &["api"]),
    };
    Theatre::open(story)?.everywhere("stop and start, standalone")
}

#[test]
fn p20_p21_a_stop_and_start_of_a_member_survives_a_blow_at_any_call() -> Outcome {
    let story = Story {
        kind: Kind::Member(json!({
            "target_group": "crash",
            "min": 2,
            "tags": { "reberth:mode": "enforce", "reberth:relaunch": "stop-start" },
        })),
        event: json!({ "code": "instance-reboot", "not_before": "+20h" }),
        minutes: &[1, 1, 1, 4, 1, 11, 50],
        once: &["EnterStandby", "StopInstances", "ExitStandby"],
        end: end(("closed", "moved"), "moved", 3, &["api"]),
    };
    Theatre::open(story)?.everywhere("stop and start, member")
}

#[test]
fn p20_p21_a_ride_survives_a_blow_at_any_call() -> Outcome {
    let story = Story {
        kind: Kind::Member(json!({ "target_group": "crash", "min": 2 })),
        event: json!({ "code": "system-maintenance", "not_before": "+25m" }),
        minutes: &[1, 33, 1, 1, 11, 50],
        once: &["EnterStandby", "ExitStandby"],
        end: end(("closed", "ridden"), "ridden", 3, &["api"]),
    };
    Theatre::open(story)?.everywhere("ride")
}

#[test]
fn p20_p21_another_date_asked_of_aws_survives_a_blow_at_any_call() -> Outcome {
    let story = Story {
        kind: Kind::Standalone(json!({
            "target_group": "crash",
            "tags": { "reberth:mode": "enforce", "reberth:window": "daily 20:00-22:00 @ UTC" },
        })),
        event: json!({
            "code": "system-reboot", "not_before": "+4h", "not_before_deadline": "+7d",
        }),
        minutes: &[3, 1],
        once: &["ModifyInstanceEventStartTime"],
        end: end(("seen", ""), "open", 1, &[]),
    };
    Theatre::open(story)?.everywhere("another date")
}
