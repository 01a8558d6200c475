//! Reading single fields of a JSON object, in two tempers.
//!
//! What AWS sends is read leniently: a field that is absent, of another type, too long or holding
//! control characters is simply not there, and numbers pass for text and text for numbers. What we
//! send ourselves is read strictly: every such field is an error that names it.

use serde_json::{Map, Value};

use super::unreadable::{Remedy, Unreadable, Whose};

/// Longest text taken from a field, bytes; AWS's longest name of interest has 255.
pub(super) const TEXT_BYTES_MAX: usize = 256;

/// Longest ARN of a Health event, bytes. AWS Health API
/// reference, "Event", read 2026-11.
pub(super) const ARN_BYTES_MAX: usize = 1600;

/// One object of an event, with its place in it and its owner.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    whose: &'a Whose,
    /// Where the object stands, ending in a dot unless empty.
    place: &'static str,
    object: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The fields of a whole event.
    pub fn of(object: &'a Map<String, Value>, whose: &'a Whose) -> Self {
        Self { whose, place: "", object }
    }

    /// `detail` of an EventBridge envelope, without which no event says anything.
    pub fn detail(&self) -> Result<Self, Unreadable> {
        match self.object.get("detail") {
            Some(Value::Object(object)) => Ok(Self { whose: self.whose, place: "detail.", object }),
            _ => Err(self.unreadable("detail", "an object", Remedy::ReportShape)),
        }
    }

    /// The field as it is.
    pub fn value(&self, field: &str) -> Option<&'a Value> {
        self.object.get(field)
    }

    /// The field as text, from text or a number; leniently.
    pub fn text(&self, field: &str) -> Option<String> {
        self.value(field).and_then(|value| printable(value, TEXT_BYTES_MAX))
    }

    /// The field as an ARN; leniently.
    pub fn arn(&self, field: &str) -> Option<String> {
        self.value(field).and_then(|value| printable(value, ARN_BYTES_MAX))
    }

    /// The field as a count from 0, from a number or its digits; leniently.
    pub fn count(&self, field: &str) -> Option<u32> {
        match self.value(field)? {
            Value::Number(number) => number.as_u64().and_then(|n| u32::try_from(n).ok()),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// The field as a flag, from a boolean or `"true"`; anything else is no.
    pub fn flag(&self, field: &str) -> bool {
        match self.value(field) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => false,
        }
    }

    /// An identifier that an event cannot do without, through the parser of its type.
    pub fn required<T, E>(
        &self,
        field: &str,
        expected: &'static str,
        remedy: Remedy,
        parse: fn(&str) -> Result<T, E>,
    ) -> Result<T, Unreadable> {
        self.value(field)
            .and_then(Value::as_str)
            .and_then(|text| parse(text).ok())
            .ok_or_else(|| self.unreadable(field, expected, remedy))
    }

    /// The error that names a field of this object and shows what stands there.
    pub fn unreadable(&self, field: &str, expected: &'static str, remedy: Remedy) -> Unreadable {
        let found = self.value(field).map_or_else(|| "nothing".to_owned(), shown);
        Unreadable::new(self.whose, &format!("{}{field}", self.place), expected, &found, remedy)
    }
}

/// A value as an error shows it: what it is, and small values as they stand.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => format!("`{text}`"),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(fields) => format!("an object of {} fields", fields.len()),
    }
}

/// Text or a number as text that may stand in a log line; empty text counts as absent.
pub(super) fn printable(value: &Value, longest: usize) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let fits = !text.is_empty() && text.len() <= longest && !text.chars().any(char::is_control);
    fits.then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> (Option<String>, Option<u32>, bool) {
        let whose = Whose::default();
        let object = Map::from_iter([("field".to_owned(), value.clone())]);
        let fields = Fields::of(&object, &whose);
        (fields.text("field"), fields.count("field"), fields.flag("field"))
    }

    #[test]
    fn numbers_pass_for_text_and_text_for_numbers() {
        let rows = [
            (json!("3"), Some("3"), Some(3), false),
            (json!(3), Some("3"), Some(3), false),
            (json!("true"), Some("true"), None, true),
            (json!(true), None, None, true),
            (json!(-1), Some("-1"), None, false),
            (json!(4_294_967_296_u64), Some("4294967296"), None, false),
            (json!(""), None, None, false),
            (json!("a\u{7}b"), None, None, false),
            (json!("x".repeat(257)), None, None, false),
            (json!(null), None, None, false),
            (json!(["3"]), None, None, false),
            (json!({"a": 1}), None, None, false),
        ];
        for (value, text, count, flag) in rows {
            assert_eq!(read(&value), (text.map(str::to_owned), count, flag), "{value}");
        }
    }

    #[test]
    fn an_absent_field_is_named_with_its_place() {
        let whose = Whose::default();
        let object = Map::from_iter([("detail".to_owned(), json!({"state": [1, 2]}))]);
        let fields = Fields::of(&object, &whose);
        let detail = fields.detail().unwrap();
        let error = detail.unreadable("instance-id", "an instance id", Remedy::ReportShape);
        assert_eq!((error.field.as_str(), error.found.as_str()), ("detail.instance-id", "nothing"));
        let error = detail.unreadable("state", "a state", Remedy::ReportShape);
        assert_eq!(error.found, "a list of 2");
    }
}
