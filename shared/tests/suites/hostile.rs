//! Whoever can write into the queues chooses every word, and whoever may tag an instance its tags.
//! Events only nominate: what is done is what owners and the stack allow, whatever was said.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::ids::{EventId, InstanceId};
use shared::ledger::{Outcome, Phase};
use shared::policy::{AllowedGroups, Ceilings, Mode};
use shared::testing::cloud::{Cloud, Machine, Play, Setup};
use shared::testing::faults::Draw;
use shared::world::EventCode;

/// Adversaries of an ordinary run.
const SEEDS: u64 = 40;

/// What each of them says in a day.
const MESSAGES: u32 = 120;

/// When it is over, in hours. AWS's dates come later.
const HOURS: i64 = 26;

/// A fleet of every kind of will: to be moved, to be watched, to be left alone.
struct Stage {
    cloud: Cloud,
    willing: Vec<(InstanceId, EventId)>,
    unwilling: Vec<InstanceId>,
}

fn stage(seed: u64) -> Stage {
    let cloud = Cloud::new(seed);
    let web = cloud.add(&Setup::enforced("web", 5).behind_targets());
    let disks = cloud.add(&Setup::enforced("disks", 4).launching_first(150));
    let watched = cloud.add(&Setup::group("watched", 4).tagged("reberth:mode", "observe"));
    let strange = cloud.add(&Setup::group("strange", 4));
    let alone = cloud.add_machine(&Machine::enforced("alone").behind("front", &[80]));
    let schedule = |id: &InstanceId| cloud.schedule(id, EventCode::SystemReboot, HOURS + 10);
    let willing = [&web[0], &web[1], &disks[0], &alone];
    let willing = willing.map(|id| (id.clone(), schedule(id))).to_vec();
    let unwilling = vec![watched[0].clone(), strange[0].clone()];
    for id in &unwilling {
        schedule(id);
    }
    Stage { cloud, willing, unwilling }
}

/// How everything ended for those who were to be moved, and who was touched.
#[derive(Debug, PartialEq, Eq)]
struct End {
    outcomes: BTreeMap<InstanceId, Option<Outcome>>,
    touched: BTreeSet<InstanceId>,
}

fn end(stage: &Stage) -> End {
    let outcome = |(id, event): &(InstanceId, EventId)| {
        let phase = stage.cloud.incident(id, event).map(|incident| incident.phase);
        let outcome = match phase {
            Some(Phase::Closed { outcome, .. }) => Some(outcome),
            _ => None,
        };
        (id.clone(), outcome)
    };
    let acts = stage.cloud.truth().acts;
    End {
        outcomes: stage.willing.iter().map(outcome).collect(),
        touched: acts.into_iter().map(|act| act.instance).collect(),
    }
}

/// Somebody who says what he likes.
struct Adversary {
    draw: Draw,
    victims: Vec<InstanceId>,
    said: Vec<(bool, String)>,
}

impl Adversary {
    fn of(stage: &Stage, seed: u64) -> Self {
        let willing = stage.willing.iter().map(|(id, _)| id.clone());
        let mut victims: Vec<InstanceId> = willing.chain(stage.unwilling.clone()).collect();
        victims.extend(stage.cloud.group("web").members.into_keys());
        victims.push(InstanceId::parse("i-0fedcba9876543210").unwrap());
        Self { draw: Draw::new(seed ^ 0x0BAD), victims, said: Vec::new() }
    }

    /// Says something, to the router or to the reconciler.
    fn speaks(&mut self, cloud: &Cloud) {
        let (to_router, body) = match self.draw.below(8) {
            0 if !self.said.is_empty() => self.draw.pick(&self.said),
            0..=3 => (true, self.notice().to_string()),
            _ => (false, self.message()),
        };
        if to_router {
            cloud.put_notice(&body);
        } else {
            cloud.put(&body);
        }
        self.said.push((to_router, body));
    }

    fn victim(&mut self) -> InstanceId {
        self.draw.pick(&self.victims)
    }

    /// A forged event of AWS Health, about whomever and wherever.
    fn notice(&mut self) -> Value {
        let (id, number) = (self.victim(), self.draw.bits());
        let account = self.draw.pick(&["123456789012", "999999999999", "", "not an account"]);
        let region = self.draw.pick(&["us-west-2", "us-east-1", "mars-north-1"]);
        let status = self.draw.pick(&["upcoming", "open", "undone", ""]);
        let code = self.draw.pick(&[
            "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED",
            "AWS_EC2_TERMINATE_EVERYTHING_SCHEDULED",
            "AWS_EC2_OPERATIONAL_ISSUE",
        ]);
        let date =
            self.draw.pick(&["Mon, 23 Nov 2026 08:00:00 GMT", "1 Jan 1970", "soon", "\u{0}"]);
        let entities: Vec<Value> = match self.draw.below(20) {
            0 => (0..11_000).map(|n| json!({ "entityValue": format!("i-{n:017x}") })).collect(),
            1..=4 => vec![json!({ "entityValue": "*" }), json!(["i-1"]), Value::Null],
            _ => vec![json!({ "entityValue": id.as_str(), "status": "IMPAIRED" })],
        };
        json!({
            "id": format!("{number:016x}"), "detail-type": "AWS Health Event", "source": "aws.health",
            "account": account, "region": region, "resources": [id.as_str()],
            "detail": {
                "eventArn": format!("arn:aws:health:{region}::event/EC2/{code}/{code}_{number}"),
                "service": "EC2", "eventTypeCode": code, "eventTypeCategory": "scheduledChange",
                "communicationId": format!("{number}-1"), "startTime": date, "statusCode": status,
                "eventRegion": region, "affectedAccount": account, "affectedEntities": entities,
                "instances": [id.as_str()], "action": "terminate", "mode": "enforce",
            },
        })
    }

    /// A forged message on the reconciler's queue.
    fn message(&mut self) -> String {
        let id = self.victim();
        let kind = self.draw.pick(&["notice", "state_change", "look_again", "terminate"]);
        match self.draw.below(6) {
            0 => cloud_event(&id, self.draw.pick(&["stopped", "terminated", "pending"])),
            1 => json!({ "reberth": "why", "instance": id.as_str() }).to_string(),
            2 => json!({ "reberth": self.draw.pick(&["sweep", "act", "stop"]) }).to_string(),
            3 => "[".repeat(500),
            _ => {
                let hops = self.draw.between(0, 260);
                let at = self.draw.pick(&["2026-11-23T08:00:00Z", "9999-12-31T23:59:59Z", "now"]);
                json!({"reberth": "hint", "version": 1, "kind": kind, "instances": [id.as_str()],
                    "at": at, "hops": hops, "mode": "enforce", "force": true})
                .to_string()
            }
        }
    }
}

fn cloud_event(id: &InstanceId, state: &str) -> String {
    json!({"id": "0f1e", "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2", "account": "999999999999", "region": "us-west-2",
        "detail": {"instance-id": id.as_str(), "state": state}})
    .to_string()
}

/// Plays a day in which somebody says so much, and what came of it.
fn played(seed: u64, messages: u32) -> End {
    let stage = stage(seed);
    let mut adversary = Adversary::of(&stage, seed);
    let mut play = Play::new(&stage.cloud);
    let pause = SignedDuration::from_hours(HOURS).as_secs() / i64::from(messages.max(1));
    for _ in 0..messages {
        adversary.speaks(&stage.cloud);
        play.until(stage.cloud.now() + SignedDuration::from_secs(pause));
    }
    if messages == 0 {
        play.hours(HOURS);
    }
    drop(play);
    end(&stage)
}

#[test]
fn whatever_is_said_the_same_instances_are_moved_and_nobody_else_is_touched() {
    let quiet = played(0, 0);
    assert!(quiet.outcomes.values().all(|outcome| *outcome == Some(Outcome::Moved)), "{quiet:?}");
    assert_eq!(quiet.touched, quiet.outcomes.keys().cloned().collect());
    for seed in 1..=SEEDS {
        assert_eq!(played(seed, MESSAGES), quiet, "seed {seed}");
    }
}

/// Writes whatever pleases on instances and groups.
fn tampers(stage: &Stage, draw: &mut Draw) {
    let key = format!("reberth:{}", draw.pick(&SETTINGS));
    let value = draw.pick(&VALUES);
    if draw.chance(300) {
        let group = draw.pick(&["web", "disks", "watched", "strange"]);
        stage.cloud.change_group(group, |group| {
            group.tags.insert(key, value.to_owned());
        });
        return;
    }
    let everybody: Vec<InstanceId> =
        stage.cloud.instances().into_iter().map(|instance| instance.id).collect();
    stage.cloud.tag(&draw.pick(&everybody), &key, value);
}

const SETTINGS: [&str; 16] = [
    "mode",
    "approved",
    "hold-until",
    "relaunch",
    "max-unavailable",
    "limits",
    "replica-set",
    "ready",
    "stop-alarms",
    "window",
    "lead",
    "deadline",
    "tolerance",
    "incident",
    "is-ready",
    "max-unavailable-per-zone",
];

const VALUES: [&str; 14] = [
    "enforce",
    "off",
    "force",
    "9999",
    "100pct",
    "-1",
    "",
    "true",
    "stop-start",
    "high",
    "instance-event-00000000000000013",
    "Sun 25:00-99:00 @ Mars",
    "a=0+b=0",
    "2026-12-01T06:00Z",
];

/// Plays a day in which somebody tampers with tags, within these ceilings.
fn tampered(seed: u64, maximum_mode: Mode, allowed_groups: &str) -> Stage {
    let stage = stage(seed);
    let allowed_groups = AllowedGroups::read(allowed_groups).unwrap();
    let ceilings = Ceilings { maximum_mode, allowed_groups, ..Ceilings::default() };
    let mut play = Play::within(&stage.cloud, ceilings);
    let mut draw = Draw::new(seed ^ 0x7A65);
    for _ in 0..HOURS * 2 {
        tampers(&stage, &mut draw);
        play.minutes(30);
    }
    drop(play);
    stage
}

#[test]
fn whatever_tags_say_a_stack_that_may_only_observe_touches_nobody() {
    for seed in 0..SEEDS / 3 {
        let stage = tampered(seed, Mode::Observe, "");
        assert_eq!(stage.cloud.changes(), 0, "seed {seed}");
    }
}

#[test]
fn whatever_tags_say_only_allowed_groups_are_touched_and_those_within_their_limits() {
    let mut touched = 0;
    for seed in 0..SEEDS / 3 {
        let stage = tampered(seed, Mode::Enforce, "web");
        let acts = stage.cloud.truth().acts;
        touched += acts.len();
        for act in acts {
            let group = stage.cloud.instance(&act.instance).and_then(|instance| instance.group);
            let elsewhere = group.is_some_and(|group| group.as_str() != "web");
            assert!(!elsewhere, "seed {seed}: {act:?}");
        }
        let machines = stage.cloud.truth().most_standalone_out();
        assert_eq!(machines, 0, "seed {seed}");
    }
    assert!(touched > 0, "nobody was ever touched");
}

#[test]
fn a_question_among_hints_keeps_none_of_them_from_its_look() {
    let stage = stage(0);
    let id = stage.unwilling[0].as_str();
    stage.cloud.put(&json!({ "reberth": "why", "instance": id }).to_string());
    let mut play = Play::new(&stage.cloud);
    play.minutes(1);
    assert!(!stage.cloud.open().is_empty(), "no look was made for the notices beside it");
}
