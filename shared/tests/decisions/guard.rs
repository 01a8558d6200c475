//! The last gate: a permit exists only for an intent that is written and still decided.

use shared::decide::{decide, guard};
use shared::ledger::{Incident, Intent, Phase};
use shared::plan::{Order, Plan, Step};
use shared::testing::builders::{
    IncidentBuilder, enforcing, group, id, incident_of, key, reboot_of, world,
};

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
    assert_eq!((permit.instance(), permit.order()), (&id("web-1"), Order::TerminateFirst));
    assert_eq!((permit.key(), permit.group().as_str()), (&incident.key, "web"));
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

#[test]
fn only_what_we_marked_unhealthy_is_marked_healthy_again() {
    let closing = |incident| guard::closing(&written(incident, false).0);
    let marked = closing(intended(Order::LaunchFirst)).expect("leave to close");
    assert_eq!(marked.instance(), &id("web-1"));
    assert_eq!(closing(intended(Order::TerminateFirst)), None);
    assert_eq!(closing(incident_of("web-1")), None);
}
