//! How often things go wrong.

use jiff::Timestamp;

use crate::testing::faults::{Draw, Fault, Rates};
use crate::testing::simulation::script::Conditions;

/// Three faults in four have no rate at all, so that a run shows few faults at a time, in every
/// combination; the others strike from seldom to often.
pub(super) fn rates(draw: &mut Draw) -> Rates {
    let mut rates = Rates::default();
    for fault in Fault::ALL {
        if draw.chance(250) {
            *rates.of_mut(*fault) = draw.between(1, most(*fault));
        }
    }
    rates
}

/// The greatest rate at which a run still gets somewhere.
#[allow(clippy::match_same_arms, reason = "in the order of the list of faults")]
fn most(fault: Fault) -> u32 {
    match fault {
        Fault::MessageLost => 1_000,
        Fault::StateEventLost => 700,
        Fault::MessageRepeated | Fault::Raced | Fault::NextVersion => 300,
        Fault::MessageWrappedBySns | Fault::EventWithNewField | Fault::NoticeSplit => 500,
        Fault::MessageDelayed
        | Fault::MessageOvertaken
        | Fault::VisibilityExpired
        | Fault::ResponseLost
        | Fault::SweepLost
        | Fault::SweepRepeated
        | Fault::MessageMalformed
        | Fault::MessageDeep
        | Fault::EventWithoutField
        | Fault::EventOfUnknownKind
        | Fault::TestNotification
        | Fault::PoisonBeside
        | Fault::QuestionBeside
        | Fault::NoticePageLost
        | Fault::NoticeCrowded
        | Fault::NoticeInTwoEvents
        | Fault::NoticeAfterTheFact
        | Fault::NoticeOfAnotherPlace
        | Fault::NoticeBackupCopy
        | Fault::NoticePublic
        | Fault::EndUntold => 200,
        Fault::NoticeBurst | Fault::MessageOversized | Fault::DeadLettersRedriven => 20,
        Fault::DeathBeforeCall | Fault::DeathAfterCall => 100,
        Fault::CallThrottled | Fault::AnswerLost | Fault::CallFailed => 40,
        Fault::StaleAnswer => 1_000,
        Fault::BatchPartlyDone | Fault::LedgerTorn | Fault::ClockSkewed => 300,
        Fault::GroupContended => 200,
        Fault::LedgerConflict | Fault::LedgerInProgress | Fault::LedgerUnacknowledged => 60,
        Fault::CallSlow | Fault::ColdStarts | Fault::Outage => 20,
        Fault::LedgerThrottled | Fault::PageTokenExpired | Fault::CallTimedOut => 20,
        Fault::OutOfMemory | Fault::LambdaTimedOut | Fault::Frozen => 5,
        Fault::ForeignLoad | Fault::PermissionRevoked => 2,
        // What is opened for each instance, and a few times in a run.
        Fault::LaunchWithoutCapacity
        | Fault::StartWithoutCapacity
        | Fault::StartFallsBack
        | Fault::ReservationRefused
        | Fault::RebootUnmigrated
        | Fault::StateIncorrect
        | Fault::SlowLaunch
        | Fault::SlowStop
        | Fault::SlowDrain
        | Fault::NeverDrains
        | Fault::SlowTermination
        | Fault::SlowSync
        | Fault::HookLate
        | Fault::HookForgotten
        | Fault::HookAbandoned
        | Fault::DateSticks
        | Fault::AwsActsLate
        | Fault::DescriptionLate => 300,
        Fault::SpotInterrupted
        | Fault::NeverReturns
        | Fault::LaunchNeverServes
        | Fault::ChecksFlap
        | Fault::TargetsFlap
        | Fault::BadHost
        | Fault::SameHost
        | Fault::AwsActsEarly => 100,
    }
}

pub(super) fn conditions(draw: &mut Draw) -> Conditions {
    Conditions {
        begins: special_day(draw),
        described_after_minutes: draw.pick(&[0, 0, 60]),
        acts_late_by_minutes: draw.pick(&[0, 0, 45]),
    }
}

/// Every fifth world begins on the eve of a day on which clocks are changed, a date is rare, or the
/// year ends.
fn special_day(draw: &mut Draw) -> Option<Timestamp> {
    let day = draw.pick(&[
        // Clocks go forward in New York on 2027-03-14 at 07:00 UTC, in Paris on 2027-03-28 at 01:00.
        "2027-03-13T12:00:00Z",
        "2027-03-27T12:00:00Z",
        // They go back in Paris on 2027-10-31 at 01:00 UTC, in New York on 2027-11-07 at 06:00.
        "2027-10-30T12:00:00Z",
        "2027-11-06T12:00:00Z",
        "2028-02-28T12:00:00Z",
        "2026-12-31T06:00:00Z",
    ]);
    draw.chance(200).then(|| day.parse().ok())?
}
