//! The doctor: looks at an account as the maintenance reconciler would, and says on one page what
//! is in scope, what would be done, and what does not fit. It changes nothing.
//!
//! * [`case`]: what was asked of AWS beside the look, handed in as JSON.
//! * [`evidence`]: the case and the look together; everything below is a pure function of it.
//! * [`findings`]: what somebody should mend or know, with stable codes.
//! * [`scope`], [`outlook`], [`event_windows`]: the other parts of the page.
//! * [`diagnosis`]: all of it as one value, which is the JSON.
//! * [`page`]: the same in words.
//!
//! The look itself is in the binary. It goes through `shared`'s ports for reading alone, so that a
//! call which changes something does not compile.

#![forbid(unsafe_code)]

pub mod case;
pub mod diagnosis;
pub mod event_windows;
pub mod evidence;
pub mod findings;
#[cfg(test)]
mod fixture;
pub mod outlook;
pub mod page;
pub mod scope;
