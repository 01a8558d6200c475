//! A person's question: why was this done, or not done, to this instance?
//!
//! Asked by invoking the function directly; answered from the ledger in words. It starts nothing.
//!
//! ```json
//! {"reberth": "why", "instance": "i-0aa11bb22cc33dd01"}
//! ```

use super::fields::Fields;
use super::unreadable::{Remedy, Unreadable};
use super::{Event, Shape};
use crate::ids::InstanceId;

/// The question about one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The instance that is asked about; it may be long gone.
    pub instance: InstanceId,
}

pub(super) fn recognises(shape: &Shape) -> bool {
    matches!(shape, Shape::Own { word: "why" })
}

pub(super) fn decode(message: &Fields<'_>) -> Result<Event, Unreadable> {
    let instance = message.required(
        "instance",
        "an instance id such as i-0123456789abcdef0",
        Remedy::FixSender,
        InstanceId::parse,
    )?;
    Ok(Event::Question(Question { instance }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{only, sample};
    use super::*;

    #[test]
    fn a_question_names_its_instance() {
        let Ok(Event::Question(question)) = only(&sample("question", "why")) else {
            panic!("not a question");
        };
        assert_eq!(question.instance.as_str(), "i-0aa11bb22cc33dd01");
    }

    #[test]
    fn a_question_without_an_instance_is_answered_with_what_is_missing() {
        let error = only(r#"{"reberth":"why","instance":"web-a1"}"#).unwrap_err();
        assert_eq!((error.field.as_str(), error.found.as_str()), ("instance", "`web-a1`"));
    }
}
