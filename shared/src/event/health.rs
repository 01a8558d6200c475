//! AWS Health events: `AWS Health Event` and `AWS Health Abuse Event` from `aws.health`.
//!
//! The only source that tells of maintenance ahead of time; delivered at least once, in any order,
//! in pages, and again as a copy to the backup region. Reading is lenient throughout: AWS promises
//! hardly any of these fields. What a notice leads to is decided elsewhere.
//!
//! ```json
//! {"id": "0f1e2d3c-…", "detail-type": "AWS Health Event", "source": "aws.health",
//!  "account": "123456789012", "region": "us-west-2", "resources": ["i-0aa11bb22cc33dd01"],
//!  "detail": {
//!    "eventArn": "arn:aws:health:us-west-2::event/EC2/AWS_EC2_…_SCHEDULED/AWS_EC2_…_a1b2",
//!    "service": "EC2", "eventTypeCode": "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED",
//!    "eventTypeCategory": "scheduledChange", "statusCode": "upcoming",
//!    "communicationId": "7c3f0a9b…-1", "startTime": "Thu, 10 Dec 2026 09:00:00 GMT",
//!    "eventRegion": "us-west-2", "page": "1", "totalPages": "1", "backupEvent": "false",
//!    "affectedAccount": "123456789012",
//!    "affectedEntities": [{"entityValue": "i-0aa11bb22cc33dd01", "status": "PENDING"}]}}
//! ```
//!
//! Shape: AWS Health User Guide, "aws-health-events-eventbridge-schema", read 2026-11.

use serde_json::Value;

use super::fields::{ARN_BYTES_MAX, Fields, printable};
use super::unreadable::{Remedy, Unreadable};
use super::{Event, Shape, date};
use crate::ids::{AccountId, InstanceId, Region, bounded};
use crate::world::notice::{Category, Communication, Notice, Scope, Status};

/// Entities read from one event. AWS splits an event at 256 KB into pages, which holds some two
/// thousand; past this number the list counts as truncated and everything is looked at.
pub const ENTITIES_PER_EVENT_MAX: usize = 10_000;

/// Names of other things than instances that a notice keeps for its log line.
const NOT_INSTANCES_MAX: usize = 10;

pub(super) fn recognises(shape: &Shape) -> bool {
    matches!(
        shape,
        Shape::Bus {
            source: "aws.health",
            detail_type: "AWS Health Event" | "AWS Health Abuse Event",
        }
    )
}

/// Reads a Health event; refuses only one that says neither which service nor what happened.
pub(super) fn decode(event: &Fields<'_>) -> Result<Event, Unreadable> {
    let detail = event.detail()?;
    let mut notice = Notice {
        envelope_id: event.text("id"),
        event_arn: detail.arn("eventArn"),
        communication: detail.text("communicationId").map(Communication::new),
        account: account(&detail, "affectedAccount").or_else(|| account(event, "account")),
        delivered_to: region(event, "region"),
        region: region(&detail, "eventRegion").or_else(|| region(event, "region")),
        service: detail.text("service"),
        type_code: detail.text("eventTypeCode"),
        category: detail.text("eventTypeCategory").map(Category::from),
        status: detail.text("statusCode").map(Status::from),
        scope: detail.text("eventScopeCode").map(Scope::from),
        page: detail.count("page"),
        total_pages: detail.count("totalPages"),
        backup: detail.flag("backupEvent"),
        truncated: says_truncated(&detail),
        ..Notice::default()
    };
    if notice.service.is_none() && notice.type_code.is_none() {
        let expected = "a code such as AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED";
        return Err(detail.unreadable("eventTypeCode", expected, Remedy::ReportShape));
    }
    read_dates(&mut notice, &detail);
    read_entities(&mut notice, event, &detail);
    Ok(Event::Health(Box::new(notice)))
}

fn account(fields: &Fields<'_>, field: &str) -> Option<AccountId> {
    AccountId::parse(&fields.text(field)?).ok()
}

fn region(fields: &Fields<'_>, field: &str) -> Option<Region> {
    Region::parse(&fields.text(field)?).ok()
}

/// AWS marks a list that it has cut with `eventMetadata.truncated`.
fn says_truncated(detail: &Fields<'_>) -> bool {
    let says = detail.value("eventMetadata").and_then(|metadata| metadata.get("truncated"));
    match says {
        Some(Value::Bool(truncated)) => *truncated,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

fn read_dates(notice: &mut Notice, detail: &Fields<'_>) {
    let mut unparsed = 0;
    let mut read = |field| {
        let value = detail.value(field).filter(|value| !value.is_null())?;
        let date = value.as_str().and_then(date::parse);
        unparsed += u8::from(date.is_none());
        date
    };
    notice.start = read("startTime");
    notice.end = read("endTime");
    notice.last_updated = read("lastUpdatedTime");
    notice.unparsed_dates = unparsed;
}

/// Takes the entities from both places that list them: some samples leave out one, some the other.
fn read_entities(notice: &mut Notice, event: &Fields<'_>, detail: &Fields<'_>) {
    let entities = match detail.value("affectedEntities") {
        Some(Value::Array(entities)) => entities.as_slice(),
        None | Some(Value::Null) => &[],
        Some(_) => {
            notice.truncated = true;
            &[]
        }
    };
    let resources = match event.value("resources") {
        Some(Value::Array(resources)) => resources.as_slice(),
        // A lone resource comes as plain text: EC2 guide, "monitor-interruptible-cr", read 2026-11.
        Some(text @ Value::String(_)) => std::slice::from_ref(text),
        _ => &[],
    };
    let resolved =
        |entity: &Value| entity.get("status").and_then(Value::as_str) == Some("RESOLVED");
    notice.all_resolved = !entities.is_empty() && entities.iter().all(resolved);
    notice.truncated |= entities.len().max(resources.len()) > ENTITIES_PER_EVENT_MAX;

    let named =
        entities.iter().take(ENTITIES_PER_EVENT_MAX).map(|entity| entity.get("entityValue"));
    for entity in named.chain(resources.iter().take(ENTITIES_PER_EVENT_MAX).map(Some)) {
        match entity.and_then(|value| printable(value, ARN_BYTES_MAX)) {
            Some(name) => add_entity(notice, &name),
            None => notice.truncated = true,
        }
    }
}

fn add_entity(notice: &mut Notice, name: &str) {
    if let Some(instance) = instance_named(name) {
        if notice.instances.len() < ENTITIES_PER_EVENT_MAX {
            notice.instances.insert(instance);
        } else {
            notice.truncated |= !notice.instances.contains(&instance);
        }
        return;
    }
    let name = bounded(name);
    if notice.not_instances.len() < NOT_INSTANCES_MAX && !notice.not_instances.contains(&name) {
        notice.not_instances.push(name);
    }
}

/// The instance that an entity names: a bare id, or the end of an EC2 instance's ARN. Ids inside
/// other names (a volume's ARN, `cluster|service`) name something else.
fn instance_named(entity: &str) -> Option<InstanceId> {
    let id = match entity.strip_prefix("arn:") {
        None => entity,
        Some(rest) => {
            let (_partition, rest) = rest.split_once(':')?;
            let rest = rest.strip_prefix("ec2:")?;
            let resource = rest.splitn(3, ':').nth(2)?;
            resource.strip_prefix("instance/")?
        }
    };
    InstanceId::parse(id).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{only, sample};
    use super::*;

    fn notice(name: &str) -> Notice {
        read(&sample("health", name))
    }

    fn read(text: &str) -> Notice {
        match only(text) {
            Ok(Event::Health(notice)) => *notice,
            other => panic!("not a Health event: {other:?}"),
        }
    }

    fn with(change: impl FnOnce(&mut Value)) -> Notice {
        let mut event: Value = serde_json::from_str(&sample("health", "persistent-retirement"))
            .expect("the sample is JSON");
        change(&mut event);
        read(&event.to_string())
    }

    #[test]
    fn the_plain_retirement_is_read_in_full() {
        let notice = notice("persistent-retirement");
        assert_eq!(notice.account.as_ref().map(AccountId::as_str), Some("123456789012"));
        assert_eq!(notice.region.as_ref().map(Region::as_str), Some("us-west-2"));
        assert_eq!(notice.category, Some(Category::ScheduledChange));
        assert_eq!(notice.status, Some(Status::Upcoming));
        assert_eq!(notice.scope, Some(Scope::AccountSpecific));
        assert_eq!(notice.start, "2026-12-10T09:00:00Z".parse().ok());
        assert_eq!((notice.page, notice.total_pages), (Some(1), Some(1)));
        assert_eq!(notice.instances.len(), 1);
        assert!(!notice.backup && !notice.truncated && !notice.all_resolved);
        assert!(notice.not_instances.is_empty());
    }

    #[test]
    fn p01_fifty_instances_are_all_read_and_a_stranger_blocks_none() {
        let notice = notice("fifty-instances");
        assert_eq!(notice.instances.len(), 50);
        assert_eq!(notice.not_instances, ["vol-0123456789abcdef0"]);
    }

    #[test]
    fn p02_each_page_is_whole_in_itself() {
        let sizes = ["page-2-of-3", "page-1-of-3", "page-3-of-3"].map(|name| {
            let notice = notice(name);
            (notice.page, notice.total_pages, notice.instances.len())
        });
        assert_eq!(sizes, [(Some(2), Some(3), 4), (Some(1), Some(3), 4), (Some(3), Some(3), 2)]);
    }

    #[test]
    fn p07_dates_in_every_form_and_none_are_no_error() {
        let start = "2026-12-10T09:00:00Z".parse().ok();
        for name in ["wrong-weekday", "dates-without-weekday", "iso-dates"] {
            assert_eq!(notice(name).start, start, "{name}");
        }
        let odd = with(|event| event["detail"]["startTime"] = json!("in a fortnight"));
        assert_eq!((odd.start, odd.end, odd.unparsed_dates), (None, None, 1));
        let null = with(|event| event["detail"]["startTime"] = Value::Null);
        assert_eq!((null.start, null.unparsed_dates), (None, 0));
    }

    #[test]
    fn p40_the_backup_copy_names_the_region_of_the_problem() {
        let copy = notice("backup-copy");
        assert!(copy.backup);
        assert_eq!(copy.region.as_ref().map(Region::as_str), Some("us-east-1"));
        assert_eq!(copy.delivered_to.as_ref().map(Region::as_str), Some("us-west-2"));
    }

    #[test]
    fn p41_the_affected_account_goes_before_the_told_one() {
        let member = notice("org-view-member-account");
        assert_eq!(member.account.as_ref().map(AccountId::as_str), Some("222233334444"));
        let told = with(|event| event["detail"]["affectedAccount"] = Value::Null);
        assert_eq!(told.account.as_ref().map(AccountId::as_str), Some("123456789012"));
    }

    #[test]
    fn p42_an_abuse_event_is_a_health_event() {
        assert_eq!(notice("abuse").service.as_deref(), Some("ABUSE"));
    }

    #[test]
    fn an_entity_is_an_instance_by_its_bare_id_or_its_own_arn() {
        let rows = [
            ("i-0aa11bb22cc33dd01", true),
            ("i-12345678", true),
            ("arn:aws:ec2:us-west-2:123456789012:instance/i-0aa11bb22cc33dd01", true),
            ("arn:aws-cn:ec2:cn-north-1:123456789012:instance/i-0aa11bb22cc33dd01", true),
            ("arn:aws:ec2:us-west-2a::instance/i-0aa11bb22cc33dd01", true),
            ("arn:aws:ec2:us-west-2:123456789012:dedicated-host/h-0123456789abcdef0", false),
            ("arn:aws:ec2:us-west-2:123456789012:volume/i-0aa11bb22cc33dd01", false),
            ("arn:aws:rds:us-west-2:123456789012:instance/i-0aa11bb22cc33dd01", false),
            ("arn:aws:ec2:us-west-2", false),
            ("arn:", false),
            ("h-0123456789abcdef0", false),
            ("xi-0aa11bb22cc33dd01", false),
            ("cluster|i-0aa11bb22cc33dd01", false),
            ("123456789012", false),
        ];
        for (entity, expect) in rows {
            assert_eq!(instance_named(entity).is_some(), expect, "{entity}");
        }
    }

    #[test]
    fn resources_stand_in_for_entities_that_are_absent() {
        let bare = with(|event| event["detail"]["affectedEntities"] = Value::Null);
        assert_eq!(bare.instances.len(), 1);
        let plain = with(|event| {
            event["detail"]["affectedEntities"] = json!([]);
            event["resources"] = json!("i-0aa11bb22cc33dd02");
        });
        assert_eq!(plain.instances.len(), 1);
        assert!(notice("entities-absent").instances.is_empty());
    }

    #[test]
    fn entities_of_the_wrong_type_make_the_list_incomplete() {
        for entities in
            [json!("i-1"), json!({}), json!([7, null, {}]), json!([{"entityValue": []}])]
        {
            let notice = with(|event| event["detail"]["affectedEntities"] = entities.clone());
            assert!(notice.truncated, "{entities}");
        }
        assert!(notice("truncated-entities").truncated);
    }

    #[test]
    fn a_list_beyond_the_bound_is_cut_and_said_to_be() {
        let many: Vec<Value> = (0..=ENTITIES_PER_EVENT_MAX)
            .map(|n| json!({"entityValue": format!("i-{n:017x}")}))
            .collect();
        let notice = with(|event| {
            event["detail"]["affectedEntities"] = Value::Array(many.clone());
            event["resources"] = json!([]);
        });
        assert!(notice.truncated);
        assert_eq!(notice.instances.len(), ENTITIES_PER_EVENT_MAX);
        let both = with(|event| {
            event["detail"]["affectedEntities"] = Value::Array(many[1..].to_vec());
            event["resources"] = json!(["i-0aa11bb22cc33dd01"]);
        });
        assert!(both.truncated);
        assert_eq!(both.instances.len(), ENTITIES_PER_EVENT_MAX);
    }

    #[test]
    fn numbers_and_booleans_in_place_of_texts_are_read() {
        let notice = notice("numbers-for-texts");
        assert_eq!((notice.page, notice.total_pages, notice.backup), (Some(1), Some(1), false));
        assert_eq!(notice.account.as_ref().map(AccountId::as_str), Some("123456789012"));
    }

    #[test]
    fn resolved_means_every_entity() {
        assert!(notice("entities-resolved").all_resolved);
        let half = with(|event| {
            event["detail"]["affectedEntities"] = json!([
                {"entityValue": "i-0aa11bb22cc33dd01", "status": "RESOLVED"},
                {"entityValue": "i-0aa11bb22cc33dd02", "status": "PENDING"},
            ]);
        });
        assert!(!half.all_resolved);
    }
}
