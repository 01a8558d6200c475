//! What tests are made of: worlds in words, and a fake cloud. Never in a shipped binary.

pub mod builders;
pub mod cloud;
