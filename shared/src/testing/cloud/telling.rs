//! One telling of a matter of AWS Health, as it stands on the bus.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::health::here;
use super::owes::Owes;
use crate::ids::InstanceId;

/// Where what is told happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the stack's own account and region.
    Here,
    /// In another account of the organization.
    OtherAccount,
    /// In another region, of which ours is told too.
    OtherRegion,
    /// In another region, whose backup ours is.
    BackedUp,
}

/// One telling of a matter.
#[derive(Debug, Clone)]
pub(super) struct Telling {
    /// Which of all, from 1.
    pub number: u64,
    /// Of which matter.
    pub matter: usize,
    /// `eventTypeCode`.
    pub code: &'static str,
    /// When it is told.
    pub now: Timestamp,
    /// `startTime`: AWS's date.
    pub start: Option<Timestamp>,
    /// What it names is over.
    pub ended: bool,
    /// The whole matter is.
    pub closed: bool,
    /// Where it happens.
    pub place: Place,
}

/// As AWS Health writes a time.
fn date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

impl Telling {
    /// The account and the region that it is about.
    fn about(&self) -> (&'static str, &'static str) {
        let (account, region) = here();
        match self.place {
            Place::Here => (account, region),
            Place::OtherAccount => ("999999999999", region),
            Place::OtherRegion => (account, "eu-central-1"),
            Place::BackedUp => (account, "us-east-1"),
        }
    }

    fn arn(&self) -> String {
        let (_, region) = self.about();
        let (code, matter) = (self.code, self.matter);
        format!("arn:aws:health:{region}::event/EC2/{code}/{code}_{matter:08}")
    }

    fn communication(&self, page: usize) -> String {
        format!("{:032x}-{page}", self.number)
    }

    /// The key under which one page of it may be remembered: account, matter and communication.
    pub fn key(&self, page: usize) -> String {
        let (account, _) = self.about();
        format!("{account}|{}|{}", self.arn(), self.communication(page))
    }

    /// What a page with these entities owes.
    pub fn owes(&self, entities: &[InstanceId]) -> Owes {
        match self.place {
            Place::Here => {
                let instances = entities.iter().cloned().collect();
                Owes::Hint { told_at: self.now, instances }
            }
            Place::OtherAccount | Place::OtherRegion | Place::BackedUp => Owes::Nothing,
        }
    }

    /// One page of it, as the bus carries it. Every third telling names its entities by ARN.
    pub fn page(&self, entities: &[InstanceId], page: usize, pages: usize) -> Value {
        let (account, region) = self.about();
        let name = |id: &InstanceId| match self.number % 3 {
            0 => format!("arn:aws:ec2:{region}:{account}:instance/{id}"),
            _ => id.to_string(),
        };
        let named: Vec<String> = entities.iter().map(name).collect();
        let status = if self.ended { "RESOLVED" } else { "PENDING" };
        let (told_at, delivered_to) = (date(self.now), here().1);
        let affected: Vec<Value> = named
            .iter()
            .map(|name| json!({"entityValue": name, "lastUpdatedTime": told_at, "status": status}))
            .collect();
        let mut detail = json!({
            "eventArn": self.arn(),
            "service": "EC2",
            "eventTypeCode": self.code,
            "eventTypeCategory": "scheduledChange",
            "eventScopeCode": "ACCOUNT_SPECIFIC",
            "communicationId": self.communication(page),
            "lastUpdatedTime": told_at,
            "statusCode": if self.closed { "closed" } else { "upcoming" },
            "eventRegion": region,
            "eventDescription": [{"language": "en_US", "latestDescription": "Invented."}],
            "affectedEntities": affected,
            "page": page.to_string(),
            "totalPages": pages.to_string(),
            "backupEvent": (self.place == Place::BackedUp).to_string(),
            "affectedAccount": account,
        });
        if let Some(start) = self.start {
            detail["startTime"] = date(start).into();
        }
        if self.closed {
            detail["endTime"] = told_at.as_str().into();
        }
        json!({
            "version": "0",
            "id": format!("{:08x}-0001-4a5b-8c6d-{page:012x}", self.number),
            "detail-type": "AWS Health Event",
            "source": "aws.health",
            "account": account,
            "time": self.now.to_string(),
            "region": delivered_to,
            "resources": named,
            "detail": detail,
        })
    }

    /// A matter of a whole region that names no instance.
    pub fn public(&self) -> Value {
        let mut event = self.page(&[], 1, 1);
        let detail = &mut event["detail"];
        detail["eventTypeCategory"] = "issue".into();
        detail["eventScopeCode"] = "PUBLIC".into();
        detail["statusCode"] = "open".into();
        event
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::notice::{NoticeDecision, decide};
    use crate::event::{Event, envelope};
    use crate::testing::cloud::script::place;
    use crate::world::notice::{Notice, Status};

    fn telling(number: u64, place: Place) -> Telling {
        Telling {
            number,
            matter: 7,
            code: "AWS_EC2_INSTANCE_STOP_SCHEDULED",
            now: "2026-11-23T08:00:00Z".parse().unwrap(),
            start: "2026-11-25T09:00:00Z".parse().ok(),
            ended: false,
            closed: false,
            place,
        }
    }

    fn id() -> InstanceId {
        InstanceId::parse("i-00000000000000001").unwrap()
    }

    /// What the router reads of it.
    fn read(event: &Value) -> Notice {
        match envelope::peel(&event.to_string()).remove(0).event {
            Ok(Event::Health(notice)) => *notice,
            other => panic!("not a Health event: {other:?}"),
        }
    }

    #[test]
    fn a_page_is_read_as_it_was_told() {
        for number in 1..=3 {
            let telling = telling(number, Place::Here);
            let notice = read(&telling.page(&[id()], 2, 3));
            assert_eq!(notice.instances, [id()].into(), "as an id and as an ARN");
            assert_eq!((notice.page, notice.total_pages), (Some(2), Some(3)));
            assert_eq!((notice.start, notice.unparsed_dates), (telling.start, 0));
            assert_eq!(notice.dedupe_key(), Some(telling.key(2)));
            let looks = NoticeDecision::Hint([id()].into());
            assert_eq!(decide(&notice, &place(), false).decision, looks);
        }
    }

    #[test]
    fn what_is_over_is_closed_and_what_is_elsewhere_is_nobodys() {
        let over = Telling { ended: true, closed: true, ..telling(1, Place::Here) };
        let notice = read(&over.page(&[id()], 1, 1));
        assert_eq!((notice.status.clone(), notice.all_resolved), (Some(Status::Closed), true));
        let looks = NoticeDecision::Look([id()].into());
        assert_eq!(decide(&notice, &place(), false).decision, looks);
        for there in [Place::OtherAccount, Place::OtherRegion, Place::BackedUp] {
            let telling = telling(1, there);
            let notice = read(&telling.page(&[id()], 1, 1));
            assert_eq!(telling.owes(&[id()]), Owes::Nothing);
            assert_eq!(decide(&notice, &place(), false).decision, NoticeDecision::Drop);
        }
    }

    #[test]
    fn a_matter_of_a_region_names_nobody_and_is_told_to_people() {
        let telling = Telling { code: "AWS_EC2_OPERATIONAL_ISSUE", ..telling(1, Place::Here) };
        let notice = read(&telling.public());
        assert!(notice.instances.is_empty());
        assert_eq!(decide(&notice, &place(), false).decision, NoticeDecision::Notify);
    }
}
