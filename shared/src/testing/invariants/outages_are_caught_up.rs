//! L5: after a time in which no run came to its end, the program has caught up once as much time
//! again has passed, and three hours at least. It has caught up when it knows of every event that
//! was announced until then, however many faults struck since; and, where it was quiet since, when
//! it brought back whom it had taken out before, but for want of capacity.

use jiff::SignedDuration;

use super::record::Verdict;
use super::watch::Outage;
use super::{Invariant, LOOKS};
use crate::ledger::IncidentKey;
use crate::policy::Mode;
use crate::testing::cloud::state::State;
use crate::testing::cloud::truth::Loss;

const HOLDS: Invariant = Invariant::OutagesAreCaughtUp;

/// What catching up may take however short the outage was: what was under way has to end.
const LEAST: SignedDuration = SignedDuration::from_hours(3);

/// Judges the last outage once it is time; after a run.
pub(super) fn after_run(state: &State, verdict: &mut Verdict) {
    let watch = &state.record.watch;
    let Some(outage) = watch.outage else { return };
    let length = outage.ended.duration_since(outage.began);
    if state.now < outage.ended + length.max(LEAST) || watch.looks_since(outage.ended) < LOOKS {
        return;
    }
    verdict.judges(HOLDS);
    verdict.judged_outage = true;
    unknown(state, outage, verdict);
    if watch.disturbed_at < outage.ended && state.owner_seen_from < outage.ended {
        out(state, outage, verdict);
    }
}

/// Events that were announced before the outage ended, and of which the ledger knows nothing.
fn unknown(state: &State, outage: Outage, verdict: &mut Verdict) {
    for (event, known) in &state.record.watch.announced {
        let key = IncidentKey { instance: known.instance.clone(), event: event.clone() };
        let stands = known.over.is_none() && known.since < outage.ended;
        // EC2 lists the status of what runs.
        let lives = stands && state.fleet().runs(&key.instance);
        let opted_in = lives && state.policy_of(&key.instance).mode != Mode::Off;
        if opted_in && state.now >= state.owner_seen_from && !state.ledger.knows(&key) {
            verdict.breaks(HOLDS, &key, "is not known as long after an outage as that was");
        }
    }
}

/// Whom it had taken out before the outage began, and nobody brought back.
fn out(state: &State, outage: Outage, verdict: &mut Verdict) {
    let waits = |loss: &Loss| state.full.contains_key(&loss.instance);
    let before = |loss: &&Loss| loss.ours && loss.since < outage.began && !waits(loss);
    if let Some(loss) = state.truth.open_losses().find(before) {
        verdict.breaks(HOLDS, &loss.instance, "is out since before the last outage");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{EventId, InstanceId};
    use crate::testing::cloud::{Cloud, Machine, Play};
    use crate::world::EventCode;

    /// Nothing runs for two hours, in which something is announced; eight hours later all is judged.
    fn outage(announce: impl FnOnce(&Cloud, &InstanceId)) -> Cloud {
        let cloud = Cloud::new(1);
        let machine = cloud.add_machine(&Machine::enforced("box"));
        let mut play = Play::new(&cloud);
        play.minutes(20);
        let ends = cloud.now() + SignedDuration::from_hours(2);
        cloud.state.borrow_mut().nothing_runs_until = ends;
        play.hours(1);
        announce(&cloud, &machine);
        play.hours(8);
        drop(play);
        cloud
    }

    #[test]
    fn what_nobody_was_told_of_in_an_outage_is_known_soon_after_it() {
        let cloud = outage(|cloud, machine| {
            cloud.silence();
            cloud.schedule(machine, EventCode::SystemReboot, 48);
        });
        assert_eq!(cloud.judged(HOLDS), 1);
        assert_eq!(cloud.open().len(), 1);
    }

    #[test]
    #[should_panic(expected = "L5")]
    fn an_event_that_no_look_finds_after_an_outage_breaks_it() {
        outage(|cloud, machine| {
            let event = EventId::parse("instance-event-1").unwrap();
            let mut state = cloud.state.borrow_mut();
            let now = state.now;
            state.record.watch.dated(machine, &event, None, now);
        });
    }
}
