//! A script that goes wrong, made short.
//!
//! Whatever is taken away, the same kind of breach has to come about: groups, machines and deeds,
//! whole faults, single occurrences of those that are left, time, members, and whatever of the
//! fleet is out of the ordinary. What was needed beside something may not be needed without it, so
//! it begins anew until a round takes nothing more away.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::breach::Breach;
use super::reduce::reduce;
use super::run::{Keep, Outcome, run};
use super::script::{Conditions, Limits, Script};
use crate::testing::cloud::{Machine, Setup};
use crate::testing::faults::{Fault, Occurrence, Rates};

/// Members of an ordinary group.
const ORDINARY: u32 = 3;

/// Tags, and what is so in the world where they say it.
const TOLD_BY: [(&str, &str); 2] = [
    ("/tags/reberth:ready", "/behaviour/ready_after"),
    ("/tags/reberth:max-unavailable", "/may_lose"),
];

/// Limits within which a small fleet has room.
const ROOMY: Limits = Limits { in_flight_percent: 100, acts_per_hour: 60, maximum_attempts: 3 };

/// What is left of a script that goes wrong.
#[derive(Debug, Clone)]
pub struct Shrunk {
    /// The script.
    pub script: Script,
    /// What comes of it, with its story.
    pub outcome: Outcome,
    /// Runs that it took.
    pub attempts: u64,
}

/// Makes a script short in which this kind of breach comes about. It tries so many shorter ones at
/// most, and shows each that it takes.
pub fn shrink(
    script: &Script,
    kind: &str,
    most: u64,
    watch: &mut dyn FnMut(&Script, u64),
) -> Shrunk {
    shrink_as_played(script, kind, most, watch, run)
}

fn shrink_as_played(
    script: &Script,
    kind: &str,
    most: u64,
    watch: &mut dyn FnMut(&Script, u64),
    play: fn(&Script, Keep) -> Outcome,
) -> Shrunk {
    let mut shrinker = Shrinker { script: script.clone(), kind, attempts: 0, most, watch, play };
    while shrinker.round() {}
    let Shrinker { script, attempts, .. } = shrinker;
    let outcome = play(&script, Keep::Story);
    Shrunk { script, outcome, attempts }
}

struct Shrinker<'a> {
    /// The shortest one so far that goes wrong in the same way.
    script: Script,
    kind: &'a str,
    attempts: u64,
    most: u64,
    watch: &'a mut dyn FnMut(&Script, u64),
    play: fn(&Script, Keep) -> Outcome,
}

impl Shrinker<'_> {
    /// Tries everything once; false where nothing could be taken away.
    fn round(&mut self) -> bool {
        let steps: [fn(&mut Self) -> bool; 9] = [
            |all| all.fewer(|script| &mut script.groups),
            |all| all.fewer(|script| &mut script.machines),
            |all| all.fewer(|script| &mut script.deeds),
            Self::fewer_faults,
            Self::fewer_occurrences,
            Self::sooner,
            Self::shorter,
            Self::plainer,
            Self::smaller,
        ];
        let gone = steps.into_iter().filter(|step| step(self)).count();
        gone > 0
    }

    /// Takes a script if it goes wrong in the same way.
    fn takes(&mut self, script: Script) -> bool {
        if self.attempts >= self.most {
            return false;
        }
        self.attempts += 1;
        let same = |breach: &Breach| breach.kind == self.kind;
        let holds = (self.play)(&script, Keep::Hash).breaches.iter().any(same);
        if holds {
            self.script = script;
            (self.watch)(&self.script, self.attempts);
        }
        holds
    }

    /// Takes items of a list away.
    fn fewer<T: Clone>(&mut self, of: fn(&mut Script) -> &mut Vec<T>) -> bool {
        let all = of(&mut self.script).clone();
        let left = reduce(&all, |items| {
            let mut shorter = self.script.clone();
            items.clone_into(of(&mut shorter));
            self.takes(shorter)
        });
        left.len() < all.len()
    }

    fn fewer_faults(&mut self) -> bool {
        let rates = self.script.rates.clone();
        let asked = |fault: &Fault| rates.of(*fault) > 0;
        let all: Vec<Fault> = Fault::ALL.iter().copied().filter(asked).collect();
        let left = reduce(&all, |faults| {
            let mut fewer = Rates::default();
            for fault in faults {
                *fewer.of_mut(*fault) = rates.of(*fault);
            }
            self.takes(Script { rates: fewer, ..self.script.clone() })
        });
        left.len() < all.len()
    }

    /// Takes single occurrences away. What struck in a shorter script may be other ones than in a
    /// longer one, so those that struck last are what it begins with.
    fn fewer_occurrences(&mut self) -> bool {
        let all: Vec<Occurrence> = (self.play)(&self.script, Keep::Hash).struck;
        let before = self.script.only.as_ref().map_or(usize::MAX, BTreeSet::len);
        reduce(&all, |occurrences| {
            let only = Some(occurrences.iter().copied().collect());
            self.takes(Script { only, ..self.script.clone() })
        });
        self.script.only.as_ref().map_or(usize::MAX, BTreeSet::len) < before
    }

    /// Brings deeds forward, each with all that come after it: right after the one before, or half
    /// the way.
    fn sooner(&mut self) -> bool {
        let mut some = false;
        for place in 0..self.script.deeds.len() {
            let before = place.checked_sub(1).map_or(0, |last| self.script.deeds[last].minute);
            let gap = self.script.deeds[place].minute.saturating_sub(before);
            let taken = [gap, gap / 2].into_iter().find(|less| {
                let mut sooner = self.script.clone();
                let later = sooner.deeds[place..].iter_mut();
                later.for_each(|timed| timed.minute = timed.minute.saturating_sub(*less));
                *less > 0 && self.takes(sooner)
            });
            some |= taken.is_some();
        }
        some
    }

    /// Brings the calm forward, and the end with it.
    fn shorter(&mut self) -> bool {
        let before = (self.script.calm_after, self.script.hours);
        for of in [2, 3, 4, 8] {
            loop {
                let calm_after = self.script.calm_after - self.script.calm_after / of;
                let script = Script { calm_after, ..self.script.clone() };
                if calm_after == self.script.calm_after || !self.takes(script) {
                    break;
                }
            }
        }
        let hours = self.script.calm_after.div_ceil(60) + 1;
        if hours < self.script.hours {
            self.takes(Script { hours, ..self.script.clone() });
        }
        (self.script.calm_after, self.script.hours) < before
    }

    /// Makes ordinary what may be: of the fleet, of the limits, of what AWS is like.
    fn plainer(&mut self) -> bool {
        let (Some(now), Some(plain)) = (written(&self.script), plain(&self.script)) else {
            return false;
        };
        let mut all = Vec::new();
        differences(&now, &plain, "", &mut all);
        let mut matters: Vec<String> = all.iter().map(|pointer| matter(pointer)).collect();
        matters.sort();
        matters.dedup();
        let left = reduce(&matters, |kept| {
            let mut value = now.clone();
            for pointer in all.iter().filter(|pointer| !kept.contains(&matter(pointer))) {
                make_plain(&mut value, &plain, pointer);
            }
            serde_json::from_value(value).is_ok_and(|script| self.takes(script))
        });
        left.len() < matters.len()
    }

    /// Takes members away, one by one.
    fn smaller(&mut self) -> bool {
        let mut some = false;
        for group in 0..self.script.groups.len() {
            while self.one_member_less(group) {
                some = true;
            }
        }
        some
    }

    fn one_member_less(&mut self, group: usize) -> bool {
        let members = self.script.groups[group].members();
        let Some(mut value) = written(&self.script).filter(|_| members > 1) else { return false };
        value["groups"][group]["desired"] = json!(members - 1);
        serde_json::from_value(value).is_ok_and(|script| self.takes(script))
    }
}

/// A script as data.
fn written(script: &Script) -> Option<Value> {
    serde_json::to_value(script).ok()
}

/// The same with an ordinary fleet under ordinary conditions.
fn plain(script: &Script) -> Option<Value> {
    let plain = Script {
        groups: script
            .groups
            .iter()
            .map(|group| Setup::enforced(group.name().as_str(), group.members().min(ORDINARY)))
            .collect(),
        machines: (0..script.machines.len())
            .map(|number| Machine::enforced(&format!("machine-{number}")))
            .collect(),
        conditions: Conditions::default(),
        limits: ROOMY,
        ..script.clone()
    };
    written(&plain)
}

/// The place that stands for another one: what an owner says by a tag and what is so in the world
/// change together, or the script would accuse the program of what nobody told it.
fn matter(pointer: &str) -> String {
    let of_owner = TOLD_BY
        .iter()
        .find_map(|(tag, fact)| pointer.strip_suffix(tag).map(|owner| format!("{owner}{fact}")));
    of_owner.unwrap_or_else(|| pointer.to_owned())
}

/// Where a script is out of the ordinary, as JSON pointers (RFC 6901). Lists of as many items are
/// compared item by item.
fn differences(one: &Value, plain: &Value, at: &str, found: &mut Vec<String>) {
    match (one, plain) {
        (Value::Object(one), Value::Object(plain)) => {
            for (key, value) in one {
                let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                differences(value, plain.get(key).unwrap_or(&Value::Null), &at, found);
            }
        }
        (Value::Array(one), Value::Array(plain)) if one.len() == plain.len() => {
            for (place, (one, plain)) in one.iter().zip(plain).enumerate() {
                differences(one, plain, &format!("{at}/{place}"), found);
            }
        }
        (one, plain) if one != plain => found.push(at.to_owned()),
        _ => {}
    }
}

/// Makes one place ordinary: as it is in the plain script, or away where it is not there.
fn make_plain(script: &mut Value, plain: &Value, pointer: &str) {
    if let Some(ordinary) = plain.pointer(pointer) {
        if let Some(place) = script.pointer_mut(pointer) {
            *place = ordinary.clone();
        }
        return;
    }
    let (parent, key) = pointer.rsplit_once('/').unwrap_or_default();
    if let Some(Value::Object(parent)) = script.pointer_mut(parent) {
        parent.remove(&key.replace("~1", "/").replace("~0", "~"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::simulation::{Deed, generate};

    /// A world in which every fault strikes three times, and which goes wrong where somebody wants
    /// another capacity, the answer to the first call is lost, and there is a standalone instance.
    fn goes_wrong_by_three_things(script: &Script, _: Keep) -> Outcome {
        let asked = Fault::ALL.iter().filter(|fault| script.rates.of(**fault) > 0);
        let struck = asked
            .flat_map(|fault| (0..3).map(|opportunity| Occurrence { fault: *fault, opportunity }));
        let may = |one: &Occurrence| script.only.as_ref().is_none_or(|only| only.contains(one));
        let struck: Vec<Occurrence> = struck.filter(may).collect();
        let lost = Occurrence { fault: Fault::AnswerLost, opportunity: 0 };
        let scales = script.deeds.iter().any(|timed| matches!(timed.deed, Deed::Scale { .. }));
        let wrong = scales && struck.contains(&lost) && !script.machines.is_empty();
        let breach = Breach { kind: "three things".to_owned(), words: String::new() };
        Outcome { breaches: Vec::from_iter(wrong.then_some(breach)), struck, ..Outcome::default() }
    }

    #[test]
    fn what_three_things_bring_about_is_left_with_those_three() {
        let wrong =
            |script: &Script| !goes_wrong_by_three_things(script, Keep::Hash).breaches.is_empty();
        let script = (0..1_000).map(generate).find(wrong).unwrap();
        let mut taken = 0;
        let play = goes_wrong_by_three_things;
        let shrunk = shrink_as_played(&script, "three things", 500, &mut |_, _| taken += 1, play);
        let Script { groups, machines, deeds, hours, .. } = &shrunk.script;
        assert_eq!((groups.len(), machines.len(), deeds.len(), *hours), (0, 1, 1, 2));
        assert_eq!(shrunk.outcome.struck.len(), 1);
        assert!(shrunk.attempts > taken && shrunk.attempts < 500, "{}", shrunk.attempts);
        let ordinary = serde_json::to_value(Machine::enforced("machine-0")).unwrap();
        assert_eq!(serde_json::to_value(&machines[0]).unwrap(), ordinary);
        let none = shrink_as_played(&script, "another kind", 500, &mut |_, _| {}, play);
        assert_eq!(none.script.deeds, script.deeds);
    }

    #[test]
    fn what_an_owner_says_and_what_is_so_change_together() {
        let pointers = ["/groups/1/tags/reberth:ready", "/groups/1/behaviour/ready_after"];
        let [tag, fact] = pointers.map(matter);
        assert_eq!(tag, fact);
        let all = serde_json::to_value(generate(1)).unwrap();
        assert!(all.pointer("/groups/0/may_lose").is_some(), "{all:#}");
        assert!(all.pointer("/groups/0/behaviour/ready_after").is_some(), "{all:#}");
    }

    #[test]
    fn what_is_out_of_the_ordinary_is_found_and_made_ordinary_place_by_place() {
        let one = json!({"a": 1, "b/c": {"d": [2, 3], "e": 4}, "f": [{"g": 5}], "h": null});
        let plain = json!({"a": 1, "b/c": {"d": [2]}, "f": [{"g": 6}], "h": 7});
        let mut found = Vec::new();
        differences(&one, &plain, "", &mut found);
        assert_eq!(found, ["/b~1c/d", "/b~1c/e", "/f/0/g", "/h"]);
        let mut made = one.clone();
        for pointer in &found {
            make_plain(&mut made, &plain, pointer);
        }
        assert_eq!(made, plain);
    }
}
