//! The maintenance reconciler: relaunches what AWS scheduled, verified, within its owners' limits.

use std::process::ExitCode;

use shared::aws::lambda;
use shared::reconcile::maintenance;

fn main() -> ExitCode {
    lambda::run(async |cloud, invocation| {
        maintenance::run(cloud, invocation.ceilings, &invocation.place, &invocation.payload).await
    })
}
