//! Messages to the maintenance queue and to the function's own dead-letter queue.

use aws_sdk_sqs::types::MessageAttributeValue;

use crate::aws::Cloud;
use crate::aws::error::{classify, failed};
use crate::event::envelope::COPY_BYTES_MAX;
use crate::event::hint::Hint;
use crate::ports::{BuryMessages, CloudError, CloudErrorClass, SendHints};

const CALL: &str = "SendMessage";
/// Longest delay of a message, in seconds (`API_SendMessage`, read 2026-11).
const LONGEST_DELAY: u32 = 900;
/// Bytes of the reason.
const LONGEST_REASON: usize = 1024;

impl SendHints for Cloud {
    async fn send(&self, hint: &Hint, delay_seconds: u32) -> Result<(), CloudError> {
        let queue = self.environment.maintenance_queue_url.as_str();
        let body = hint
            .encode()
            .map_err(|error| failed(CALL, queue, CloudErrorClass::Rejected, &error.to_string()))?;
        let delay = i32::try_from(delay_seconds.min(LONGEST_DELAY)).unwrap_or_default();
        let call = self.sqs().send_message().queue_url(queue).message_body(body);
        let sent = call.delay_seconds(delay).send().await;
        sent.map(drop).map_err(|error| classify(CALL, queue, &error))
    }
}

impl BuryMessages for Cloud {
    async fn bury(&self, message: &str, reason: &str) -> Result<(), CloudError> {
        let queue = self.environment.dead_letter_queue_url.as_str();
        let (body, reason) = burial(message, reason);
        let attribute = MessageAttributeValue::builder().data_type("String");
        let attribute = attribute
            .string_value(reason)
            .build()
            .map_err(|error| failed(CALL, queue, CloudErrorClass::Rejected, &error.to_string()))?;
        let call = self.sqs().send_message().queue_url(queue).message_body(body);
        let sent = call.message_attributes("Reason", attribute).send().await;
        sent.map(drop).map_err(|error| classify(CALL, queue, &error))
    }
}

/// Body and reason as SQS takes them: neither empty, bounded, and without the characters that it
/// refuses.
fn burial(message: &str, reason: &str) -> (String, String) {
    let body = accepted(message, COPY_BYTES_MAX);
    let cut = message.len() > COPY_BYTES_MAX;
    let note = cut.then(|| format!(" (cut: the message had {} bytes)", message.len()));
    let reason = accepted(reason, LONGEST_REASON) + &note.unwrap_or_default();
    (body, reason)
}

/// At most `most` bytes of a text. SQS takes tab, line feed, carriage return and what XML 1.0 takes
/// above the controls.
fn accepted(text: &str, most: usize) -> String {
    let refused = |c: char| {
        (c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r') && c != '\u{7f}')
            || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    let mut kept = String::new();
    for character in text.chars() {
        let character = if refused(character) { char::REPLACEMENT_CHARACTER } else { character };
        if kept.len() + character.len_utf8() > most {
            break;
        }
        kept.push(character);
    }
    if kept.is_empty() { "(empty)".to_owned() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqs_would_refuse_is_still_buried() {
        assert_eq!(burial("", ""), ("(empty)".to_owned(), "(empty)".to_owned()));
        assert_eq!(accepted("a\0b\u{ffff}c\n", 100), "a\u{fffd}b\u{fffd}c\n");
    }

    #[test]
    fn a_message_that_is_too_long_is_cut_at_a_character_with_a_note() {
        let message = "é".repeat(COPY_BYTES_MAX);
        let (body, reason) = burial(&message, "not JSON");
        assert_eq!(body.len(), COPY_BYTES_MAX);
        assert_eq!(reason, format!("not JSON (cut: the message had {} bytes)", message.len()));
    }
}
