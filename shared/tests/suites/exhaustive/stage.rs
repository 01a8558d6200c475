//! The small world: three groups of three, and a notice for one member of each.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};
use shared::ids::{AccountId, EventId, InstanceId, Place, Region};
use shared::ledger::{Incident, Phase};
use shared::policy::{Ceilings, Mode};
use shared::testing::cloud::{Answers, Cloud, Handed, Setup};
use shared::world::{EventCode, Instance};

/// The groups, each with a way of its own.
const GROUPS: [&str; 3] = ["web", "api", "store"];

/// The schedule of the sweep.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// The payload of the schedule.
const SWEEP: &str = r#"{"reberth":"sweep"}"#;

/// Whoever did something in passing undoes it after this time.
const UNDONE_AFTER: SignedDuration = SignedDuration::from_mins(20);

/// How old a stale answer is, in seconds.
const STALE: i64 = 60;

/// A group of the world, its member for which AWS scheduled something, and another one.
pub struct Subject {
    pub group: &'static str,
    pub instance: InstanceId,
    pub event: EventId,
    pub bystander: InstanceId,
    /// All that were there from the beginning.
    pub members: Vec<InstanceId>,
}

/// What is the same in every world of a walk.
pub struct Stage {
    pub subjects: Vec<Subject>,
    pub ceilings: Ceilings,
    pub place: Place,
    began: Timestamp,
}

/// A look that is about to be made.
pub struct Look {
    pub payload: String,
    pub messages: Handed,
}

/// What somebody did in passing, and undoes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Passing {
    /// The switch was thrown.
    Switch,
    /// Other members than ours were put into standby.
    Standby,
    /// The group of this subject was made smaller.
    Smaller(usize),
}

/// A world between two looks.
pub struct Node {
    pub cloud: Cloud,
    next_sweep: Timestamp,
    passing: Vec<(Timestamp, Passing)>,
    /// Somebody other than the program did something.
    pub disturbed: bool,
    /// The groups as they were when deeds were last considered.
    pub seen: Vec<u64>,
    swept: bool,
}

/// `web` terminates first, `api` launches first behind a load balancer, and the members of `store`
/// are one replica set that names itself when its data is there.
pub fn begin() -> (Stage, Node) {
    let cloud = Cloud::new(1);
    cloud.calls_take(SignedDuration::ZERO);
    cloud.answers(Answers::Fresh);
    cloud.stale_by(STALE);
    let store = Setup::enforced("store", 3).may_lose(2);
    let setups = [
        Setup::enforced("web", 3),
        Setup::enforced("api", 3).launching_first(150).behind_targets(),
        store.ready_after(SignedDuration::from_mins(3)),
    ];
    let subjects = GROUPS.into_iter().zip(&setups).map(|(group, setup)| {
        let members = cloud.add(setup);
        if group == "store" {
            for id in &members {
                cloud.tag(id, "reberth:replica-set", "books");
            }
        }
        let [instance, bystander] = [members[0].clone(), members[1].clone()];
        let event = cloud.schedule(&instance, EventCode::SystemReboot, 14 * 24);
        Subject { group, instance, event, bystander, members }
    });
    let subjects = subjects.collect();
    let ceilings = Ceilings {
        maximum_mode: Mode::Enforce,
        acts_per_hour: 100,
        in_flight_percent: 100,
        ..Ceilings::default()
    };
    cloud.governed_by(&ceilings);
    let place = Place {
        account: AccountId::parse("123456789012").unwrap(),
        region: Region::parse("us-west-2").unwrap(),
    };
    let began = cloud.now();
    let next_sweep = began + SWEEP_EVERY;
    let seen = Vec::new();
    let node =
        Node { cloud, next_sweep, passing: Vec::new(), disturbed: false, seen, swept: false };
    (Stage { subjects, ceilings, place, began }, node)
}

impl Node {
    /// Another world that is as this one is.
    pub fn fork(&self) -> Self {
        let Self { next_sweep, disturbed, swept, .. } = *self;
        let (passing, seen) = (self.passing.clone(), self.seen.clone());
        Self { cloud: self.cloud.fork(), next_sweep, passing, disturbed, seen, swept }
    }

    /// Lets time pass until somebody looks.
    pub fn next_look(&mut self) -> Look {
        loop {
            // The world itself may put a message before the next one known.
            let soon = self.cloud.now() + SignedDuration::from_secs(15);
            let arrival = self.cloud.next_arrival().unwrap_or(Timestamp::MAX);
            let next = arrival.min(self.next_sweep).min(soon);
            self.cloud.advance(next.duration_since(self.cloud.now()));
            self.undo(next);
            self.cloud.route();
            if self.next_sweep <= next {
                self.next_sweep = next + SWEEP_EVERY;
                self.swept = true;
                return Look { payload: SWEEP.to_owned(), messages: Handed::default() };
            }
            let messages = self.cloud.receive();
            if !messages.is_empty() {
                return Look { payload: messages.payload(), messages };
            }
        }
    }

    /// What was just done is undone later.
    pub fn passes(&mut self, passing: Passing) {
        self.passing.push((self.cloud.now() + UNDONE_AFTER, passing));
    }

    fn undo(&mut self, now: Timestamp) {
        while let Some((_, passing)) = self.passing.first().filter(|(at, _)| *at <= now) {
            match passing {
                Passing::Switch => self.cloud.throw_switch(false),
                Passing::Standby => self.cloud.tidy_up_by_hand(),
                Passing::Smaller(group) => {
                    let group = GROUPS[*group];
                    self.cloud.scale(group, self.cloud.group(group).desired + 1);
                }
            }
            self.passing.remove(0);
        }
    }

    /// A number that worlds share in which everything to come is the same.
    pub fn digest(&self, look: &Look, deeds: usize) -> u128 {
        let mut hasher = DefaultHasher::new();
        let Self { next_sweep, passing, disturbed, seen, swept, cloud } = self;
        (next_sweep, passing, disturbed, seen, swept, &look.payload, deeds).hash(&mut hasher);
        cloud.digest() ^ (u128::from(hasher.finish()) << 17)
    }

    /// Nothing is open, nothing is to come, and nobody who wants it is still where AWS will strike.
    pub fn at_rest(&self, stage: &Stage) -> bool {
        let open = self.cloud.open();
        self.swept
            && self.passing.is_empty()
            && open.is_empty()
            && self.cloud.next_arrival().is_none()
            && !stage.subjects.iter().any(|subject| self.stands(subject))
    }

    /// AWS will strike it, and its owner wants it moved.
    fn stands(&self, subject: &Subject) -> bool {
        let wanted = |instance: &Instance| {
            let wants = self.cloud.group(subject.group).tags["reberth:mode"] == "enforce";
            let member = instance.group.is_some();
            wants && member && instance.active_events().any(|known| known.id == subject.event)
        };
        self.cloud.instance(&subject.instance).is_some_and(|one| one.alive() && wanted(&one))
    }

    /// Virtual time since the world began.
    pub fn elapsed(&self, stage: &Stage) -> SignedDuration {
        self.cloud.now().duration_since(stage.began)
    }

    /// What each group looks like, times apart.
    pub fn groups(&self, stage: &Stage) -> Vec<u64> {
        let open = self.cloud.open();
        let of_group = |subject: &Subject| {
            let mut hasher = DefaultHasher::new();
            let group = self.cloud.group(subject.group);
            for (id, member) in &group.members {
                (id, member.lifecycle.as_str(), member.healthy).hash(&mut hasher);
                let instance = self.cloud.instance(id);
                let power = instance.as_ref().and_then(|one| one.state.as_ref());
                format!("{power:?}").hash(&mut hasher);
            }
            let ours = open.iter().filter(|one| one.group.as_ref() == Some(&group.name));
            ours.for_each(|incident| standing(incident).hash(&mut hasher));
            hasher.finish()
        };
        stage.subjects.iter().map(of_group).collect()
    }
}

/// How far an incident is.
fn standing(incident: &Incident) -> (&'static str, u32, bool) {
    let clean = match &incident.phase {
        Phase::Serving { clean_at_ten, .. } => clean_at_ten.is_some(),
        _ => false,
    };
    (incident.phase_code(), incident.attempt, clean)
}
