//! Messages only say when to look: any order of them, any number of copies, all of them lost, and
//! the same comes about.
//!
//! What came about is what was done to whom and how each incident ended, apart from when. It is held
//! against the same world in which every message was lost and the sweep alone looked.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::json;
use shared::ids::{AccountId, EventId, InstanceId, Place, Region};
use shared::ledger::{Outcome, Phase};
use shared::reconcile::notices;
use shared::testing::cloud::truth::ActKind;
use shared::testing::cloud::{Cloud, Machine, Play, Setup, block_on};
use shared::testing::faults::{Draw, Fault};
use shared::testing::orders::permutations;
use shared::world::EventCode;

/// Seeds of an ordinary run.
const SEEDS: u64 = 150;

/// A message on its way.
#[derive(Debug, Clone)]
enum Telling {
    /// AWS Health tells the router.
    Health(String),
    /// Something tells the reconciler.
    Direct(String),
}

/// A world with everything that AWS and people did in it, and everything that is told about it.
struct Story {
    cloud: Cloud,
    subjects: Vec<(InstanceId, EventId)>,
    tellings: Vec<Telling>,
}

/// What came about, apart from when.
#[derive(Debug, PartialEq)]
struct Effects {
    acts: BTreeMap<InstanceId, Vec<ActKind>>,
    ends: BTreeMap<InstanceId, Vec<(Outcome, u32)>>,
    forced: Vec<InstanceId>,
    ridden: Vec<InstanceId>,
}

impl Story {
    /// A world in which nothing tells of anything by itself.
    fn new(seed: u64) -> Self {
        let cloud = Cloud::new(seed);
        cloud.silence();
        Self { cloud, subjects: Vec::new(), tellings: Vec::new() }
    }

    fn scheduled(&mut self, id: &InstanceId, code: EventCode, hours: i64) -> EventId {
        let event = self.cloud.schedule(id, code, hours);
        self.subjects.push((id.clone(), event.clone()));
        event
    }

    /// AWS Health says this of an instance's event.
    fn health(&mut self, id: &InstanceId, status: &str, communication: u32) {
        let place = self.subjects.iter().position(|(known, _)| known == id).unwrap_or(99);
        let type_code = "AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED";
        let told = json!({
            "version": "0",
            "id": format!("0f1e2d3c-{place:04}-{communication:04}"),
            "detail-type": "AWS Health Event",
            "source": "aws.health",
            "account": "123456789012",
            "time": "2026-11-23T08:00:00Z",
            "region": "us-west-2",
            "resources": [id.as_str()],
            "detail": {
                "eventArn": format!("arn:aws:health:us-west-2::event/EC2/{type_code}/{place:04}"),
                "service": "EC2",
                "eventTypeCode": type_code,
                "eventTypeCategory": "scheduledChange",
                "eventScopeCode": "ACCOUNT_SPECIFIC",
                "communicationId": format!("{place:04}-{communication}"),
                "startTime": "Mon, 7 Dec 2026 08:00:00 GMT",
                "lastUpdatedTime": "Mon, 23 Nov 2026 08:00:00 GMT",
                "statusCode": status,
                "eventRegion": "us-west-2",
                "eventDescription": [{"language": "en_US", "latestDescription": "Synthetic."}],
                "affectedEntities": [{"entityValue": id.as_str(), "status": "PENDING"}]
            }
        });
        self.tellings.push(Telling::Health(told.to_string()));
    }

    fn hint(&mut self, kind: &str, id: &InstanceId) {
        let hint = json!({"reberth": "hint", "version": 1, "kind": kind, "instances": [id]});
        self.tellings.push(Telling::Direct(hint.to_string()));
    }

    fn changed(&mut self, id: &InstanceId, state: &str) {
        self.tellings.push(Telling::Direct(self.cloud.state_change(id, state)));
    }

    /// Everything arrives in this order, so many seconds after each other.
    fn told(&self, order: &[usize], gap: i64) -> Effects {
        let mut play = Play::new(&self.cloud);
        let place = Place {
            account: AccountId::parse("123456789012").unwrap(),
            region: Region::parse("us-west-2").unwrap(),
        };
        for number in order {
            match &self.tellings[*number] {
                Telling::Health(told) => {
                    let report = block_on(notices::run(&self.cloud.invocation(), &place, told));
                    assert_eq!((report.error, report.unreadable.len()), (None, 0));
                }
                Telling::Direct(message) => drop(play.invoke(message)),
            }
            play.until(self.cloud.now() + SignedDuration::from_secs(gap));
        }
        self.ends(play)
    }

    /// Nothing arrives, not even what the reconciler tells itself: the sweeps are alone.
    fn lost(&self) -> Effects {
        self.cloud.often(Fault::MessageLost, 1_000);
        self.ends(Play::new(&self.cloud))
    }

    fn ends(&self, mut play: Play<'_>) -> Effects {
        play.to_rest(72);
        let truth = self.cloud.truth();
        let mut acts: BTreeMap<InstanceId, Vec<ActKind>> = BTreeMap::new();
        for act in &truth.acts {
            acts.entry(act.instance.clone()).or_default().push(act.kind);
        }
        let mut ends: BTreeMap<InstanceId, Vec<(Outcome, u32)>> = BTreeMap::new();
        for incident in self.cloud.closed() {
            let Phase::Closed { outcome, .. } = incident.phase else { continue };
            ends.entry(incident.key.instance).or_default().push((outcome, incident.attempt));
        }
        let [mut forced, mut ridden] = [truth.forced, truth.ridden];
        forced.sort();
        ridden.sort();
        Effects { acts, ends, forced, ridden }
    }
}

/// Two groups of different order; one event stands, one was called off, one was moved. Six messages,
/// of which two are false.
fn small(seed: u64) -> Story {
    let mut story = Story::new(seed);
    let web = story.cloud.add(&Setup::enforced("web", 4));
    let api = story.cloud.add(&Setup::enforced("api", 3).launching_first(150).behind_targets());
    story.scheduled(&web[0], EventCode::SystemReboot, 14 * 24);
    let off = story.scheduled(&web[1], EventCode::SystemReboot, 14 * 24);
    story.cloud.cancel(&web[1], &off);
    let moved = story.scheduled(&api[0], EventCode::InstanceReboot, 14 * 24);
    story.cloud.move_date(&api[0], &moved, 20 * 24);
    story.health(&web[0], "upcoming", 1);
    story.health(&web[1], "upcoming", 1);
    story.health(&web[1], "closed", 2);
    story.health(&api[0], "upcoming", 2);
    story.changed(&web[0], "stopped");
    story.changed(&api[0], "terminated");
    story
}

/// Groups with a replica set, targets and readiness, standalone instances that are stopped and that
/// ride; what stands, was called off, was moved, and is none of ours; some twenty messages.
fn large(seed: u64) -> Story {
    let mut draw = Draw::new(seed);
    let mut story = Story::new(seed);
    let web = story.cloud.add(&Setup::enforced("web", 3 + draw.between(0, 3)));
    let api = Setup::enforced("api", 3).launching_first(150).behind_targets();
    let api = story.cloud.add(&api);
    let books = Setup::enforced("store", 3 + draw.between(0, 2)).may_lose(2);
    let books = story.cloud.add(&books.ready_after(SignedDuration::from_mins(3)));
    for id in &books {
        story.cloud.tag(id, "reberth:replica-set", "books");
    }
    let machine = Machine::enforced("alone").behind("front", &[80]);
    let alone = story.cloud.add_machine(&machine);
    let theirs = story.cloud.add(&Setup::group("theirs", 3));
    for id in [&web[0], &web[2], &api[0], &books[0], &books[1], &theirs[0]] {
        let code =
            [EventCode::SystemReboot, EventCode::InstanceRetirement, EventCode::InstanceReboot];
        let code = draw.pick(&code);
        let event = story.scheduled(id, code, 14 * 24);
        if draw.chance(300) {
            story.cloud.move_date(id, &event, 20 * 24);
            story.health(id, "upcoming", 2);
        }
        story.health(id, "upcoming", 1);
    }
    let off = story.scheduled(&api[1], EventCode::SystemReboot, 14 * 24);
    story.cloud.cancel(&api[1], &off);
    story.health(&api[1], "upcoming", 1);
    story.health(&api[1], "closed", 2);
    // Nobody called this one off.
    story.health(&books[0], "closed", 3);
    story.scheduled(&alone, EventCode::SystemReboot, 30);
    story.hint("notice", &alone);
    story.hint("look_again", &alone);
    for id in [&web[0], &books[1], &alone, &theirs[1]] {
        let word = draw.pick(&["stopping", "stopped", "shutting-down", "terminated"]);
        story.changed(id, word);
    }
    story
}

/// One to ten copies of each of so many things, in any order.
fn crowd(of: usize, draw: &mut Draw) -> Vec<usize> {
    let mut order: Vec<usize> =
        (0..of).flat_map(|one| vec![one; draw.between(1, 10) as usize]).collect();
    for place in (1..order.len()).rev() {
        order.swap(place, usize::try_from(draw.below(place as u64 + 1)).unwrap());
    }
    order
}

#[test]
fn with_everything_lost_the_sweeps_alone_move_what_stands_and_leave_what_does_not() {
    let story = small(1);
    let effects = story.lost();
    let ends: Vec<_> = effects.ends.values().flatten().copied().collect();
    assert_eq!(ends, [(Outcome::Moved, 1), (Outcome::Moved, 1)]);
    assert_eq!(
        effects.acts.keys().collect::<Vec<_>>(),
        [&story.subjects[0].0, &story.subjects[2].0]
    );

    for seed in 0..SEEDS {
        let story = large(seed);
        let effects = story.lost();
        assert_eq!(effects.forced, [], "seed {seed}");
        for (id, event) in &story.subjects {
            let group = story.cloud.instance(id).and_then(|instance| instance.group);
            let theirs = group.is_some_and(|group| group.as_str() == "theirs");
            let stands = story.cloud.instance(id).is_some_and(|instance| {
                instance.alive() && instance.active_events().any(|known| &known.id == event)
            });
            assert_eq!(stands, theirs, "seed {seed}: {id}");
        }
    }
}

#[test]
fn every_order_of_six_messages_has_the_effects_of_none() {
    let reference = small(1).lost();
    let orders = permutations(small(1).tellings.len());
    assert_eq!(orders.len(), 720);
    for order in orders {
        assert_eq!(small(1).told(&order, 20), reference, "{order:?}");
    }
}

#[test]
fn any_order_and_up_to_ten_copies_of_twenty_messages_have_the_effects_of_none() {
    let mut told = 0;
    for seed in 0..SEEDS {
        let story = large(seed);
        let mut draw = Draw::new(seed ^ 0x0C0F_FEE0);
        let order = crowd(story.tellings.len(), &mut draw);
        told += order.len();
        let gap = i64::from(draw.pick(&[0, 1, 7, 40, 200]));
        assert_eq!(story.told(&order, gap), large(seed).lost(), "seed {seed}, {gap} s: {order:?}");
    }
    println!("{told} messages told in {SEEDS} worlds");
}
