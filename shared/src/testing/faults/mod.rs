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
    /// A message never arrives. For each message when it is received.
    message_lost MessageLost = "a message is lost",
    /// A message is handled again, up to ten times. For each batch.
    message_repeated MessageRepeated = "a batch arrives again",

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
