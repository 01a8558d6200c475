//! Named limits across groups: `database=2+cache=1`.

use std::collections::BTreeMap;

use super::setting::{Narrowed, Reading};
use crate::ids::bounded;

/// How many instances may be out at once under each name. 0 is closed: none may ever be out.
pub type Limits = BTreeMap<String, u32>;

/// Named limits that one tag may hold. An opening act takes its slots in one `DynamoDB` transaction
/// of at most 100 items (AWS doc "`TransactWriteItems`", read 2026-11), and other limits need room
/// in it.
pub const MOST_LIMITS: usize = 20;

/// The closed limit that stands for a tag with more names than [`MOST_LIMITS`]: leaving some out
/// would let more instances go at once than the owner meant.
pub const TOO_MANY: &str = "more than 20 limits";

/// Reads the limits of one tag.
///
/// A part without a readable number counts as 1 under the name it shows; so a typing mistake
/// narrows one limit and leaves the others as they are.
pub(super) fn read(text: &str) -> Reading<Limits> {
    let mut limits = Limits::new();
    let mut mistaken = Vec::new();
    for part in text.split('+').map(str::trim) {
        let (name, capacity) = limit(part).unwrap_or_else(|| {
            let name = part.split('=').next().unwrap_or_default().trim();
            mistaken.push(format!("{}=1", bounded(name)));
            (bounded(name), 1)
        });
        limits.entry(name).and_modify(|known| *known = capacity.min(*known)).or_insert(capacity);
    }
    if limits.len() > MOST_LIMITS {
        return Err(Narrowed {
            taken: Limits::from([(TOO_MANY.to_owned(), 0)]),
            taken_as: "a closed limit".to_owned(),
            expected: format!("at most {MOST_LIMITS} limits"),
        });
    }
    if mistaken.is_empty() {
        return Ok(limits);
    }
    Err(Narrowed {
        taken: limits,
        taken_as: mistaken.join(", "),
        expected: "NAME=NUMBER, several joined by +, such as database=2+cache=1".to_owned(),
    })
}

/// One `NAME=NUMBER` with a number of 0..=1000.
fn limit(part: &str) -> Option<(String, u32)> {
    let (name, number) = part.split_once('=')?;
    let (name, number) = (name.trim(), number.trim());
    let plain = number.bytes().all(|digit| digit.is_ascii_digit());
    let capacity = number.parse().ok().filter(|capacity| plain && *capacity <= 1_000)?;
    let printable = !name.is_empty() && !name.chars().any(char::is_control);
    printable.then(|| (name.to_owned(), capacity))
}

/// Every limit of both; where both name one, the lesser number.
pub(super) fn both(group: Limits, member: Limits) -> Limits {
    let mut limits = group;
    for (name, capacity) in member {
        limits.entry(name).and_modify(|known| *known = capacity.min(*known)).or_insert(capacity);
    }
    limits
}
