//! `CloudWatch` alarms and readiness documents: what they say of instances.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::Cloud;
use super::agenda::Happening;
use super::faults::error;
use super::fleet::Fleet;
use super::invocation::Invocation;
use super::log::Port;
use super::state::State;
use crate::decide::guard::Asking;
use crate::ids::{GroupName, InstanceId};
use crate::ports::{AskReadiness, CloudError, CloudErrorClass, ReadAlarms, ReadCommands};
use crate::world::{AlarmState, CommandState};

/// What a readiness document takes.
const DOCUMENT: SignedDuration = SignedDuration::from_secs(12);

/// Names that one `DescribeAlarms` may ask for.
const NAMES: usize = 100;

/// A `CloudWatch` alarm.
#[derive(Debug, Clone, Hash)]
pub(in crate::testing) enum Alarm {
    /// In this state until somebody says otherwise.
    Is(AlarmState),
    /// OK while every running member of the group is ready.
    Group(GroupName),
    /// OK while the instance runs and is ready.
    Instance(InstanceId),
}

impl Alarm {
    fn state(&self, fleet: &Fleet) -> AlarmState {
        let ready = |id: &InstanceId| fleet.runs(id) && fleet.ready(id);
        let rests = match self {
            Self::Is(state) => return *state,
            Self::Instance(id) => ready(id),
            Self::Group(name) => {
                let members = fleet.groups.get(name).map(|group| group.members.keys());
                members.into_iter().flatten().filter(|id| fleet.runs(id)).all(ready)
            }
        };
        if rests { AlarmState::Ok(None) } else { AlarmState::Alarm }
    }
}

impl Cloud {
    /// An alarm is in this state from now on.
    pub fn alarm(&self, name: &str, is: AlarmState) {
        self.set_alarm(name, Alarm::Is(is));
    }

    /// An alarm rests while every running member of a group is ready.
    pub fn alarm_follows_group(&self, name: &str, group: &str) {
        self.set_alarm(name, Alarm::Group(GroupName::parse(group).unwrap()));
    }

    /// An alarm rests while an instance runs and is ready.
    pub fn alarm_follows(&self, name: &str, instance: &InstanceId) {
        self.set_alarm(name, Alarm::Instance(instance.clone()));
    }

    fn set_alarm(&self, name: &str, alarm: Alarm) {
        let mut state = self.state.borrow_mut();
        state.owner_speaks();
        state.fleet_mut().alarms.insert(name.to_owned(), alarm);
    }
}

impl ReadAlarms for Invocation<'_> {
    async fn alarms(
        &self,
        names: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, AlarmState>, CloudError> {
        let requests = |_: &BTreeMap<_, _>| names.len().div_ceil(NAMES);
        self.paged(Port::Alarms, requests, |state| {
            let fleet = state.shown();
            let said = |name: &String| {
                let known = fleet.alarms.get(name);
                (name.clone(), known.map_or(AlarmState::Missing, |alarm| alarm.state(&fleet)))
            };
            Ok(names.iter().map(said).collect())
        })
        .await
    }
}

impl AskReadiness for Invocation<'_> {
    async fn send_document(&self, leave: &Asking) -> Result<String, CloudError> {
        self.call(Port::SendDocument, |state| {
            let id = leave.instance();
            if !state.fleet().runs(id) {
                return Err(error(Port::SendDocument, CloudErrorClass::Rejected));
            }
            state.ids += 1;
            let command = format!("command-{:08}", state.ids);
            let asked = (id.clone(), CommandState::Running);
            state.fleet_mut().commands.insert(command.clone(), asked);
            state.after(DOCUMENT, Happening::Found(command.clone()));
            Ok(command)
        })
        .await
    }
}

impl ReadCommands for Invocation<'_> {
    async fn command(
        &self,
        command: &str,
        _instance: &InstanceId,
    ) -> Result<CommandState, CloudError> {
        self.call(Port::Command, |state| {
            let known = state.shown().commands.get(command).map(|(_, said)| *said);
            Ok(known.unwrap_or(CommandState::Running))
        })
        .await
    }
}

impl State {
    /// An alarm that is in one state until somebody says otherwise.
    pub(in crate::testing) fn alarm(&self, name: &str) -> Option<AlarmState> {
        match self.fleet().alarms.get(name)? {
            Alarm::Is(state) => Some(*state),
            Alarm::Group(_) | Alarm::Instance(_) => None,
        }
    }

    /// The document has looked at the instance.
    pub(super) fn found(&mut self, command: &str) {
        let fleet = self.fleet();
        let Some((id, _)) = fleet.commands.get(command) else { return };
        let ready = fleet.runs(id) && fleet.ready(id);
        let said = if ready { CommandState::Succeeded } else { CommandState::Failed };
        if let Some((_, state)) = self.fleet_mut().commands.get_mut(command) {
            *state = said;
        }
    }
}
