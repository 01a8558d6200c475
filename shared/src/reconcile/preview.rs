//! The preview: what would be done now, found out by the very look, preflight and decisions of the
//! reconciler, and nothing of it done. By its ports it can change nothing.

use std::collections::BTreeSet;

use super::{LookPorts, look, preflight};
use crate::decide::{self, guard::Unasked};
use crate::ids::{GroupName, Place};
use crate::plan::Plan;
use crate::policy::{Ceilings, Mode, PREFIX};
use crate::ports::CloudError;
use crate::world::World;

pub use super::words::{name_tag, sentence, time_left};

/// Groups whose preflight is asked whether or not an act is about to start in them. It costs three
/// calls a group out of a bucket that all users of Auto Scaling in the account share.
pub const GROUPS_ASKED: usize = 100;

/// What one look saw, and what follows from it.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Everything that was seen, the preflight of the first [`GROUPS_ASKED`] groups included.
    pub world: World,
    /// What the next look does, under tags and ceilings as they are.
    pub today: Vec<Plan>,
    /// What it would do if every group and instance that opted in were in mode `enforce`, and
    /// neither the stack's maximum mode nor a kill switch were in the way.
    pub enforced: Vec<Plan>,
}

/// Looks as a sweep does, asks what stands before every act that enforcing would start, and decides.
pub async fn preview(
    ports: &impl LookPorts,
    ceilings: &Ceilings,
    place: &Place,
) -> Result<Preview, CloudError> {
    let mut world = Box::pin(look::look(ports, ceilings, place, true)).await?;
    let groups: BTreeSet<GroupName> = world.groups.keys().take(GROUPS_ASKED).cloned().collect();
    let all = Unasked { groups, ..Unasked::default() };
    Box::pin(preflight::ask(ports, &mut world, &all, ceilings)).await?;
    let plans = enforced(&world, ceilings);
    let asked = preflight::asked(ports, &mut world, plans, ceilings, enforced);
    let enforced = Box::pin(asked).await?;
    Ok(Preview { today: decide::decide(&world, ceilings), enforced, world })
}

impl Preview {
    /// What follows from a world.
    pub fn of(world: World, ceilings: &Ceilings) -> Self {
        Self {
            today: decide::decide(&world, ceilings),
            enforced: enforced(&world, ceilings),
            world,
        }
    }
}

/// What is decided where everybody who opted in enforces, and nothing of the stack's is in the way.
fn enforced(world: &World, ceilings: &Ceilings) -> Vec<Plan> {
    let enforcing =
        Ceilings { maximum_mode: Mode::Enforce, kill_switch: false, ..ceilings.clone() };
    decide::decide(&as_if_enforced(world), &enforcing)
}

/// The same world, had its owners written `enforce` where they wrote `observe` or `approve`. What
/// cannot be read, and who is off, stays so.
fn as_if_enforced(world: &World) -> World {
    let mut world = world.clone();
    world.memory.stopped = false;
    let of_groups = world.groups.values_mut().map(|group| &mut group.tags);
    let of_instances = world.instances.values_mut().map(|instance| &mut instance.tags);
    for tags in of_groups.chain(of_instances) {
        let mode = tags.get_mut(&format!("{PREFIX}mode"));
        let Some(mode) = mode else { continue };
        if matches!(Mode::read(mode.trim()), Some(Mode::Observe | Mode::Approve)) {
            Mode::Enforce.as_str().clone_into(mode);
        }
    }
    world
}
