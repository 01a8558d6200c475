//! The error of this edge: whose event it is, which field, what was expected there and what to do.
//!
//! Poison is not failure: an unreadable event goes to the dead-letter queue with these words and is
//! never tried again.

use std::fmt;

use crate::ids::bounded;

/// Whose event it is, as far as that could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whose {
    /// The identifier of the message that carried it; absent when the function was called
    /// directly.
    pub message: Option<String>,
    /// The `id` of the EventBridge envelope; absent in our own messages.
    pub event: Option<String>,
}

impl Whose {
    /// The same message, with the identifier of the event inside it.
    #[must_use]
    pub fn with_event(&self, id: Option<String>) -> Self {
        Self { message: self.message.clone(), event: id }
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.message, &self.event) {
            (Some(message), Some(event)) => write!(f, "message {message}, event {event}"),
            (Some(message), None) => write!(f, "message {message}"),
            (None, Some(event)) => write!(f, "event {event}"),
            (None, None) => f.write_str("the invocation's payload"),
        }
    }
}

/// What a person can do about an event that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// AWS, or someone in its name, sent a shape that we do not know.
    ReportShape,
    /// One of our own messages is wrong: its sender is older, newer, or not ours.
    FixSender,
}

impl Remedy {
    /// The advice, as the end of a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::ReportShape => {
                "the sweep looks without it; report the copy that is in the dead-letter queue"
            }
            Self::FixSender => "the sweep looks without it; correct the sender and send it again",
        }
    }
}

/// An event that could not be read. Nothing retries it: the same bytes would be as unreadable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{whose}: {field}: expected {expected}, found {found}; {}", remedy.words())]
pub struct Unreadable {
    /// Whose event it is.
    pub whose: Whose,
    /// The field in JSON's dotted form, such as `detail.instance-id`; `body` for the whole text.
    pub field: String,
    /// What would have been read.
    pub expected: &'static str,
    /// What stood there: cut, with control characters escaped.
    pub found: String,
    /// What a person can do.
    pub remedy: Remedy,
}

impl Unreadable {
    /// Names a field of an event; `found` may be foreign text of any size.
    pub fn new(
        whose: &Whose,
        field: &str,
        expected: &'static str,
        found: &str,
        remedy: Remedy,
    ) -> Self {
        Self {
            whose: whose.clone(),
            field: bounded(field),
            expected,
            found: bounded(found),
            remedy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whose(message: Option<&str>, event: Option<&str>) -> Whose {
        Whose { message: message.map(str::to_owned), event: event.map(str::to_owned) }
    }

    #[test]
    fn an_error_says_whose_event_which_field_and_what_to_do() {
        let error = Unreadable::new(
            &whose(Some("059f"), Some("0f1e")),
            "detail.instance-id",
            "an instance id such as i-0123456789abcdef0",
            "vol-1",
            Remedy::ReportShape,
        );
        assert_eq!(
            error.to_string(),
            "message 059f, event 0f1e: detail.instance-id: expected an instance id such as \
             i-0123456789abcdef0, found vol-1; the sweep looks without it; report the copy that \
             is in the dead-letter queue"
        );
    }

    #[test]
    fn the_owner_is_named_as_far_as_it_is_known() {
        assert_eq!(whose(None, Some("0f1e")).to_string(), "event 0f1e");
        assert_eq!(whose(Some("059f"), None).to_string(), "message 059f");
        assert_eq!(whose(None, None).to_string(), "the invocation's payload");
    }

    #[test]
    fn foreign_text_is_cut_and_escaped() {
        let error = Unreadable::new(
            &Whose::default(),
            "body",
            "JSON",
            &"\n".repeat(4000),
            Remedy::FixSender,
        );
        assert!(error.found.len() <= 160 && !error.to_string().contains('\n'));
    }
}
