//! A fake world for tests. Never in a shipped binary.

pub mod cloud;
