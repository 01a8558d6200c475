//! A model checker in miniature: every order of up to three troubles in a world of three groups of
//! three.
//!
//! A trouble is a fault of a look or a deed of somebody else right before it, from a closed list
//! ([`trouble`]). Worlds are forked where ways part, and where two ways lead to the same world the
//! second one is not followed again ([`walk`]). After every look the invariants are judged by what is
//! true; every way ends at rest, within half a day.
//!
//! `TROUBLES=3 cargo test --profile simulation --package shared --features testing --test suites
//! exhaustive -- --nocapture` follows more than an ordinary run does, and prints what it saw.

mod stage;
mod trouble;
mod walk;

use walk::Walk;

/// Troubles on one way in an ordinary run.
const TROUBLES: usize = 1;

/// Kinds of trouble, each of which has to come about.
const KINDS: usize = 22;

#[test]
fn in_every_order_of_troubles_the_rules_hold_and_everything_comes_to_rest() {
    let most = std::env::var("TROUBLES").ok().and_then(|text| text.parse().ok());
    let most = most.unwrap_or(TROUBLES);
    let (stage, node) = stage::begin();
    let seen = Walk::through(&stage, node, most);
    println!("every order of up to {most} troubles\n{seen}");
    assert!(seen.troubles.len() >= KINDS, "kinds of trouble that never came about: {seen}");
}
