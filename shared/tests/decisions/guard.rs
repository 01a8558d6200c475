//! The last gate: a permit exists only for an intent that is written and still decided.

use shared::decide::decide;
use shared::decide::guard::{self, Act};
use shared::ledger::{Incident, Intent, Phase, Returns};
use shared::plan::{InPlace, Order, Plan, Step};
use shared::testing::builders::{
    IncidentBuilder, InstanceBuilder, enforcing, group, group_name, id, in_minutes, incident_of,
    key, reboot_of, standalone, world,
};
use shared::time::Timestamp;
use shared::world::TargetState;

/// The incident, and the plan that is made of the world after it was written.
fn written(incident: IncidentBuilder, held: bool) -> (Incident, Plan) {
    let web = group("web").members(6);
    let fleet = world().with(web).with(reboot_of("web-1")).with(incident);
    let fleet = if held { fleet.busy("web-1", 60) } else { fleet }.build();
    let plan = decide(&fleet, &enforcing()).into_iter().next().expect("a plan");
    let incident = fleet.memory.incidents.get(&key("web-1")).expect("an incident").clone();
    (incident, plan)
}

fn intended(order: Order) -> IncidentBuilder {
    incident_of("web-1").intended(order).minutes_ago(2)
}

#[test]
fn a_written_intent_that_is_still_decided_gets_one_permit() {
    let (incident, plan) = written(intended(Order::TerminateFirst), false);
    let permit = guard::permit(&incident, &plan).expect("a permit");
    assert_eq!(
        (permit.instance(), permit.act()),
        (&id("web-1"), Act::Replace(Order::TerminateFirst))
    );
    assert_eq!((permit.key(), permit.group()), (&incident.key, Some(&group_name("web"))));
}

#[test]
fn no_permit_for_what_is_held_by_now() {
    let (incident, plan) = written(intended(Order::TerminateFirst), true);
    assert_eq!(guard::permit(&incident, &plan), None);
}

#[test]
fn no_permit_where_nobody_asked_whether_the_group_can_launch() {
    let (incident, mut plan) = written(intended(Order::TerminateFirst), false);
    let Step::Open(opening) = &mut plan.step else { panic!("{plan:?}") };
    opening.asked = false;
    assert_eq!(guard::permit(&incident, &plan), None);
}

#[test]
fn no_permit_without_an_intent() {
    let (seen, plan) = written(incident_of("web-1"), false);
    assert_eq!(guard::permit(&seen, &plan), None);
}

#[test]
fn no_permit_for_an_intent_that_was_not_written() {
    let (mut incident, plan) = written(intended(Order::TerminateFirst), false);
    incident.version = 0;
    assert_eq!(guard::permit(&incident, &plan), None);
}

#[test]
fn no_permit_for_another_order_or_another_instance() {
    let (incident, plan) = written(intended(Order::TerminateFirst), false);
    let mut other = incident.clone();
    other.key = key("web-2");
    assert_eq!(guard::permit(&other, &plan), None);
    let mut other = incident;
    if let Phase::Intended(Intent { order, .. }) = &mut other.phase {
        *order = Order::LaunchFirst;
    }
    assert_eq!(guard::permit(&other, &plan), None);
}

/// The incident of a standalone instance, and what is decided about it.
fn alone(incident: IncidentBuilder, instance: InstanceBuilder) -> (Incident, Plan) {
    let fleet = world().with(instance).with(reboot_of("box").in_hours(20)).with(incident);
    let fleet = fleet.target("web", "crate", TargetState::Healthy).build();
    let plan = decide(&fleet, &enforcing()).into_iter().next().expect("a plan");
    let incident = fleet.memory.incidents.get(&key("box")).expect("an incident").clone();
    (incident, plan)
}

/// To leave for this, intended two minutes ago and without a trace.
fn leaving(how: InPlace) -> IncidentBuilder {
    incident_of("box").leaving(how).registered("web").unmarked().minutes_ago(2)
}

/// The stop was written two minutes ago, and shows no effect.
fn struck(how: InPlace) -> IncidentBuilder {
    incident_of("box").moving(how).registered("web").minutes_ago(2)
}

fn boxed(way: &str) -> InstanceBuilder {
    standalone("box").tagged("relaunch", way)
}

#[test]
fn leaving_and_striking_are_two_permits() {
    for (way, how) in [("stop-start", InPlace::StopStart), ("reboot", InPlace::Reboot)] {
        let (incident, plan) = alone(leaving(how), boxed(way));
        let permit = guard::permit(&incident, &plan).expect("a permit to leave");
        assert_eq!((permit.act(), permit.instance()), (Act::Leave(how), &id("box")));
        assert_eq!(permit.group(), None);
        let (incident, plan) = alone(struck(how), boxed(way));
        let permit = guard::permit(&incident, &plan).expect("a permit to strike");
        assert_eq!((permit.act(), permit.key()), (Act::Strike(how), &incident.key));
    }
}

#[test]
fn no_permit_for_a_strike_that_nobody_asked_about() {
    let (incident, plan) = alone(struck(InPlace::StopStart), boxed("stop-start").not_asked());
    assert_eq!(plan.step, Step::Strike { how: InPlace::StopStart, asked: false });
    assert_eq!(guard::permit(&incident, &plan), None);
}

#[test]
fn no_permit_to_leave_where_nobody_asked_what_it_would_leave() {
    let (incident, plan) = alone(leaving(InPlace::StopStart), boxed("stop-start").not_asked());
    assert!(matches!(&plan.step, Step::Open(opening) if !opening.asked), "{plan:?}");
    assert_eq!(guard::permit(&incident, &plan), None);
}

#[test]
fn no_permit_in_another_phase() {
    let (_, leave) = alone(leaving(InPlace::StopStart), boxed("stop-start"));
    let (_, strike) = alone(struck(InPlace::StopStart), boxed("stop-start"));
    let phase = |incident: IncidentBuilder| alone(incident, boxed("stop-start")).0;
    let seen = || incident_of("box");
    let returning = || seen().struck(InPlace::StopStart, Returns::Moved);
    for incident in [seen(), returning(), seen().back(InPlace::StopStart)] {
        let incident = phase(incident);
        assert_eq!(guard::permit(&incident, &leave), None, "{:?}", incident.phase);
        assert_eq!(guard::permit(&incident, &strike), None, "{:?}", incident.phase);
    }
    assert_eq!(guard::permit(&phase(leaving(InPlace::StopStart)), &strike), None);
    assert_eq!(guard::permit(&phase(struck(InPlace::StopStart)), &leave), None);
}

#[test]
fn no_permit_for_an_absence_that_was_not_written_or_for_another_way() {
    let (_, leave) = alone(leaving(InPlace::StopStart), boxed("stop-start"));
    let (_, strike) = alone(struck(InPlace::StopStart), boxed("stop-start"));
    for (written, plan) in
        [(leaving(InPlace::StopStart), &leave), (struck(InPlace::StopStart), &strike)]
    {
        let (mut unwritten, _) = alone(written, boxed("stop-start"));
        assert!(guard::permit(&unwritten, plan).is_some());
        unwritten.version = 0;
        assert_eq!(guard::permit(&unwritten, plan), None);
    }
    for (other, plan) in [(leaving(InPlace::Reboot), &leave), (struck(InPlace::Reboot), &strike)] {
        let (other, _) = alone(other, boxed("reboot"));
        assert_eq!(guard::permit(&other, plan), None);
    }
}

#[test]
fn no_permit_to_strike_who_rides() {
    let (riding, mut plan) = alone(leaving(InPlace::Ride), boxed("ride"));
    plan.step = Step::Strike { how: InPlace::Ride, asked: true };
    assert_eq!(guard::permit(&riding, &plan), None);
}

#[test]
fn another_date_is_permitted_for_the_very_date_that_was_written() {
    let sundays = || boxed("stop-start").tagged("window", "Sun 02:00-06:00");
    let sunday: Timestamp = "2026-12-06T05:59Z".parse().expect("a time");
    let asked = |to| {
        let movable = reboot_of("box").in_days(2).movable_to_days(10);
        let asked = incident_of("box").rescheduling(to).minutes_ago(2);
        world().with(sundays()).with(movable).with(asked).build()
    };
    let fleet = asked(sunday);
    let [plan] = decide(&fleet, &enforcing()).try_into().expect("one plan");
    let incident = fleet.memory.incidents.get(&key("box")).expect("an incident");
    let permit = guard::permit(incident, &plan).expect("a permit");
    assert_eq!(permit.act(), Act::Reschedule(sunday));
    let fleet = asked(in_minutes(5_000));
    let other = fleet.memory.incidents.get(&key("box")).expect("an incident");
    assert_eq!(guard::permit(other, &plan), None);
}

#[test]
fn closing_wants_nothing_but_what_the_incident_opened() {
    let away = [
        leaving(InPlace::Ride),
        leaving(InPlace::StopStart),
        struck(InPlace::Reboot),
        incident_of("box").struck(InPlace::StopStart, Returns::Unwanted),
    ];
    for incident in away {
        let (mut incident, _) = alone(incident, boxed("notify").tagged("mode", "off"));
        incident.version = 0;
        let closing = guard::closing(&incident).expect("leave to close");
        assert_eq!((closing.instance(), closing.key()), (&id("box"), &incident.key));
        assert_eq!(closing.group(), None);
    }
    for nothing in [
        incident_of("box"),
        incident_of("box").back(InPlace::StopStart),
        incident_of("box").rescheduling(in_minutes(600)),
        incident_of("box").served_by("crate"),
    ] {
        assert_eq!(guard::closing(&alone(nothing, boxed("auto")).0), None);
    }
}

#[test]
fn asking_is_for_the_instance_that_is_to_serve() {
    let gated = || standalone("box").tagged("ready", "ssm:BoxReady");
    let returning = || incident_of("box").struck(InPlace::StopStart, Returns::Moved).minutes_ago(9);
    let (incident, plan) = alone(returning(), gated());
    let asking = guard::asking(&incident, &plan).expect("leave to ask");
    assert_eq!((asking.instance(), asking.document()), (&id("box"), "BoxReady"));
    let (back, _) = alone(incident_of("box").back(InPlace::StopStart), gated());
    assert_eq!(guard::asking(&back, &plan), None);
    let (mut other, mut silent) = alone(returning(), gated());
    silent.step = Step::Wait;
    assert_eq!(guard::asking(&other, &silent), None);
    other.key = key("crate");
    assert_eq!(guard::asking(&other, &plan), None);
}

#[test]
fn only_what_we_marked_unhealthy_is_marked_healthy_again() {
    let closing = |incident| guard::closing(&written(incident, false).0);
    let marked = closing(intended(Order::LaunchFirst)).expect("leave to close");
    assert_eq!((marked.instance(), marked.group()), (&id("web-1"), Some(&group_name("web"))));
    assert_eq!(closing(intended(Order::TerminateFirst)), None);
    assert_eq!(closing(incident_of("web-1")), None);
}
