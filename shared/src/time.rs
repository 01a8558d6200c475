//! Time as the owner writes it and as AWS counts it: instants, durations, and maintenance windows.
//!
//! Nothing here reads a clock. *Now* always comes from outside, so that a test or a replay decides
//! exactly as the original run did.

pub mod calendar;
pub mod duration;
pub mod interval;
pub mod windows;

pub use calendar::Calendar;
pub use interval::Interval;
pub use jiff::{SignedDuration, Timestamp};
pub use windows::{Windows, WindowsError};
