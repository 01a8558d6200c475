//! What a message owes: the effect that must stand before the message may be deleted.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::ids::InstanceId;

/// The effect that a message must have had before it is deleted, known by the world that made it and
/// not by reading it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::testing) enum Owes {
    /// None: it is somebody else's, hastens a look that comes anyway, or only costs a count.
    Nothing,
    /// A copy of it lies among the dead letters, with a reason.
    Burial,
    /// A hint about these instances, or about all, was sent since the notice was told.
    Hint {
        /// When it was told.
        told_at: Timestamp,
        /// Whom it names.
        instances: BTreeSet<InstanceId>,
    },
    /// People were told of a matter.
    Word {
        /// Its code.
        matter: &'static str,
    },
    /// Those of these instances that are opted in and have an event are in the ledger.
    Look {
        /// Whom it names.
        instances: BTreeSet<InstanceId>,
    },
}
