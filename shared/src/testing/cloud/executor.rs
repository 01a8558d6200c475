//! Runs futures of the fake world: each call yields once, so that two runs can be interleaved call by call.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use super::random::Xorshift;

/// Runs a future to its end. Nothing in the fake world waits for anything but its turn.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// Polls a future until it ends, or gives it up when told that it died.
pub(super) fn run_until<F: Future>(future: F, died: impl Fn() -> bool) -> Option<F::Output> {
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => return Some(output),
            Poll::Pending if died() => return None,
            Poll::Pending => {}
        }
    }
}

/// Runs two futures at once. Chance says at each call whose turn it is.
pub fn interleave<A: Future, B: Future>(
    first: A,
    second: B,
    random: &mut Xorshift,
) -> (A::Output, B::Output) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut one, mut two) = (None, None);
    loop {
        if random.chance(500) {
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

/// Gives way once.
pub(super) async fn give_way() {
    let mut gave = false;
    std::future::poll_fn(|_| {
        if gave {
            return Poll::Ready(());
        }
        gave = true;
        Poll::Pending
    })
    .await;
}
