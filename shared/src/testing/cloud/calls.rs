//! What goes wrong with a call by itself: on its way to AWS, there, or on its way back.

use jiff::SignedDuration;

use super::buckets::Bucket;
use super::faults::Moment;
use super::log::Port;
use super::state::State;
use crate::ports::CloudErrorClass;
use crate::testing::faults::Fault;

/// Until a call that nobody answers is given up: both tries and the pause between them.
const GIVEN_UP: SignedDuration = SignedDuration::from_secs(12);

/// How a call fares on its way.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Way {
    /// What it takes to have its effect, beyond what every call takes.
    pub there: SignedDuration,
    /// What its answer takes, beyond that.
    pub back: SignedDuration,
    /// AWS never gets it.
    pub lost: bool,
    /// The run gets no further on this side of the effect.
    pub hangs: Option<Moment>,
}

impl Port {
    /// AWS answers it in pages, any of which may be short (`API_DescribeInstances`,
    /// `API_DescribeAutoScalingGroups`, both read 2026-11).
    fn pages(self) -> bool {
        matches!(
            self,
            Self::Scheduled
                | Self::Members
                | Self::Instances
                | Self::Marked
                | Self::InstanceStore
                | Self::OptedIn
                | Self::Groups
                | Self::Activities
                | Self::Registrations
                | Self::Alarms
        )
    }

    /// Reads from Auto Scaling.
    pub(super) fn asks_auto_scaling(self) -> bool {
        matches!(self, Self::OptedIn | Self::Groups | Self::Activities | Self::Refresh)
    }

    /// Changes an Auto Scaling group or its member.
    pub(super) fn changes_a_group(self) -> bool {
        matches!(
            self,
            Self::Terminate
                | Self::MarkUnhealthy
                | Self::MarkHealthy
                | Self::EnterStandby
                | Self::ExitStandby
        )
    }

    /// Writes several items of the ledger at once.
    fn transacts(self) -> bool {
        matches!(self, Self::Save | Self::Begin | Self::Proceed | Self::Release)
    }

    /// Writes one item of the ledger where it stands.
    fn updates(self) -> bool {
        matches!(self, Self::Remember | Self::RememberTold | Self::ClaimLookAgain)
    }

    fn writes(self) -> bool {
        self.transacts() || self.updates() || self == Self::RecordNotice
    }
}

impl State {
    /// What the dice say of the next call. All of them are thrown: one fault more or less leaves
    /// the others where they were.
    pub(super) fn chances_of(&mut self, port: Port) -> Option<(Moment, CloudErrorClass)> {
        use CloudErrorClass::{Contended, Rejected, Throttled, Unavailable};
        use Moment::{AfterEffect, BeforeEffect};
        let denied = self.denies(port).then_some((BeforeEffect, CloudErrorClass::Denied));
        let throttled = self.throttles(port).then_some((BeforeEffect, Throttled));
        let mut struck = None;
        for (may, fault, moment, class) in [
            (true, Fault::CallThrottled, BeforeEffect, Throttled),
            (true, Fault::CallFailed, BeforeEffect, Unavailable),
            // `InvalidNextToken` and `InvalidPaginationToken` are refusals like others.
            (port.pages(), Fault::PageTokenExpired, BeforeEffect, Rejected),
            (port.changes_a_group(), Fault::GroupContended, BeforeEffect, Contended),
            (port.remembers(), Fault::LedgerThrottled, BeforeEffect, Throttled),
            // `TransactionConflictException`; of a transaction it is a lost race.
            (port.updates(), Fault::LedgerConflict, BeforeEffect, Contended),
            (true, Fault::AnswerLost, AfterEffect, Unavailable),
            (port.writes(), Fault::LedgerUnacknowledged, AfterEffect, Unavailable),
            // `TransactionInProgressException`: the second try carries the first one's token.
            (port.transacts(), Fault::LedgerInProgress, AfterEffect, Contended),
        ] {
            if may && self.strikes(fault).is_some() {
                struck = struck.or(Some((moment, class)));
            }
        }
        denied.or(throttled).or(struck)
    }

    /// The role may not, for a while from the first time on.
    fn denies(&mut self, port: Port) -> bool {
        let (now, action) = (self.now, port.action());
        if let Some(mut draw) = self.strikes(Fault::PermissionRevoked) {
            let until = now + draw.seconds(10 * 60, 3 * 3600);
            self.record.watch.disturbed(until);
            self.denied.insert(action, until);
        }
        self.denied.get(action).is_some_and(|until| now < *until)
    }

    /// No token is left for it.
    fn throttles(&mut self, port: Port) -> bool {
        let Some(bucket) = Bucket::of(port) else { return false };
        let now = self.now;
        if let Some(mut draw) = self.strikes(Fault::ForeignLoad) {
            let lasting = draw.seconds(10, 600);
            self.record.watch.disturbed(now + lasting);
            self.buckets.drain(bucket, now, lasting);
        }
        !self.buckets.take(bucket, 1, now)
    }

    /// How many of several a call is done for, where that is not all of them.
    pub(super) fn does_only(&mut self, of: usize) -> Option<usize> {
        let mut draw = (of > 1).then(|| self.strikes(Fault::BatchPartlyDone))??;
        usize::try_from(draw.below(of as u64)).ok()
    }

    /// How a call fares on its way.
    pub(super) fn way(&mut self) -> Way {
        let mut way = Way::default();
        if let Some(mut draw) = self.strikes(Fault::CallSlow) {
            let whole = draw.seconds(1, 60);
            let side = if draw.chance(500) { &mut way.there } else { &mut way.back };
            *side = whole;
        }
        if self.strikes(Fault::CallTimedOut).is_some() {
            (way.lost, way.back) = (true, GIVEN_UP);
        }
        way.hangs = self.strikes(Fault::LambdaTimedOut).map(|mut draw| {
            if draw.chance(500) { Moment::BeforeEffect } else { Moment::AfterEffect }
        });
        way
    }

    /// What lasts ends: the role may again what it may, others leave tokens, functions run.
    pub(super) fn calm(&mut self) {
        self.record.watch.calm(self.now);
        self.denied.clear();
        self.buckets.calm();
        self.cold_until = self.now;
        self.nothing_runs_until = self.now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{CloudError, ReadGroups, ReadLedger, ReadStatus};
    use crate::testing::cloud::faults::world;
    use crate::testing::cloud::{Cloud, block_on};
    use crate::world::Group;

    fn groups(cloud: &Cloud) -> Result<Vec<Group>, CloudErrorClass> {
        block_on(cloud.invocation().opted_in()).map_err(|error: CloudError| error.class)
    }

    fn fails(cloud: &Cloud) -> Option<CloudErrorClass> {
        groups(cloud).err()
    }

    #[test]
    fn what_the_role_may_not_it_may_again_after_a_while() {
        let cloud = world(Fault::PermissionRevoked);
        assert_eq!(fails(&cloud), Some(CloudErrorClass::Denied));
        cloud.often(Fault::PermissionRevoked, 0);
        assert_eq!(fails(&cloud), Some(CloudErrorClass::Denied));
        assert!(block_on(cloud.invocation().scheduled()).is_ok(), "another action");
        cloud.advance(SignedDuration::from_hours(3));
        assert_eq!(fails(&cloud), None);
    }

    #[test]
    fn others_take_the_tokens_of_one_api_until_they_stop() {
        let cloud = world(Fault::ForeignLoad);
        assert_eq!(fails(&cloud), Some(CloudErrorClass::Throttled));
        cloud.often(Fault::ForeignLoad, 0);
        assert!(block_on(cloud.invocation().scheduled()).is_ok(), "EC2 has buckets of its own");
        assert_eq!(fails(&cloud), Some(CloudErrorClass::Throttled));
        cloud.calm();
        assert_eq!(fails(&cloud), None);
    }

    #[test]
    fn a_call_that_nobody_answers_costs_the_time_of_waiting_for_it() {
        let cloud = world(Fault::CallTimedOut);
        let began = cloud.now();
        assert_eq!(fails(&cloud), Some(CloudErrorClass::Unavailable));
        assert!(cloud.now().duration_since(began) >= GIVEN_UP);
    }

    #[test]
    fn a_slow_call_is_answered_within_about_a_minute() {
        let cloud = world(Fault::CallSlow);
        let began = cloud.now();
        assert_eq!(fails(&cloud), None);
        let took = cloud.now().duration_since(began).as_secs();
        assert!((1..=61).contains(&took), "{took}");
    }

    #[test]
    fn a_token_fails_calls_of_pages_alone_and_contention_calls_on_groups() {
        let cloud = world(Fault::PageTokenExpired);
        assert_eq!(fails(&cloud), Some(CloudErrorClass::Rejected));
        assert!(block_on(cloud.invocation().read()).is_ok(), "the ledger's pages have keys");
        assert_eq!(fails(&world(Fault::GroupContended)), None, "nothing is changed");
    }

    #[test]
    fn answers_of_one_run_may_be_of_different_ages() {
        let cloud = world(Fault::StaleAnswer);
        cloud.stale_by(60);
        cloud.advance(SignedDuration::from_mins(2));
        cloud.change_group("web", |group| group.deleting = true);
        cloud.advance(SignedDuration::from_secs(30));
        let seen: Vec<bool> =
            (0..40).map(|_| groups(&cloud).unwrap().iter().any(|group| group.deleting)).collect();
        assert!(seen.contains(&true) && seen.contains(&false), "{seen:?}");
        assert!(seen.windows(2).any(|two| two == [true, false]), "time goes back: {seen:?}");
    }
}
