//! I3: nothing is opened but on what its owner opted in, in the way, the windows and the time that
//! the owner and AWS's date leave; never on whom somebody else manages; and nobody's data is lost
//! by our hand.

use jiff::{SignedDuration, Timestamp};

use super::record::Verdict;
use super::{Case, DECIDED, Deed, Invariant, decided};
use crate::ids::InstanceId;
use crate::plan::InPlace;
use crate::policy::{Deadline, Lead, Mode, Relaunch};
use crate::testing::cloud::state::State;
use crate::time::Calendar;
use crate::world::{AlarmState, Instance, ScheduledEvent};

const HOLDS: Invariant = Invariant::OpensOnlyWithLeave;

/// Processes without which a replacement does not come about.
const NEEDED: [&str; 5] =
    ["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer"];

/// Tags by which other AWS services say that an instance is theirs.
const OTHERS: [&str; 4] = [
    "aws:elasticmapreduce:job-flow-id",
    "AWSBatchServiceTag",
    "eks:cluster-name",
    "eks:nodegroup-name",
];

/// Nobody stands aside for AWS longer before its date.
const ASIDE_MOST: SignedDuration = SignedDuration::from_mins(5 * 60);

/// Without a window of its owner's nobody is stopped longer before AWS's date.
const LAST_DAY: SignedDuration = SignedDuration::from_mins(24 * 60 + 1);

/// `deadline=force` begins there.
const FORCED: SignedDuration = SignedDuration::from_hours(2);

/// Owners have this long to object before degraded hardware is left.
const COOL_OFF: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn before(case: &Case<'_>, verdict: &mut Verdict) {
    if !case.word_is_seen() {
        return;
    }
    verdict.judges(HOLDS);
    wrong_mode(case, verdict);
    match case.deed {
        Deed::Reschedules(to) => {
            held(case, verdict);
            if !case.policy.window.contains(to) {
                case.breaks(verdict, HOLDS, format!("{to} lies in no window of its owner's"));
            }
        }
        Deed::Replaces | Deed::Leaves(_) => {
            held(case, verdict);
            wrong_way(case, verdict);
            wrong_time(case, verdict);
            too_soon(case, verdict);
            kept_in_place(case, verdict);
        }
        Deed::Strikes(_) => {
            held(case, verdict);
            wrong_way(case, verdict);
            wrong_time(case, verdict);
            kept_in_place(case, verdict);
            let fleet = case.state.fleet();
            let known = fleet.targets.values().any(|all| all.contains_key(case.id()));
            if known || !fleet.aside(case.id()) {
                case.breaks(verdict, HOLDS, "it still takes requests");
            }
        }
    }
}

fn wrong_mode(case: &Case<'_>, verdict: &mut Verdict) {
    match case.policy.mode {
        Mode::Enforce => {}
        Mode::Approve if case.policy.approves(&case.key.event) => {}
        mode => case.breaks(verdict, HOLDS, format!("the mode is {}", mode.as_str())),
    }
    if case.state.ledger.stopped || case.state.ceilings.kill_switch {
        case.breaks(verdict, HOLDS, "the kill switch is thrown");
    }
}

/// Held by its owner's word or alarms, or somebody else's.
fn held(case: &Case<'_>, verdict: &mut Verdict) {
    let (policy, decided) = (&case.policy, decided(case.state));
    if policy.hold_until.is_some_and(|until| until.holds(decided)) {
        case.breaks(verdict, HOLDS, "its owner holds it");
    }
    let alarms = policy.stop_alarms.names.iter();
    let rings = |name: &&String| case.state.alarm(name).is_some_and(|it| it == AlarmState::Alarm);
    if let Some(name) = alarms.clone().find(rings) {
        case.breaks(verdict, HOLDS, format!("the alarm {name} rings"));
    }
    let Some(instance) = case.state.fleet().instances.get(case.id()) else { return };
    let owned = OTHERS.iter().any(|tag| instance.tags.contains_key(*tag));
    if owned || instance.operator.is_some() {
        case.breaks(verdict, HOLDS, "somebody else manages it");
    }
}

/// Its owner named another way, or none.
fn wrong_way(case: &Case<'_>, verdict: &mut Verdict) {
    let wanted = match case.policy.relaunch {
        Relaunch::Auto => return,
        Relaunch::Replace => case.deed == Deed::Replaces,
        Relaunch::Ride => case.how() == Some(InPlace::Ride),
        Relaunch::StopStart => case.how() == Some(InPlace::StopStart),
        Relaunch::Reboot => case.how() == Some(InPlace::Reboot),
        Relaunch::Notify => false,
    };
    if !wanted {
        let words = format!("its owner wants {}", case.policy.relaunch.as_str());
        case.breaks(verdict, HOLDS, words);
    }
}

/// Outside its windows, or long before its time.
fn wrong_time(case: &Case<'_>, verdict: &mut Verdict) {
    let (policy, now) = (&case.policy, case.state.now);
    let open = policy.window.contains(now) || policy.window.contains(decided(case.state));
    // Who rides goes aside by AWS's time, and is held to that below.
    let forced = forced(case) || case.how() == Some(InPlace::Ride) && forces(case);
    if !open && !forced {
        case.breaks(verdict, HOLDS, "no window of its owner's is open");
    }
    let late = case.how() == Some(InPlace::StopStart) || policy.lead == Some(Lead::Late);
    let earliest = match case.how() {
        Some(InPlace::Ride) => ASIDE_MOST,
        _ if late && policy.window == Calendar::Always => LAST_DAY,
        _ => return,
    };
    if date(case).is_some_and(|date| date.duration_since(now) > earliest) {
        case.breaks(verdict, HOLDS, "long before AWS's date");
    }
}

/// Before its owner had the time to object.
fn too_soon(case: &Case<'_>, verdict: &mut Verdict) {
    let degraded = event(case).is_some_and(|event| event.code.degraded_hardware());
    let asap = case.policy.lead.is_none_or(|lead| lead == Lead::Asap);
    let announced = case.state.record.watch.announced.get(&case.key.event);
    let Some(announced) = announced.filter(|_| degraded && asap) else { return };
    let no_time = announced.date.is_some_and(|date| announced.since + COOL_OFF > date - FORCED);
    let ride = case.how() == Some(InPlace::Ride);
    if !no_time && !ride && case.state.now < announced.since + COOL_OFF {
        case.breaks(verdict, HOLDS, "its owner had no hour to object");
    }
}

/// No member of any group and not standalone, protected, or in a group that replaces nobody.
fn kept_in_place(case: &Case<'_>, verdict: &mut Verdict) {
    let fleet = case.state.fleet();
    let member = fleet.member(case.id());
    let grouped = |instance: &Instance| instance.group.is_some();
    if member.is_none() && fleet.instances.get(case.id()).is_none_or(grouped) {
        case.breaks(verdict, HOLDS, "no member of any group, and not standalone");
    }
    let Some((group, member)) = member else { return };
    if case.how() != Some(InPlace::Ride) && member.protected && !forced(case) {
        case.breaks(verdict, HOLDS, "it is protected from scale-in");
    }
    if let Some(process) = NEEDED.iter().find(|one| group.suspended.contains_key(**one)) {
        case.breaks(verdict, HOLDS, format!("{process} is suspended"));
    }
}

fn forces(case: &Case<'_>) -> bool {
    case.policy.deadline == Deadline::Force
}

/// `deadline=force`, and AWS's date is near enough.
fn forced(case: &Case<'_>) -> bool {
    let near = |date: Timestamp| date.duration_since(case.state.now) <= FORCED + DECIDED;
    forces(case) && date(case).is_some_and(near)
}

fn event<'c>(case: &'c Case<'_>) -> Option<&'c ScheduledEvent> {
    let instance = case.state.fleet().instances.get(case.id())?;
    instance.events.iter().find(|event| event.id == case.key.event)
}

/// AWS's next date for it.
fn date(case: &Case<'_>) -> Option<Timestamp> {
    let instance = case.state.fleet().instances.get(case.id());
    let events = instance.into_iter().flat_map(Instance::active_events);
    events.filter_map(|event| event.not_before).min()
}

/// Judges our hand on an instance whose data ends with it.
pub(in crate::testing) fn data_lost(state: &State, id: &InstanceId) -> Verdict {
    let mut verdict = Verdict::new(state.now);
    verdict.judges(HOLDS);
    if state.policy_of(id).relaunch != Relaunch::Replace {
        verdict.breaks(HOLDS, id, "its data is lost by our hand");
    }
    verdict
}
