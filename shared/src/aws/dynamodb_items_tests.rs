use std::collections::BTreeMap;

use crate::ids::{EventId, GroupName, TargetGroup};
use crate::ledger::format::WRITTEN;
use crate::ledger::{Absence, Back, Intent, Left, Outcome, Probe, Registration, Returns, Unknown};
use crate::plan::{InPlace, Order};
use crate::world::EventCode;

use super::*;

const AT: Timestamp = Timestamp::constant(1_796_000_000, 0);

fn seen() -> Incident {
    Incident {
        key: IncidentKey {
            instance: InstanceId::parse("i-12345678").unwrap(),
            event: EventId::parse("instance-event-1").unwrap(),
        },
        format: WRITTEN,
        version: 3,
        name: None,
        group: GroupName::parse("web").ok(),
        code: EventCode::InstanceStop,
        not_before: Some(AT),
        first_seen: AT,
        found_by: "sweep".to_owned(),
        attempt: 1,
        phase: Phase::Seen,
        slots: BTreeSet::from([Limit::Account]),
        decided: None,
        alarmed: BTreeSet::new(),
        no_other_date: false,
        rests_until: None,
        kept: None,
        probes: BTreeMap::new(),
        history: Vec::new(),
        owed: Vec::new(),
        said: BTreeSet::new(),
        unknown: Unknown::new(),
    }
}

fn absence(left: Left) -> Absence {
    Absence {
        how: InPlace::StopStart,
        at: AT,
        left,
        date: Some(AT),
        launched_before: Some(AT),
        events: BTreeSet::from([seen().key.event]),
        out_since: None,
        struck: Some(AT),
        taken: None,
        reserves: true,
        said_ready: true,
        ready_forgotten: true,
        stopped: Some(AT),
        unknown: Unknown::new(),
    }
}

fn phases() -> Vec<Phase> {
    let instance = || seen().key.instance;
    let intent = Intent {
        order: Order::LaunchFirst,
        at: AT,
        members_before: BTreeSet::from([instance()]),
        source: "lt-1:3".to_owned(),
        replica_sets: BTreeSet::from([ReplicaSet::parse("shard-1").unwrap()]),
        unknown: Unknown::new(),
    };
    let target_group = TargetGroup::parse("arn:aws:web").unwrap();
    let registration = |port| Registration { target_group: target_group.clone(), port };
    let registrations = BTreeSet::from([registration(None), registration(Some(8080))]);
    let members = BTreeSet::from([instance()]);
    let group = Left::Group { desired: 3, minimum: 0, maximum: 5, members };
    let since = AT;
    let clean_at_ten = Some(AT);
    let (events, unknown) = (BTreeSet::new(), Unknown::new());
    let back = Back { how: InPlace::Ride, since, clean_at_ten, events, unknown: unknown.clone() };
    vec![
        Phase::Seen,
        Phase::Intended(intent.clone()),
        Phase::Replacing(intent),
        Phase::Serving {
            replacement: instance(),
            since,
            clean_at_ten,
            source: String::new(),
            unknown,
        },
        Phase::Leaving(absence(Left::Targets { registrations })),
        Phase::Moving(absence(group)),
        Phase::Returning { absence: absence(Left::Unknown), returns: Returns::Unwanted },
        Phase::Back(back),
        Phase::Rescheduling { to: AT, at: AT },
        Phase::Closed { at: AT, outcome: Outcome::Ridden },
    ]
}

fn state(sort: &str, attributes: &[(&str, AttributeValue)]) -> Item {
    let keys = [("pk", text(STATE)), ("sk", text(sort))];
    let all = keys.iter().chain(attributes).cloned();
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn remembered(item: &Item) -> Memory {
    let mut memory = Memory::default();
    remember(&mut memory, item);
    assert_eq!(memory.unread, BTreeMap::new());
    memory
}

#[test]
fn an_incident_survives_its_item() {
    let item = incident_item(&seen()).unwrap();
    assert_eq!(incident(&item), Ok(seen()));
    assert_eq!(item.get("pk"), Some(&text(OPEN)));
    assert_eq!(item.get("version"), Some(&number(3)));
    assert_eq!(item.get("expires_at"), None);
}

#[test]
fn every_phase_survives_and_only_the_closed_one_leaves_the_open_ones() {
    let probe = Probe { instance: seen().key.instance, command: "c-1".to_owned(), at: AT };
    let probes = BTreeMap::from([("is-ready".to_owned(), probe)]);
    for phase in phases() {
        let closed = matches!(phase, Phase::Closed { .. });
        let rests_until = Some(AT);
        let probes = probes.clone();
        let written = Incident { phase, probes, rests_until, no_other_date: true, ..seen() };
        let item = incident_item(&written).unwrap();
        assert_eq!(incident(&item).as_ref(), Ok(&written));
        assert_eq!(item.get("phase"), Some(&text(written.phase_code())));
        assert_eq!(item.get("pk"), Some(&text(if closed { CLOSED } else { OPEN })));
        assert_eq!(item.contains_key("expires_at"), closed);
    }
}

#[test]
fn an_incident_of_an_earlier_version_is_read() {
    let mut item = incident_item(&seen()).unwrap();
    let document = serde_json::to_value(seen()).unwrap();
    let serde_json::Value::Object(mut fields) = document else { panic!("{document}") };
    for newer in ["format", "no_other_date", "rests_until", "probes", "kept"] {
        assert!(fields.remove(newer).is_some(), "{newer}");
    }
    let document = serde_json::Value::from(fields).to_string();
    item.insert("document".to_owned(), text(document));
    assert_eq!(incident(&item), Ok(seen()));
}

#[test]
fn only_a_closed_incident_expires() {
    let closed = Phase::Closed { at: AT, outcome: Outcome::Moved };
    let item = incident_item(&Incident { phase: closed, ..seen() }).unwrap();
    assert_eq!(item.get("pk"), Some(&text(CLOSED)));
    assert_eq!(item.get("expires_at"), Some(&number(1_796_000_000 + 90 * 86_400)));
}

#[test]
fn a_limit_without_holders_is_known_and_empty() {
    let limit = Limit::Group(GroupName::parse("web").unwrap());
    let memory = remembered(&state(&limit_key(&limit), &[]));
    assert_eq!(memory.holders.get(&limit), Some(&BTreeSet::new()));
    let memory = remembered(&state(&limit_key(&limit), &[("holders", only(&seen().key))]));
    assert_eq!(memory.holders.get(&limit), Some(&BTreeSet::from([seen().key])));
}

#[test]
fn every_kind_of_state_is_read() {
    let acts = text(serde_json::to_string(&[AT]).unwrap());
    let governor = remembered(&state("governor", &[("acts", acts), ("version", number(7))]));
    assert_eq!(governor.governor, Governor { acts: vec![AT], version: 7 });
    let thrown = AttributeValue::Bool(true);
    assert!(remembered(&state("switch", &[("stopped", thrown)])).stopped);
    assert!(!remembered(&state("switch", &[])).stopped);
    let due = remembered(&state("look-again", &[("due", number(AT.as_second()))]));
    assert_eq!(due.look_again, Some(AT));
    let busy = remembered(&state("busy#i-12345678", &[("until", number(AT.as_second()))]));
    assert_eq!(busy.busy.into_values().collect::<Vec<_>>(), [AT]);
}

#[test]
fn a_kind_that_is_unknown_belongs_to_another_function() {
    let memory = remembered(&state("advice#i-12345678", &[]));
    assert!(memory.groups.is_empty() && memory.busy.is_empty());
}

fn unread(item: &Item) -> (String, Unread) {
    let mut memory = Memory::default();
    remember(&mut memory, item);
    memory.unread.into_iter().next().unwrap()
}

#[test]
fn an_item_that_cannot_be_read_is_named_with_its_attribute_and_keeps_nobody_from_the_others() {
    let limit = || Limit::Group(GroupName::parse("web").unwrap());
    let busy = || About::Busy(seen().key.instance);
    for (item, name, about, why) in [
        (
            state("switch", &[("stopped", text("yes"))]),
            "state/switch",
            About::Everything,
            "attribute stopped: not a boolean",
        ),
        (
            state("look-again", &[]),
            "state/look-again",
            About::LookAgain,
            "attribute due: not a whole number",
        ),
        (
            state("limit#group/web", &[("holders", number(1))]),
            "state/limit#group/web",
            About::Limit(limit()),
            "attribute holders: not a string set",
        ),
        (
            state("busy#i-12345678", &[("until", text("late"))]),
            "state/busy#i-12345678",
            busy(),
            "attribute until: not a whole number",
        ),
        (
            state("governor", &[("acts", text("[1]"))]),
            "state/governor",
            About::Everything,
            "attribute acts: ",
        ),
    ] {
        let (found, read) = unread(&item);
        assert_eq!((found.as_str(), &read.about), (name, &about));
        assert!(read.why.to_string().starts_with(why), "{}", read.why);
    }
}

#[test]
fn an_item_of_a_newer_format_is_left_whatever_it_says() {
    let newer = (FORMAT, number(KNOWN + 1));
    for sort in ["governor", "switch", "limit#group/web", "group#web", "busy#i-12345678"] {
        let (name, unread) = unread(&state(sort, std::slice::from_ref(&newer)));
        assert_eq!((name, unread.why), (format!("state/{sort}"), Why::Newer(KNOWN + 1)));
    }
    let mut item = incident_item(&seen()).unwrap();
    item.insert(FORMAT.to_owned(), number(KNOWN + 1));
    let group = seen().group;
    let about = About::Incident { key: seen().key, group };
    assert_eq!(unread(&item).1, Unread { about, why: Why::Newer(KNOWN + 1) });
}

#[test]
fn a_switch_that_cannot_be_read_counts_as_thrown() {
    let mut memory = Memory::default();
    remember(&mut memory, &state("switch", &[("stopped", text("no"))]));
    assert!(memory.stopped);
}

#[test]
fn a_phase_of_a_newer_version_is_left_and_not_guessed_at() {
    let mut item = incident_item(&seen()).unwrap();
    let document = serde_json::to_string(&seen()).unwrap();
    let document = document.replace(r#"{"name":"seen"}"#, r#"{"name":"hibernating"}"#);
    item.insert("document".to_owned(), text(document));
    let (name, unread) = unread(&item);
    assert_eq!(name, "incident/i-12345678/instance-event-1");
    assert!(unread.why.to_string().contains("hibernating"), "{}", unread.why);
}

#[test]
fn what_a_newer_version_adds_is_kept_wherever_it_may_add_something() {
    let added = Unknown::from([("later".to_owned(), serde_json::json!({"n": [1, 2.5, null]}))]);
    for phase in phases() {
        let mut written = Incident { phase, unknown: added.clone(), ..seen() };
        let places = match &mut written.phase {
            Phase::Intended(intent) | Phase::Replacing(intent) => Some(&mut intent.unknown),
            Phase::Leaving(absence) | Phase::Moving(absence) => Some(&mut absence.unknown),
            Phase::Returning { absence, .. } => Some(&mut absence.unknown),
            Phase::Back(back) => Some(&mut back.unknown),
            Phase::Serving { unknown, .. } => Some(unknown),
            Phase::Seen | Phase::Rescheduling { .. } | Phase::Closed { .. } => None,
        };
        let twice = 1 + usize::from(places.is_some());
        if let Some(place) = places {
            place.clone_from(&added);
        }
        let item = incident_item(&written).unwrap();
        assert_eq!(incident(&item).as_ref(), Ok(&written));
        let document = string(&item, "document").unwrap();
        assert_eq!(document.matches("\"later\"").count(), twice, "{document}");
    }
}

#[test]
fn what_a_group_showed_only_grows() {
    let set = |name: &str| BTreeSet::from([ReplicaSet::parse(name).unwrap()]);
    assert_eq!(growth(&GroupMemory::default()), None);
    let proven = GroupMemory { proven: Some("lt-1:3".to_owned()), ..GroupMemory::default() };
    let (expression, _) = growth(&proven).unwrap();
    assert_eq!(expression, format!("SET {KEEPS_FORMAT}, proven = :proven"));
    let memory = GroupMemory { replica_sets: set("a"), acted_sets: set("b"), ..proven };
    let (expression, values) = growth(&memory).unwrap();
    let adds = "ADD replica_sets :replica_sets, acted_sets :acted_sets";
    assert_eq!(expression, format!("SET {KEEPS_FORMAT}, proven = :proven {adds}"));
    assert_eq!(values.get(":acted_sets"), Some(&AttributeValue::Ss(vec!["b".to_owned()])));
}
