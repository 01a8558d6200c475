//! The table of sample events in `events/README.md`, and the comparison with what it promises.
//!
//! A row says: this file, handed to this function, yields an answer that contains this. The table
//! is written for people; these rules let a test hold it to its word:
//!
//! * a table counts if its head has the columns `file`, `function` and `answer`, in any order;
//! * `file` is a path below `events/`, alone or as the text of a link;
//! * `answer` is JSON in backticks, a part of the report that the function logs: see
//!   [`differences`].

use std::fs;
use std::io;

use serde_json::Value;

use crate::workspace;

/// One row of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Path below `events/`.
    pub file: String,
    /// Name of the function that it is handed to.
    pub function: String,
    /// What the answer must contain.
    pub answer: Value,
}

impl Sample {
    /// All rows of `events/README.md`, in their order.
    ///
    /// # Errors
    /// Names the line that cannot be read, or tells that there is no row at all.
    pub fn all() -> io::Result<Vec<Self>> {
        read(&fs::read_to_string(workspace().join("events/README.md"))?)
    }

    /// The event itself, byte for byte.
    ///
    /// # Errors
    /// Names the file if it cannot be read.
    pub fn event(&self) -> io::Result<String> {
        let path = workspace().join("events").join(&self.file);
        fs::read_to_string(&path)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }
}

/// Where a table's columns stand.
#[derive(Clone, Copy)]
struct Columns {
    file: usize,
    function: usize,
    answer: usize,
}

impl Columns {
    fn of(head: &[String]) -> Option<Self> {
        let find = |name: &str| head.iter().position(|cell| cell.eq_ignore_ascii_case(name));
        Some(Self { file: find("file")?, function: find("function")?, answer: find("answer")? })
    }
}

fn read(text: &str) -> io::Result<Vec<Sample>> {
    let mut samples = Vec::new();
    let mut table = None;
    let mut head = true;
    for (number, line) in text.lines().enumerate() {
        let Some(cells) = cells(line) else {
            head = true;
            continue;
        };
        if head {
            table = Columns::of(&cells);
            head = false;
        } else if let Some(columns) = table
            && !is_rule(&cells)
        {
            let sample = sample(&cells, columns).map_err(|problem| {
                let words = format!("events/README.md line {}: {problem}", number + 1);
                io::Error::new(io::ErrorKind::InvalidData, words)
            })?;
            samples.push(sample);
        }
    }
    if samples.is_empty() {
        let words = "events/README.md: no table with the columns file, function and answer";
        return Err(io::Error::new(io::ErrorKind::InvalidData, words));
    }
    Ok(samples)
}

/// The cells of a table's line; none of any other line.
fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let mut cells = vec![String::new()];
    let mut letters = inner.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '|' => cells.push(String::new()),
            // A bar that is no border is written `\|`, in code too.
            '\\' if letters.next_if_eq(&'|').is_some() => cells.last_mut()?.push('|'),
            _ => cells.last_mut()?.push(letter),
        }
    }
    Some(cells.iter().map(|cell| cell.trim().to_owned()).collect())
}

/// The line of dashes below a table's head.
fn is_rule(cells: &[String]) -> bool {
    cells.iter().all(|cell| cell.contains('-') && cell.chars().all(|letter| "-: ".contains(letter)))
}

fn sample(cells: &[String], columns: Columns) -> Result<Sample, String> {
    let cell = |column: usize| cells.get(column).map(String::as_str).unwrap_or_default();
    let plain = |name: &str, column: usize| match link_text(cell(column)).trim_matches('`') {
        "" => Err(format!("{name} is empty")),
        text => Ok(text.to_owned()),
    };
    let answer = cell(columns.answer);
    let json = answer.strip_prefix('`').and_then(|answer| answer.strip_suffix('`'));
    let json = json.ok_or_else(|| format!("answer {answer:?}: expected JSON in backticks"))?;
    Ok(Sample {
        file: plain("file", columns.file)?,
        function: plain("function", columns.function)?,
        answer: serde_json::from_str(json).map_err(|error| format!("answer {json}: {error}"))?,
    })
}

/// `[text](target)` is its text; all else is itself.
fn link_text(cell: &str) -> &str {
    let text = cell.strip_prefix('[').and_then(|rest| rest.split_once("]("));
    text.map_or(cell, |(text, _)| text)
}

/// Where `actual` does not contain `expected`, in words, one for each place; empty if it does.
///
/// An object contains another if it has at least its fields, and each contains what is expected of
/// it. An array must have as many elements as expected, each containing its counterpart. `null`
/// stands for null or absent. All else must be equal.
pub fn differences(expected: &Value, actual: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", expected, Some(actual), &mut found);
    found
}

fn compare(place: &str, expected: &Value, actual: Option<&Value>, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(fields), Some(Value::Object(actual))) => {
            for (name, value) in fields {
                let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                compare(&place, value, actual.get(name), found);
            }
        }
        (Value::Array(elements), Some(Value::Array(actual))) if elements.len() == actual.len() => {
            for (number, (element, actual)) in elements.iter().zip(actual).enumerate() {
                compare(&format!("{place}[{number}]"), element, Some(actual), found);
            }
        }
        (Value::Array(elements), Some(Value::Array(actual))) => {
            let (wanted, got) = (elements.len(), actual.len());
            found.push(format!(
                "{place}: expected {wanted} elements {expected}, found {got} {actual:?}"
            ));
        }
        (Value::Null, None) => {}
        (expected, Some(actual)) if expected == actual => {}
        (expected, Some(actual)) => {
            found.push(format!("{place}: expected {expected}, found {actual}"));
        }
        (expected, None) => found.push(format!("{place}: expected {expected}, found nothing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TABLE: &str = "
Words before, with a | bar.

| event | meaning |
| --- | --- |
| other | table |

| file | function | answer |
| :-- | --- | --- |
| health/one.json | health-event-router | `{\"outcome\":\"applied\"}` |
| [hint/two.json](hint/two.json) | `maintenance-reconciler` | `{\"words\":\"a\\|b\"}` |
";

    fn check(expected: &Value, actual: &Value, differs_at: &[&str]) {
        let found = differences(expected, actual);
        let places: Vec<_> = found.iter().filter_map(|words| words.split(": ").next()).collect();
        assert_eq!(places, differs_at, "{expected} in {actual}: {found:#?}");
    }

    #[test]
    fn rows_are_read_from_the_tables_that_promise_answers() -> io::Result<()> {
        let samples = read(TABLE)?;
        let files: Vec<_> = samples.iter().map(|sample| sample.file.as_str()).collect();
        assert_eq!(files, ["health/one.json", "hint/two.json"]);
        let last = samples.last().map(|sample| (sample.function.as_str(), &sample.answer));
        assert_eq!(last, Some(("maintenance-reconciler", &json!({"words": "a|b"}))));
        Ok(())
    }

    #[test]
    fn a_row_that_promises_nothing_readable_is_named_by_its_line() {
        let broken = TABLE.replace("`{\"outcome\":\"applied\"}`", "applied");
        let words = read(&broken).map_err(|error| error.to_string()).err();
        assert!(words.as_ref().is_some_and(|words| words.contains("line 10: answer")), "{words:?}");
        assert!(read("no table").is_err());
    }

    #[test]
    fn an_answer_may_hold_more_than_was_promised() {
        check(&json!({"a": 1}), &json!({"a": 1, "b": 2}), &[]);
        check(&json!({"a": {"b": [{"c": 1}]}}), &json!({"a": {"b": [{"c": 1, "d": 2}]}}), &[]);
        check(&json!({"a": null}), &json!({}), &[]);
        check(&json!({"a": null}), &json!({"a": null}), &[]);
    }

    #[test]
    fn each_place_that_differs_is_named() {
        check(&json!({"a": 1, "b": {"c": 2}}), &json!({"a": 2, "b": {"c": 3}}), &["a", "b.c"]);
        check(
            &json!({"a": [{"b": 1}, {"b": 2}]}),
            &json!({"a": [{"b": 1}, {"b": 3}]}),
            &["a[1].b"],
        );
        check(&json!({"a": [1]}), &json!({"a": [1, 2]}), &["a"]);
        check(&json!({"a": 1}), &json!({}), &["a"]);
        check(&json!({"a": null}), &json!({"a": 1}), &["a"]);
        check(&json!({"a": "1"}), &json!({"a": 1}), &["a"]);
    }
}
