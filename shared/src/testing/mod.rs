//! What tests are made of: worlds in words, a fake cloud, the faults that may strike in it, and
//! whole runs that a seed makes. Never in a shipped binary.

pub mod builders;
pub mod cloud;
pub mod faults;
pub mod invariants;
pub mod orders;
pub mod simulation;
pub mod trace;
