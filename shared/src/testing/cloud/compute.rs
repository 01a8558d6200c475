//! What Lambda does to a run: its time-out, too little memory, a freeze, a cold start.

use jiff::SignedDuration;

use super::calls::Way;
use super::faults::Moment;
use super::invocation::Invocation;
use super::log::Port;
use super::state::State;
use crate::event::Function;
use crate::testing::faults::Fault;

/// What Lambda gives a run of a function: its `Timeout` in `infra/template.yaml`.
fn time_out(function: Function) -> SignedDuration {
    SignedDuration::from_secs(match function {
        Function::HealthEventRouter => 30,
        Function::MaintenanceReconciler => 120,
    })
}

/// A run's machine, as far as it goes wrong.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Machine {
    /// Until its first call, a cold start included.
    pub(super) begins_after: SignedDuration,
    /// Its own clock less AWS's.
    pub(super) ahead: SignedDuration,
}

impl State {
    /// The machine of a run that begins now.
    pub(super) fn machine(&mut self) -> Machine {
        let now = self.now;
        if let Some(mut draw) = self.strikes(Fault::ColdStarts) {
            self.cold_until = now + draw.seconds(60, 600);
            self.record.watch.disturbed(self.cold_until);
        }
        let seconds = 1 + i64::try_from(self.invocations % 10).unwrap_or(0);
        let cold = now < self.cold_until;
        let skewed = self.strikes(Fault::ClockSkewed);
        Machine {
            begins_after: SignedDuration::from_secs(if cold { seconds } else { 0 }),
            ahead: skewed.map_or(SignedDuration::ZERO, |mut draw| {
                draw.seconds(0, 600) - SignedDuration::from_secs(300)
            }),
        }
    }

    /// No function runs for a while, where it comes to that.
    pub(super) fn may_go_out(&mut self) {
        let now = self.now;
        if let Some(mut draw) = self.strikes(Fault::Outage) {
            self.nothing_runs_until = now + draw.seconds(10 * 60, 4 * 3600);
            self.record.watch.disturbed(self.nothing_runs_until);
        }
    }
}

impl Invocation<'_> {
    /// Before a call has its effect: a cold start, a slow way.
    pub(super) async fn sets_out(&self, way: Way) {
        let cold = if self.calls() == 1 { self.machine.begins_after } else { SignedDuration::ZERO };
        self.takes(cold + way.there).await;
        self.hangs(way, Moment::BeforeEffect).await;
    }

    /// After a call had its effect: what its answer takes and costs, and what may happen until the
    /// next one.
    pub(super) async fn comes_back(&self, port: Port, way: Way) {
        self.takes(way.back).await;
        self.hangs(way, Moment::AfterEffect).await;
        let strikes = |fault| self.cloud.state.borrow_mut().strikes(fault);
        if port.describes() && strikes(Fault::OutOfMemory).is_some() {
            self.die("is out of memory").await;
        }
        if let Some(mut draw) = strikes(Fault::Frozen) {
            let minutes = draw.seconds(2 * 60, 20 * 60);
            let until = self.cloud.now() + minutes;
            self.cloud.state.borrow_mut().record.watch.disturbed(until);
            self.frozen.set(self.frozen.get() + minutes);
            self.wait(minutes).await;
        }
    }

    /// Lets time pass, and ends at the function's time-out. What it was frozen does not count.
    async fn takes(&self, time: SignedDuration) {
        if !time.is_positive() {
            return;
        }
        let lived = self.cloud.now().duration_since(self.began) - self.frozen.get();
        let left = (time_out(self.function()) - lived).max(SignedDuration::ZERO);
        self.wait(time.min(left)).await;
        if time >= left {
            self.die("is ended at its time-out").await;
        }
    }

    /// It gets no further until its time is up.
    async fn hangs(&self, way: Way, moment: Moment) {
        if way.hangs == Some(moment) {
            self.takes(time_out(self.function())).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{Clock, ReadGroups, ReadLedger};
    use crate::testing::cloud::Play;
    use crate::testing::cloud::executor::{block_on, or_death};
    use crate::testing::cloud::faults::world;

    fn three_calls(run: &Invocation<'_>) -> bool {
        let calls = async {
            for _ in 0..3 {
                run.read().await.unwrap();
            }
        };
        block_on(or_death(calls, run)).is_some()
    }

    #[test]
    fn a_run_that_hangs_ends_at_its_time_out() {
        let cloud = world(Fault::LambdaTimedOut);
        let run = cloud.invocation();
        assert!(!three_calls(&run));
        assert_eq!(cloud.now().duration_since(run.began), time_out(run.function()));
    }

    #[test]
    fn slow_calls_add_up_to_the_time_out() {
        let cloud = world(Fault::CallSlow);
        let mut lived = 0;
        for _ in 0..100 {
            let run = cloud.invocation();
            lived += usize::from(three_calls(&run));
            let took = cloud.now().duration_since(run.began);
            assert!(took <= time_out(run.function()) + SignedDuration::from_secs(1), "{took}");
        }
        assert!((20..100).contains(&lived), "{lived}");
    }

    #[test]
    fn a_frozen_run_goes_on_as_if_nothing_were() {
        let cloud = world(Fault::Frozen);
        let run = cloud.invocation();
        assert!(three_calls(&run));
        assert!(cloud.now().duration_since(run.began) > SignedDuration::from_mins(6));
    }

    #[test]
    fn an_answer_that_is_too_much_for_its_memory_ends_a_run() {
        let cloud = world(Fault::OutOfMemory);
        assert!(three_calls(&cloud.invocation()), "the ledger is small");
        let run = cloud.invocation();
        assert!(block_on(or_death(run.opted_in(), &run)).is_none());
    }

    #[test]
    fn a_machines_clock_counts_until_aws_has_answered() {
        let cloud = world(Fault::ClockSkewed);
        let runs: Vec<_> = (0..5).map(|_| cloud.invocation()).collect();
        let off = |run: &Invocation<'_>| run.now().duration_since(cloud.now());
        assert!(runs.iter().all(|run| off(run).abs() <= SignedDuration::from_mins(5)));
        assert!(runs.iter().any(|run| off(run).abs() > SignedDuration::from_mins(1)));
        for run in runs {
            block_on(run.read()).unwrap();
            assert_eq!(run.now(), cloud.now());
        }
    }

    #[test]
    fn cold_starts_come_together() {
        let cloud = world(Fault::ColdStarts);
        let run = cloud.invocation();
        cloud.often(Fault::ColdStarts, 0);
        assert!(run.machine.begins_after.is_positive());
        assert!(cloud.invocation().machine.begins_after.is_positive());
        cloud.advance(SignedDuration::from_mins(10));
        assert!(!cloud.invocation().machine.begins_after.is_positive());
    }

    #[test]
    fn nothing_runs_in_an_outage_and_the_sweep_goes_on_after_it() {
        let cloud = world(Fault::Outage);
        let mut play = Play::new(&cloud);
        play.minutes(9);
        assert_eq!(cloud.runs(), 0);
        cloud.often(Fault::Outage, 0);
        play.hours(5);
        assert!(cloud.runs() > 10, "{}", cloud.runs());
    }
}
