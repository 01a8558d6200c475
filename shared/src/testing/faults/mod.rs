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
    /// A person's question comes into the reconciler's queue with a hint. For each hint.
    question_beside QuestionBeside = "a question in a batch",
    /// A notice comes with many others, up to 15,000. For each notice.
    notice_burst NoticeBurst = "a burst of notices",
    /// A notice comes in up to ten pages, in any order. For each notice.
    notice_split NoticeSplit = "a notice comes in up to ten pages",
    /// A page of a notice never comes. For each notice.
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
    /// AWS fails a call by its own fault, and it has no effect. For each call.
    call_failed CallFailed = "AWS fails a call",
    /// AWS never gets a call, which costs the time of waiting for it. For each call.
    call_timed_out CallTimedOut = "a call times out",
    /// A call takes a second to a minute, before its effect or after. For each call.
    call_slow CallSlow = "a call is slow",
    /// Others in the account use up the tokens of an API for up to ten minutes. For each call of
    /// EC2 and Auto Scaling.
    foreign_load ForeignLoad = "others use up the tokens of an API",
    /// A describe call shows the fleet as it was up to a minute ago, each call for itself. For each
    /// such call.
    stale_answer StaleAnswer = "an answer is out of date",
    /// The token for the next page is not valid any more, which fails the call. For each describe
    /// call of which AWS may give short pages.
    page_token_expired PageTokenExpired = "a page's token is not valid any more",
    /// The role may not make a call for ten minutes to three hours. For each call.
    permission_revoked PermissionRevoked = "the role loses a permission",
    /// Auto Scaling is at something else with the group. For each call that changes a group.
    group_contended GroupContended = "a group is being scaled",
    /// A call about several is done for some of them. For each such call.
    batch_partly_done BatchPartlyDone = "a call about several is done in part",

    // The ledger.
    /// Another writer is at the same item at the same moment. For each write.
    ledger_conflict LedgerConflict = "a write of the ledger meets another",
    /// The ledger takes no more for the moment. For each call of the ledger.
    ledger_throttled LedgerThrottled = "the ledger is throttled",
    /// A write stands and is not acknowledged. For each write.
    ledger_unacknowledged LedgerUnacknowledged = "a write of the ledger is not acknowledged",
    /// The second try of a write meets the first, which stands in the end. For each transaction.
    ledger_in_progress LedgerInProgress = "a write of the ledger is still in progress",
    /// Of the two halves of one reading somebody writes between. For each reading.
    ledger_torn LedgerTorn = "the ledger changes while it is read",

    // Compute.
    /// A run dies before a call, of which nobody hears. For each run.
    death_before_call DeathBeforeCall = "a run dies before a call",
    /// A run dies after a call took effect. For each run.
    death_after_call DeathAfterCall = "a run dies after a call",
    /// A run needs too much memory for an answer and is gone without a trace. For each describe call.
    out_of_memory OutOfMemory = "a run is out of memory",
    /// A run gets no further until Lambda ends it at its function's time-out. For each call.
    lambda_timed_out LambdaTimedOut = "a run hangs until its time-out",
    /// A run stands still for minutes between two calls, and goes on. For each call.
    frozen Frozen = "a run is frozen for minutes",
    /// For ten minutes every run begins cold, and seconds late. For each run.
    cold_starts ColdStarts = "runs begin cold",
    /// The clock of a run's machine is up to five minutes off AWS's. For each run.
    clock_skewed ClockSkewed = "a machine's clock is wrong",
    /// No function may run, for ten minutes to four hours. For each sweep.
    outage Outage = "no function may run",
    /// Two runs work on one payload at once. For each payload.
    raced Raced = "two runs work on one payload",
    /// A run is made by the next version of the program. For each run.
    next_version NextVersion = "the next version makes a run",

    // Capacity.
    /// A launch finds no capacity, for minutes. For each launch.
    launch_without_capacity LaunchWithoutCapacity = "a launch finds no capacity",
    /// A start finds no capacity, for up to six hours. For each start.
    start_without_capacity StartWithoutCapacity = "a start finds no capacity",
    /// A start is taken, and the instance falls back to stopped. For each start.
    start_falls_back StartFallsBack = "a start falls back to stopped",
    /// A capacity reservation is refused. For each one asked for.
    reservation_refused ReservationRefused = "a capacity reservation is refused",
    /// EC2 wants a member back that was launched on Spot. For each launch.
    spot_interrupted SpotInterrupted = "a replacement is on Spot, and EC2 will want it back",

    // Power and health.
    /// EC2 refuses a stop, start or reboot: `IncorrectInstanceState`. For each such call.
    state_incorrect StateIncorrect = "EC2 calls the state of an instance incorrect",
    /// A reboot or start after which the checks never pass. For each of them.
    never_returns NeverReturns = "a reboot or start from which nothing returns",
    /// A launch after which the checks never pass. For each launch.
    launch_never_serves LaunchNeverServes = "a launched member never serves",
    /// Checks of an instance fail for a while, hours later. For each launch, reboot and start.
    checks_flap ChecksFlap = "status checks will flap",
    /// Targets of an instance fail for a while, hours later. For each launch, reboot and start.
    targets_flap TargetsFlap = "targets will flap",
    /// An owner's reboot does not migrate. For each that would.
    reboot_unmigrated RebootUnmigrated = "a reboot does not migrate",

    // Speeds, each with a heavy tail.
    /// A launch takes longer. For each launch.
    slow_launch SlowLaunch = "a launch takes long",
    /// A stop takes longer. For each stop.
    slow_stop SlowStop = "a stop takes long",
    /// Connections drain more slowly. For each instance that drains.
    slow_drain SlowDrain = "connections drain slowly",
    /// Connections never drain: the deregistration delay runs out. For each instance that drains.
    never_drains NeverDrains = "connections do not drain before the delay runs out",
    /// A termination takes longer. For each termination.
    slow_termination SlowTermination = "a termination takes long",
    /// Data synchronises for longer. For each launch, reboot and start that tells readiness.
    slow_sync SlowSync = "data synchronises for long",

    // Lifecycle hooks of others.
    /// A hook is completed late, by heartbeats. For each wait.
    hook_late HookLate = "a lifecycle hook is completed late",
    /// Nobody completes a hook before its time-out. For each wait.
    hook_forgotten HookForgotten = "a lifecycle hook runs into its time-out",
    /// A hook is abandoned. For each wait.
    hook_abandoned HookAbandoned = "a lifecycle hook is abandoned",

    // Hosts and AWS's dates.
    /// An instance lands on a host that has an event of its own. For each launch, start, migration.
    bad_host BadHost = "an instance lands on a host with an event",
    /// A start lands on the host that was left. For each start.
    same_host SameHost = "a start lands on the same host",
    /// AWS acts before its date. For each date.
    aws_acts_early AwsActsEarly = "AWS will act before its date",
    /// AWS acts up to four hours after its date. For each date.
    aws_acts_late AwsActsLate = "AWS acts after its date",
    /// AWS takes a call for another date, and does not move it. For each such call.
    date_sticks DateSticks = "AWS does not move a date",
    /// EC2 lists for up to an hour what is over. For each event that ends.
    description_late DescriptionLate = "EC2 lists for a while what is over",
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
