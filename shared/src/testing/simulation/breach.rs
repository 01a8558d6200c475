//! What should not have come about.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::panic;

use crate::testing::invariants::Violation;

thread_local! {
    /// Where this thread panicked last.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Something that should not have come about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// What kind: two runs with the same one went wrong in the same way. An invariant's code, or
    /// where the code that was played panicked.
    pub kind: String,
    /// What was the case.
    pub words: String,
}

impl From<&Violation> for Breach {
    fn from(violation: &Violation) -> Self {
        Self { kind: violation.invariant.code().to_owned(), words: violation.to_string() }
    }
}

impl Breach {
    /// Two runs of one script went different ways.
    pub fn not_repeated(first: u64, second: u64) -> Self {
        let words =
            format!("two runs of one script have the traces {first:016x} and {second:016x}");
        Self { kind: "not repeated".to_owned(), words }
    }

    /// The code that was played panicked, and this was caught.
    pub(super) fn panicked(panic: &(dyn Any + Send)) -> Self {
        let owned = panic.downcast_ref::<String>().map(String::as_str);
        let words = owned.or_else(|| panic.downcast_ref::<&str>().copied());
        let place = PLACE.take().unwrap_or_else(|| "a place that nobody noted".to_owned());
        Self {
            kind: format!("panic at {place}"),
            words: words.unwrap_or("a panic without words").to_owned(),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, words } = self;
        if words.starts_with(kind.as_str()) {
            f.write_str(words)
        } else {
            write!(f, "{kind}: {words}")
        }
    }
}

/// From now on a panic says nothing by itself: its place is noted for whoever catches it.
pub fn note_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
        PLACE.set(place);
    }));
}
