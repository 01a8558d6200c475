//! What may stay as it is for good once faults have stopped: an incident of which nothing is opened,
//! which people were told of, and for which nothing is to be done.

use jiff::SignedDuration;

use crate::ledger::{Incident, Phase};
use crate::message::Message;
use crate::plan::Reason;
use crate::testing::cloud::state::State;
use crate::time::Interval;
use crate::world::{Group, LifecycleState};

/// Whoever stands aside while AWS works does so at most this long before.
const SHORTLY: SignedDuration = SignedDuration::from_mins(4 * 60 + 30);

/// It was given up, or AWS's date is still to come.
pub(super) fn rests(state: &State, incident: &Incident) -> bool {
    given_up(state, incident) || waits(state, incident)
}

/// No attempt is left, its owner's way does not clear it, others stopped it, or its group keeps it
/// out of service or leaves no room for anybody to stand by.
pub(super) fn given_up(state: &State, incident: &Incident) -> bool {
    let id = &incident.key.instance;
    let member = state.fleet().member(id);
    let kept_out = member.is_some_and(|(_, member)| member.lifecycle != LifecycleState::InService);
    let group = |is: fn(&Group) -> bool| member.is_some_and(|(group, _)| is(group));
    let stands = |reason: Reason| stands_by(state, incident, &reason);
    stands(Reason::AttemptsExhausted(0))
        || stands(Reason::RebootDoesNotClear)
        || stands(Reason::NotRunning(String::new())) && state.fleet().stopped_by_others.contains(id)
        || stands(Reason::NotInService(String::new())) && kept_out
        || stands(Reason::WeightedStandby) && group(Group::weighted)
        || stands(Reason::SmallGroup(0)) && group(|group| group.desired <= 2)
        || stands(Reason::NoStandbyRoom { desired: 0, minimum: 0 })
            && group(|group| group.desired <= group.minimum)
}

/// Its way begins shortly before AWS's date, and that is still to come; or its owner has no window
/// open then.
fn waits(state: &State, incident: &Incident) -> bool {
    let stands = |reason: Reason| stands_by(state, incident, &reason);
    let Some(date) = incident.not_before.filter(|date| *date > state.now) else { return false };
    let windows = state.policy_of(&incident.key.instance).window;
    let opens = windows.next_open(date - SHORTLY).map(Interval::start);
    stands(Reason::AsideFrom(state.now))
        || stands(Reason::WaitingForLateWindow(state.now))
        || stands(Reason::TooManyAtOnce { members: 0, most: 0 })
        || stands(Reason::OutsideWindow(date)) && opens.is_none_or(|opens| opens >= date)
}

/// It stands for this reason, and people were told of it.
fn stands_by(state: &State, incident: &Incident, reason: &Reason) -> bool {
    let Incident { key, phase: Phase::Seen, decided: Some(decided), .. } = incident else {
        return false;
    };
    let told = |message: &Message| message.email.contains(key.instance.as_str());
    decided.reason == reason.code() && state.told.iter().any(told)
}
