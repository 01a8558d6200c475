//! What somebody should mend or know. Each kind has a stable code; each file is a pure function of
//! the evidence.

mod groups;
mod hooks;
mod notices;
mod outlook;
mod permissions;
mod scope;
mod stack;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::Serialize;

use crate::event_windows;
use crate::evidence::Evidence;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Somebody has to do something, or what the owner wanted will not come about.
    Mend,
    /// Worth knowing; nothing is wrong.
    Note,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $weight:ident, $cure:literal;)+) => {
        /// Every kind of finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $name,)+
        }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The stable code.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// How much it weighs.
            pub fn weight(self) -> Weight {
                match self { $(Self::$name => Weight::$weight,)+ }
            }

            /// What would mend it; empty where nothing has to be.
            pub fn cure(self) -> &'static str {
                match self { $(Self::$name => $cure,)+ }
            }
        }
    };
}

codes! {
    /// A tag that could not be read, and so narrows.
    TagUnreadable = "tag_unreadable", Mend,
        "write the tag as docs/tags.md has it";
    /// AWS acts on an instance at its date, and the owner's limits or state keep Reberth from it.
    Held = "held", Mend, "";
    /// A hook gives up with CONTINUE where the group would retain only what is abandoned.
    ContinueWithRetention = "continue_with_retention", Mend,
        "set the hook's DefaultResult to ABANDON";
    /// A member waits for a termination hook that nobody answers.
    HookUnanswered = "hook_unanswered", Mend,
        "complete the hook, or repair whoever should";
    /// A process that a replacement needs is suspended.
    ProcessSuspended = "process_suspended", Mend,
        "resume the process, or agree with whoever suspended it";
    /// The group might not be able to launch a replacement.
    LaunchDoubtful = "launch_doubtful", Mend,
        "repair what the group launches from; a launch that succeeds clears a failed one";
    /// Members of a replica set without a readiness gate.
    SetWithoutGate = "set_without_gate", Mend,
        "set reberth:ready on the group and report readiness";
    /// One or two members, and the maintenance policy does not launch first.
    SmallGroup = "small_group", Mend,
        "give the group a maintenance policy of minimum 100 and maximum 200, or act by hand";
    /// Every member is protected from scale-in, and so will be every new one.
    ProtectedForEver = "protected_for_ever", Mend,
        "take the protection away where work is done, or write reberth:deadline=force";
    /// What stands before an act in a group could not be asked.
    GroupUnanswered = "group_unanswered", Mend,
        "read AWS's words; until they are mended the group is held";
    /// A call that reads was refused.
    CallUnanswered = "call_unanswered", Mend,
        "allow the caller what docs/doctor.md lists, or ask again";
    /// The reconciler's role lacks a permission.
    RoleDenied = "role_denied", Mend,
        "find the policy, boundary or organization policy that denies it";
    /// Nobody confirmed a subscription to the topic of notices.
    NobodyTold = "nobody_told", Mend,
        "subscribe to the topic NoticesTopic, and confirm the subscription";
    /// The rule that brings AWS Health events is off.
    RuleOff = "rule_off", Mend, "enable the rule, or deploy the template again";
    /// The schedule of the sweep is off.
    ScheduleOff = "schedule_off", Mend, "enable the schedule, or deploy the template again";
    /// A function can never run: its reserved concurrency is 0.
    FunctionOff = "function_off", Mend, "remove the function's reserved concurrency";
    /// Nothing reads a function's queue.
    QueueUnread = "queue_unread", Mend,
        "enable the event source mapping, or deploy the template again";
    /// An instance has been out of service by Reberth's hand for more than two hours.
    OutLong = "out_long", Mend, "read its story";
    /// An item of the ledger that this version cannot read.
    ItemUnread = "item_unread", Mend,
        "deploy the version that wrote it, or follow docs/operating.md, Upgrade and roll back";
    /// Scheduled by AWS, and nobody opted it in.
    NotOptedIn = "not_opted_in", Note,
        "set reberth:mode on the group, or on the instance if it stands alone";
    /// The caller itself may not do an act.
    CallerDenied = "caller_denied", Note,
        "nothing, if the caller is not the reconciler's role";
    /// Everybody who is told is told by mail.
    MailOnly = "mail_only", Note,
        "subscribe something that wakes people: chat, a pager, a queue";
    /// A kill switch is thrown.
    SwitchThrown = "switch_thrown", Note,
        "set KillSwitch to off, or clear the ledger's switch, when it is over";
    /// The stack's maximum mode is off.
    NothingAllowed = "nothing_allowed", Note, "deploy with another MaximumMode";
    /// An owner's window that EC2 does not know.
    WindowUnknownToEc2 = "window_unknown_to_ec2", Note,
        "review the commands and run them, so that AWS itself picks dates in the window";
    /// An owner's window that EC2 would not take.
    WindowUnfitForEc2 = "window_unfit_for_ec2", Note,
        "widen reberth:window if AWS itself is to keep to it";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// Its stable code.
    pub code: &'static str,
    /// What it is about: a group, an instance, a function, a call.
    pub object: String,
    /// A sentence without its full stop.
    pub words: String,
    /// What would mend it; empty where nothing has to be.
    pub cure: String,
}

impl Finding {
    pub(crate) fn new(code: Code, object: impl Into<String>, words: impl Into<String>) -> Self {
        Self {
            weight: code.weight(),
            code: code.as_str(),
            object: object.into(),
            words: words.into(),
            cure: code.cure().to_owned(),
        }
    }

    fn cured_by(self, cure: &str) -> Self {
        Self { cure: cure.to_owned(), ..self }
    }
}

/// Everything that was found, what is to be mended first.
pub fn find(evidence: &Evidence) -> Vec<Finding> {
    let mut found: Vec<Finding> = [
        scope::find(evidence),
        outlook::find(evidence),
        groups::find(evidence),
        hooks::find(evidence),
        permissions::find(evidence),
        notices::find(evidence),
        stack::find(evidence),
        event_windows::find(evidence),
    ]
    .into_iter()
    .flatten()
    .collect();
    found.sort();
    found
}
