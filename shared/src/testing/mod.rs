//! What tests are made of: worlds in words, a fake cloud, and the faults that may strike in it.
//! Never in a shipped binary.

pub mod builders;
pub mod cloud;
pub mod faults;
pub mod trace;
