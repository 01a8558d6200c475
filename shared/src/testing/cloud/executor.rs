//! Runs futures of the fake world: each call yields once, so that two runs can be interleaved call
//! by call.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use super::invocation::Invocation;
use crate::testing::faults::Draw;

/// Runs a future to its end. Nothing in the fake world waits for anything but its turn.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// A run that may die: none where it did, and its future is dropped where it stood.
pub(super) async fn or_death<F: Future>(future: F, run: &Invocation<'_>) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if run.died() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// Runs two futures at once. Chance says at each call whose turn it is.
pub fn interleave<A: Future, B: Future>(
    first: A,
    second: B,
    turns: &mut Draw,
) -> (A::Output, B::Output) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut one, mut two) = (None, None);
    loop {
        if turns.chance(500) {
            turn(first.as_mut(), &mut one);
        } else {
            turn(second.as_mut(), &mut two);
        }
        if let (Some(_), Some(_)) = (&one, &two) {
            return (one.unwrap(), two.unwrap());
        }
    }
}

fn turn<F: Future>(future: Pin<&mut F>, output: &mut Option<F::Output>) {
    if output.is_none()
        && let Poll::Ready(done) = future.poll(&mut Context::from_waker(Waker::noop()))
    {
        *output = Some(done);
    }
}
