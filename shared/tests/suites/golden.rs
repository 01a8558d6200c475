//! The golden scenarios: one for each way of acting, each with nothing in its way. What else happens
//! in them must not change how they end.

use jiff::SignedDuration;
use shared::ids::{EventId, InstanceId};
use shared::testing::cloud::{Cloud, Machine, Play, Setup};
use shared::testing::faults::Fault;
use shared::world::EventCode;

/// An instance and what AWS scheduled for it.
pub type Subject = (InstanceId, EventId);

/// What somebody does in the middle of it.
type Deed = fn(&Cloud, &mut Play<'_>, &[Subject]);

/// A way of acting, played by itself.
pub struct Golden {
    /// In words.
    pub name: &'static str,
    /// Makes the fleet, and lets AWS schedule something.
    pub begin: fn(&Cloud) -> Vec<Subject>,
    /// What is done at which minute, in order.
    pub deeds: &'static [(i64, Deed)],
    /// Hours within which it is at rest, or after which it is judged where an incident stands for
    /// good.
    pub hours: i64,
    /// An incident stands for good.
    pub stands: bool,
}

/// Somebody has acted, and nobody does anything else.
const PLAIN: Golden =
    Golden { name: "", begin: |_| Vec::new(), deeds: &[], hours: 6, stands: false };

/// A reboot that AWS announced far enough ahead to be done in peace.
fn reboot(cloud: &Cloud, id: &InstanceId) -> Subject {
    (id.clone(), cloud.schedule(id, EventCode::SystemReboot, 14 * 24))
}

/// A reboot so near that a stop and start may begin at once.
fn soon(cloud: &Cloud, id: &InstanceId) -> Subject {
    (id.clone(), cloud.schedule(id, EventCode::SystemReboot, 20))
}

fn first(cloud: &Cloud, setup: &Setup) -> Vec<Subject> {
    vec![reboot(cloud, &cloud.add(setup)[0])]
}

fn all(cloud: &Cloud, setup: &Setup) -> Vec<Subject> {
    cloud.add(setup).iter().map(|id| reboot(cloud, id)).collect()
}

fn machine(cloud: &Cloud, machine: &Machine) -> Vec<Subject> {
    vec![soon(cloud, &cloud.add_machine(machine))]
}

fn web() -> Machine {
    Machine::enforced("web-1").behind("web", &[80, 443])
}

fn never_launching() -> Setup {
    let setup = Setup::enforced("web", 4).launching_first(150);
    setup.behaving(|behaviour| behaviour.answers_after = SignedDuration::from_hours(1_000))
}

pub const TERMINATE_FIRST: Golden = Golden {
    name: "a replacement that terminates first",
    begin: |cloud| first(cloud, &Setup::enforced("web", 4).behind_targets()),
    ..PLAIN
};

pub const WHOLE_GROUP: Golden = Golden {
    name: "a group, the first member alone and then two at a time",
    begin: |cloud| all(cloud, &Setup::enforced("web", 5).may_lose(2)),
    ..PLAIN
};

pub const LAUNCH_FIRST: Golden = Golden {
    name: "a replacement that launches first",
    begin: |cloud| first(cloud, &Setup::enforced("web", 2).launching_first(150)),
    ..PLAIN
};

pub const TAKEN_BACK: Golden = Golden {
    name: "a replacement for which nothing is launched, taken back and given up",
    begin: |cloud| first(cloud, &never_launching()),
    hours: 8,
    stands: true,
    ..PLAIN
};

pub const REPLICA_SETS: Golden = Golden {
    name: "two members of a replica set, one after the other",
    begin: |cloud| {
        let setup = Setup::enforced("db", 3).ready_after(SignedDuration::from_mins(4));
        let members = cloud.add(&setup.may_lose(3));
        for (member, set) in members.iter().zip(["one", "one", "two"]) {
            cloud.tag(member, "reberth:replica-set", set);
        }
        members.iter().take(2).map(|id| reboot(cloud, id)).collect()
    },
    ..PLAIN
};

pub const BAD_HOST: Golden = Golden {
    name: "a replacement that lands on a host with an event of its own",
    begin: |cloud| {
        let setup = Setup::enforced("web", 4).behaving(|behaviour| behaviour.bad_hosts = 1);
        first(cloud, &setup)
    },
    hours: 24,
    ..PLAIN
};

pub const GIVEN_UP: Golden = Golden {
    name: "replacements that land badly every time, given up",
    begin: |cloud| {
        let setup = Setup::enforced("web", 4).behaving(|behaviour| behaviour.bad_hosts = 50);
        first(cloud, &setup)
    },
    hours: 24,
    stands: true,
    ..PLAIN
};

pub const RIDE: Golden = Golden {
    name: "a member that stands aside while AWS works",
    begin: |cloud| {
        let setup = Setup::enforced("disks", 3).behind_targets().of_type("i4i.large");
        let id = cloud.add(&setup).remove(0);
        let event = cloud.schedule(&id, EventCode::SystemReboot, 1);
        vec![(id, event)]
    },
    ..PLAIN
};

pub const STANDALONE_RIDE: Golden = Golden {
    name: "a standalone instance that stands aside while AWS works",
    begin: |cloud| {
        let id = cloud.add_machine(&web().tagged("reberth:relaunch", "ride"));
        let event = cloud.schedule(&id, EventCode::InstanceStop, 1);
        vec![(id, event)]
    },
    ..PLAIN
};

pub const MEMBERS_STOP_START: Golden = Golden {
    name: "a member that is stopped and started in standby",
    begin: |cloud| {
        let setup = Setup::enforced("web", 3).behind_targets();
        let id = cloud.add(&setup.tagged("reberth:relaunch", "stop-start")).remove(0);
        vec![soon(cloud, &id)]
    },
    ..PLAIN
};

pub const STOP_START: Golden = Golden {
    name: "a standalone instance that is stopped and started, with its capacity kept",
    begin: |cloud| machine(cloud, &web().tagged("reberth:reserve", "yes")),
    ..PLAIN
};

pub const NO_CAPACITY: Golden = Golden {
    name: "a stopped instance for which there is no capacity at first, and that falls back once",
    begin: |cloud| {
        let subjects = machine(cloud, &web());
        cloud.no_capacity(&subjects[0].0, 2);
        cloud.falls_back(&subjects[0].0, 1);
        subjects
    },
    ..PLAIN
};

pub const REBOOT: Golden = Golden {
    name: "a standalone instance that is rebooted",
    begin: |cloud| {
        let machine_of = Machine::enforced("web-1").behind("web", &[]);
        machine(cloud, &machine_of.tagged("reberth:relaunch", "reboot"))
    },
    ..PLAIN
};

/// AWS's date is at 11:00, its owner's window opens at 12:00, and AWS agrees to the end of it.
pub const RESCHEDULE: Golden = Golden {
    name: "another date, asked for and used",
    begin: |cloud| {
        let machine = Machine::enforced("web-1").behind("web", &[]);
        let id = cloud.add_machine(&machine.tagged("reberth:window", "Mon 12:00-13:00 @ UTC"));
        let event = cloud.schedule(&id, EventCode::SystemReboot, 3);
        cloud.allow_until(&id, &event, 48);
        vec![(id, event)]
    },
    hours: 12,
    ..PLAIN
};

pub const SSM_DOCUMENT: Golden = Golden {
    name: "a replacement whose readiness a document tells",
    begin: |cloud| {
        let setup = Setup::enforced("web", 4).tagged("reberth:ready", "ssm:IsReady");
        first(cloud, &setup)
    },
    ..PLAIN
};

pub const ALARM: Golden = Golden {
    name: "a member that comes back when its alarm rests",
    begin: |cloud| {
        let setup = Setup::enforced("web", 3).tagged("reberth:ready", "alarm:lag");
        cloud.alarm_follows_group("lag", "web");
        let setup = setup.tagged("reberth:relaunch", "stop-start");
        vec![soon(cloud, &cloud.add(&setup)[0])]
    },
    ..PLAIN
};

pub const APPROVED: Golden = Golden {
    name: "a replacement that waits for its owner's yes",
    begin: |cloud| {
        let setup = Setup::group("web", 4).tagged("reberth:mode", "approve");
        first(cloud, &setup)
    },
    deeds: &[(25, |cloud, _, subjects| {
        let (id, event) = &subjects[0];
        cloud.tag(id, "reberth:approved", event.as_str());
    })],
    ..PLAIN
};

pub const OBSERVED: Golden = Golden {
    name: "a notice that is told and nothing else, and called off",
    begin: |cloud| {
        let setup = Setup::group("web", 4).tagged("reberth:mode", "observe");
        first(cloud, &setup)
    },
    deeds: &[(25, |cloud, _, subjects| {
        let (id, event) = &subjects[0];
        cloud.cancel(id, event);
    })],
    ..PLAIN
};

pub const CALLED_OFF: Golden = Golden {
    name: "an event that is called off while its member stands by",
    begin: RIDE.begin,
    deeds: &[(45, |cloud, _, subjects| {
        let (id, event) = &subjects[0];
        cloud.cancel(id, event);
    })],
    ..PLAIN
};

pub const SWITCHED_OFF: Golden = Golden {
    name: "a kill switch that is thrown under way and taken back",
    begin: |cloud| all(cloud, &Setup::enforced("web", 3)),
    deeds: &[
        (2, |cloud, _, _| cloud.throw_switch(true)),
        (60, |cloud, _, _| cloud.throw_switch(false)),
    ],
    hours: 8,
    ..PLAIN
};

pub const ADOPTED: Golden = Golden {
    name: "a stopped instance whose ledger is lost",
    begin: |cloud| machine(cloud, &Machine::enforced("box")),
    deeds: &[(3, |cloud, _, _| cloud.lose_ledger())],
    ..PLAIN
};

pub const UNREAD: Golden = Golden {
    name: "an incident in a format of the next version, left alone until that comes back",
    begin: |cloud| {
        cloud.renews(|_| true);
        cloud.often(Fault::NextVersion, 1_000);
        machine(cloud, &web())
    },
    deeds: &[
        (2, |cloud, _, _| cloud.often(Fault::NextVersion, 0)),
        (40, |cloud, _, _| cloud.often(Fault::NextVersion, 1_000)),
    ],
    ..PLAIN
};
