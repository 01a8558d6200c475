//! I3: nothing is opened but on what its owner opted in, in the owner's windows and in AWS's time,
//! and only on whom it was made ready for it; nobody's data is lost by our hand.

use jiff::{SignedDuration, Timestamp};

use super::record::Verdict;
use super::{Case, DECIDED, Deed, Invariant};
use crate::ids::InstanceId;
use crate::plan::InPlace;
use crate::policy::{Deadline, Mode, Relaunch};
use crate::testing::cloud::state::State;
use crate::time::Calendar;
use crate::world::Instance;

const HOLDS: Invariant = Invariant::OpensOnlyWithLeave;

/// Processes without which a replacement does not come about.
const NEEDED: [&str; 4] = ["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy"];

/// Nobody stands aside for AWS longer before its date.
const ASIDE_MOST: SignedDuration = SignedDuration::from_mins(5 * 60);

/// Without a window of its owner's nobody is stopped longer before AWS's date.
const LAST_DAY: SignedDuration = SignedDuration::from_mins(24 * 60 + 1);

pub(super) fn before(case: &Case<'_>, verdict: &mut Verdict) {
    if !case.word_is_seen() {
        return;
    }
    verdict.judges(HOLDS);
    wrong_mode(case, verdict);
    match case.deed {
        Deed::Reschedules(to) => {
            if !case.policy.window.contains(to) {
                case.breaks(verdict, HOLDS, format!("{to} lies in no window of its owner's"));
            }
        }
        Deed::Replaces | Deed::Leaves => held(case, verdict),
        Deed::Strikes => {
            held(case, verdict);
            let fleet = case.state.fleet();
            let known = fleet.targets.values().any(|all| all.contains_key(case.id));
            if known || !fleet.aside(case.id) {
                case.breaks(verdict, HOLDS, "it still takes requests");
            }
        }
    }
}

fn wrong_mode(case: &Case<'_>, verdict: &mut Verdict) {
    let state = case.state;
    let instance = state.fleet().instances.get(case.id);
    let mut events = instance.into_iter().flat_map(|instance| &instance.events);
    let yes = events.any(|event| case.policy.approves(&event.id));
    match case.policy.mode {
        Mode::Enforce => {}
        Mode::Approve if yes => {}
        mode => case.breaks(verdict, HOLDS, format!("the mode is {}", mode.as_str())),
    }
    if state.ledger.stopped || state.ceilings.kill_switch {
        case.breaks(verdict, HOLDS, "the kill switch is thrown");
    }
}

fn held(case: &Case<'_>, verdict: &mut Verdict) {
    wrong_time(case, verdict);
    let fleet = case.state.fleet();
    let member = fleet.member(case.id);
    let grouped = |instance: &Instance| instance.group.is_some();
    if member.is_none() && fleet.instances.get(case.id).is_none_or(grouped) {
        case.breaks(verdict, HOLDS, "no member of any group, and not standalone");
    }
    let Some((group, member)) = member else { return };
    if case.how != Some(InPlace::Ride) && member.protected {
        case.breaks(verdict, HOLDS, "it is protected from scale-in");
    }
    if let Some(process) = NEEDED.iter().find(|one| group.suspended.contains_key(**one)) {
        case.breaks(verdict, HOLDS, format!("{process} is suspended"));
    }
}

/// Held, outside its windows, or long before its time.
fn wrong_time(case: &Case<'_>, verdict: &mut Verdict) {
    let (policy, now) = (&case.policy, case.state.now);
    let decided = now - DECIDED;
    if policy.hold_until.is_some_and(|until| until.holds(decided)) {
        case.breaks(verdict, HOLDS, "its owner holds it");
    }
    let open = policy.window.contains(now) || policy.window.contains(decided);
    if !open && policy.deadline != Deadline::Force {
        case.breaks(verdict, HOLDS, "no window of its owner's is open");
    }
    let earliest = match case.how {
        Some(InPlace::Ride) => ASIDE_MOST,
        Some(InPlace::StopStart) if policy.window == Calendar::Always => LAST_DAY,
        _ => return,
    };
    if date(case).is_some_and(|date| date.duration_since(now) > earliest) {
        case.breaks(verdict, HOLDS, "long before AWS's date");
    }
}

/// AWS's next date for it.
fn date(case: &Case<'_>) -> Option<Timestamp> {
    let instance = case.state.fleet().instances.get(case.id);
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
