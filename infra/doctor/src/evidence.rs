//! Everything that a diagnosis rests on.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use shared::ids::GroupName;
use shared::policy::{Ceilings, Mode, PREFIX, Policy, Read, Tags};
use shared::reconcile::preview::Preview;
use shared::world::{Group, Instance, World};

use crate::case::{Case, Unanswered};

/// The case, and the look that was made for it.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// What the collector brought.
    pub case: Case,
    /// The stack's ceilings, or the defaults.
    pub ceilings: Ceilings,
    /// The look and what follows from it.
    pub preview: Preview,
    /// The instances outside of groups that carry `reberth:mode`.
    pub standalone: Vec<Instance>,
    /// Calls of the look that were not answered; the answer of each counts as empty.
    pub unanswered: BTreeSet<Unanswered>,
}

impl Evidence {
    /// What was seen.
    pub fn world(&self) -> &World {
        &self.preview.world
    }

    /// AWS's clock at the look.
    pub fn now(&self) -> Timestamp {
        self.preview.world.observed_at
    }

    /// The groups whose owners wrote a mode other than off. One that cannot be read is one of them.
    pub fn opted_in(&self) -> impl Iterator<Item = &Group> {
        self.world().groups.values().filter(|group| opts_in(&group.tags))
    }

    /// The instances outside of groups whose owners wrote a mode other than off, each once.
    pub fn opted_in_alone(&self) -> impl Iterator<Item = &Instance> {
        let scheduled = self.world().instances.values().filter(|one| one.group.is_none());
        let by_id: BTreeMap<_, _> =
            self.standalone.iter().chain(scheduled).map(|one| (&one.id, one)).collect();
        by_id.into_values().filter(|instance| opts_in(&instance.tags))
    }

    /// The policy that a group's own tags make, before any member narrows it.
    pub fn policy_of_group(&self, group: &Group) -> Read {
        Policy::read(&self.ceilings, Some((&group.name, &group.tags)), &Tags::default())
    }

    /// The policy of an instance: within its group's, where it has one that opted in.
    pub fn policy_of(&self, instance: &Instance) -> Read {
        let group = self.world().group_of(&instance.id);
        shared::decide::policy_of(instance, group, &self.ceilings)
    }

    /// Instances with an event to come in groups that wrote no mode, or off, by group; those of no
    /// group under no name.
    pub fn not_opted_in(&self) -> BTreeMap<Option<&GroupName>, Vec<&Instance>> {
        let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let world = self.world();
        let due = world.instances.values().filter(|one| one.active_events().next().is_some());
        for instance in due {
            let group = instance.group.as_ref();
            let inside = group.and_then(|name| world.groups.get(name));
            let opted_in = match group {
                Some(_) => inside.is_some_and(|group| opts_in(&group.tags)),
                None => opts_in(&instance.tags),
            };
            if !opted_in {
                found.entry(group).or_default().push(instance);
            }
        }
        found
    }
}

/// The mode as its owner wrote it; absent where there is no tag.
pub fn written_mode(tags: &BTreeMap<String, String>) -> Option<&str> {
    tags.get(&format!("{PREFIX}mode")).map(|mode| mode.trim())
}

fn opts_in(tags: &BTreeMap<String, String>) -> bool {
    written_mode(tags).is_some_and(|mode| Mode::read(mode) != Some(Mode::Off))
}

/// An instance as its people know it: its Name tag in front of its id.
pub fn named(instance: &Instance) -> String {
    match instance.tags.get("Name") {
        Some(name) => format!("{} ({})", shared::ids::bounded(name), instance.id),
        None => instance.id.to_string(),
    }
}
