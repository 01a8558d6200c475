//! The format of the ledger's items: what a reader must know before it may act on what one says.
//!
//! Two versions of a function run side by side at every deployment, and a rollback puts the older
//! one in charge of what the newer one began. So a format is promised from both sides:
//!
//! * Within a format, fields may be added that a reader may do without. Who does not know them keeps
//!   them ([`Unknown`]) in an incident and in what its phase is made of; nowhere else may any be
//!   added.
//! * Everything else is the next format: a phase, a word, another meaning. A version that writes it
//!   comes after one that can bring to its end what is written in it
//!   (`docs/decisions/0019-old-and-new-side-by-side.md`).
//! * Who does not know an item's format, or cannot read it, leaves it as it is ([`Unread`]).

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::{Incident, IncidentKey, Limit};
use crate::ids::{GroupName, InstanceId, bounded};

/// The newest format that this version knows.
pub const KNOWN: u64 = 1;

/// The format that this version writes.
pub const WRITTEN: u64 = 1;

/// The format of an item that names none: version 0.1.0 named none at first.
pub const FIRST: u64 = 1;

/// Fields that this version does not know, kept as they came.
pub type Unknown = BTreeMap<String, Value>;

/// An item that this version cannot read, and so leaves as it is: nothing writes or deletes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What it is about.
    pub about: About,
    /// Why it was not read.
    pub why: Why,
}

/// What an item is about that cannot be read. Its name tells, and what stands beside its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// One incident. It counts as out, and keeps its slots.
    Incident {
        /// What it is about.
        key: IncidentKey,
        /// The instance's group; absent for a standalone instance.
        group: Option<GroupName>,
    },
    /// Who holds slots in a limit. It counts as full.
    Limit(Limit),
    /// What a group showed. Nothing is opened in it.
    Group(GroupName),
    /// An instance's word that it is busy. It counts as busy.
    Busy(InstanceId),
    /// When the reconciler looks again. The sweep looks in any case.
    LookAgain,
    /// The governor, the switch, or nobody knows what. Nothing is opened anywhere.
    Everything,
}

/// Why an item was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A newer version wrote it, in this format.
    Newer(u64),
    /// It says something that nobody here can read.
    Damaged(String),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer(format) => {
                write!(f, "a newer version wrote it, in format {format}; this one knows {KNOWN}")
            }
            Self::Damaged(why) => f.write_str(why),
        }
    }
}

/// Whether an item of this format may be read; of a newer one, by whoever knows formats up to
/// `known`, it may not.
///
/// # Errors
/// Why not.
pub fn readable(format: Option<u64>, known: u64) -> Result<(), Why> {
    match format {
        Some(format) if format > known => Err(Why::Newer(format)),
        _ => Ok(()),
    }
}

/// The incident in a document.
///
/// # Errors
/// Why it cannot be read.
pub fn incident(document: &str) -> Result<Incident, Why> {
    let damaged = |error: serde_json::Error| {
        Why::Damaged(format!("attribute document: {}", bounded(&error.to_string())))
    };
    serde_json::from_str(document).map_err(damaged)
}

impl Incident {
    /// The format in which it is written: never an older one than it was read in.
    pub fn format_written(&self) -> u64 {
        self.format.max(WRITTEN)
    }
}
