//! What makes the alarms on our own metrics ring, brought about on the stand-in of AWS.

use std::slice::from_ref;

use serde_json::{Value, json};
use tests::http::Message;
use tests::metrics::Datum;
use tests::sample::Sample;
use tests::server::Server;
use tests::standin::{QueueMessage, batch};

use crate::Outcome;
use crate::alarms::{FURTHER, SILENCE, Watched, alarms, states};
use crate::stage::{SWEEP, hints};
use tests::alarm::State;

/// Something that goes wrong, and the alarms that ring over it.
pub struct Play {
    pub alarms: &'static [&'static str],
    run: fn() -> Outcome<Vec<Datum>>,
}

/// All of them.
pub const PLAYS: [&Play; 11] = [
    &HELD,
    &STOPPED,
    &STUCK,
    &GIVEN_UP,
    &UNWELL,
    &PACE,
    &RETAINED,
    &UNREADABLE,
    &DENIED,
    &MUTE,
    &BLIND,
];

/// Plays it: each of its alarms comes to ring, however far back it looks.
fn rings(play: &Play) -> Outcome {
    let data = (play.run)()?;
    for name in play.alarms {
        let alarm = alarms()?.iter().find(|alarm| alarm.name == *name);
        let alarm = alarm.ok_or_else(|| format!("{name}: not in the template"))?;
        for further in FURTHER {
            let states = states(alarm, &data, SILENCE, further);
            assert!(states.contains(&State::Alarm), "{name} ({further} further): {states:?}");
        }
    }
    Ok(())
}

/// A group of two is left alone, and AWS's date comes.
const HELD: Play = Play {
    alarms: &[
        "MaintenanceReconcilerHeldWithin24HoursAlarm",
        "MaintenanceReconcilerHeldWithin4HoursAlarm",
        "MaintenanceReconcilerForcedAlarm",
    ],
    run: || {
        let mut watched = Watched::with(&[])?;
        let members = watched.stage.group("pair", &json!({ "desired": 2, "max": 2 }))?;
        let event = json!({ "code": "system-reboot", "not_before": "+26h" });
        watched.stage.schedule(&members[0], &event)?;
        watched.sweep_each(15, 12)?;
        watched.stage.pass(19 * 3600)?;
        watched.sweep_each(15, 12)?;
        watched.sweep_each(15, 8)?;
        Ok(watched.data())
    },
};

/// EC2 has no room for an instance that we stopped.
const STOPPED: Play = Play {
    alarms: &["MaintenanceReconcilerNotStartedAlarm", "MaintenanceReconcilerClosingsAlarm"],
    run: || {
        let mut watched = Watched::with(&[])?;
        let instance = leaves(&mut watched, &json!({}))?;
        let no_room = json!({ "do": "no_capacity", "instance": instance, "until": "+2h" });
        watched.stage.control(&no_room)?;
        watched.sweep_each(1, 3)?;
        watched.sweep_each(15, 4)?;
        Ok(watched.data())
    },
};

/// An instance that is back never says that it is ready.
const STUCK: Play = Play {
    alarms: &["MaintenanceReconcilerStuckAlarm"],
    run: || {
        let mut watched = Watched::with(&[])?;
        let tags = json!({ "reberth:mode": "enforce", "reberth:ready": "tag" });
        leaves(&mut watched, &json!({ "tags": tags }))?;
        watched.sweep_each(1, 10)?;
        watched.sweep_each(15, 6)?;
        Ok(watched.data())
    },
};

/// A standalone instance with an event, taken out of service by the hint.
fn leaves(watched: &mut Watched, plan: &Value) -> Outcome<String> {
    let instance = watched.stage.instance("alone", plan)?;
    let event = json!({ "code": "instance-reboot", "not_before": "+20h" });
    watched.stage.schedule(&instance, &event)?;
    watched.look(&hints(&[from_ref(&instance)]));
    Ok(instance)
}

/// Auto Scaling launches nothing, and there is one attempt.
const GIVEN_UP: Play = Play {
    alarms: &["MaintenanceReconcilerGivenUpAlarm"],
    run: || {
        let mut watched = Watched::with(&[("REBERTH_MAXIMUM_ATTEMPTS", "1")])?;
        let launch_first = json!({ "maintenance_policy": { "min": 100, "max": 150 } });
        let members = watched.stage.group("web", &launch_first)?;
        watched.stage.reboot_of(&members[0])?;
        let fails = json!({ "do": "fail_launches", "group": "web", "count": 1000 });
        watched.stage.control(&fails)?;
        watched.sweep_each(5, 8)?;
        Ok(watched.data())
    },
};

/// An alarm of the group's owner rings.
const UNWELL: Play = Play {
    alarms: &["MaintenanceReconcilerCircuitOpenAlarm"],
    run: || {
        let mut watched = Watched::with(&[])?;
        watched.stage.control(&json!({ "do": "alarm", "name": "errors", "state": "ALARM" }))?;
        let tags = json!({ "reberth:mode": "enforce", "reberth:stop-alarms": "errors" });
        let members = watched.stage.group("web", &json!({ "tags": tags }))?;
        watched.stage.reboot_of(&members[0])?;
        watched.sweep_each(5, 8)?;
        Ok(watched.data())
    },
};

/// One act an hour, and four members to move.
const PACE: Play = Play {
    alarms: &["MaintenanceReconcilerGovernorAlarm"],
    run: || {
        let mut watched = Watched::with(&[("REBERTH_ACTS_PER_HOUR", "1")])?;
        let tags = json!({ "reberth:mode": "enforce", "reberth:max-unavailable": "2" });
        let plan = json!({ "desired": 6, "max": 8, "tags": tags });
        for instance in &watched.stage.group("web", &plan)? {
            watched.stage.reboot_of(instance)?;
        }
        watched.sweep_each(15, 14)?;
        Ok(watched.data())
    },
};

/// A lifecycle policy keeps a member.
const RETAINED: Play = Play {
    alarms: &["MaintenanceReconcilerRetainedAlarm"],
    run: || {
        let mut watched = Watched::with(&[])?;
        let members = watched.stage.group("web", &json!({}))?;
        watched.stage.control(&json!({ "do": "retain", "instance": members[0] }))?;
        watched.sweep_each(5, 3)?;
        Ok(watched.data())
    },
};

/// Messages that are nobody's.
const UNREADABLE: Play = Play {
    alarms: &["HealthEventRouterUnreadableAlarm", "MaintenanceReconcilerUnreadableAlarm"],
    run: || {
        let mut watched = Watched::with(&[])?;
        let message = [QueueMessage::new("1", "not json at all")];
        watched.look(&batch("any", &message).to_string());
        watched.route(&batch("any", &message).to_string());
        Ok(watched.data())
    },
};

/// The roles lack a permission.
const DENIED: Play = Play {
    alarms: &[
        "HealthEventRouterPermissionAlarm",
        "MaintenanceReconcilerPermissionAlarm",
        "MaintenanceReconcilerActsRefusedAlarm",
    ],
    run: || {
        let mut watched = Watched::with(&[])?;
        let members = watched.stage.group("web", &json!({}))?;
        watched.stage.reboot_of(&members[0])?;
        let action = "TerminateInstanceInAutoScalingGroup";
        watched.stage.control(&json!({ "do": "deny", "action": action, "count": 1 }))?;
        watched.look(SWEEP);
        let queue = Server::start(|_| Some(denial()))?;
        watched.router_with(("AWS_ENDPOINT_URL_SQS", &format!("http://{}", queue.authority())))?;
        let notice = Sample::all()?.into_iter().find(|one| one.file == "health/fewest-fields.json");
        watched.route(&notice.ok_or("no sample of a notice")?.event()?);
        Ok(watched.data())
    },
};

/// As SQS denies a call (SQS API reference, "Common errors", read 2026-11).
fn denial() -> Message {
    let body = json!({ "__type": "com.amazonaws.sqs#AccessDeniedException" });
    Message::answer("403 Forbidden", body.to_string())
        .with("Content-Type", "application/x-amz-json-1.0")
}

/// The topic answers nobody.
const MUTE: Play = Play {
    alarms: &["MaintenanceReconcilerTellingsAlarm"],
    run: || {
        let topic = Server::start(|_| Some(Message::answer("500 Internal Server Error", "")))?;
        let address = format!("http://{}", topic.authority());
        let mut watched = Watched::with(&[("AWS_ENDPOINT_URL_SNS", &address)])?;
        let members = watched.stage.group("web", &json!({}))?;
        watched.stage.reboot_of(&members[0])?;
        watched.sweep_each(5, 9)?;
        Ok(watched.data())
    },
};

/// EC2 does not answer; then nobody sweeps any more, though other looks go on.
const BLIND: Play = Play {
    alarms: &["MaintenanceReconcilerLooksAlarm", "MaintenanceSweepAlarm"],
    run: || {
        let mut watched = Watched::with(&[])?;
        let members = watched.stage.group("web", &json!({}))?;
        watched.sweep_each(5, 3)?;
        let action = "DescribeInstanceStatus";
        let silent = json!({ "do": "server_error", "action": action, "seconds": 3600 });
        watched.stage.control(&silent)?;
        watched.sweep_each(10, 5)?;
        watched.stage.pass(3600)?;
        for _ in 0..12 {
            watched.stage.pass(10 * 60)?;
            watched.look(&hints(&[&members]));
        }
        Ok(watched.data())
    },
};

#[test]
fn a_hold_that_lasts_to_the_date_rings_and_so_does_its_end() -> Outcome {
    rings(&HELD)
}

#[test]
fn an_instance_that_does_not_start_rings() -> Outcome {
    rings(&STOPPED)
}

#[test]
fn what_waits_too_long_rings() -> Outcome {
    rings(&STUCK)
}

#[test]
fn what_is_given_up_rings() -> Outcome {
    rings(&GIVEN_UP)
}

#[test]
fn a_group_that_is_not_well_rings() -> Outcome {
    rings(&UNWELL)
}

#[test]
fn a_pace_that_holds_for_hours_rings() -> Outcome {
    rings(&PACE)
}

#[test]
fn a_retained_member_rings() -> Outcome {
    rings(&RETAINED)
}

#[test]
fn a_message_that_cannot_be_read_rings() -> Outcome {
    rings(&UNREADABLE)
}

#[test]
fn a_permission_that_is_lacking_rings() -> Outcome {
    rings(&DENIED)
}

#[test]
fn what_nobody_can_be_told_rings() -> Outcome {
    rings(&MUTE)
}

#[test]
fn looks_that_fail_and_sweeps_that_do_not_come_ring() -> Outcome {
    rings(&BLIND)
}
