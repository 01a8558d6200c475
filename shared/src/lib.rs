//! What Reberth knows and decides. The clouds stand at the edge, behind features.
//!
//! Every function runs one loop: an event or a schedule is a *hint*, describe calls and the ledger
//! are the *world*, a pure function makes *plans* of it, a guard lets them through, ports carry
//! them out, and a *report* says all of that.
//!
//! # Layout
//!
//! * [`ids`], [`time`]: names and times, parsed once.
//! * [`event`]: hints; what arrives, one file per kind of event, read and never trusted.
//! * [`world`]: truth; what describe calls said and the ledger remembers, with AWS's time.
//! * [`policy`]: intent; what owners want, by tags, within the stack's ceilings.
//! * [`ledger`]: memory; incidents, slots and the governor, with their legal transitions.
//! * [`decide`]: pure decisions with reasons, and the guard that alone can permit an opening act.
//! * [`plan`]: what a decision is made of: step, reason, cure.
//! * [`message`]: what people and programs are told, in the form in which it is sent.
//! * [`ports`]: the narrow traits of the edge.
//! * [`reconcile`]: look, decide, act, report; generic over the ports.
//! * [`report`]: what one invocation was asked, decided and did.
//! * `aws` (feature): the adapters, the only users of the SDKs.
//! * `testing` (feature): a fake world for tests.
//!
//! # Invariants
//!
//! * **`decide` knows no events, no clouds, no clocks and no failure.** Events say when to look,
//!   never what is true.
//! * **A destructive port takes a permit, and only [`decide::guard`] makes one**, for an intent
//!   that is written.
//! * **No random order**: maps and sets are B-trees, so that the same world gives the same plans,
//!   byte for byte.

#![forbid(unsafe_code)]

#[cfg(feature = "aws")]
pub mod aws;
pub mod decide;
pub mod event;
pub mod ids;
pub mod ledger;
pub mod message;
pub mod plan;
pub mod policy;
pub mod ports;
pub mod reconcile;
pub mod report;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
pub mod world;
