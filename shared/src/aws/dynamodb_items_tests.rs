use std::collections::BTreeMap;

use crate::ids::{EventId, GroupName, TargetGroup};
use crate::ledger::{Absence, Back, Intent, Left, Outcome, Probe, Registration, Returns};
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
    };
    let target_group = TargetGroup::parse("arn:aws:web").unwrap();
    let registration = |port| Registration { target_group: target_group.clone(), port };
    let registrations = BTreeSet::from([registration(None), registration(Some(8080))]);
    let members = BTreeSet::from([instance()]);
    let group = Left::Group { desired: 3, minimum: 0, maximum: 5, members };
    let since = AT;
    let clean_at_ten = Some(AT);
    let back = Back { how: InPlace::Ride, since, clean_at_ten, events: BTreeSet::new() };
    vec![
        Phase::Seen,
        Phase::Intended(intent.clone()),
        Phase::Replacing(intent),
        Phase::Serving { replacement: instance(), since, clean_at_ten, source: String::new() },
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
    remember(&mut memory, item).unwrap();
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
    for newer in ["no_other_date", "rests_until", "probes", "kept"] {
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

#[test]
fn an_item_that_cannot_be_read_is_named_with_its_attribute() {
    let mut memory = Memory::default();
    for (item, expected) in [
        (
            state("switch", &[("stopped", text("yes"))]),
            "item state/switch, attribute stopped: not a boolean; repair or delete the item",
        ),
        (
            state("look-again", &[]),
            "item state/look-again, attribute due: not a whole number; repair or delete the item",
        ),
        (
            state("limit#galaxy/1", &[]),
            "item state/limit#galaxy/1, attribute sk: not a limit such as group/web: `galaxy/1`; \
             repair or delete the item",
        ),
    ] {
        assert_eq!(remember(&mut memory, &item).unwrap_err().to_string(), expected);
    }
}

#[test]
fn what_a_group_showed_only_grows() {
    let set = |name: &str| BTreeSet::from([ReplicaSet::parse(name).unwrap()]);
    assert_eq!(growth(&GroupMemory::default()), None);
    let proven = GroupMemory { proven: Some("lt-1:3".to_owned()), ..GroupMemory::default() };
    let (expression, _) = growth(&proven).unwrap();
    assert_eq!(expression, "SET proven = :proven");
    let memory = GroupMemory { replica_sets: set("a"), acted_sets: set("b"), ..proven };
    let (expression, values) = growth(&memory).unwrap();
    let adds = "ADD replica_sets :replica_sets, acted_sets :acted_sets";
    assert_eq!(expression, format!("SET proven = :proven {adds}"));
    assert_eq!(values.get(":acted_sets"), Some(&AttributeValue::Ss(vec!["b".to_owned()])));
}
