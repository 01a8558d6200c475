//! Plays of one incident each, at whose every call something may happen.

use shared::ids::{EventId, InstanceId};
use shared::ledger::{Incident, Outcome};
use shared::testing::cloud::{Cloud, Machine, Play, Setup};
use shared::world::EventCode;

use crate::{incident, soon};

/// A play of one incident: how it is set up, when its work is done and only clean looks follow, and
/// how it ends when nothing is in the way.
pub struct Plot {
    pub name: &'static str,
    pub begin: fn(&Cloud) -> (InstanceId, EventId),
    pub done: fn(&Incident) -> bool,
    pub ends: Outcome,
    pub hours: i64,
}

fn serves_again(incident: &Incident) -> bool {
    ["back", "closed"].contains(&incident.phase_code())
}

pub const STOP_START: Plot = Plot {
    name: "stop-start",
    begin: |cloud| {
        let machine = Machine::enforced("web-1").behind("web", &[80, 443]);
        let id = cloud.add_machine(&machine.tagged("reberth:reserve", "yes"));
        let event = soon(cloud, &id);
        (id, event)
    },
    done: serves_again,
    ends: Outcome::Moved,
    hours: 6,
};

pub const MEMBERS_STOP_START: Plot = Plot {
    name: "a member's stop-start",
    begin: |cloud| {
        let setup = Setup::enforced("web", 3).behind_targets();
        let id = cloud.add(&setup.tagged("reberth:relaunch", "stop-start")).remove(0);
        let event = soon(cloud, &id);
        (id, event)
    },
    done: serves_again,
    ends: Outcome::Moved,
    hours: 6,
};

pub const RIDE: Plot = Plot {
    name: "ride",
    begin: |cloud| {
        let setup = Setup::enforced("disks", 3).behind_targets().of_type("i4i.large");
        let id = cloud.add(&setup).remove(0);
        let event = cloud.schedule(&id, EventCode::SystemReboot, 1);
        (id, event)
    },
    done: serves_again,
    ends: Outcome::Ridden,
    hours: 6,
};

pub const STANDALONE_RIDE: Plot = Plot {
    name: "a standalone ride",
    begin: |cloud| {
        let machine = Machine::enforced("web-1").behind("web", &[80, 443]);
        let id = cloud.add_machine(&machine.tagged("reberth:relaunch", "ride"));
        let event = cloud.schedule(&id, EventCode::InstanceStop, 1);
        (id, event)
    },
    done: serves_again,
    ends: Outcome::Ridden,
    hours: 6,
};

pub const REBOOT: Plot = Plot {
    name: "reboot",
    begin: |cloud| {
        let machine = Machine::enforced("web-1").behind("web", &[]);
        let id = cloud.add_machine(&machine.tagged("reberth:relaunch", "reboot"));
        let event = soon(cloud, &id);
        (id, event)
    },
    done: serves_again,
    ends: Outcome::Moved,
    hours: 6,
};

/// AWS's date is at 11:00, its owner's window opens at 12:00, and AWS agrees to the end of it.
pub const RESCHEDULE: Plot = Plot {
    name: "reschedule",
    begin: |cloud| {
        let machine = Machine::enforced("web-1").behind("web", &[]);
        let machine = machine.tagged("reberth:window", "Mon 12:00-13:00 @ UTC");
        let id = cloud.add_machine(&machine);
        let event = cloud.schedule(&id, EventCode::SystemReboot, 3);
        cloud.allow_until(&id, &event, 48);
        (id, event)
    },
    done: |incident| {
        let history = &incident.history;
        history.iter().any(|entry| entry.what.contains("AWS moved its date"))
    },
    ends: Outcome::Moved,
    hours: 12,
};

/// Calls until its work is done.
pub fn calls_of(plot: &Plot) -> usize {
    let cloud = Cloud::new(300);
    let (id, event) = (plot.begin)(&cloud);
    let mut play = Play::new(&cloud);
    for _ in 0..plot.hours * 60 {
        play.minutes(1);
        if (plot.done)(&incident(&cloud, &id, &event)) {
            return cloud.calls_made();
        }
    }
    panic!("{}: it is never done: {:#?}", plot.name, cloud.incident(&id, &event));
}
