//! What a notice leads to: a look at instances, a word to people, or a number.
//!
//! Pure and total: every notice has exactly one answer, with its reason. Nothing here says that an
//! instance is affected; that is what the look finds out.

pub mod codes;

use std::collections::BTreeSet;

pub use codes::Severity;
use codes::severity_of;

use crate::ids::{InstanceId, Place};
use crate::world::notice::{Category, Notice, Status};

/// What to do with one notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeDecision {
    /// Send the reconciler to these instances, or to all where the set is empty: something may
    /// happen to them.
    Hint(BTreeSet<InstanceId>),
    /// Send the reconciler to these instances, or to all where the set is empty: what was announced
    /// is over, and EC2 knows how it ended.
    Look(BTreeSet<InstanceId>),
    /// Tell people, once for each matter.
    Notify,
    /// Nothing but a number in the metrics.
    Count,
    /// Not ours, or known already.
    Drop,
}

impl NoticeDecision {
    /// The stable name in reports and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Hint(_) => "hint",
            Self::Look(_) => "look",
            Self::Notify => "notify",
            Self::Count => "count",
            Self::Drop => "drop",
        }
    }
}

/// Why a notice leads where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeReason {
    /// It concerns another account: that account's stack hears it.
    OtherAccount,
    /// It concerns another region: that region's stack hears it; here it is a backup copy.
    OtherRegion,
    /// This telling was worked on before.
    Duplicate,
    /// It concerns no instance.
    NotEc2,
    /// Closed, or every entity resolved.
    Closed,
    /// Instances are named, and a look at them is enough.
    InstancesNamed,
    /// Instances are not named, or not all: entities absent, cut, or of another kind.
    InstancesNotNamed,
}

impl NoticeReason {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::OtherAccount,
        Self::OtherRegion,
        Self::Duplicate,
        Self::NotEc2,
        Self::Closed,
        Self::InstancesNamed,
        Self::InstancesNotNamed,
    ];

    /// The stable name in reports and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::OtherAccount => "other_account",
            Self::OtherRegion => "other_region",
            Self::Duplicate => "duplicate",
            Self::NotEc2 => "not_ec2",
            Self::Closed => "closed",
            Self::InstancesNamed => "instances_named",
            Self::InstancesNotNamed => "instances_not_named",
        }
    }
}

/// The answer to one notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticePlan {
    /// What to do.
    pub decision: NoticeDecision,
    /// How much the matter weighs, whether or not it is ours.
    pub severity: Severity,
    /// Why.
    pub reason: NoticeReason,
    /// The code is in none of our tables; counted, so that the tables can grow.
    pub unknown_code: bool,
    /// One line that a stranger understands.
    pub words: String,
}

/// Decides about one notice. `own` is where the stack lives; `seen_before` says that the ledger
/// holds the notice's key.
///
/// An absent account or region counts as our own: the notice came over our own bus, and a look
/// needs no trust.
pub fn decide(notice: &Notice, own: &Place, seen_before: bool) -> NoticePlan {
    let known = notice.type_code.as_deref().and_then(severity_of);
    let severity = match known {
        Some(severity) => severity,
        None if may_touch_instances(notice, None) => Severity::Act,
        None => Severity::Low,
    };
    let plan = |decision, reason, words: String| NoticePlan {
        decision,
        severity,
        reason,
        unknown_code: known.is_none(),
        words: format!("{}: {words}", title(notice)),
    };
    let drop = |reason, words| plan(NoticeDecision::Drop, reason, words);

    if let Some(account) = notice.account.as_ref().filter(|account| **account != own.account) {
        let words = format!("concerns account {account}, this stack lives in {}", own.account);
        return drop(NoticeReason::OtherAccount, words);
    }
    if let Some(region) = notice.region.as_ref().filter(|region| **region != own.region) {
        let copy = if notice.backup { " (a backup copy)" } else { "" };
        let words = format!("concerns {region}{copy}, this stack lives in {}", own.region);
        return drop(NoticeReason::OtherRegion, words);
    }
    if seen_before {
        return drop(NoticeReason::Duplicate, "this telling was worked on before".to_owned());
    }
    if !may_touch_instances(notice, known) {
        let (decision, words) = for_people(notice, severity);
        return plan(decision, NoticeReason::NotEc2, words.to_owned());
    }
    let (subjects, reason, whom) = subjects(notice);
    if is_over(notice) {
        let words = format!("is over; looking at {whom} to see how it ended");
        return plan(NoticeDecision::Look(subjects), NoticeReason::Closed, words);
    }
    plan(NoticeDecision::Hint(subjects), reason, format!("{}looking at {whom}", date(notice)))
}

/// A matter that can take an instance away: a scheduled change of EC2 whatever its code, or a code
/// of our table that says so. AWS adds codes without notice, so an unknown one is never dropped.
fn may_touch_instances(notice: &Notice, known: Option<Severity>) -> bool {
    known == Some(Severity::Act) || (is_ec2(notice) && is_scheduled(notice))
}

fn is_ec2(notice: &Notice) -> bool {
    let code = notice.type_code.as_deref().unwrap_or_default();
    match notice.service.as_deref() {
        Some(service) => service == "EC2",
        None => code.starts_with("AWS_EC2_") || code.starts_with("EC2_"),
    }
}

/// By category, or by the ending of a code whose category AWS does not tell.
fn is_scheduled(notice: &Notice) -> bool {
    let code = notice.type_code.as_deref().unwrap_or_default();
    notice.category == Some(Category::ScheduledChange)
        || code.ends_with("_SCHEDULED")
        || code.ends_with("_RETIREMENT_EXPEDITED")
}

/// Only what has a date can be over before it happened: a report of something that has happened
/// (a failed recovery) is closed from its first telling.
fn is_over(notice: &Notice) -> bool {
    is_scheduled(notice) && (notice.status == Some(Status::Closed) || notice.all_resolved)
}

/// Where to look: at what is named, and at everything as soon as one name is not an instance's. A
/// Dedicated Host stands for instances that the notice does not name.
fn subjects(notice: &Notice) -> (BTreeSet<InstanceId>, NoticeReason, String) {
    let named = notice.instances.len();
    let gap = match (notice.truncated, notice.not_instances.first()) {
        (true, _) => Some("its list of entities is not whole".to_owned()),
        (false, Some(entity)) => Some(format!("it names {entity}")),
        (false, None) if named == 0 => Some("it names none".to_owned()),
        (false, None) => None,
    };
    if let Some(gap) = gap {
        let whom = format!("all managed instances, because {gap}");
        return (BTreeSet::new(), NoticeReason::InstancesNotNamed, whom);
    }
    let whom = if named == 1 { "1 instance".to_owned() } else { format!("{named} instances") };
    (notice.instances.clone(), NoticeReason::InstancesNamed, whom)
}

/// What people hear of a matter that concerns no instance. A closed one is no news.
fn for_people(notice: &Notice, severity: Severity) -> (NoticeDecision, &'static str) {
    match severity {
        Severity::Warn if notice.status == Some(Status::Closed) => {
            (NoticeDecision::Count, "concerns no instance, and is over; counted")
        }
        Severity::Warn => (NoticeDecision::Notify, "concerns no instance; told once"),
        Severity::Act | Severity::Inform | Severity::Low => {
            (NoticeDecision::Count, "concerns no instance; counted")
        }
    }
}

fn title(notice: &Notice) -> &str {
    let name = notice.type_code.as_deref().or(notice.service.as_deref());
    name.unwrap_or("a notice without a code")
}

fn date(notice: &Notice) -> String {
    notice.start.map_or_else(String::new, |start| format!("dated {start}; "))
}

#[cfg(test)]
mod tests;
