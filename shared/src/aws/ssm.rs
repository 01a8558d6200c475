//! Readiness documents: sent once, and asked about at later looks.

use aws_sdk_ssm::config::Builder;
use aws_sdk_ssm::operation::get_command_invocation::GetCommandInvocationError;
use aws_sdk_ssm::types::CommandInvocationStatus;

use crate::aws::Cloud;
use crate::aws::config::once;
use crate::aws::error::{classify, failed};
use crate::decide::guard::Asking;
use crate::ids::InstanceId;
use crate::ports::{AskReadiness, CloudError, CloudErrorClass, ReadCommands};
use crate::world::CommandState;

/// Seconds within which the instance must take the document, 30 or more (`API_SendCommand`, read
/// 2026-11). A later answer would be about a moment long past.
const DELIVERED_WITHIN: i32 = 120;

impl AskReadiness for Cloud {
    async fn send_document(&self, leave: &Asking) -> Result<String, CloudError> {
        const CALL: &str = "SendCommand";
        let object = || format!("{} to {}", leave.document(), leave.instance());
        let call = self.ssm().send_command().document_name(leave.document());
        let call = call.instance_ids(leave.instance().as_str()).timeout_seconds(DELIVERED_WITHIN);
        let call = call.comment("Reberth asks whether the instance is ready");
        // Every call sends another command.
        let sent = call.customize().config_override(Builder::new().retry_config(once()));
        let sent = sent.send().await.map_err(|error| classify(CALL, object(), &error))?;
        let id = sent.command.and_then(|command| command.command_id);
        id.ok_or_else(|| {
            failed(CALL, object(), CloudErrorClass::Unavailable, "the answer has no CommandId")
        })
    }
}

impl ReadCommands for Cloud {
    async fn command(
        &self,
        command: &str,
        instance: &InstanceId,
    ) -> Result<CommandState, CloudError> {
        let call = self.ssm().get_command_invocation().command_id(command);
        match call.instance_id(instance.as_str()).send().await {
            Ok(answer) => Ok(state(answer.status().map_or("", CommandInvocationStatus::as_str))),
            // SSM does not know a command yet that it took a moment ago.
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetCommandInvocationError::is_invocation_does_not_exist) =>
            {
                Ok(CommandState::Running)
            }
            Err(error) => {
                let object = format!("{command} on {instance}");
                Err(classify("GetCommandInvocation", object, &error))
            }
        }
    }
}

/// A word that is new is no success.
fn state(word: &str) -> CommandState {
    match word {
        "Pending" | "InProgress" | "Delayed" | "Cancelling" => CommandState::Running,
        "Success" => CommandState::Succeeded,
        _ => CommandState::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_success_is_success_and_only_what_is_under_way_may_still_become_it() {
        use CommandState::{Failed, Running, Succeeded};
        for (word, expected) in [
            ("Pending", Running),
            ("InProgress", Running),
            ("Delayed", Running),
            ("Cancelling", Running),
            ("Success", Succeeded),
            ("Cancelled", Failed),
            ("TimedOut", Failed),
            ("Failed", Failed),
            ("Undeliverable", Failed),
            ("", Failed),
        ] {
            assert_eq!(state(word), expected, "{word}");
        }
    }
}
