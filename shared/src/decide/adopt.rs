//! Instances that carry our mark while the ledger knows nothing of them: it was lost, or restored to
//! an earlier time. They are taken on as instances that return.

use super::{AT_ONCE, after};
use crate::ids::{EventId, InstanceId};
use crate::ledger::IncidentKey;
use crate::plan::{Plan, PlanDraft, Reason, Step};
use crate::policy::{Ceilings, INCIDENT_MARK, Mode, PREFIX};
use crate::world::{EventCode, Instance, ScheduledEvent, World};

/// One plan for each of them. A mark alone is not believed: anybody may write it, so the instance
/// or its group must also say a mode, whichever, as what we act on always does. A stack that may take
/// nothing out has nothing to bring back: it starts nobody's instance, and tells.
pub fn orphans(world: &World, ceilings: &Ceilings) -> impl Iterator<Item = Plan> {
    let look_again = after(world, AT_ONCE);
    let believes = ceilings.maximum_mode >= Mode::Approve;
    let known = |id: &InstanceId| world.memory.knows(id);
    let orphans = world.instances.values().filter(move |instance| {
        instance.alive() && instance.tags.contains_key(INCIDENT_MARK) && !known(&instance.id)
    });
    orphans.filter(|instance| says_a_mode(world, instance)).filter_map(move |instance| {
        let event = EventId::parse(instance.tags.get(INCIDENT_MARK)?).ok()?;
        let listed = instance.events.iter().find(|one| one.id == event);
        let code = listed.map_or(EventCode::Other("unknown".to_owned()), |one| one.code.clone());
        let key = IncidentKey { instance: instance.id.clone(), event };
        let date = listed.and_then(|one| one.not_before);
        let draft = PlanDraft::new(key, instance.group.clone(), code, date);
        if believes {
            return Some(draft.step(Step::Adopt, Reason::FoundByItsMark, look_again));
        }
        // What AWS scheduled is decided as ever.
        let scheduled = listed.is_some_and(ScheduledEvent::active);
        (!scheduled).then(|| draft.step(Step::Hold(None), Reason::MarkNotBelieved, None))
    })
}

fn says_a_mode(world: &World, instance: &Instance) -> bool {
    let mode = format!("{PREFIX}mode");
    let of_group = world.group_of(&instance.id).is_some_and(|group| group.tags.contains_key(&mode));
    of_group || instance.tags.contains_key(&mode)
}
