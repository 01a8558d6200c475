//! The capacity that waits for one instance while it is stopped.

use aws_sdk_ec2::operation::create_capacity_reservation::builders as create;
use aws_sdk_ec2::types as sdk;
use aws_smithy_types::DateTime;
use jiff::Timestamp;

use crate::aws::Cloud;
use crate::aws::ec2::filter;
use crate::aws::error::classify;
use crate::aws::paging::{PAGES, without_end};
use crate::ids::InstanceId;
use crate::ledger::IncidentKey;
use crate::policy::INCIDENT_MARK;
use crate::ports::CloudError;
use crate::world::{CapacityState, Instance, Tenancy};

/// Characters of a `ClientToken` (`API_CreateCapacityReservation`, read 2026-11).
const LONGEST_TOKEN: usize = 64;

/// The request for exactly this instance, or the fact about it that is not known. EC2 ends the
/// reservation by itself within an hour after `until`. *Open* lets the instance use it without
/// being changed; so may another of the same type, platform and zone.
pub(super) fn request(
    key: &IncidentKey,
    instance: &Instance,
    until: Timestamp,
) -> Result<create::CreateCapacityReservationInputBuilder, String> {
    let unknown = |field| format!("EC2 told no {field}; set the tag reberth:reserve to no");
    let instance_type = instance.instance_type.as_deref();
    let zone = instance.zone.as_ref().ok_or_else(|| unknown("AvailabilityZone"))?;
    let marked = sdk::TagSpecification::builder()
        .resource_type(sdk::ResourceType::CapacityReservation)
        .tags(sdk::Tag::builder().key(INCIDENT_MARK).value(key.to_string()).build());
    Ok(create::CreateCapacityReservationInputBuilder::default()
        .client_token(token(key, until))
        .instance_count(1)
        .instance_type(instance_type.ok_or_else(|| unknown("InstanceType"))?)
        .instance_platform(platform(
            instance.platform.as_deref().ok_or_else(|| unknown("PlatformDetails"))?,
        ))
        .availability_zone(zone.as_str())
        .tenancy(match instance.tenancy {
            Tenancy::Dedicated => sdk::CapacityReservationTenancy::Dedicated,
            _ => sdk::CapacityReservationTenancy::Default,
        })
        .instance_match_criteria(sdk::InstanceMatchCriteria::Open)
        .end_date_type(sdk::EndDateType::Limited)
        .end_date(DateTime::from_secs(until.as_second()))
        .tag_specifications(marked.build()))
}

/// The same for both tries of one call, of which EC2 makes one reservation. Another call, with
/// another `until`, needs another: EC2 refuses a token that comes again with other parameters. The
/// end of a long key tells incidents apart better than its beginning.
fn token(key: &IncidentKey, until: Timestamp) -> String {
    let whole = format!("{key}/{}", until.as_second());
    let surplus = whole.chars().count().saturating_sub(LONGEST_TOKEN);
    whole.chars().skip(surplus).collect()
}

/// An instance's platform as reservations name it. Instances and reservations have different words
/// for the same (EC2 doc "AMI billing information fields" and `API_CreateCapacityReservation`, read
/// 2026-11); what is not known here EC2 may know, or refuse.
fn platform(details: &str) -> sdk::CapacityReservationInstancePlatform {
    let linux = details.strip_prefix("SQL Server ");
    let red_hat = details.strip_prefix("Red Hat Enterprise Linux with ");
    let name = match (linux, red_hat.map(|rest| (rest, rest.strip_suffix(" and HA")))) {
        (Some(edition), _) => format!("Linux with SQL Server {edition}"),
        (None, Some((_, Some(database)))) => format!("RHEL with HA and {database}"),
        (None, Some((rest, None))) => format!("RHEL with {rest}"),
        (None, None) => details.to_owned(),
    };
    name.as_str().into()
}

impl Cloud {
    /// What has become of the capacity that was reserved for an incident's instance.
    pub(super) async fn reserved_capacity(
        &self,
        key: &IncidentKey,
    ) -> Result<CapacityState, CloudError> {
        let held = self.capacity_held(key).await?;
        if held.is_empty() {
            return Ok(CapacityState::Missing);
        }
        Ok(state(&held, self.runs_in(&key.instance).await?.as_deref()))
    }

    /// The reservation in which an instance runs, by id. An open one also takes in what runs
    /// already.
    async fn runs_in(&self, instance: &InstanceId) -> Result<Option<String>, CloudError> {
        let this = filter("instance-id", [instance.as_str()]);
        let answer = self.ec2().describe_instances().filters(this).send().await;
        let answer =
            answer.map_err(|error| classify("DescribeInstances", instance.as_str(), &error))?;
        let mut found = answer.reservations().iter().flat_map(sdk::Reservation::instances);
        Ok(found.find_map(sdk::Instance::capacity_reservation_id).map(str::to_owned))
    }

    /// The reservations of an incident that are not over. EC2 shows a new one as pending for up to
    /// five minutes (EC2 doc "View the state of a Capacity Reservation", read 2026-11).
    pub(super) async fn capacity_held(
        &self,
        key: &IncidentKey,
    ) -> Result<Vec<sdk::CapacityReservation>, CloudError> {
        const CALL: &str = "DescribeCapacityReservations";
        let ours = filter(&format!("tag:{INCIDENT_MARK}"), [key.to_string()]);
        let filters = vec![ours, filter("state", ["active", "pending"])];
        let mut found = Vec::new();
        let mut token = None;
        for _ in 0..PAGES {
            let call = self.ec2().describe_capacity_reservations().set_next_token(token);
            let page = call.set_filters(Some(filters.clone())).send().await;
            let page = page.map_err(|error| classify(CALL, key.to_string(), &error))?;
            found.extend(page.capacity_reservations.unwrap_or_default());
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(found);
            }
        }
        Err(without_end(CALL, key.to_string()))
    }
}

/// A reservation's id.
pub(super) fn id(reservation: &sdk::CapacityReservation) -> Option<&str> {
    reservation.capacity_reservation_id()
}

fn state(reservations: &[sdk::CapacityReservation], runs_in: Option<&str>) -> CapacityState {
    let active = |one: &&sdk::CapacityReservation| {
        one.state() == Some(&sdk::CapacityReservationState::Active)
    };
    let mut usable = reservations.iter().filter(active).peekable();
    if usable.peek().is_none() {
        return CapacityState::Pending;
    }
    let ours = |one: &sdk::CapacityReservation| {
        let free = one.available_instance_count().is_some_and(|places| places > 0);
        free || id(one).is_some_and(|id| Some(id) == runs_in)
    };
    if usable.any(ours) { CapacityState::Held } else { CapacityState::Taken }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{EventId, Zone};

    const UNTIL: Timestamp = Timestamp::constant(1_796_000_000, 0);

    fn key(event: &str) -> IncidentKey {
        IncidentKey {
            instance: InstanceId::parse("i-0123456789abcdef0").unwrap(),
            event: EventId::parse(event).unwrap(),
        }
    }

    fn known() -> Instance {
        Instance {
            instance_type: Some("m7g.large".into()),
            zone: Zone::parse("us-west-2a").ok(),
            platform: Some("Linux/UNIX".into()),
            tenancy: Tenancy::Dedicated,
            ..Instance::unknown(key("instance-event-1").instance)
        }
    }

    #[test]
    fn it_is_for_one_instance_like_this_and_ends_by_itself() {
        let key = key("instance-event-1");
        let request = request(&key, &known(), UNTIL).unwrap().build().unwrap();
        assert_eq!(request.instance_count(), Some(1));
        assert_eq!(request.instance_type(), Some("m7g.large"));
        assert_eq!(request.availability_zone(), Some("us-west-2a"));
        assert_eq!(request.tenancy(), Some(&sdk::CapacityReservationTenancy::Dedicated));
        assert_eq!(request.end_date_type(), Some(&sdk::EndDateType::Limited));
        assert_eq!(request.end_date(), Some(&DateTime::from_secs(1_796_000_000)));
        let [specification] = request.tag_specifications() else { panic!("{request:?}") };
        let [mark] = specification.tags() else { panic!("{specification:?}") };
        assert_eq!(mark.key(), Some("reberth:incident"));
        assert_eq!(mark.value(), Some("i-0123456789abcdef0/instance-event-1"));
    }

    #[test]
    fn a_fact_that_is_not_known_is_named_before_any_call() {
        for (instance, field) in [
            (Instance { instance_type: None, ..known() }, "InstanceType"),
            (Instance { zone: None, ..known() }, "AvailabilityZone"),
            (Instance { platform: None, ..known() }, "PlatformDetails"),
        ] {
            let error = request(&key("instance-event-1"), &instance, UNTIL).unwrap_err();
            assert!(error.contains(field), "{error}");
        }
    }

    #[test]
    fn a_token_is_of_one_call_and_fits() {
        let usual = key("instance-event-0d59937288b749b32");
        let whole = "i-0123456789abcdef0/instance-event-0d59937288b749b32/1796000000";
        assert_eq!(token(&usual, UNTIL), whole);
        let later = Timestamp::from_second(UNTIL.as_second() + 1).unwrap();
        assert_ne!(token(&usual, UNTIL), token(&usual, later));
        let long = format!("instance-event-{}", "0".repeat(49));
        let cut = token(&key(&long), UNTIL);
        assert_eq!(cut.chars().count(), LONGEST_TOKEN);
        assert!(cut.ends_with("/1796000000"), "{cut}");
    }

    #[test]
    fn capacity_is_held_where_a_place_is_free_or_the_instance_runs_in_it() {
        let reservation = |state: &str, free| {
            let id = sdk::CapacityReservation::builder().capacity_reservation_id("cr-1");
            id.state(state.into()).available_instance_count(free).build()
        };
        for (reservations, runs_in, expected) in [
            (vec![reservation("active", 1)], None, CapacityState::Held),
            (vec![reservation("active", 0)], Some("cr-1"), CapacityState::Held),
            (vec![reservation("active", 0)], Some("cr-2"), CapacityState::Taken),
            (vec![reservation("active", 0)], None, CapacityState::Taken),
            (vec![reservation("pending", 1)], Some("cr-1"), CapacityState::Pending),
            (vec![reservation("pending", 0), reservation("active", 1)], None, CapacityState::Held),
        ] {
            assert_eq!(state(&reservations, runs_in), expected, "{reservations:?} {runs_in:?}");
        }
    }

    #[test]
    fn instances_and_reservations_name_platforms_differently() {
        for (details, name) in [
            ("Linux/UNIX", "Linux/UNIX"),
            ("Windows with SQL Server Web", "Windows with SQL Server Web"),
            ("SQL Server Enterprise", "Linux with SQL Server Enterprise"),
            ("Red Hat Enterprise Linux", "Red Hat Enterprise Linux"),
            ("Red Hat Enterprise Linux with HA", "RHEL with HA"),
            ("Red Hat Enterprise Linux with SQL Server Web", "RHEL with SQL Server Web"),
            (
                "Red Hat Enterprise Linux with SQL Server Standard and HA",
                "RHEL with HA and SQL Server Standard",
            ),
            ("Plan 9", "Plan 9"),
        ] {
            assert_eq!(platform(details).as_str(), name);
        }
    }
}
