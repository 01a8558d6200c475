//! The health event router: turns notices of AWS Health into hints, and tells people what concerns
//! no instance.

use std::process::ExitCode;

use shared::aws::lambda;
use shared::reconcile::notices;

fn main() -> ExitCode {
    lambda::run(async |cloud, invocation| {
        notices::run(cloud, &invocation.place, &invocation.payload).await
    })
}
