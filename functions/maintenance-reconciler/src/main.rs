//! The maintenance reconciler: relaunches what AWS scheduled, verified, within its owners' limits.

use shared::aws::lambda;
use shared::reconcile::maintenance;

fn main() -> Result<(), lambda::Error> {
    lambda::run(async |cloud, invocation| {
        maintenance::run(cloud, invocation.ceilings, &invocation.place, &invocation.payload).await
    })
}
