//! Token buckets: how many calls an account may make in a while. Others in the account draw from
//! the same ones.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::log::Port;

/// Thousandths of a token: buckets are refilled in smaller portions than one.
const TOKEN: u64 = 1_000;

/// Calls that share a bucket, per account and region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bucket {
    /// EC2's calls that change nothing.
    Describes,
    /// EC2's calls that change something, apart from those below.
    Changes,
    /// `StartInstances`.
    Starts,
    /// `CreateTags` and `DeleteTags`.
    Tags,
    /// All calls of Auto Scaling.
    AutoScaling,
}

impl Bucket {
    /// The bucket of a call; absent where nothing is known of one.
    pub(super) fn of(port: Port) -> Option<Self> {
        match port {
            Port::Scheduled
            | Port::StatusOf
            | Port::FailingChecks
            | Port::Members
            | Port::Instances
            | Port::Marked
            | Port::InstanceStore
            | Port::StopProtected
            | Port::Template
            | Port::Images
            | Port::Capacity => Some(Self::Describes),
            Port::Stop
            | Port::Reboot
            | Port::Reschedule
            | Port::Reserve
            | Port::ReleaseCapacity => Some(Self::Changes),
            Port::Start => Some(Self::Starts),
            Port::Mark | Port::Unmark | Port::ForgetReady | Port::SayReady => Some(Self::Tags),
            port if port.asks_auto_scaling() || port.changes_a_group() => Some(Self::AutoScaling),
            _ => None,
        }
    }

    /// The most tokens that it holds, and how many come back each second (EC2 Developer Guide
    /// `ec2-api-throttling`, read 2026-11). Those of Auto Scaling are not published: small, as what
    /// is said of them suggests. UNCONFIRMED.
    fn size(self) -> (u64, u64) {
        match self {
            Self::Describes => (100, 20),
            Self::Changes => (50, 5),
            Self::Starts => (5, 2),
            Self::Tags => (100, 10),
            Self::AutoScaling => (40, 4),
        }
    }
}

/// One bucket.
#[derive(Debug, Clone)]
struct Level {
    tokens: u64,
    at: Timestamp,
    /// Until then others take whatever comes back.
    foreign_until: Timestamp,
}

/// Every bucket that was drawn from.
#[derive(Debug, Clone, Default)]
pub(in crate::testing) struct Buckets(BTreeMap<Bucket, Level>);

impl Buckets {
    /// Takes tokens for so many requests; false where there is none for the first.
    pub(super) fn take(&mut self, bucket: Bucket, requests: u64, now: Timestamp) -> bool {
        let level = self.level(bucket, now);
        if level.tokens < TOKEN {
            return false;
        }
        level.tokens = level.tokens.saturating_sub(requests * TOKEN);
        true
    }

    /// Others take everything for a while.
    pub(super) fn drain(&mut self, bucket: Bucket, now: Timestamp, lasting: SignedDuration) {
        let level = self.level(bucket, now);
        (level.tokens, level.foreign_until) = (0, now + lasting);
    }

    /// Others take no more.
    pub(super) fn calm(&mut self) {
        self.0.clear();
    }

    fn level(&mut self, bucket: Bucket, now: Timestamp) -> &mut Level {
        let (most, each_second) = bucket.size();
        let full = Level { tokens: most * TOKEN, at: now, foreign_until: Timestamp::MIN };
        let level = self.0.entry(bucket).or_insert(full);
        let from = level.at.max(level.foreign_until).min(now);
        let passed = u64::try_from(now.duration_since(from).as_millis()).unwrap_or(0);
        level.tokens = (level.tokens + passed * each_second).min(most * TOKEN);
        level.at = now;
        level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn starts_come_five_at_once_and_two_a_second_then() {
        let mut buckets = Buckets::default();
        let mut taken = |at| (0..10).filter(|_| buckets.take(Bucket::Starts, 1, at)).count();
        assert_eq!(taken(second(0)), 5);
        assert_eq!(taken(second(1)), 2);
        assert_eq!(taken(second(60)), 5, "it holds no more");
    }

    #[test]
    fn what_others_take_is_not_there_until_they_stop() {
        let mut buckets = Buckets::default();
        buckets.drain(Bucket::AutoScaling, second(0), SignedDuration::from_secs(90));
        assert!(!buckets.take(Bucket::AutoScaling, 1, second(89)));
        assert!(buckets.take(Bucket::Describes, 1, second(89)), "EC2 has buckets of its own");
        assert!(buckets.take(Bucket::AutoScaling, 1, second(91)));
    }

    #[test]
    fn a_thousand_starts_one_by_one_wait_more_than_eight_minutes_for_tokens() {
        let mut buckets = Buckets::default();
        let mut started = 0;
        let last = (0..3_600).find(|at| {
            started += (0..10).filter(|_| buckets.take(Bucket::Starts, 1, second(*at))).count();
            started >= 1_000
        });
        assert_eq!(last, Some(498));
    }
}
