//! Messages to people.

use crate::aws::Cloud;
use crate::aws::error::classify;
use crate::ports::{CloudError, TellPeople};

/// Characters of a subject: ASCII without line breaks or controls, first a letter, digit or
/// punctuation mark (`API_Publish`, read 2026-11).
const LONGEST_SUBJECT: usize = 100;
/// Bytes of a message: SNS takes 256 KiB with everything that it adds.
const LONGEST_MESSAGE: usize = 255 * 1024;

impl TellPeople for Cloud {
    async fn tell(&self, subject: &str, message: &str) -> Result<(), CloudError> {
        let topic = self.environment.notices_topic_arn.as_str();
        let call = self.sns().publish().topic_arn(topic).subject(accepted(subject));
        let told = call.message(bounded(message)).send().await;
        told.map(drop).map_err(|error| classify("Publish", topic, &error))
    }
}

fn accepted(subject: &str) -> String {
    let plain = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    let subject: String = subject.trim_start().chars().take(LONGEST_SUBJECT).map(plain).collect();
    if subject.is_empty() { "Reberth".to_owned() } else { subject }
}

fn bounded(message: &str) -> &str {
    let end = message.floor_char_boundary(LONGEST_MESSAGE);
    message.get(..end).filter(|text| !text.is_empty()).unwrap_or("(empty)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_a_hundred_plain_characters() {
        assert_eq!(accepted("  web: é\nmoved"), "web: ??moved");
        assert_eq!(accepted(&"x".repeat(200)).len(), LONGEST_SUBJECT);
        assert_eq!(accepted(" "), "Reberth");
    }

    #[test]
    fn a_message_is_cut_at_a_character() {
        assert_eq!(bounded("moved"), "moved");
        assert_eq!(
            bounded(&format!("x{}", "é".repeat(LONGEST_MESSAGE))).len(),
            LONGEST_MESSAGE - 1
        );
        assert_eq!(bounded(""), "(empty)");
    }
}
