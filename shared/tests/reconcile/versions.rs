//! Old and new side by side: what version 0.1.0 wrote is carried to its end, fields that are not
//! known survive, and what cannot be read is left as it is while everything else goes on.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::ids::{EventId, InstanceId};
use shared::ledger::format::KNOWN;
use shared::ledger::{Incident, Outcome};
use shared::testing::cloud::{ADDED, Cloud, Play, Setup};
use shared::testing::faults::Fault;

use crate::plots::{
    MEMBERS_STOP_START, Plot, REBOOT, RESCHEDULE, RIDE, STANDALONE_RIDE, STOP_START,
};
use crate::{incident, outcome, reboot, reboot_all};

const REPLACEMENT: Plot = Plot {
    name: "replacement",
    begin: |cloud| {
        let id = cloud.add(&Setup::enforced("web", 4).behind_targets()).remove(0);
        let event = reboot(cloud, &id);
        (id, event)
    },
    done: |incident| ["serving", "closed"].contains(&incident.phase_code()),
    ends: Outcome::Moved,
    hours: 4,
};

const LAUNCH_FIRST: Plot = Plot {
    name: "launch-first",
    begin: |cloud| {
        let id = cloud.add(&Setup::enforced("web", 2).launching_first(150)).remove(0);
        let event = reboot(cloud, &id);
        (id, event)
    },
    done: |incident| ["serving", "closed"].contains(&incident.phase_code()),
    ends: Outcome::Moved,
    hours: 4,
};

const PLOTS: [Plot; 8] = [
    STOP_START,
    MEMBERS_STOP_START,
    RIDE,
    STANDALONE_RIDE,
    REBOOT,
    RESCHEDULE,
    REPLACEMENT,
    LAUNCH_FIRST,
];

/// The documents of one plot by phase, as version 0.1.0 wrote them before items had a format.
fn written_by_0_1_0(plot: &Plot) -> BTreeMap<String, Value> {
    let name = plot.name.replace("'s", "").replace("a ", "").replace(' ', "-");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reconcile/written_by_0_1_0");
    let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Plays a plot until its incident is in a phase; false where it never is between two runs.
fn plays_until(cloud: &Cloud, play: &mut Play, plot: &Plot, id: &InstanceId, phase: &str) -> bool {
    for _ in 0..plot.hours * 240 {
        let now = cloud.open().into_iter().find(|one| &one.key.instance == id);
        if now.is_some_and(|incident| incident.phase_code() == phase) {
            return true;
        }
        play.until(cloud.now() + jiff::SignedDuration::from_secs(15));
    }
    false
}

#[test]
fn what_version_0_1_0_wrote_in_any_phase_is_carried_to_its_end() {
    let mut carried = Vec::new();
    for plot in &PLOTS {
        for (phase, document) in written_by_0_1_0(plot) {
            assert!(document.get("format").is_none(), "{}: {phase}", plot.name);
            let cloud = Cloud::new(300);
            let (id, event) = (plot.begin)(&cloud);
            let mut play = Play::new(&cloud);
            if phase == "closed" || !plays_until(&cloud, &mut play, plot, &id, &phase) {
                continue;
            }
            let now = incident(&cloud, &id, &event);
            cloud.put_document(&document.to_string());
            let before = incident(&cloud, &id, &event);
            assert_eq!((before.format, &before.key), (1, &now.key), "{}: {phase}", plot.name);
            play.to_rest(plot.hours);
            assert_eq!(outcome(&cloud, &id, &event), plot.ends, "{}: {phase}", plot.name);
            carried.push(format!("{}: {phase}", plot.name));
        }
    }
    assert!(carried.len() >= 30, "{carried:#?}");
}

#[test]
fn every_phase_that_version_0_1_0_wrote_is_read() {
    let documents = PLOTS.iter().flat_map(written_by_0_1_0);
    let phases: std::collections::BTreeSet<String> = documents
        .map(|(phase, document)| {
            let read: Incident = serde_json::from_value(document).unwrap();
            assert_eq!(read.phase_code(), phase);
            assert!(read.unknown.is_empty(), "{phase}: {:?}", read.unknown);
            phase
        })
        .collect();
    assert_eq!(phases.len(), 10, "{phases:?}");
}

/// The next version's field stands in an incident and, where there is a place for it, in its phase.
fn added(incident: &Incident) -> usize {
    serde_json::to_string(incident).unwrap().matches(ADDED).count()
}

#[test]
fn two_versions_that_take_turns_lose_nothing_and_exceed_nothing() {
    for plot in &PLOTS {
        let mut wrote = 0;
        for seed in 0..25 {
            let case = format!("{} seed {seed}", plot.name);
            let cloud = Cloud::new(seed);
            cloud.renews(|key| key.instance.as_str().ends_with(['1', '3', '5', '7', '9']));
            let (id, event) = (plot.begin)(&cloud);
            let mut play = Play::new(&cloud);
            cloud.often(Fault::NextVersion, if seed % 2 == 0 { 500 } else { 350 });
            cloud.often(Fault::Raced, 300);
            let mut most = 0;
            for _ in 0..plot.hours * 30 {
                play.minutes(1);
                let Some(now) = cloud.incident(&id, &event) else { continue };
                assert!(most == 0 || added(&now) > 0, "{case}: the field is lost: {now:#?}");
                most = most.max(added(&now));
            }
            wrote += usize::from(most > 0);
            play.to_rest(plot.hours * 2);
            assert_eq!(outcome(&cloud, &id, &event), plot.ends, "{case}");
            assert_eq!(cloud.truth().forced, [], "{case}");
        }
        assert!(wrote > 10, "{}: the next version wrote only {wrote} times", plot.name);
    }
}

/// The next version opens, and is taken back at each minute of its work: `left` says what this one
/// finds then. It comes again in the end.
fn is_taken_back(plot: &Plot, renews: bool, left: impl Fn(&Cloud, &InstanceId, &EventId, &str)) {
    for minutes in (1..40).step_by(3) {
        let case = format!("{} after {minutes} min", plot.name);
        let cloud = Cloud::new(300);
        cloud.renews(if renews { |_| true } else { |_| false });
        let (id, event) = (plot.begin)(&cloud);
        let mut play = Play::new(&cloud);
        cloud.often(Fault::NextVersion, 1_000);
        play.minutes(minutes);
        let before = incident(&cloud, &id, &event);
        cloud.often(Fault::NextVersion, 0);
        play.minutes(45);
        let after = incident(&cloud, &id, &event);
        if before.format > KNOWN {
            assert_eq!(after, before, "{case}: not left as it was");
        } else {
            assert_eq!(added(&after).min(1), 1, "{case}: the field is lost");
        }
        left(&cloud, &id, &event, &case);
        cloud.often(Fault::NextVersion, 1_000);
        play.to_rest(plot.hours * 2);
        assert_eq!(outcome(&cloud, &id, &event), plot.ends, "{case}");
    }
}

#[test]
fn after_a_rollback_within_a_format_this_version_brings_everything_back() {
    for plot in &PLOTS {
        is_taken_back(plot, false, |cloud, id, event, case| {
            let known = incident(cloud, id, event);
            let rides = plot.ends == Outcome::Ridden;
            assert!(rides || !known.out(), "{case}: {:?}", known.phase);
        });
    }
}

#[test]
fn after_a_rollback_over_a_format_incidents_wait_as_they_are_and_people_are_told_once() {
    for plot in &PLOTS {
        is_taken_back(plot, true, |cloud, id, event, case| {
            let known = incident(cloud, id, event);
            let open = known.phase_code() != "closed";
            let unread = known.format > KNOWN && open;
            let item = format!("incident/{}", known.key);
            let told = cloud.told();
            let times = |words: &str| {
                let lines = told.iter().flat_map(|(_, text)| text.lines());
                lines.filter(|line| line.contains(&item) && line.contains(words)).count()
            };
            assert!(times("counts as out") <= 1, "{case}: {told:#?}");
            assert!(times("is stopped, and") <= 1, "{case}: {told:#?}");
            assert_eq!(times("cannot be read") > 0, unread, "{case}: {told:#?}");
        });
    }
}

#[test]
fn neighbours_of_what_cannot_be_read_go_on_within_the_limits() {
    for seed in 0..40 {
        let case = format!("seed {seed}");
        let cloud = Cloud::new(seed);
        cloud.renews(|key| key.instance.as_str().ends_with(['1', '4']));
        let members = cloud.add(&Setup::enforced("web", 6).may_lose(2));
        let events = reboot_all(&cloud, &members);
        let mut play = Play::new(&cloud);
        play.deploy(|ceilings| ceilings.in_flight_percent = 100);
        cloud.often(Fault::NextVersion, 1_000);
        play.minutes(i64::try_from(1 + seed % 12).unwrap());
        cloud.often(Fault::NextVersion, 0);
        play.hours(8);
        for (id, event) in members.iter().zip(&events) {
            let known = incident(&cloud, id, event);
            let stays = known.format > KNOWN || known.phase_code() == "seen";
            assert!(stays || known.phase_code() == "closed", "{case}: {id}: {:?}", known.phase);
        }
        cloud.often(Fault::NextVersion, 1_000);
        play.to_rest(48);
        for (id, event) in members.iter().zip(&events) {
            assert_eq!(outcome(&cloud, id, event), Outcome::Moved, "{case}: {id}");
        }
        assert!(cloud.truth().most_out("web") <= 2, "{case}");
        assert_eq!(cloud.truth().forced, [], "{case}");
    }
}
