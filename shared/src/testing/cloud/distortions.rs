//! Events that are not as they should be: cut, swollen, wrapped, of unknown kinds, beside the point.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::owes::Owes;
use super::state::State;
use super::telling::{Place, Telling};
use crate::event::Function;
use crate::ids::InstanceId;
use crate::testing::faults::{Draw, Fault};

const ROUTER: Function = Function::HealthEventRouter;

/// The largest message that SQS takes, bytes (SQS, `quotas-messages`, read 2026-11).
const MESSAGE_BYTES_MOST: usize = 1024 * 1024;

/// Levels of nesting that nobody has to read.
const DEEP: u32 = 100;

/// One burst in so many is of the size that AWS sends on its worst days.
const WORST_DAY: u32 = 100;

/// Fields that may be missing, with whether an event can do without.
const FIELDS: [(&str, &str, bool); 17] = [
    ("", "detail", false),
    ("", "detail-type", false),
    ("", "source", false),
    ("", "id", true),
    ("", "account", true),
    ("", "region", true),
    ("", "resources", true),
    ("detail", "service", true),
    ("detail", "eventTypeCode", true),
    ("detail", "eventTypeCategory", true),
    ("detail", "statusCode", true),
    ("detail", "startTime", true),
    ("detail", "eventArn", true),
    ("detail", "communicationId", true),
    ("detail", "affectedEntities", true),
    ("detail", "instance-id", false),
    ("detail", "state", true),
];

/// Bodies that nobody can read.
const POISON: [&str; 8] = [
    "scrambled",
    "{",
    "[]",
    "{}",
    "null",
    r#"{"source":"aws.health"}"#,
    r#"{"source":"aws.health","detail-type":"AWS Health Event"}"#,
    r#"{"reberth":"hint","version":99,"kind":"notice","instances":[]}"#,
];

/// What AWS tells everybody in a region.
const ISSUE: &str = "AWS_EC2_OPERATIONAL_ISSUE";

/// What Auto Scaling sends when somebody makes a hook (EC2 Auto Scaling User Guide,
/// `prepare-for-lifecycle-notifications`, read 2026-11).
const TEST_NOTIFICATION: &str = r#"{"Service":"AWS Auto Scaling","Time":"2026-11-23T08:00:00.000Z",
"RequestId":"00000000-0000-0000-0000-000000000000","LifecycleHookName":"drain",
"AccountId":"123456789012","AutoScalingGroupName":"web","Event":"autoscaling:TEST_NOTIFICATION"}"#;

impl State {
    /// An event comes to a queue by its rule, as it is or otherwise.
    pub(super) fn put_on_bus(
        &mut self,
        to: Function,
        event: Value,
        owes: Owes,
        late: SignedDuration,
    ) {
        let (body, owes) = self.distorted(event, owes);
        self.post(to, &body, owes, late);
    }

    fn distorted(&mut self, mut event: Value, mut owes: Owes) -> (String, Owes) {
        if self.strikes(Fault::EventWithNewField).is_some() {
            event["unheardOf"] = json!({"since": 2027, "values": [1, null, "x"]});
            event["detail"]["unheardOf"] = json!([{"a": {"b": false}}]);
        }
        if let Some(mut draw) = self.strikes(Fault::EventWithoutField) {
            owes = without_field(&mut event, &mut draw, owes);
        }
        let deep = self.strikes(Fault::MessageDeep).map(|mut draw| {
            if draw.chance(300) { draw.between(10, 50) } else { draw.between(DEEP, 1_000) }
        });
        if deep.is_some() {
            event["unheardOf"] = "@".into();
        }
        if let Some(mut draw) = self.strikes(Fault::MessageOversized) {
            let bytes = draw.between(256 * 1024, 1024 * 1024) as usize;
            let room = bytes.min(MESSAGE_BYTES_MOST).saturating_sub(event.to_string().len() + 64);
            event["padding"] = "x".repeat(room).into();
        }
        let mut body = event.to_string();
        if let Some(levels) = deep {
            let nested = format!("{}{}", "[".repeat(levels as usize), "]".repeat(levels as usize));
            body = body.replace("\"@\"", &nested);
            owes = if levels >= DEEP { Owes::Burial } else { owes };
        }
        if self.strikes(Fault::MessageWrappedBySns).is_some() {
            let topic = "arn:aws:sns:us-west-2:123456789012:fleet-events";
            body = json!({"Type": "Notification", "TopicArn": topic, "Message": body}).to_string();
        }
        if let Some(mut draw) = self.strikes(Fault::MessageMalformed) {
            let kept = 1 + draw.below(body.len() as u64 - 1);
            body.truncate(usize::try_from(kept).unwrap());
            owes = Owes::Burial;
        }
        if body.len() > MESSAGE_BYTES_MOST {
            owes = Owes::Burial;
        }
        (body, owes)
    }

    /// What comes beside a telling.
    pub(super) fn disturbances_of(&mut self, telling: &Telling, named: &BTreeSet<InstanceId>) {
        let entities: Vec<InstanceId> = named.iter().cloned().collect();
        let elsewhere = |place| Telling { place, ..telling.clone() };
        if let Some(mut draw) = self.strikes(Fault::NoticeOfAnotherPlace) {
            let there = elsewhere(draw.pick(&[Place::OtherAccount, Place::OtherRegion]));
            self.post_event(&there.page(&entities, 1, 1), Owes::Nothing);
        }
        if self.strikes(Fault::NoticeBackupCopy).is_some() {
            let there = elsewhere(Place::BackedUp);
            self.post_event(&there.page(&entities, 1, 1), Owes::Nothing);
        }
        if self.strikes(Fault::NoticePublic).is_some() {
            let issue = Telling { code: ISSUE, ..telling.clone() };
            self.post_event(&issue.public(), Owes::Word { matter: ISSUE });
        }
        if self.strikes(Fault::EventOfUnknownKind).is_some() {
            let mut event = telling.page(&entities, 1, 1);
            event["detail-type"] = "AWS Health Weather Report".into();
            self.post_event(&event, Owes::Nothing);
        }
        if self.strikes(Fault::TestNotification).is_some() {
            self.post(ROUTER, TEST_NOTIFICATION, Owes::Nothing, SignedDuration::ZERO);
        }
        if let Some(mut draw) = self.strikes(Fault::PoisonBeside) {
            let to = draw.pick(&[ROUTER, Function::MaintenanceReconciler]);
            self.post(to, draw.pick(&POISON), Owes::Burial, SignedDuration::ZERO);
        }
        if let Some(mut draw) = self.strikes(Fault::NoticeBurst) {
            self.bursts(telling, &entities, &mut draw);
        }
    }

    fn post_event(&mut self, event: &Value, owes: Owes) {
        self.post(ROUTER, &event.to_string(), owes, SignedDuration::ZERO);
    }

    /// Many tellings at once: the same again, updates of it, and what is none of ours.
    fn bursts(&mut self, telling: &Telling, entities: &[InstanceId], draw: &mut Draw) {
        let worst = draw.between(1, WORST_DAY) == 1;
        let many = if worst { 15_000 } else { u64::from(draw.between(20, 200)) };
        let own = telling.owes(entities);
        // One communication again and again, beside that of the telling, whose pages may name more.
        let same = Telling { number: telling.number << 20 | many, ..telling.clone() };
        let same = same.page(entities, 1, 1).to_string();
        for number in 0..many {
            let update = Telling { number: telling.number << 20 | number, ..telling.clone() };
            let (body, owes) = match number % 4 {
                0 => (same.clone(), own.clone()),
                1 => (update.page(entities, 1, 1).to_string(), own.clone()),
                2 => {
                    let there = Telling { place: Place::OtherAccount, ..update };
                    (there.page(entities, 1, 1).to_string(), Owes::Nothing)
                }
                _ => {
                    let there = Telling { place: Place::BackedUp, ..update };
                    (there.page(entities, 1, 1).to_string(), Owes::Nothing)
                }
            };
            let to = self.queues.of_mut(ROUTER);
            to.put(self.now, self.now, body.as_str().into(), owes);
        }
    }
}

/// Takes a field away. Answers what the event owes then.
fn without_field(event: &mut Value, draw: &mut Draw, owes: Owes) -> Owes {
    let (place, field, dispensable) = draw.pick(&FIELDS);
    let object = if place.is_empty() { event } else { &mut event[place] };
    let taken = object.as_object_mut().and_then(|object| object.remove(field));
    if dispensable || taken.is_none() { owes } else { Owes::Burial }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, envelope};
    use crate::testing::cloud::Cloud;

    fn read(body: &str) -> Result<Event, ()> {
        envelope::peel(body).remove(0).event.map_err(drop)
    }

    #[test]
    fn poison_is_read_by_nobody_and_a_test_notification_is_nobodys() {
        for poison in POISON {
            assert_eq!(read(poison), Err(()), "{poison}");
        }
        assert!(matches!(read(TEST_NOTIFICATION), Ok(Event::Unknown { .. })));
    }

    #[test]
    fn what_is_distorted_is_read_exactly_where_the_world_says_so() {
        let faults = [
            Fault::MessageMalformed,
            Fault::MessageDeep,
            Fault::MessageOversized,
            Fault::MessageWrappedBySns,
            Fault::EventWithNewField,
            Fault::EventWithoutField,
        ];
        for fault in faults {
            for seed in 0..40 {
                let cloud = Cloud::new(seed);
                cloud.often(fault, 1_000);
                let change = super::super::messages::state_change(
                    cloud.now(),
                    &InstanceId::parse("i-00000000000000001").unwrap(),
                    "stopped",
                );
                let mut state = cloud.state.borrow_mut();
                let (body, owes) = state.distorted(change, Owes::Nothing);
                let payload = json!({"Records": [{"eventSource": "aws:sqs", "body": body}]});
                let unread = read(&payload.to_string()).is_err();
                assert_eq!(unread, owes == Owes::Burial, "{fault:?} {seed}");
            }
        }
    }
}
