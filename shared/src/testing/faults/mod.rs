//! Everything that may go otherwise than well, as one list: a [`Fault`] each, with its rate in
//! [`Rates`].
//!
//! The world asks its [`Dice`] wherever a fault may strike. What struck is counted, so a campaign
//! can show that what it asked for came about.

mod dice;

pub use dice::{Dice, Draw, Occurrence};

use serde::{Deserialize, Serialize};

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $field:ident $fault:ident = $words:literal,)+) => {
        /// One way in which something goes otherwise than well.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum Fault {
            $($(#[doc = $doc])+ $fault,)+
        }

        impl Fault {
            /// Every fault, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$fault,)+];

            /// A stable word for files and tables: the name of its rate.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$fault => stringify!($field),)+
                }
            }

            /// What happened, in words for people.
            pub fn words(self) -> &'static str {
                match self {
                    $(Self::$fault => $words,)+
                }
            }
        }

        /// How often each fault strikes: of a thousand opportunities so many, 0 being never.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Rates {
            $(
                $(#[doc = $doc])+
                #[serde(skip_serializing_if = "never")]
                pub $field: u32,
            )+
        }

        impl Rates {
            /// The rate of one fault.
            pub fn of(&self, fault: Fault) -> u32 {
                match fault {
                    $(Fault::$fault => self.$field,)+
                }
            }

            /// The rate of one fault, to be changed.
            pub fn of_mut(&mut self, fault: Fault) -> &mut u32 {
                match fault {
                    $(Fault::$fault => &mut self.$field,)+
                }
            }
        }
    };
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn never(rate: &u32) -> bool {
    *rate == 0
}

faults! {
    // Messages.
    /// A message never arrives. For each message that is sent.
    message_lost MessageLost = "a message is lost",
    /// A message arrives up to ten times, within ten minutes. For each message.
    message_repeated MessageRepeated = "a message arrives again and again",
    /// A message arrives up to a day late. For each message.
    message_delayed MessageDelayed = "a message is late",
    /// A message is overtaken by those after it. For each message that would be received.
    message_overtaken MessageOvertaken = "a message is overtaken",
    /// An event is cut, and nobody can read it. For each event.
    message_malformed MessageMalformed = "an event is cut",
    /// An event is as large as SQS takes. For each event.
    message_oversized MessageOversized = "an event is swollen",
    /// An event is nested, up to a thousand levels. For each event.
    message_deep MessageDeep = "an event is nested too deep",
    /// An event comes as an SNS notification. For each event.
    message_wrapped_by_sns MessageWrappedBySns = "an event comes wrapped by SNS",
    /// An event has fields that nobody heard of. For each event.
    event_with_new_field EventWithNewField = "an event has a new field",
    /// An event lacks a field. For each event.
    event_without_field EventWithoutField = "an event lacks a field",
    /// An event of a kind that nobody knows comes beside a notice. For each notice.
    event_of_unknown_kind EventOfUnknownKind = "an event of an unknown kind",
    /// Auto Scaling sends a test notification beside a notice. For each notice.
    test_notification TestNotification = "a test notification",
    /// Something that nobody can read comes beside a notice. For each notice.
    poison_beside PoisonBeside = "poison in a batch",
    /// A notice comes with many others, up to 15,000. For each notice.
    notice_burst NoticeBurst = "a burst of notices",
    /// A notice comes in pages of one or two instances, in any order. For each notice.
    notice_split NoticeSplit = "a notice comes in pages",
    /// A page of a notice never comes. For each page of several.
    notice_page_lost NoticePageLost = "a page of a notice is lost",
    /// A notice names hundreds of instances that are nobody's. For each notice.
    notice_crowded NoticeCrowded = "a notice names hundreds",
    /// What is announced is announced by a second event, too. For each announcement.
    notice_in_two_events NoticeInTwoEvents = "two events name the same instance",
    /// A notice comes when everything is over. For each notice.
    notice_after_the_fact NoticeAfterTheFact = "a notice comes after the fact",
    /// A notice of another account or region comes beside one of ours. For each notice.
    notice_of_another_place NoticeOfAnotherPlace = "a notice of another account or region",
    /// The copy of another region's notice comes, whose backup ours is. For each notice.
    notice_backup_copy NoticeBackupCopy = "a backup copy of another region's notice",
    /// A notice to everybody comes, that names no instance. For each notice.
    notice_public NoticePublic = "a notice that names no instance",
    /// AWS does not tell that something is over. For each end.
    end_untold EndUntold = "an end is not told",
    /// Somebody redrives the dead letters. For each sweep.
    dead_letters_redriven DeadLettersRedriven = "the dead letters are redriven",
    /// EC2's word that an instance stopped or ended is lost. For each.
    state_event_lost StateEventLost = "EC2's word of an end state is lost",
    /// A message is seen again while a run is at work on it, or soon after. For each batch.
    visibility_expired VisibilityExpired = "the visibility timeout of a batch is over too soon",
    /// The answer of a run is lost, and its messages come again. For each batch.
    response_lost ResponseLost = "the answer of a run about its batch is lost",
    /// The schedule leaves a sweep out. For each sweep.
    sweep_lost SweepLost = "a sweep is left out",
    /// The schedule delivers a sweep twice. For each sweep.
    sweep_repeated SweepRepeated = "a sweep comes twice",

    // Calls.
    /// A call is refused for coming too often, and has no effect. For each call.
    call_throttled CallThrottled = "a call is throttled",
    /// A call has its effect and its answer is lost. For each call.
    answer_lost AnswerLost = "the answer to a call is lost",

    // Compute.
    /// A run dies before a call, of which nobody hears. For each run.
    death_before_call DeathBeforeCall = "a run dies before a call",
    /// A run dies after a call took effect. For each run.
    death_after_call DeathAfterCall = "a run dies after a call",
    /// Two runs work on one payload at once. For each payload.
    raced Raced = "two runs work on one payload",
    /// A run is made by the next version of the program. For each run.
    next_version NextVersion = "the next version makes a run",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_goes_by_its_fault() {
        let mut rates = Rates::default();
        for (number, fault) in (1..).zip(Fault::ALL) {
            *rates.of_mut(*fault) = number;
        }
        let written = serde_json::to_value(&rates).unwrap();
        for (number, fault) in (1..).zip(Fault::ALL) {
            assert_eq!(rates.of(*fault), number);
            assert_eq!(written[fault.code()], number);
            assert_eq!(serde_json::to_value(fault).unwrap(), fault.code());
        }
        assert_eq!(serde_json::to_string(&Rates::default()).unwrap(), "{}");
    }
}
