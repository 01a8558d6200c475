//! EC2's answers as facts. Every member of an answer is optional, and words that are new survive as
//! `Other`.
//!
//! What has an id of no known form is left out: nothing could be asked about it, and nothing done
//! to it.

use std::collections::BTreeSet;

use aws_sdk_ec2::types as sdk;
use jiff::Timestamp;

use crate::aws::clock::timestamp;
use crate::ids::{EventId, GroupName, ImageId, InstanceId, Zone};
use crate::policy::Tags;
use crate::ports::InstanceStatus;
use crate::world::{
    CheckStatus, EventCode, ImageState, Instance, InstanceState, Market, RootDevice,
    ScheduledEvent, TemplateState, Tenancy,
};

/// The tag that Auto Scaling sets on its members.
const GROUP_TAG: &str = "aws:autoscaling:groupName";

/// The owner of addresses that were assigned automatically; an Elastic IP belongs to an account.
const AUTO_ASSIGNED: &str = "amazon";

/// One of `InstanceStatuses[]`.
pub(super) fn status(answer: &sdk::InstanceStatus) -> Option<InstanceStatus> {
    Some(InstanceStatus {
        id: InstanceId::parse(answer.instance_id()?).ok()?,
        state: answer.instance_state().and_then(state),
        zone: answer.availability_zone().and_then(|zone| Zone::parse(zone).ok()),
        system_status: check(answer.system_status()),
        instance_status: check(answer.instance_status()),
        events: answer.events().iter().filter_map(scheduled_event).collect(),
    })
}

fn state(answer: &sdk::InstanceState) -> Option<InstanceState> {
    answer.name().map(|name| InstanceState::read(name.as_str()))
}

fn check(answer: Option<&sdk::InstanceStatusSummary>) -> CheckStatus {
    let word = answer.and_then(sdk::InstanceStatusSummary::status);
    word.map_or(CheckStatus::Unknown, |word| CheckStatus::read(word.as_str()))
}

fn scheduled_event(answer: &sdk::InstanceStatusEvent) -> Option<ScheduledEvent> {
    let code = answer.code().map_or("", sdk::EventCode::as_str);
    Some(ScheduledEvent {
        id: EventId::parse(answer.instance_event_id()?).ok()?,
        code: EventCode::from(code.to_owned()),
        description: answer.description().unwrap_or_default().to_owned(),
        not_before: answer.not_before().and_then(timestamp),
        not_after: answer.not_after().and_then(timestamp),
        not_before_deadline: answer.not_before_deadline().and_then(timestamp),
    })
}

/// One of `Reservations[].Instances[]`.
pub(super) fn instance(answer: &sdk::Instance) -> Option<Instance> {
    let id = InstanceId::parse(answer.instance_id()?).ok()?;
    let placement = answer.placement();
    let zone = placement.and_then(sdk::Placement::availability_zone);
    let placement_group = placement.and_then(sdk::Placement::group_name).unwrap_or_default();
    let options = answer.maintenance_options();
    let migration = options.and_then(sdk::InstanceMaintenanceOptions::reboot_migration);
    let tag = |tag: &sdk::Tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned()));
    let tags: Tags = answer.tags().iter().filter_map(tag).collect();
    Some(Instance {
        state: answer.state().and_then(state),
        zone: zone.and_then(|zone| Zone::parse(zone).ok()),
        instance_type: answer.instance_type().map(|name| name.as_str().into()),
        instance_store: None,
        market: market(answer.instance_lifecycle()),
        tenancy: tenancy(placement.and_then(sdk::Placement::tenancy)),
        cluster_placement: placement_group.is_empty().then_some(false),
        operator: answer.operator().and_then(operator),
        root_device: match answer.root_device_type() {
            Some(sdk::DeviceType::InstanceStore) => RootDevice::InstanceStore,
            _ => RootDevice::Ebs,
        },
        stop_protected: None,
        auto_assigned_address: answer.network_interfaces().iter().any(auto_assigned),
        addresses: addresses(answer).into(),
        platform: answer.platform_details().map(Into::into),
        reboot_migration: migration != Some(&sdk::InstanceRebootMigrationState::Disabled),
        system_status: CheckStatus::Unknown,
        instance_status: CheckStatus::Unknown,
        events: Vec::new(),
        status_read: false,
        group: tags.get(GROUP_TAG).and_then(|name| GroupName::parse(name).ok()),
        launched_at: answer.launch_time().and_then(timestamp),
        tags,
        id,
    })
}

fn market(answer: Option<&sdk::InstanceLifecycleType>) -> Market {
    match answer.map(sdk::InstanceLifecycleType::as_str) {
        None => Market::OnDemand,
        Some("spot") => Market::Spot,
        Some("scheduled") => Market::Scheduled,
        Some("capacity-block") => Market::CapacityBlock,
        Some(other) => Market::Other(other.to_owned()),
    }
}

fn tenancy(answer: Option<&sdk::Tenancy>) -> Tenancy {
    match answer.map(sdk::Tenancy::as_str) {
        None | Some("default") => Tenancy::Default,
        Some("dedicated") => Tenancy::Dedicated,
        Some("host") => Tenancy::Host,
        Some(other) => Tenancy::Other(other.to_owned()),
    }
}

/// The service that manages an instance; one that does not give its name is still not ours.
fn operator(answer: &sdk::OperatorResponse) -> Option<String> {
    let managed = answer.managed().unwrap_or_default();
    managed.then(|| answer.principal().unwrap_or("an AWS service").to_owned())
}

fn auto_assigned(interface: &sdk::InstanceNetworkInterface) -> bool {
    let association = interface.association();
    let owner = association.and_then(sdk::InstanceNetworkInterfaceAssociation::ip_owner_id);
    owner == Some(AUTO_ASSIGNED)
}

/// The private addresses of all interfaces, secondary ones included: target groups of type `ip`
/// take any of them.
fn addresses(answer: &sdk::Instance) -> BTreeSet<String> {
    let interfaces = answer.network_interfaces().iter();
    let of_interfaces = interfaces.flat_map(|interface| {
        let private = interface.private_ip_addresses().iter();
        let private = private.filter_map(sdk::InstancePrivateIpAddress::private_ip_address);
        let ipv6 = interface.ipv6_addresses().iter();
        private.chain(ipv6.filter_map(sdk::InstanceIpv6Address::ipv6_address))
    });
    of_interfaces.chain(answer.private_ip_address()).map(str::to_owned).collect()
}

/// The answer about one version of a launch template. An image that is not an id is a parameter to
/// resolve at launch.
pub(super) fn template_state(versions: &[sdk::LaunchTemplateVersion]) -> TemplateState {
    let found = versions.first();
    let Some(version) = found.and_then(sdk::LaunchTemplateVersion::version_number) else {
        return TemplateState::Missing { message: "EC2 lists no such version".to_owned() };
    };
    let data = found.and_then(sdk::LaunchTemplateVersion::launch_template_data);
    let image = data.and_then(sdk::ResponseLaunchTemplateData::image_id);
    let image = image.and_then(|image| ImageId::parse(image).ok());
    TemplateState::Resolves { version: version.to_string(), image }
}

/// One of `Images[]`.
pub(super) fn image_state(answer: &sdk::Image, now: Timestamp) -> Option<(ImageId, ImageState)> {
    let id = ImageId::parse(answer.image_id()?).ok()?;
    let deprecated: Option<Timestamp> =
        answer.deprecation_time().and_then(|time| time.parse().ok()).filter(|time| *time <= now);
    let state = match (answer.state(), deprecated) {
        (Some(sdk::ImageState::Available), None) => ImageState::Available,
        (Some(sdk::ImageState::Available), Some(since)) => {
            ImageState::Deprecated(id.clone(), since)
        }
        _ => ImageState::Gone(id.clone()),
    };
    Some((id, state))
}

/// The instance ids in a sentence, such as `The instance IDs 'i-…, i-…' do not exist`.
pub(super) fn ids_in(words: &str) -> impl Iterator<Item = &str> {
    let part_of_an_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let ids = words.split(move |c| !part_of_an_id(c));
    ids.filter(|word| InstanceId::parse(word).is_ok())
}

#[cfg(test)]
#[path = "ec2_convert_tests.rs"]
mod tests;
