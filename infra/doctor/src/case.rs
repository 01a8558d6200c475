//! The case: what `infra/doctor/collector` asked of AWS, because no function ever asks it. One JSON
//! object on standard input.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use shared::ids::{AccountId, GroupName, InstanceId, Place, Region};
use shared::policy::{Ceilings, SettingsError};

/// Everything that was asked beside the look.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The caller's account.
    pub account: AccountId,
    /// The region looked at.
    pub region: Region,
    /// ARN of the caller.
    pub caller: String,
    /// What `DescribeAutoScalingGroups` and `DescribeLifecycleHooks` say of groups that carry
    /// `reberth:mode`, beyond what the functions read.
    #[serde(default)]
    pub groups: BTreeMap<GroupName, GroupFacts>,
    /// Instances outside of groups that carry `reberth:mode`, with or without a scheduled event.
    #[serde(default)]
    pub standalone: BTreeSet<InstanceId>,
    /// EC2's event windows of the account and region.
    #[serde(default)]
    pub event_windows: Vec<EventWindow>,
    /// Acts that the caller tried with `DryRun`.
    #[serde(default)]
    pub trials: Vec<Trial>,
    /// Calls of the collector that were not answered.
    #[serde(default)]
    pub unanswered: Vec<Unanswered>,
    /// The deployed stack; absent where none was named.
    #[serde(default)]
    pub stack: Option<Stack>,
}

/// What is read of a group for its findings alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupFacts {
    /// Its lifecycle hooks.
    #[serde(default)]
    pub hooks: Vec<Hook>,
    /// `InstanceLifecyclePolicy` retains an instance whose termination hook is abandoned.
    #[serde(default)]
    pub retains: bool,
    /// `NewInstancesProtectedFromScaleIn`.
    #[serde(default)]
    pub new_members_protected: bool,
}

/// A lifecycle hook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// `LifecycleHookName`.
    pub name: String,
    /// It runs when an instance terminates; otherwise when one launches.
    pub terminating: bool,
    /// `DefaultResult`: `CONTINUE` or `ABANDON`.
    pub default_result: String,
}

/// One of `DescribeInstanceEventWindows`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventWindow {
    /// `InstanceEventWindowId`.
    pub id: String,
    /// Instances associated by id.
    #[serde(default)]
    pub instances: BTreeSet<InstanceId>,
    /// Tags associated, key and value.
    #[serde(default)]
    pub tags: BTreeSet<(String, String)>,
}

/// An act that was tried without being done.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The API action.
    pub action: String,
    /// On what it was tried.
    pub object: String,
    /// What AWS said.
    pub outcome: TrialOutcome,
    /// AWS's code and words; empty where the act is allowed.
    pub words: String,
}

/// What a dry run told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialOutcome {
    /// `DryRunOperation`: the caller may.
    Allowed,
    /// `UnauthorizedOperation`: the caller may not.
    Denied,
    /// AWS refused for another reason before it judged the permission, or after.
    Unclear,
}

/// A call that was not answered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Unanswered {
    /// The API action.
    pub call: String,
    /// What it was about.
    pub object: String,
    /// The caller may not; otherwise AWS failed or refused.
    pub denied: bool,
    /// AWS's code and words.
    pub words: String,
}

/// The deployed stack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Environment of the maintenance reconciler, its ceilings among it.
    pub variables: BTreeMap<String, String>,
    /// Its functions by logical id.
    pub functions: BTreeMap<String, Function>,
    /// The state of its event rules by logical id: `ENABLED`, or why not.
    pub rules: BTreeMap<String, String>,
    /// The state of its schedules by logical id: `ENABLED` or `DISABLED`.
    pub schedules: BTreeMap<String, String>,
    /// Confirmed subscriptions of the topic of notices, by protocol.
    pub subscriptions: BTreeMap<String, usize>,
    /// The topic could not be asked, so that nothing is known of its subscriptions.
    #[serde(default)]
    pub topic_unread: bool,
    /// Subscriptions that nobody has confirmed yet.
    pub pending_subscriptions: usize,
    /// What the reconciler's role was found to lack; absent where that was not asked.
    #[serde(default)]
    pub role: Option<Role>,
}

/// A function of the stack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Reserved concurrency; absent where none is reserved, 0 where it can never run.
    #[serde(default)]
    pub reserved_concurrency: Option<u32>,
    /// States of the event source mappings that feed it; absent where they could not be asked.
    #[serde(default)]
    pub event_sources: Option<Vec<String>>,
}

/// What `SimulatePrincipalPolicy` says of the reconciler's role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// ARN of the role.
    pub arn: String,
    /// Actions that were simulated.
    pub simulated: usize,
    /// Actions that are not allowed, with IAM's decision.
    pub denied: BTreeMap<String, String>,
}

impl Case {
    /// The account and region looked at.
    pub fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone() }
    }

    /// The ceilings of the deployed stack, or the defaults where none was named.
    ///
    /// # Errors
    /// A variable of the deployed function cannot be read.
    pub fn ceilings(&self) -> Result<Ceilings, SettingsError> {
        let nothing = BTreeMap::new();
        let variables = self.stack.as_ref().map_or(&nothing, |stack| &stack.variables);
        Ceilings::read(variables.clone())
    }
}
