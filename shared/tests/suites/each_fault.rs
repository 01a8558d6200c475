//! Each fault of calls, the ledger and Lambda alone, so often that it strikes again and again in one
//! golden scenario: the scenario ends as it does without, and every invariant holds meanwhile.

use shared::testing::cloud::{Cloud, Play};
use shared::testing::faults::Fault;

use crate::golden::{self, Golden};

/// Hours with the fault. What AWS announced in the scenarios below is later.
const HOURS: i64 = 12;

/// Of a thousand opportunities each fault strikes in so many.
const FAULTS: [(Fault, u32); 25] = [
    (Fault::CallThrottled, 100),
    (Fault::AnswerLost, 60),
    (Fault::CallFailed, 100),
    (Fault::CallTimedOut, 60),
    (Fault::CallSlow, 100),
    (Fault::ForeignLoad, 10),
    (Fault::StaleAnswer, 1_000),
    (Fault::PageTokenExpired, 100),
    (Fault::PermissionRevoked, 3),
    (Fault::GroupContended, 500),
    (Fault::BatchPartlyDone, 600),
    (Fault::LedgerConflict, 200),
    (Fault::LedgerThrottled, 100),
    (Fault::LedgerUnacknowledged, 200),
    (Fault::LedgerInProgress, 200),
    (Fault::LedgerTorn, 500),
    (Fault::DeathBeforeCall, 300),
    (Fault::DeathAfterCall, 300),
    (Fault::OutOfMemory, 40),
    (Fault::LambdaTimedOut, 20),
    (Fault::Frozen, 20),
    (Fault::ColdStarts, 100),
    (Fault::ClockSkewed, 1_000),
    (Fault::Outage, 50),
    (Fault::NextVersion, 500),
];

/// Scenarios whose dates lie beyond the faults.
const SCENARIOS: [&Golden; 7] = [
    &golden::TERMINATE_FIRST,
    &golden::WHOLE_GROUP,
    &golden::LAUNCH_FIRST,
    &golden::REPLICA_SETS,
    &golden::MEMBERS_STOP_START,
    &golden::STOP_START,
    &golden::REBOOT,
];

/// Plays a scenario with a fault. Answers how often it struck.
fn ends_all_the_same(golden: &Golden, fault: Fault, rate: u32) -> u64 {
    let case = format!("{}: {}", golden.name, fault.code());
    let cloud = Cloud::new(40);
    let subjects = (golden.begin)(&cloud);
    cloud.often(Fault::Raced, 200);
    if fault == Fault::StaleAnswer {
        cloud.stale_by(60);
    }
    cloud.often(fault, rate);
    let mut play = Play::new(&cloud);
    play.hours(HOURS);
    cloud.calm();
    play.to_rest(30);
    for (id, event) in &subjects {
        let incident = cloud.incident(id, event).unwrap();
        assert_eq!(incident.phase_code(), "closed", "{case}: {incident:#?}");
    }
    assert!(cloud.truth().forced.is_empty(), "{case}: {:?}", cloud.truth().forced);
    cloud.struck(fault)
}

#[test]
fn every_scenario_ends_whatever_single_fault_strikes_again_and_again() {
    for (fault, rate) in FAULTS {
        let each = SCENARIOS.map(|golden| ends_all_the_same(golden, fault, rate));
        let all: u64 = each.iter().sum();
        println!("{}: struck {all} times: {each:?}", fault.code());
        assert!(all > 0, "{} never struck", fault.code());
    }
}
