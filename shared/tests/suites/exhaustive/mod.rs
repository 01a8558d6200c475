//! A model checker in miniature: every order of up to three troubles in a world of three groups of
//! three.
//!
//! A trouble is a fault of a look or a deed of somebody else right before it, from a closed list
//! ([`trouble`]). Worlds are forked where ways part, and where two ways lead to the same world the
//! second one is not followed again ([`walk`]). After every look the invariants are judged by what is
//! true; every way ends at rest, within half a day.
//!
//! `make every-order` follows all that there are, and prints what it saw; an ordinary run is content
//! with ways of one trouble.

mod atlas;
mod stage;
mod trouble;
mod walk;

use stage::Wakes;

/// Troubles on one way in an ordinary run.
const TROUBLES: usize = 1;

/// Kinds of trouble, each of which has to come about.
const KINDS: usize = 20;

fn walk(wakes: Wakes, most: usize) {
    let seen = walk::through(wakes, most);
    println!("every order of up to {most} troubles, {wakes:?}\n{seen}");
    assert!(seen.broken.is_empty());
    assert!(most == 0 || seen.troubles.len() >= KINDS, "kinds of trouble never came about: {seen}");
}

/// How many troubles one way may have: `TROUBLES=3` is every order of up to three.
fn most() -> usize {
    let asked = std::env::var("TROUBLES").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(TROUBLES)
}

#[test]
fn in_every_order_of_troubles_the_invariants_hold_and_the_sweeps_alone_bring_rest() {
    walk(Wakes::BySweepsAlone, most());
}

/// One trouble less: where messages wake the reconciler, looks come at other times after each
/// trouble, so that hardly two ways meet again.
#[test]
fn in_every_order_of_troubles_the_invariants_hold_and_messages_and_sweeps_bring_rest() {
    walk(Wakes::OnMessages, most().saturating_sub(1).max(1));
}
