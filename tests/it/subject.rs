//! What a test is about: an instance, standalone or a member of a group, built for it and deleted
//! afterwards.

use serde_json::{Value, json};

use crate::Outcome;
use crate::stage::Stage;

/// What is built, with what it has besides its name.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A group of three, of which the first member is meant.
    Member(Value),
    Standalone(Value),
}

/// An instance that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub instance: String,
    /// None for a standalone instance.
    pub group: Option<String>,
}

impl Subject {
    /// Builds it, under a name that was not used before.
    pub fn build(stage: &Stage, name: &str, kind: &Kind) -> Outcome<Self> {
        match kind {
            Kind::Member(plan) => {
                let members = stage.group(name, plan)?;
                let instance = members.into_iter().next().ok_or("a group without members")?;
                Ok(Self { instance, group: Some(name.to_owned()) })
            }
            Kind::Standalone(plan) => {
                Ok(Self { instance: stage.instance(name, plan)?, group: None })
            }
        }
    }

    /// What the fleet's own account knows its capacity by: the group's name, or the instance's id.
    pub fn place(&self) -> &str {
        self.group.as_deref().unwrap_or(&self.instance)
    }

    /// Its owner deletes it, and with a member the group.
    pub fn delete(&self, stage: &Stage) -> Outcome {
        let delete = match &self.group {
            Some(group) => json!({ "do": "delete_group", "group": group }),
            None => json!({ "do": "terminate_by_hand", "instance": self.instance }),
        };
        stage.control(&delete)?;
        stage.pass(10 * 60)
    }
}
