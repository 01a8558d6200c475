use aws_sdk_ec2::types::builders::InstanceBuilder;
use aws_smithy_types::DateTime;

use super::*;

const ID: &str = "i-0123456789abcdef0";

fn converted(change: impl FnOnce(InstanceBuilder) -> InstanceBuilder) -> Instance {
    instance(&change(sdk::Instance::builder().instance_id(ID)).build()).unwrap()
}

#[test]
fn of_an_instance_that_says_nothing_nothing_is_guessed() {
    let instance = converted(|instance| instance);
    assert_eq!(instance.state, None);
    assert_eq!(instance.instance_type, None);
    assert_eq!(instance.instance_store, None);
    assert_eq!(instance.stop_protected, None);
    assert_eq!(instance.platform, None);
    assert_eq!(instance.market, Market::OnDemand);
    assert_eq!(instance.tenancy, Tenancy::Default);
    assert_eq!(instance.cluster_placement, Some(false));
    assert!(instance.reboot_migration);
}

#[test]
fn an_id_of_no_known_form_is_left_out() {
    assert_eq!(instance(&sdk::Instance::builder().instance_id("i-ghost").build()), None);
    assert_eq!(instance(&sdk::Instance::builder().build()), None);
}

#[test]
fn a_named_placement_group_may_be_a_cluster() {
    let placement = sdk::Placement::builder().group_name("tight").build();
    assert_eq!(converted(|i| i.placement(placement)).cluster_placement, None);
}

#[test]
fn only_an_address_of_amazon_changes_with_a_stop() {
    for (owner, expected) in [("amazon", true), ("123456789012", false)] {
        let address = sdk::InstanceNetworkInterfaceAssociation::builder().ip_owner_id(owner);
        let interface = sdk::InstanceNetworkInterface::builder().association(address.build());
        let instance = converted(|i| i.network_interfaces(interface.build()));
        assert_eq!(instance.auto_assigned_address, expected, "{owner}");
    }
}

#[test]
fn every_private_address_is_told_and_the_platform_as_it_stands() {
    let private = |address| sdk::InstancePrivateIpAddress::builder().private_ip_address(address);
    let ipv6 = sdk::InstanceIpv6Address::builder().ipv6_address("2001:db8::1").build();
    let first = sdk::InstanceNetworkInterface::builder()
        .private_ip_addresses(private("10.0.0.1").build())
        .private_ip_addresses(private("10.0.0.2").build());
    let second = sdk::InstanceNetworkInterface::builder()
        .private_ip_addresses(private("10.0.1.1").build())
        .ipv6_addresses(ipv6);
    let instance = converted(|i| {
        let i = i.private_ip_address("10.0.0.1").platform_details("Linux/UNIX");
        i.network_interfaces(first.build()).network_interfaces(second.build())
    });
    let addresses: Vec<_> = instance.addresses.iter().collect();
    assert_eq!(addresses, ["10.0.0.1", "10.0.0.2", "10.0.1.1", "2001:db8::1"]);
    assert_eq!(instance.platform.as_deref(), Some("Linux/UNIX"));
}

#[test]
fn words_that_are_new_survive() {
    let instance = converted(|i| {
        i.instance_lifecycle("interruptible-capacity-reservation".into())
            .state(sdk::InstanceState::builder().name("hibernating".into()).build())
            .placement(sdk::Placement::builder().tenancy("suite".into()).build())
    });
    assert_eq!(instance.market, Market::Other("interruptible-capacity-reservation".to_owned()));
    assert_eq!(instance.state, Some(InstanceState::Other("hibernating".to_owned())));
    assert_eq!(instance.tenancy, Tenancy::Other("suite".to_owned()));
}

#[test]
fn a_member_is_known_by_its_tag_and_an_operator_only_where_it_manages() {
    let tag = sdk::Tag::builder().key(GROUP_TAG).value("web").build();
    let operator = |managed| sdk::OperatorResponse::builder().managed(managed).principal("eks");
    let instance = converted(|i| i.tags(tag).operator(operator(true).build()));
    assert_eq!(instance.group, GroupName::parse("web").ok());
    assert_eq!(instance.operator.as_deref(), Some("eks"));
    assert_eq!(converted(|i| i.operator(operator(false).build())).operator, None);
}

#[test]
fn an_event_without_an_id_cannot_be_followed() {
    let event = sdk::InstanceStatusEvent::builder().code("instance-stop".into());
    let named = event.clone().instance_event_id("instance-event-0d59937288b749b32");
    let named = named.not_before(DateTime::from_secs(1_796_000_000));
    let answer = sdk::InstanceStatus::builder().instance_id(ID);
    let status = status(&answer.events(event.build()).events(named.build()).build()).unwrap();
    let [event] = status.events.as_slice() else { panic!("one event: {:?}", status.events) };
    assert_eq!(event.code, EventCode::InstanceStop);
    assert_eq!(event.not_before.map(Timestamp::as_second), Some(1_796_000_000));
    assert_eq!(event.not_after, None);
}

#[test]
fn an_image_is_deprecated_from_its_time_on() {
    let image = sdk::Image::builder().image_id("ami-12345678").state(sdk::ImageState::Available);
    let image = image.deprecation_time("2026-11-20T10:00:00.000Z").build();
    let id = ImageId::parse("ami-12345678").unwrap();
    let since: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    for (now, expected) in [
        ("2026-11-20T09:59:59Z", ImageState::Available),
        ("2026-11-20T10:00:00Z", ImageState::Deprecated(id.clone(), since)),
    ] {
        let state = image_state(&image, now.parse().unwrap());
        assert_eq!(state, Some((id.clone(), expected)), "{now}");
    }
    let pending = sdk::Image::builder().image_id("ami-12345678").state(sdk::ImageState::Pending);
    let state = image_state(&pending.build(), since);
    assert_eq!(state, Some((id.clone(), ImageState::Gone(id))));
}

#[test]
fn a_template_names_an_image_or_a_parameter() {
    let version = |image: &str| {
        let data = sdk::ResponseLaunchTemplateData::builder().image_id(image).build();
        let version = sdk::LaunchTemplateVersion::builder().version_number(7);
        template_state(&[version.launch_template_data(data).build()])
    };
    let resolves = |image| TemplateState::Resolves { version: "7".to_owned(), image };
    assert_eq!(version("ami-12345678"), resolves(ImageId::parse("ami-12345678").ok()));
    assert_eq!(version("resolve:ssm:/golden"), resolves(None));
    assert!(matches!(template_state(&[]), TemplateState::Missing { .. }));
}

#[test]
fn missing_ids_are_found_in_either_wording() {
    for (words, expected) in [
        ("The instance ID 'i-12345678' does not exist", vec!["i-12345678"]),
        (
            "The instance IDs 'i-12345678, i-87654321' do not exist",
            vec!["i-12345678", "i-87654321"],
        ),
        ("Invalid id: \"i-nothing\"", vec![]),
    ] {
        assert_eq!(ids_in(words).collect::<Vec<_>>(), expected, "{words}");
    }
}
