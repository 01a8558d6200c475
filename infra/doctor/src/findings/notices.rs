//! Whether anybody would hear.

use super::{Code, Finding};
use crate::evidence::Evidence;

/// Protocols of Amazon SNS that end in a mailbox (`API_Subscribe`, read 2026-11).
const MAIL: [&str; 2] = ["email", "email-json"];

/// A topic without subscribers, or with mailboxes alone.
pub fn find(evidence: &Evidence) -> Vec<Finding> {
    let Some(stack) = &evidence.case.stack else { return Vec::new() };
    if stack.topic_unread {
        return Vec::new();
    }
    let subscribed: usize = stack.subscriptions.values().sum();
    if subscribed == 0 {
        let words = match stack.pending_subscriptions {
            0 => "nobody has subscribed to the topic of notices and alarms".to_owned(),
            pending => {
                format!("{pending} subscriptions wait to be confirmed, and there is no other")
            }
        };
        return vec![Finding::new(Code::NobodyTold, "NoticesTopic", words)];
    }
    let mail_only = stack.subscriptions.keys().all(|protocol| MAIL.contains(&protocol.as_str()));
    let words = "everybody who subscribed is told by mail, which nobody reads at night";
    mail_only.then(|| Finding::new(Code::MailOnly, "NoticesTopic", words)).into_iter().collect()
}
