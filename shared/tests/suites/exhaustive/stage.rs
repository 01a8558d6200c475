//! The small world: three groups of three, and a notice for one member of each.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};
use shared::ids::{AccountId, EventId, InstanceId, Place, Region};
use shared::ledger::Incident;
use shared::policy::{Ceilings, Mode};
use shared::testing::cloud::{Answers, Cloud, Handed, Setup};
use shared::testing::faults::Fault;
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
    /// A member of the group of this subject was put into standby, when so many were desired.
    Standby(usize, u32),
    /// The group of this subject was made smaller.
    Smaller(usize),
}

/// What makes somebody look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wakes {
    /// Messages, as they arrive, and the sweep.
    OnMessages,
    /// The sweep alone: every message is lost.
    BySweepsAlone,
}

/// A world between two looks.
pub struct Node {
    pub cloud: Cloud,
    wakes: Wakes,
    next_sweep: Timestamp,
    passing: Vec<(Timestamp, Passing)>,
    /// Somebody other than the program did something.
    pub disturbed: bool,
    /// The groups as they were when deeds were last considered.
    pub seen: Vec<u64>,
    swept: bool,
}

/// `web` terminates first and `api` launches first, behind a load balancer. The members of `store` are
/// one replica set that names itself when its data is there; they are stopped and started. AWS's
/// dates are twenty hours away, so that everybody may go at once.
pub fn begin(wakes: Wakes) -> (Stage, Node) {
    let cloud = Cloud::new(1);
    cloud.calls_take(SignedDuration::ZERO);
    cloud.answers(Answers::Fresh);
    cloud.stale_by(STALE);
    if wakes == Wakes::BySweepsAlone {
        cloud.often(Fault::MessageLost, 1_000);
    }
    let store = Setup::enforced("store", 3).may_lose(2).tagged("reberth:relaunch", "stop-start");
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
        let event = cloud.schedule(&instance, EventCode::SystemReboot, 20);
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
    let passing = Vec::new();
    let (disturbed, swept) = (false, false);
    let node = Node { cloud, wakes, next_sweep, passing, disturbed, seen, swept };
    (Stage { subjects, ceilings, place, began }, node)
}

/// Nothing comes of it within half a day. Nobody is stopped longer than a day before AWS's date, and
/// that of a bad host is two weeks away. Where a member ended in standby, its place is gone until
/// its owner wants it back, and nobody else of its group has room to stand by.
fn stays_open(cloud: &Cloud, incident: &Incident) -> bool {
    let reason = incident.decided.as_ref().map_or("", |decided| &decided.reason);
    reason == "waiting_for_late_window"
        || reason == "no_standby_room" && !cloud.truth().ended_in_standby.is_empty()
}

impl Node {
    /// Another world that is as this one is.
    pub fn fork(&self) -> Self {
        let Self { wakes, next_sweep, disturbed, swept, .. } = *self;
        let (passing, seen) = (self.passing.clone(), self.seen.clone());
        Self { cloud: self.cloud.fork(), wakes, next_sweep, passing, disturbed, seen, swept }
    }

    /// Lets time pass until somebody looks.
    pub fn next_look(&mut self) -> Look {
        loop {
            // The world itself may put a message before the next one known.
            let pace = match self.wakes {
                Wakes::OnMessages => SignedDuration::from_secs(15),
                Wakes::BySweepsAlone => SWEEP_EVERY,
            };
            let soon = self.cloud.now() + pace;
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
                Passing::Standby(group, desired) => {
                    self.cloud.tidy_up_by_hand();
                    // Whoever ended in standby took its place along.
                    let group = GROUPS[*group];
                    let now = self.cloud.group(group).desired;
                    self.cloud.scale(group, now.max(*desired));
                }
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
        let Self { wakes, next_sweep, passing, disturbed, seen, swept, cloud } = self;
        (wakes, next_sweep, passing, disturbed, seen, swept, &look.payload, deeds)
            .hash(&mut hasher);
        cloud.digest() ^ (u128::from(hasher.finish()) << 17)
    }

    /// Nothing is open, nothing is to come, and nobody who wants it is still where AWS will strike.
    pub fn at_rest(&self, stage: &Stage) -> bool {
        self.swept
            && self.passing.is_empty()
            && (!self.cloud.anything_open()
                || self.cloud.open().iter().all(|one| stays_open(&self.cloud, one)))
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

    /// What is still open, in a word each.
    pub fn standing(&self) -> String {
        let open = self.cloud.open();
        let stands = open.iter().map(|incident| {
            let reason = incident.decided.as_ref().map_or("", |decided| &decided.reason);
            format!("{} {} {reason}", incident.key, incident.phase_code())
        });
        stands.collect::<Vec<_>>().join(", ")
    }

    /// Virtual time since the world began.
    pub fn elapsed(&self, stage: &Stage) -> SignedDuration {
        self.cloud.now().duration_since(stage.began)
    }

    /// What each group looks like, times apart.
    pub fn groups(&self) -> Vec<u64> {
        GROUPS.into_iter().map(|group| self.cloud.outline(group)).collect()
    }
}
