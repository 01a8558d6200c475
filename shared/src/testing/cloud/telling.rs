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
