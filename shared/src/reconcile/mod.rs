//! The loop: hint, look, decide, act, report. Generic over the ports, async without a runtime.
//!
//! One path for all: a hint, a look-again and the sweep make the same look and decide about
//! everything in sight. A lost event costs time, a duplicate or a forged one costs one look, and a
//! crash between any two calls is repaired by the next look.

mod act;
mod alarm;
mod carry_out;
mod gates;
mod intend;
mod look;
pub mod maintenance;
pub mod notices;
mod owe;
mod preflight;
pub mod preview;
mod remember;
mod restore;
mod story;
mod tell;
mod transition;
mod unread;
mod words;

use crate::ports::{
    AskReadiness, BringBack, BuryMessages, Clock, Ledger, PublishEvents, ReadAlarms, ReadCommands,
    ReadGroups, ReadInstances, ReadLaunch, ReadLedger, ReadRegistrations, ReadStatus, ReadTargets,
    ReplaceMembers, SendHints, TakeOut, TellPeople,
};

/// The ports of a look. None of them can change anything.
pub trait LookPorts:
    Clock
    + ReadLedger
    + ReadStatus
    + ReadInstances
    + ReadLaunch
    + ReadGroups
    + ReadTargets
    + ReadRegistrations
    + ReadAlarms
    + ReadCommands
{
}

impl<P> LookPorts for P where
    P: Clock
        + ReadLedger
        + ReadStatus
        + ReadInstances
        + ReadLaunch
        + ReadGroups
        + ReadTargets
        + ReadRegistrations
        + ReadAlarms
        + ReadCommands
{
}

/// The ports of the maintenance reconciler.
pub trait MaintenancePorts:
    LookPorts
    + Ledger
    + ReplaceMembers
    + TakeOut
    + BringBack
    + AskReadiness
    + SendHints
    + BuryMessages
    + TellPeople
    + PublishEvents
{
}

impl<P> MaintenancePorts for P where
    P: LookPorts
        + Ledger
        + ReplaceMembers
        + TakeOut
        + BringBack
        + AskReadiness
        + SendHints
        + BuryMessages
        + TellPeople
        + PublishEvents
{
}

/// The ports of the health event router.
pub trait NoticePorts: Clock + Ledger + SendHints + BuryMessages + TellPeople {}

impl<P> NoticePorts for P where P: Clock + Ledger + SendHints + BuryMessages + TellPeople {}
