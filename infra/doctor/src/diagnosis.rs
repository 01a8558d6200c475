//! The diagnosis: the whole answer as one value. Its JSON is described in `docs/doctor.md`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use shared::ids::GroupName;
use shared::ledger::Incident;
use shared::reconcile::preview::GROUPS_ASKED;

use crate::case::{Role, Trial};
use crate::event_windows::{self, Proposal};
use crate::evidence::Evidence;
use crate::findings::{self, Finding, Weight};
use crate::outlook::{self, OutlookRow, out_since};
use crate::scope::{self, ScopeRow};

/// The exit status where nothing has to be mended.
pub const NOTHING_TO_MEND: u8 = 0;
/// The exit status where something has to be.
pub const TO_MEND: u8 = 1;
/// The exit status where the account could not be looked at.
pub const NOT_LOOKED: u8 = 2;

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Version of this shape; a field that goes or changes its meaning raises it.
    pub format: u32,
    /// AWS's clock at the look.
    pub looked_at: Timestamp,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// ARN of the caller.
    pub caller: String,
    /// The deployed stack; absent where none was named.
    pub stack: Option<String>,
    /// The ceilings under which was decided, by the names of the template's parameters.
    pub ceilings: BTreeMap<&'static str, String>,
    /// Who is in scope.
    pub scope: Vec<ScopeRow>,
    /// What would be done.
    pub outlook: Vec<OutlookRow>,
    /// What the ledger has open.
    pub incidents: Vec<IncidentRow>,
    /// What the caller may, as far as a dry run tells.
    pub trials: Vec<Trial>,
    /// What the reconciler's role lacks; absent where that was not asked.
    pub role: Option<Role>,
    /// What somebody should mend or know.
    pub findings: Vec<Finding>,
    /// Event windows to review.
    pub event_windows: Vec<Proposal>,
    /// What this cannot tell.
    pub not_checked: Vec<String>,
    /// 0 where nothing has to be mended, 1 where something has to be.
    pub exit_status: u8,
}

/// An open incident of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IncidentRow {
    /// The instance's id.
    pub instance: String,
    /// Its group; absent for a standalone instance.
    pub group: Option<String>,
    /// `InstanceEventId`.
    pub event: String,
    /// The stable word of where it is.
    pub phase: &'static str,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When it was seen first.
    pub first_seen: Timestamp,
    /// How long ago, in minutes.
    pub age_minutes: i64,
    /// Since when the instance is out of service; absent where it serves, or stands aside for AWS.
    pub out_since: Option<Timestamp>,
}

/// What only doing it would tell. The names are those of policies and statements in the template.
const NEVER_CHECKED: [&str; 4] = [
    "Auto Scaling has no dry run: TerminateInstanceInAutoScalingGroup and EnterStandby stand in \
     the role's policy Open, statement Groups, ExitStandby and SetInstanceHealth in Close, \
     statements Groups and Health",
    "Elastic Load Balancing has no dry run: DeregisterTargets stands in Open, RegisterTargets in \
     Close, both in the statement Targets",
    "Systems Manager has no dry run: SendCommand stands in Ask, statements Documents and Instances",
    "dry runs try the caller, not the reconciler's role",
];
const NO_STACK: &str = "no stack was named: ledger, rules, schedule, functions and topic, and the \
                        ceilings are the template's defaults";
const NO_ROLE: &str = "the permissions of the reconciler's role were not simulated";

impl Diagnosis {
    /// What follows from the evidence.
    pub fn of(evidence: &Evidence) -> Self {
        let findings = findings::find(evidence);
        let to_mend = findings.iter().any(|finding| finding.weight == Weight::Mend);
        let case = &evidence.case;
        let role = case.stack.as_ref().and_then(|stack| stack.role.clone());
        let incidents = evidence.world().memory.incidents.values();
        Self {
            format: 1,
            looked_at: evidence.now(),
            account: case.account.to_string(),
            region: case.region.to_string(),
            caller: shared::ids::bounded(&case.caller),
            stack: case.stack.as_ref().map(|stack| stack.name.clone()),
            ceilings: ceilings(evidence),
            scope: scope::rows(evidence),
            outlook: outlook::rows(evidence),
            incidents: incidents.map(|incident| row(evidence, incident)).collect(),
            trials: case.trials.clone(),
            role,
            findings,
            event_windows: event_windows::proposals(evidence),
            not_checked: not_checked(evidence),
            exit_status: if to_mend { TO_MEND } else { NOTHING_TO_MEND },
        }
    }
}

fn not_checked(evidence: &Evidence) -> Vec<String> {
    let stack = evidence.case.stack.as_ref();
    let role = stack.and_then(|stack| stack.role.as_ref());
    let unknown = [
        stack.is_none().then_some(NO_STACK),
        (stack.is_some() && role.is_none()).then_some(NO_ROLE),
    ];
    let asked = |name: &GroupName| evidence.world().preflight.contains_key(name);
    let beyond = evidence.opted_in().filter(|group| !asked(&group.name)).count();
    let launches = (beyond > 0).then(|| {
        format!("whether {beyond} groups can launch: only the first {GROUPS_ASKED} were asked")
    });
    let words = NEVER_CHECKED.into_iter().chain(unknown.into_iter().flatten());
    words.map(str::to_owned).chain(launches).collect()
}

fn ceilings(evidence: &Evidence) -> BTreeMap<&'static str, String> {
    let ceilings = &evidence.ceilings;
    BTreeMap::from([
        ("MaximumMode", ceilings.maximum_mode.to_string()),
        ("KillSwitch", if ceilings.kill_switch { "on" } else { "off" }.to_owned()),
        ("AllowedGroups", ceilings.allowed_groups.to_string()),
        ("MaximumUnavailable", ceilings.maximum_unavailable.to_string()),
        ("ActsPerHour", ceilings.acts_per_hour.to_string()),
        ("InFlightPercent", ceilings.in_flight_percent.to_string()),
        ("MaximumAttempts", ceilings.maximum_attempts.to_string()),
    ])
}

fn row(evidence: &Evidence, incident: &Incident) -> IncidentRow {
    IncidentRow {
        instance: incident.key.instance.to_string(),
        group: incident.group.as_ref().map(ToString::to_string),
        event: incident.key.event.to_string(),
        phase: incident.phase_code(),
        attempt: incident.attempt,
        first_seen: incident.first_seen,
        age_minutes: evidence.now().duration_since(incident.first_seen).as_mins(),
        out_since: out_since(incident),
    }
}

#[cfg(test)]
mod tests;
