//! How often things go wrong.

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
        Fault::CallThrottled | Fault::AnswerLost => 40,
    }
}

pub(super) fn conditions(draw: &mut Draw) -> Conditions {
    Conditions {
        stale_seconds: draw.pick(&[0, 20, 60]),
        described_after_minutes: draw.pick(&[0, 0, 60]),
        acts_late_by_minutes: draw.pick(&[0, 0, 45]),
    }
}
