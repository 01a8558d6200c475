use aws_sdk_elasticloadbalancing::types::Instance;
use aws_sdk_elasticloadbalancingv2::types::TargetDescription;

use super::*;

const ONE: &str = "i-00000001";
const OTHER: &str = "i-00000002";

fn id(text: &str) -> InstanceId {
    InstanceId::parse(text).unwrap()
}

fn group(name: &str) -> TargetGroup {
    let arn = "arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup";
    TargetGroup::parse(&format!("{arn}/{name}/0123456789abcdef")).unwrap()
}

fn search() -> Search {
    let addresses = |all: &[&str]| all.iter().map(ToString::to_string).collect();
    Search::of(&BTreeMap::from([
        (id(ONE), addresses(&["10.0.0.1", "2001:db8::1"])),
        (id(OTHER), addresses(&["10.0.0.2"])),
    ]))
}

fn target(id: &str, port: i32, state: &str) -> TargetHealthDescription {
    let target = TargetDescription::builder().id(id).port(port).build();
    let health = TargetHealth::builder().state(state.into()).build();
    TargetHealthDescription::builder().target(target).target_health(health).build()
}

fn found(search: &Search, instance: &str) -> Departure {
    search.found.get(&id(instance)).cloned().unwrap()
}

#[test]
fn every_port_of_every_target_group_is_a_registration_of_its_own() {
    let mut search = search();
    let health = [target(ONE, 80, "healthy"), target(ONE, 8080, "unhealthy")];
    search.target_group(&group("web"), &health);
    search.target_group(&group("metrics"), &[target(ONE, 80, "unused")]);
    let ports = found(&search, ONE).registrations.into_iter().map(|r| (r.target_group, r.port));
    let ports: Vec<_> = ports.collect();
    let expected = [("metrics", 80), ("web", 80), ("web", 8080)];
    assert_eq!(ports, expected.map(|(name, port)| (group(name), Some(port))));
    assert_eq!(found(&search, OTHER), Departure::default());
}

#[test]
fn what_somebody_else_takes_down_is_not_restored_by_us() {
    let mut search = search();
    let gone = TargetHealth::builder().state("unused".into()).reason("Target.NotRegistered".into());
    let gone = TargetHealthDescription::builder()
        .target(TargetDescription::builder().id(ONE).port(81).build())
        .target_health(gone.build());
    search.target_group(&group("web"), &[target(ONE, 80, "draining"), gone.build()]);
    assert_eq!(found(&search, ONE), Departure::default());
    search.target_group(&group("web"), &[target(ONE, 80, "unhealthy.draining")]);
    assert_eq!(found(&search, ONE).registrations.len(), 1);
}

#[test]
fn an_address_is_the_same_however_it_is_written() {
    let mut search = search();
    search.target_group(&group("four"), &[target("10.0.0.1", 80, "healthy")]);
    search.target_group(&group("six"), &[target("2001:0db8:0:0:0:0:0:1", 80, "healthy")]);
    search.target_group(&group("stranger"), &[target("10.0.0.9", 80, "healthy")]);
    assert_eq!(found(&search, ONE).by_address, BTreeSet::from([group("four"), group("six")]));
    assert!(found(&search, ONE).registrations.is_empty());
    assert_eq!(found(&search, OTHER), Departure::default());
}

#[test]
fn classic_load_balancers_are_known_by_name() {
    let mut search = search();
    let balancer = LoadBalancerDescription::builder().load_balancer_name("old");
    let balancer = balancer.instances(Instance::builder().instance_id(OTHER).build());
    search.classic(
        &balancer.instances(Instance::builder().instance_id("i-0000ffff").build()).build(),
    );
    assert_eq!(found(&search, OTHER).classic, BTreeSet::from(["old".to_owned()]));
    assert_eq!(found(&search, ONE), Departure::default());
}

#[test]
fn functions_and_load_balancers_are_no_instances_and_a_new_type_may_be() {
    let described = |word: &str| {
        let arn = group("web");
        of_instances(
            &Described::builder().target_group_arn(arn.as_str()).target_type(word.into()).build(),
        )
    };
    for (word, asked) in
        [("instance", true), ("ip", true), ("lambda", false), ("alb", false), ("pod", true)]
    {
        assert_eq!(described(word).is_some(), asked, "{word}");
    }
}
