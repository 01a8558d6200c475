//! Settings that are one word out of a few.

use std::fmt;

/// Lists words for people: `hold or force`, `low, medium or high`.
pub(super) fn either(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

macro_rules! words {
    (
        $(#[$doc:meta])*
        $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// Every word, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Reads the word; letter case does not matter. `None` for any other text.
            pub fn read(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str().eq_ignore_ascii_case(text))
            }

            /// The word as it stands in a tag.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// What a complaint says was expected.
            pub fn expected() -> String {
                either(&[$($word),+])
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words!(
    /// How far Reberth may go, from the narrowest to the widest.
    #[derive(PartialOrd, Ord)]
    Mode {
        /// Nothing is planned and nothing reported but that it is off.
        Off = "off",
        /// Plans and reports; changes nothing.
        Observe = "observe",
        /// Acts on an incident that carries a yes, else as observe.
        Approve = "approve",
        /// Acts.
        Enforce = "enforce",
    }
);

words!(
    /// How an instance gets to a healthy host. No order: two different ways are not one wider than
    /// the other, except that `notify` changes nothing and is the narrowest.
    Relaunch {
        /// Whatever fits the event, the group and the disks.
        Auto = "auto",
        /// The group replaces the member.
        Replace = "replace",
        /// AWS does it; a member waits in standby meanwhile.
        Ride = "ride",
        /// Stop and start: a new host, the same disks.
        StopStart = "stop-start",
        /// Reboot, where that migrates.
        Reboot = "reboot",
        /// People are told; nothing is changed.
        Notify = "notify",
    }
);

words!(
    /// How long before AWS's date an act opens, from the narrowest to the widest.
    #[derive(PartialOrd, Ord)]
    Lead {
        /// At the latest safe start.
        Late = "late",
        /// At the first window.
        Window = "window",
        /// As soon as the cool-off is over.
        Asap = "asap",
    }
);

words!(
    /// What gives way when AWS's date comes near, from the narrowest to the widest.
    #[derive(PartialOrd, Ord)]
    Deadline {
        /// Nothing: budgets, windows and busy work win over AWS's date, with alarms.
        Hold = "hold",
        /// Windows give way after the latest safe start; limits and quorums never do.
        Force = "force",
    }
);

words!(
    /// What happens when a drain fails or runs out of time, from the narrowest to the widest.
    #[derive(PartialOrd, Ord)]
    OnDrainFailure {
        /// The instance is kept by heartbeats to the hook's global limit, with an alarm.
        Keep = "keep",
        /// The hook is answered ABANDON.
        Abandon = "abandon",
        /// The hook is answered CONTINUE.
        Continue = "continue",
    }
);

words!(
    /// AWS's own three cases of how much loss a group bears, each a preset of other settings, from
    /// the narrowest to the widest.
    #[derive(PartialOrd, Ord)]
    Tolerance {
        /// Database nodes and replicas.
        Low = "low",
        /// Jobs of hours.
        Medium = "medium",
        /// Test workers.
        High = "high",
    }
);

words!(
    /// A question of yes or no. Which one is narrower depends on the question.
    YesNo {
        /// Yes.
        Yes = "yes",
        /// No.
        No = "no",
    }
);

impl Relaunch {
    /// The narrower of a group's and a member's way, or nothing where they contradict each other:
    /// two different ways, and the group does not leave the choice open.
    pub(super) fn narrower(group: Self, member: Self) -> Option<Self> {
        match (group, member) {
            (Self::Notify, _) | (_, Self::Notify) => Some(Self::Notify),
            (Self::Auto, way) => Some(way),
            (group, member) => (group == member).then_some(group),
        }
    }
}
