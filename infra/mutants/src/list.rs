//! The mutants, as `cargo mutants --list --json` lists them (cargo-mutants 27.1.0).

use std::ops::Range;

use serde::Deserialize;

/// One small change that a test should notice.
#[derive(Debug, Clone, Deserialize)]
pub struct Mutant {
    /// File, line, column and change, in cargo-mutants' words.
    pub name: String,
    /// The file, from the root of the workspace.
    pub file: String,
    /// What kind of change it is.
    pub genre: Genre,
    /// What stands there instead.
    pub replacement: String,
    span: Span,
}

/// The kinds of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Genre {
    /// A function does nothing but return this.
    FnValue,
    /// Another operator between two values.
    BinaryOperator,
    /// An operator before a value is gone.
    UnaryOperator,
    /// An arm is gone, and a wildcard below it takes what it took.
    MatchArm,
    /// A guard is always true, or never.
    MatchArmGuard,
    /// A field is gone, and has the value of the rest.
    StructField,
    /// A kind that this program does not know.
    #[serde(other)]
    Other,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Span {
    start: Place,
    end: Place,
}

/// Line and column, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Place {
    line: usize,
    column: usize,
}

impl Mutant {
    /// What it replaces, in bytes of its file.
    pub fn range(&self, lines: &Lines) -> Range<usize> {
        let byte = |place: Place| lines.byte(place.line, place.column);
        byte(self.span.start)..byte(self.span.end)
    }
}

/// Where the lines of a text begin.
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// The lines of this text.
    pub fn of(text: &'t str) -> Self {
        let ends = text.match_indices('\n').map(|(newline, _)| newline + 1);
        Self { text, starts: std::iter::once(0).chain(ends).collect() }
    }

    /// The byte at a line and a column, both from 1; columns count characters.
    pub fn byte(&self, line: usize, column: usize) -> usize {
        let start = self.starts.get(line - 1).copied().unwrap_or(self.text.len());
        let mut characters = self.text[start..].char_indices().map(|(offset, _)| start + offset);
        characters.nth(column - 1).unwrap_or(self.text.len())
    }
}
