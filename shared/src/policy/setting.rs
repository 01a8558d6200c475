//! One row per tag: how its text is read, which of two readings is narrower, and what the tolerance
//! presets say.
//!
//! A reading never fails. What cannot be read narrows to the safest reading and leaves a complaint,
//! so that a typing mistake makes Reberth more careful and never less.

use std::collections::BTreeSet;

use super::HoldUntil;
use super::bound::Bound;
use super::gate::{Drain, Gate, StopAlarms};
use super::limits::{self, Limits};
use super::words::{Deadline, Lead, Mode, OnDrainFailure, Relaunch, Tolerance, YesNo};
use crate::ids::{EventId, ReplicaSet, bounded};
use crate::time::{Calendar, SignedDuration, Timestamp, Windows, WindowsError, duration};

/// The safest reading of a text that cannot be taken as it stands.
#[derive(Debug)]
pub(super) struct Narrowed<T> {
    /// The reading.
    pub taken: T,
    /// The reading in words.
    pub taken_as: String,
    /// What should stand in the tag.
    pub expected: String,
}

/// What a text means.
pub(super) type Reading<T> = Result<T, Narrowed<T>>;

/// A row of the table.
pub(super) struct Setting<T> {
    /// The tag without its prefix.
    pub tag: &'static str,
    /// Reads the value, which comes without spaces around it.
    pub read: fn(&str) -> Reading<T>,
    /// Of a group's value and a member's, in this order, the narrower.
    pub narrower: fn(T, T) -> T,
    /// What a tolerance says of it where there is no tag.
    pub preset: fn(Tolerance) -> Option<T>,
}

/// Narrows to a value that shows itself.
fn safest<T: ToString>(taken: T, expected: impl Into<String>) -> Narrowed<T> {
    Narrowed { taken_as: taken.to_string(), taken, expected: expected.into() }
}

fn unset<T>(_: Tolerance) -> Option<T> {
    None
}

fn union<T: Ord>(group: BTreeSet<T>, member: BTreeSet<T>) -> BTreeSet<T> {
    group.into_iter().chain(member).collect()
}

/// Unreadable: observe. Whoever wrote the tag asked for something, and observe changes nothing but
/// lets the complaint be seen; off would be silence.
pub(super) const MODE: Setting<Mode> = Setting {
    tag: "mode",
    read: |text| Mode::read(text).ok_or_else(|| safest(Mode::Observe, Mode::expected())),
    narrower: Mode::min,
    preset: unset,
};

/// Unreadable: no approval.
pub(super) const APPROVED: Setting<Option<EventId>> = Setting {
    tag: "approved",
    read: |text| {
        EventId::parse(text).map(Some).map_err(|error| Narrowed {
            taken: None,
            taken_as: "no approval".to_owned(),
            expected: error.expected.to_owned(),
        })
    },
    narrower: |_, member| member,
    preset: unset,
};

/// Unreadable: held, until the tag is mended.
pub(super) const HOLD_UNTIL: Setting<HoldUntil> = Setting {
    tag: "hold-until",
    read: |text| {
        let time: Result<Timestamp, _> = text.parse();
        time.map(HoldUntil::Time).map_err(|_| Narrowed {
            taken: HoldUntil::Unreadable,
            taken_as: "held".to_owned(),
            expected: "a time with its offset such as 2026-12-01T06:00Z".to_owned(),
        })
    },
    narrower: HoldUntil::max,
    preset: unset,
};

/// Unreadable: notify.
pub(super) const RELAUNCH: Setting<Relaunch> = Setting {
    tag: "relaunch",
    read: |text| Relaunch::read(text).ok_or_else(|| safest(Relaunch::Notify, Relaunch::expected())),
    narrower: |group, member| Relaunch::narrower(group, member).unwrap_or(Relaunch::Notify),
    preset: unset,
};

fn bound(text: &str) -> Reading<Bound> {
    Bound::read(text).ok_or_else(|| safest(Bound::count(1), Bound::EXPECTED))
}

/// Unreadable: 1.
pub(super) const MAX_UNAVAILABLE: Setting<Bound> = Setting {
    tag: "max-unavailable",
    read: bound,
    narrower: Bound::and,
    preset: |tolerance| match tolerance {
        Tolerance::Low => Some(Bound::count(1)),
        Tolerance::Medium => None,
        Tolerance::High => Some(Bound::percent(10)),
    },
};

/// Unreadable: 1.
pub(super) const MAX_UNAVAILABLE_PER_ZONE: Setting<Bound> =
    Setting { tag: "max-unavailable-per-zone", read: bound, narrower: Bound::and, preset: unset };

/// Unreadable: 1 for each limit that cannot be read; too many: closed.
pub(super) const LIMITS: Setting<Limits> =
    Setting { tag: "limits", read: limits::read, narrower: limits::both, preset: unset };

/// Unreadable: still a set, under the text it shows. Those with the same odd name stay apart from
/// each other as they were meant to.
pub(super) const REPLICA_SET: Setting<BTreeSet<ReplicaSet>> = Setting {
    tag: "replica-set",
    read: |text| {
        ReplicaSet::parse(text).map(|set| BTreeSet::from([set])).map_err(|error| {
            let name = if text.is_empty() { "(empty)".to_owned() } else { bounded(text) };
            let name: String = name.chars().take(256).collect();
            Narrowed {
                taken: ReplicaSet::parse(&name).into_iter().collect(),
                taken_as: format!("the set `{name}`"),
                expected: error.expected.to_owned(),
            }
        })
    },
    narrower: union,
    preset: unset,
};

/// Unreadable: a gate that never opens.
pub(super) const READY: Setting<BTreeSet<Gate>> =
    Setting { tag: "ready", read: Gate::read, narrower: union, preset: unset };

/// Unreadable: an alarm that never rests.
pub(super) const STOP_ALARMS: Setting<StopAlarms> = Setting {
    tag: "stop-alarms",
    read: StopAlarms::read,
    narrower: StopAlarms::both,
    preset: unset,
};

/// Unreadable: never open.
pub(super) const WINDOW: Setting<Calendar> = Setting {
    tag: "window",
    read: |text| {
        let windows: Result<Windows, WindowsError> = text.parse();
        windows.map(|windows| Calendar::Within(vec![windows])).map_err(|error| Narrowed {
            taken: Calendar::Never,
            taken_as: "never open".to_owned(),
            expected: format!("{} where `{}` stands", error.expected, error.part),
        })
    },
    narrower: Calendar::and,
    preset: unset,
};

/// Unreadable: late, which leaves the owner the most time to mend the tag and still comes before
/// AWS.
pub(super) const LEAD: Setting<Lead> = Setting {
    tag: "lead",
    read: |text| Lead::read(text).ok_or_else(|| safest(Lead::Late, Lead::expected())),
    narrower: Lead::min,
    preset: unset,
};

/// Unreadable: hold.
pub(super) const DEADLINE: Setting<Deadline> = Setting {
    tag: "deadline",
    read: |text| Deadline::read(text).ok_or_else(|| safest(Deadline::Hold, Deadline::expected())),
    narrower: Deadline::min,
    preset: |tolerance| match tolerance {
        Tolerance::Low | Tolerance::Medium => Some(Deadline::Hold),
        Tolerance::High => Some(Deadline::Force),
    },
};

/// Unreadable: a drain that is never done.
pub(super) const DRAIN: Setting<BTreeSet<Drain>> = Setting {
    tag: "drain",
    read: Drain::read,
    narrower: union,
    preset: |tolerance| (tolerance == Tolerance::Medium).then(|| BTreeSet::from([Drain::Tag])),
};

/// Reads a duration within bounds; anything else is the longest, which protects longest.
fn span(text: &str, least: &str, most: &str) -> Reading<SignedDuration> {
    let longest = duration::read(most).unwrap_or_default();
    let shortest = duration::read(least).unwrap_or_default();
    let within = |span: &SignedDuration| (shortest..=longest).contains(span);
    duration::read(text).filter(within).ok_or_else(|| Narrowed {
        taken: longest,
        taken_as: most.to_owned(),
        expected: format!("a duration from {least} to {most} such as 2h or 1h30m"),
    })
}

/// Unreadable: 48 hours, the longest that Auto Scaling lets an instance wait.
pub(super) const DRAIN_TIMEOUT: Setting<SignedDuration> = Setting {
    tag: "drain-timeout",
    read: |text| span(text, "30s", "48h"),
    narrower: SignedDuration::max,
    preset: |tolerance| match tolerance {
        Tolerance::Low | Tolerance::Medium => Some(SignedDuration::from_hours(48)),
        Tolerance::High => Some(SignedDuration::from_mins(10)),
    },
};

/// Unreadable: keep.
pub(super) const ON_DRAIN_FAILURE: Setting<OnDrainFailure> = Setting {
    tag: "on-drain-failure",
    read: |text| {
        OnDrainFailure::read(text)
            .ok_or_else(|| safest(OnDrainFailure::Keep, OnDrainFailure::expected()))
    },
    narrower: OnDrainFailure::min,
    preset: |tolerance| match tolerance {
        Tolerance::Low | Tolerance::Medium => Some(OnDrainFailure::Keep),
        Tolerance::High => Some(OnDrainFailure::Continue),
    },
};

fn yes_unless_no(text: &str) -> Reading<YesNo> {
    YesNo::read(text).ok_or_else(|| safest(YesNo::Yes, YesNo::expected()))
}

fn no_unless_yes(text: &str) -> Reading<YesNo> {
    YesNo::read(text).ok_or_else(|| safest(YesNo::No, YesNo::expected()))
}

fn yes_wins(group: YesNo, member: YesNo) -> YesNo {
    if group == YesNo::Yes { group } else { member }
}

fn no_wins(group: YesNo, member: YesNo) -> YesNo {
    if group == YesNo::No { group } else { member }
}

/// Unreadable: yes. A reservation costs money for a while; an instance that finds no capacity is
/// out.
pub(super) const RESERVE: Setting<YesNo> =
    Setting { tag: "reserve", read: yes_unless_no, narrower: yes_wins, preset: unset };

/// Unreadable: no.
pub(super) const DRAIN_REPEATABLE: Setting<YesNo> =
    Setting { tag: "drain-repeatable", read: no_unless_yes, narrower: no_wins, preset: unset };

/// Unreadable: 7 days.
pub(super) const BUSY_EXPIRY: Setting<SignedDuration> = Setting {
    tag: "busy-expiry",
    read: |text| span(text, "1m", "7d"),
    narrower: SignedDuration::max,
    preset: |tolerance| match tolerance {
        Tolerance::Low | Tolerance::Medium => Some(SignedDuration::from_hours(12)),
        Tolerance::High => Some(SignedDuration::from_hours(1)),
    },
};

/// Unreadable: no.
pub(super) const SCALE_IN_BUSY: Setting<YesNo> = Setting {
    tag: "scale-in-busy",
    read: no_unless_yes,
    narrower: no_wins,
    preset: |tolerance| match tolerance {
        Tolerance::Low | Tolerance::Medium => Some(YesNo::No),
        Tolerance::High => Some(YesNo::Yes),
    },
};

/// Unreadable: low.
pub(super) const TOLERANCE: Setting<Tolerance> = Setting {
    tag: "tolerance",
    read: |text| Tolerance::read(text).ok_or_else(|| safest(Tolerance::Low, Tolerance::expected())),
    narrower: Tolerance::min,
    preset: unset,
};
