//! Reads the tags of a group and an instance into one policy.

use super::setting::{self, Setting};
use super::tags::{self, Bearer, Complaint, Tags};
use super::words::{Deadline, Mode, OnDrainFailure, Relaunch, Tolerance, YesNo};
use super::{Bound, Ceilings, ModeReason, Policy, Read};
use crate::ids::{EventId, GroupName, bounded};
use crate::time::{Calendar, SignedDuration};

/// The tags of one bearer, and the tolerance among them.
struct Source<'a> {
    bearer: Bearer,
    tags: &'a Tags,
    /// Those of them that carry our prefix, without it. Looked up for every setting of every
    /// instance at every look, and few.
    ours: Vec<(&'a str, &'a str)>,
    tolerance: Option<Tolerance>,
}

struct Reader<'a> {
    group: Option<Source<'a>>,
    instance: Source<'a>,
    complaints: Vec<Complaint>,
}

impl<'a> Source<'a> {
    fn new(bearer: Bearer, tags: &'a Tags) -> Self {
        let own = |(key, value): (&'a String, &'a String)| {
            Some((key.strip_prefix(tags::PREFIX)?, value.trim()))
        };
        Self { bearer, tags, ours: tags.iter().filter_map(own).collect(), tolerance: None }
    }

    fn value<T>(&self, setting: &Setting<T>) -> Option<&'a str> {
        self.ours.iter().find(|(tag, _)| *tag == setting.tag).map(|(_, value)| *value)
    }

    /// What the bearer says: by the tag itself, else by its tolerance.
    fn read<T>(&self, setting: &Setting<T>, complaints: &mut Vec<Complaint>) -> Option<T> {
        let Some(value) = self.value(setting) else {
            return self.tolerance.and_then(setting.preset);
        };
        Some((setting.read)(value).unwrap_or_else(|narrowed| {
            complaints.push(self.complaint(setting, narrowed.expected, narrowed.taken_as));
            narrowed.taken
        }))
    }

    fn complaint<T>(&self, setting: &Setting<T>, expected: String, taken_as: String) -> Complaint {
        Complaint {
            bearer: self.bearer.clone(),
            tag: format!("{}{}", tags::PREFIX, setting.tag),
            value: bounded(self.value(setting).unwrap_or_default()),
            expected,
            taken_as,
        }
    }
}

impl<'a> Reader<'a> {
    fn new(group: Option<(&GroupName, &'a Tags)>, instance: &'a Tags) -> Self {
        let group = group.map(|(name, tags)| Source::new(Bearer::Group(name.clone()), tags));
        let instance = Source::new(Bearer::Instance, instance);
        let sources = group.iter().chain([&instance]);
        let complaints =
            sources.flat_map(|source| tags::strangers(&source.bearer, source.tags)).collect();
        Self { group, instance, complaints }
    }

    /// What the group says and what the instance says.
    fn pair<T>(&mut self, setting: &Setting<T>) -> (Option<T>, Option<T>) {
        let group = self.group.as_ref();
        let group = group.and_then(|group| group.read(setting, &mut self.complaints));
        (group, self.instance.read(setting, &mut self.complaints))
    }

    /// The narrower of what the group and the instance say; nothing where both are silent.
    fn read<T>(&mut self, setting: &Setting<T>) -> Option<T> {
        match self.pair(setting) {
            (Some(group), Some(member)) => Some((setting.narrower)(group, member)),
            (group, member) => group.or(member),
        }
    }

    /// Each preset answers for its own bearer. A member's counts only where it is lower than its
    /// group's: a higher one would widen, and a mere copy would set aside the group's other tags.
    fn tolerance(&mut self) -> Option<Tolerance> {
        let (group, own) = self.pair(&setting::TOLERANCE);
        if let Some(source) = &mut self.group {
            source.tolerance = group;
        }
        self.instance.tolerance = own.filter(|own| group.is_none_or(|group| *own < group));
        group.into_iter().chain(own).min()
    }

    fn mode(&mut self, ceilings: &Ceilings) -> (Mode, ModeReason) {
        let (group, own) = self.pair(&setting::MODE);
        let (allowed, chosen) = match self.group.as_ref().map(|source| &source.bearer) {
            Some(Bearer::Group(name)) => (ceilings.allowed_groups.allow(name), group),
            Some(Bearer::Instance) | None => (ceilings.allowed_groups.allow_standalone(), own),
        };
        let (mode, reason) = match (chosen, own) {
            (None, _) => (Mode::Off, ModeReason::NotOptedIn),
            _ if !allowed => (Mode::Off, ModeReason::NotAllowed),
            (Some(mode), Some(own)) if own < mode => (own, ModeReason::MemberTag),
            (Some(mode), _) => (mode, ModeReason::Tag),
        };
        if mode > ceilings.maximum_mode {
            return (ceilings.maximum_mode, ModeReason::Ceiling);
        }
        (mode, reason)
    }

    fn relaunch(&mut self) -> Relaunch {
        match self.pair(&setting::RELAUNCH) {
            (Some(group), Some(member)) => Relaunch::narrower(group, member).unwrap_or_else(|| {
                let expected = format!("{group} as on its group, or notify");
                self.complain(&setting::RELAUNCH, expected, "notify");
                Relaunch::Notify
            }),
            (group, member) => group.or(member).unwrap_or(Relaunch::Auto),
        }
    }

    /// The bound belongs to the group as a whole; what a member alone says cannot be wider than
    /// what its group has by default.
    fn max_unavailable(&mut self) -> Option<Bound> {
        let (group, member) = self.pair(&setting::MAX_UNAVAILABLE);
        match (group, member) {
            (Some(group), Some(member)) => Some(group.and(member)),
            (None, Some(member)) if self.group.is_some() => {
                self.instance.value(&setting::MAX_UNAVAILABLE)?;
                let expected = "this tag on its group too".to_owned();
                self.complain(&setting::MAX_UNAVAILABLE, expected, "at most 1");
                Some(member.and(Bound::count(1)))
            }
            (group, member) => group.or(member),
        }
    }

    /// An approval names one event of one instance, so a group's would approve nothing it can name.
    fn approved(&mut self) -> Option<EventId> {
        if let Some(group) = &self.group
            && group.value(&setting::APPROVED).is_some()
        {
            let expected = "this tag on instances only".to_owned();
            let complaint = group.complaint(&setting::APPROVED, expected, "no approval".to_owned());
            self.complaints.push(complaint);
        }
        self.instance.read(&setting::APPROVED, &mut self.complaints).flatten()
    }

    fn complain<T>(&mut self, setting: &Setting<T>, expected: String, taken_as: &str) {
        let complaint = self.instance.complaint(setting, expected, taken_as.to_owned());
        self.complaints.push(complaint);
    }
}

impl Policy {
    /// Reads the policy of an instance: of a member from its group's tags and its own, of a
    /// standalone instance (`group` absent) from its own alone. The result is never wider than the
    /// ceilings.
    ///
    /// Never fails: what cannot be read narrows to the safest reading and leaves a complaint.
    pub fn read(ceilings: &Ceilings, group: Option<(&GroupName, &Tags)>, instance: &Tags) -> Read {
        let mut reader = Reader::new(group, instance);
        let tolerance = reader.tolerance();
        let (mode, mode_reason) = reader.mode(ceilings);
        let policy = Self {
            mode,
            mode_reason,
            approved: reader.approved(),
            hold_until: reader.read(&setting::HOLD_UNTIL),
            relaunch: reader.relaunch(),
            max_unavailable: reader.max_unavailable(),
            max_unavailable_per_zone: reader.read(&setting::MAX_UNAVAILABLE_PER_ZONE),
            maximum_unavailable: ceilings.maximum_unavailable,
            limits: reader.read(&setting::LIMITS).unwrap_or_default(),
            replica_sets: reader.read(&setting::REPLICA_SET).unwrap_or_default(),
            ready: reader.read(&setting::READY).unwrap_or_default(),
            stop_alarms: reader.read(&setting::STOP_ALARMS).unwrap_or_default(),
            window: reader.read(&setting::WINDOW).unwrap_or(Calendar::Always),
            lead: reader.read(&setting::LEAD),
            deadline: reader.read(&setting::DEADLINE).unwrap_or(Deadline::Hold),
            drain: reader.read(&setting::DRAIN).unwrap_or_default(),
            drain_timeout: reader.read(&setting::DRAIN_TIMEOUT),
            on_drain_failure: reader
                .read(&setting::ON_DRAIN_FAILURE)
                .unwrap_or(OnDrainFailure::Keep),
            reserve: reader.read(&setting::RESERVE) == Some(YesNo::Yes),
            drain_repeatable: reader.read(&setting::DRAIN_REPEATABLE) == Some(YesNo::Yes),
            busy_expiry: reader
                .read(&setting::BUSY_EXPIRY)
                .unwrap_or(SignedDuration::from_hours(12)),
            scale_in_busy: reader.read(&setting::SCALE_IN_BUSY) == Some(YesNo::Yes),
            tolerance,
        };
        Read { policy, complaints: reader.complaints }
    }
}
