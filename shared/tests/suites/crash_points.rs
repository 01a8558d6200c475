//! A run dies at every call of every golden scenario, before its effect and after it: the scenario
//! ends as if no run had died, and every invariant holds meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Mutex;

use shared::ids::InstanceId;
use shared::ledger::{Incident, Phase};
use shared::testing::cloud::truth::{ActKind, Hand};
use shared::testing::cloud::{Cloud, Crash, Moment, Play, Port};

use crate::golden::{self, Golden, Subject};

/// Calls after the last one that changed something at which a run still dies: clean looks, which
/// are all alike.
const CLEAN: usize = 40;

/// What all scenarios came to so far.
static TOTAL: Mutex<Total> = Mutex::new(Total { scenarios: 0, deaths: 0, calls: 0 });

/// Scenarios that were played to their ends with a death at each of their calls.
struct Total {
    scenarios: usize,
    deaths: usize,
    calls: usize,
}

/// How a scenario ended.
#[derive(Debug, PartialEq, Eq)]
struct End {
    /// By instance: how its incident ended, or why it stands.
    incidents: BTreeMap<InstanceId, String>,
    /// What we did to whom, however often.
    acts: BTreeSet<(InstanceId, String)>,
    /// Opening acts.
    opened: usize,
    /// On whom AWS acted in service.
    forced: Vec<InstanceId>,
    /// On whom it acted while they stood aside.
    ridden: Vec<InstanceId>,
    /// Whose data ended by our hand.
    data_lost: Vec<InstanceId>,
    /// Of the instances that it began with: who serves.
    serving: BTreeSet<InstanceId>,
    /// What is not as it was.
    left_open: Vec<String>,
    /// What programs were told of each, repetitions of a state aside; nothing where a deed finds the
    /// scenario elsewhere after a death.
    told: BTreeSet<(InstanceId, String)>,
}

/// Plays a scenario to its end. Answers it with its world.
fn played(golden: &Golden, crash: Option<Crash>) -> (End, Cloud) {
    let cloud = Cloud::new(300);
    let began = cloud.now();
    let subjects = (golden.begin)(&cloud);
    let mut play = Play::new(&cloud);
    if let Some(crash) = crash {
        play.crash_at(crash);
    }
    for (minute, deed) in golden.deeds {
        play.until(began + jiff::SignedDuration::from_mins(*minute));
        deed(&cloud, &mut play, &subjects);
    }
    if golden.stands {
        play.hours(golden.hours);
        cloud.assert_nothing_is_out();
    } else {
        play.to_rest(golden.hours);
    }
    drop(play);
    (end(&cloud, golden, &subjects), cloud)
}

fn end(cloud: &Cloud, golden: &Golden, subjects: &[Subject]) -> End {
    let truth = cloud.truth();
    let act = |kind: ActKind| format!("{kind:?}");
    let lost = truth.data_lost.iter().filter(|loss| loss.by == Hand::Ours);
    let incident = |(id, event): &Subject| Some((id.clone(), ended(&cloud.incident(id, event)?)));
    End {
        incidents: subjects.iter().filter_map(incident).collect(),
        acts: truth.acts.iter().map(|one| (one.instance.clone(), act(one.kind))).collect(),
        opened: truth.opened().count(),
        data_lost: lost.map(|loss| loss.instance.clone()).collect(),
        serving: subjects.iter().map(|(id, _)| id).filter(|id| cloud.serves(id)).cloned().collect(),
        left_open: cloud.left_open(),
        told: if golden.deeds.is_empty() { told(cloud) } else { BTreeSet::new() },
        forced: truth.forced,
        ridden: truth.ridden,
    }
}

fn ended(incident: &Incident) -> String {
    match &incident.phase {
        Phase::Closed { outcome, .. } => format!("{outcome:?}"),
        _ => incident.decided.as_ref().map_or_else(String::new, |it| it.reason.to_string()),
    }
}

fn told(cloud: &Cloud) -> BTreeSet<(InstanceId, String)> {
    let event = |detail: serde_json::Value| {
        let id = InstanceId::parse(detail["instance_id"].as_str()?).ok()?;
        Some((id, detail["state"].as_str()?.to_owned()))
    };
    cloud.published().into_iter().filter_map(event).collect()
}

/// The last call that changed the fleet, and a few clean looks more.
fn points(cloud: &Cloud) -> usize {
    let calls = cloud.calls_since(0);
    let last = calls.iter().rposition(|call| call.port.changes() || tells(call.port));
    (last.unwrap_or(0) + CLEAN).min(calls.len())
}

fn tells(port: Port) -> bool {
    matches!(port, Port::Tell | Port::Publish)
}

/// Kills a run at each of the calls, on either side of its effect.
fn dies_at_every_call(golden: &Golden) {
    let (golden_end, cloud) = played(golden, None);
    let calls = points(&cloud);
    let mut deaths = 0;
    for call in 1..=calls {
        for moment in [Moment::BeforeEffect, Moment::AfterEffect] {
            let case = format!("{}: died at call {call}, {moment:?}", golden.name);
            let (end, cloud) = played(golden, Some(Crash { call, moment }));
            assert_eq!(end, golden_end, "{case}");
            deaths += usize::from(cloud.calls_made() >= call);
        }
    }
    assert!(deaths > 60, "{}: only {deaths} deaths", golden.name);
    tell(golden, deaths, calls);
}

/// Tells whoever runs the tests, those included that go well.
fn tell(golden: &Golden, deaths: usize, calls: usize) {
    let mut total = TOTAL.lock().unwrap();
    total.scenarios += 1;
    total.deaths += deaths;
    total.calls += calls;
    let points = format!("a run dies at {deaths} points of {calls} calls");
    let mut words = format!("{}: {points}\n", golden.name);
    if total.scenarios == SCENARIOS {
        words = format!(
            "{words}{SCENARIOS} scenarios: {} points of {} calls\n",
            total.deaths, total.calls
        );
    }
    std::io::stderr().write_all(words.as_bytes()).unwrap();
}

macro_rules! every_golden_scenario {
    ($($name:ident: $golden:ident;)+) => {
        $(
            #[test]
            fn $name() {
                dies_at_every_call(&golden::$golden);
            }
        )+

        const SCENARIOS: usize = [$(&golden::$golden),+].len();
    };
}

every_golden_scenario! {
    p21_a_replacement_that_terminates_first_survives_death_at_every_call: TERMINATE_FIRST;
    p21_a_whole_group_survives_death_at_every_call: WHOLE_GROUP;
    p21_a_replacement_that_launches_first_survives_death_at_every_call: LAUNCH_FIRST;
    p28_a_replacement_that_is_taken_back_survives_death_at_every_call: TAKEN_BACK;
    p21_replica_sets_survive_death_at_every_call: REPLICA_SETS;
    p34_a_replacement_on_a_bad_host_survives_death_at_every_call: BAD_HOST;
    p34_a_replacement_that_is_given_up_survives_death_at_every_call: GIVEN_UP;
    p21_a_ride_survives_death_at_every_call: RIDE;
    p21_a_standalone_ride_survives_death_at_every_call: STANDALONE_RIDE;
    p21_a_members_stop_start_survives_death_at_every_call: MEMBERS_STOP_START;
    p21_a_stop_start_survives_death_at_every_call: STOP_START;
    p21_a_start_without_capacity_survives_death_at_every_call: NO_CAPACITY;
    p21_a_reboot_survives_death_at_every_call: REBOOT;
    p21_another_date_survives_death_at_every_call: RESCHEDULE;
    p21_a_readiness_document_survives_death_at_every_call: SSM_DOCUMENT;
    p21_a_readiness_alarm_survives_death_at_every_call: ALARM;
    p21_an_approval_survives_death_at_every_call: APPROVED;
    p21_a_notice_that_is_only_told_survives_death_at_every_call: OBSERVED;
    p21_an_event_called_off_survives_death_at_every_call: CALLED_OFF;
    p21_a_kill_switch_survives_death_at_every_call: SWITCHED_OFF;
    p21_an_adoption_survives_death_at_every_call: ADOPTED;
    p21_an_incident_that_cannot_be_read_survives_death_at_every_call: UNREAD;
}
