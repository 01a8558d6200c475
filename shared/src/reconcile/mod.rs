//! The loop: hint, look, decide, act, report. Generic over the ports, async without a runtime.
//!
//! One path for all: a hint, a look-again and the sweep make the same look and decide about
//! everything in sight. A lost event costs time, a duplicate or a forged one costs one look, and a
//! crash between any two calls is repaired by the next look.

mod act;
mod alarm;
mod look;
pub mod maintenance;
pub mod notices;
mod preflight;
mod remember;
mod story;
mod transition;
mod words;

use crate::ports::{
    BuryMessages, Clock, Ledger, ReadGroups, ReadInstances, ReadLaunch, ReadStatus, ReadTargets,
    ReplaceMembers, SendHints, TellPeople,
};

/// The ports of the maintenance reconciler.
pub trait MaintenancePorts:
    Clock
    + Ledger
    + ReadStatus
    + ReadInstances
    + ReadLaunch
    + ReadGroups
    + ReadTargets
    + ReplaceMembers
    + SendHints
    + BuryMessages
    + TellPeople
{
}

impl<P> MaintenancePorts for P where
    P: Clock
        + Ledger
        + ReadStatus
        + ReadInstances
        + ReadLaunch
        + ReadGroups
        + ReadTargets
        + ReplaceMembers
        + SendHints
        + BuryMessages
        + TellPeople
{
}

/// The ports of the health event router.
pub trait NoticePorts: Clock + Ledger + SendHints + BuryMessages + TellPeople {}

impl<P> NoticePorts for P where P: Clock + Ledger + SendHints + BuryMessages + TellPeople {}
