//! What an AWS Health event says, typed: the message that starts everything, and still only a hint.
//!
//! It does not say what is true of an instance; the look does. It carries no free text: the
//! description is written by others and goes into no log line and no message of ours.
//!
//! Facts: AWS Health User Guide, pages "aws-health-events-eventbridge-schema", "choosing-a-region",
//! "pagnation-of-health-events" and "aggregate-events", read 2026-11.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use crate::ids::{AccountId, InstanceId, Region};

/// An enumeration of AWS that may grow: what we know by name, and the rest as it was written.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$says:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $($(#[$says])* $variant,)+
            /// A value that AWS added since; kept as it was written.
            Other(String),
        }

        impl $name {
            /// Every value known by name, in AWS's spelling.
            pub const KNOWN: &'static [&'static str] = &[$($text),+];

            /// The value as AWS writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $($text => Self::$variant,)+
                    _ => Self::Other(text),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

open_enum!(
    /// `eventTypeCategory`: what sort of matter this is.
    Category {
        /// Something is wrong now.
        Issue = "issue",
        /// Something that an account's owner is told, without a date.
        AccountNotification = "accountNotification",
        /// AWS will do something at a time: the category of every EC2 maintenance.
        ScheduledChange = "scheduledChange",
        /// AWS looks into something.
        Investigation = "investigation",
    }
);

open_enum!(
    /// `statusCode`: where in its life the matter is.
    Status {
        /// It is going on.
        Open = "open",
        /// It is over: done, or called off. The text alone tells which, so we look.
        Closed = "closed",
        /// It has a date ahead.
        Upcoming = "upcoming",
    }
);

open_enum!(
    /// `eventScopeCode`: whom it concerns.
    Scope {
        /// This account's own resources.
        AccountSpecific = "ACCOUNT_SPECIFIC",
        /// Everybody in the region; lists no entities.
        Public = "PUBLIC",
        /// Neither, according to the API's model; not seen on the bus.
        None = "NONE",
    }
);

/// `communicationId`: one telling of a matter. Every update is a new one; the pages of one telling
/// share the base and differ in the page behind the last hyphen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Communication {
    /// The identifier as it came.
    id: String,
}

/// Digits of a page in a communication's id; longer runs are part of a UUID.
const PAGE_DIGITS_MAX: usize = 5;

impl Communication {
    /// Takes the identifier as it came; samples of 2023 have no page.
    pub fn new(id: String) -> Self {
        Self { id }
    }

    /// The whole identifier: distinct for each page of each telling.
    pub fn as_str(&self) -> &str {
        &self.id
    }

    /// What the pages of one telling share.
    pub fn base(&self) -> &str {
        self.split().map_or(self.id.as_str(), |(base, _)| base)
    }

    /// The page, from 1; `None` where the identifier carries none.
    pub fn page(&self) -> Option<u32> {
        self.split().map(|(_, page)| page)
    }

    fn split(&self) -> Option<(&str, u32)> {
        let (base, page) = self.id.rsplit_once('-')?;
        let digits = page.len() <= PAGE_DIGITS_MAX && page.bytes().all(|b| b.is_ascii_digit());
        if digits { page.parse().ok().map(|page| (base, page)) } else { None }
    }
}

/// One AWS Health event as far as Reberth reads it.
///
/// AWS promises none of these fields, so nearly all are optional and none is relied on; absence is
/// judged in `decide`. Texts are printable and of bounded length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notice {
    /// The envelope's `id`. Stays the same when a delivery is repeated, differs between the copies
    /// that two regions get.
    pub envelope_id: Option<String>,
    /// `eventArn`: the matter through all its tellings. Shared between accounts, so never a key
    /// alone; opaque, AWS's samples disagree about its inner form.
    pub event_arn: Option<String>,
    /// `communicationId`: this telling; absent in samples of before 2023.
    pub communication: Option<Communication>,
    /// The account it concerns: `affectedAccount`, else the envelope's account. With
    /// organizational view the envelope names the account that was told.
    pub account: Option<AccountId>,
    /// The envelope's region: where this copy was delivered.
    pub delivered_to: Option<Region>,
    /// The region it concerns: `eventRegion`, else the envelope's region.
    pub region: Option<Region>,
    /// `service`, in capitals, such as `EC2`.
    pub service: Option<String>,
    /// `eventTypeCode`; an open set, one of AWS's own codes even lacks the `AWS_`.
    pub type_code: Option<String>,
    /// `eventTypeCategory`.
    pub category: Option<Category>,
    /// `statusCode`; absent in payloads of before 2022.
    pub status: Option<Status>,
    /// `eventScopeCode`.
    pub scope: Option<Scope>,
    /// `startTime`: AWS's date as told; EC2 itself is asked before anyone trusts it.
    pub start: Option<Timestamp>,
    /// `endTime`; commonly absent.
    pub end: Option<Timestamp>,
    /// `lastUpdatedTime`: when this was told.
    pub last_updated: Option<Timestamp>,
    /// How many of the three dates were present and could not be read, 0 to 3.
    pub unparsed_dates: u8,
    /// The instances that the event names: bare ids and instance ARNs.
    pub instances: BTreeSet<InstanceId>,
    /// What else it names (Dedicated Hosts, volumes, names), cut in number and length for a log.
    pub not_instances: Vec<String>,
    /// Every entity carries the status `RESOLVED`; false where the event names none.
    pub all_resolved: bool,
    /// `page`, from 1.
    pub page: Option<u32>,
    /// `totalPages`, from 1. Pages come in any order and each is worked on alone.
    pub total_pages: Option<u32>,
    /// This is the copy that AWS sends to the backup region.
    pub backup: bool,
    /// The list of entities is not whole: AWS said so, it was longer than we read, or unreadable.
    pub truncated: bool,
}

impl Notice {
    /// The key under which one telling is remembered, so that a second copy of it is dropped:
    /// account, matter and communication.
    ///
    /// Without a communication id the time of the telling and its page stand for it, and without
    /// that the envelope's id: an update must never pass for a duplicate, while a duplicate that
    /// passes for an update costs one look. `None` where nothing identifies the telling; such a
    /// notice is never a duplicate.
    pub fn dedupe_key(&self) -> Option<String> {
        let told = match (&self.event_arn, &self.communication, self.last_updated) {
            (Some(_), Some(communication), _) => communication.as_str().to_owned(),
            (Some(_), None, Some(at)) => format!("{at}/{}", self.page.unwrap_or(1)),
            (None, _, _) | (_, None, None) => self.envelope_id.clone()?,
        };
        Some(format!("{}|{told}", self.matter_key()))
    }

    /// The key of the matter itself through all its tellings: account and `eventArn`. What people
    /// are told once, they are told once per matter.
    pub fn matter_key(&self) -> String {
        let account = self.account.as_ref().map_or("", AccountId::as_str);
        format!("{account}|{}", self.event_arn.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(communication: Option<&str>, updated: Option<&str>, page: Option<u32>) -> Notice {
        Notice {
            envelope_id: Some("0f1e2d3c".into()),
            event_arn: Some("arn:aws:health:us-west-2::event/EC2/CODE/CODE_1".into()),
            communication: communication.map(|id| Communication::new(id.into())),
            account: AccountId::parse("123456789012").ok(),
            last_updated: updated.and_then(|text| text.parse().ok()),
            page,
            ..Notice::default()
        }
    }

    #[test]
    fn p02_pages_of_one_telling_share_the_base_and_keep_their_own_key() {
        let (one, two) = (told(Some("9900aa-1"), None, None), told(Some("9900aa-2"), None, None));
        let (first, second) = (one.communication.clone(), two.communication.clone());
        assert_eq!(first.as_ref().map(Communication::base), Some("9900aa"));
        assert_eq!(second.as_ref().map(Communication::base), Some("9900aa"));
        assert_eq!(second.and_then(|c| c.page()), Some(2));
        assert_ne!(one.dedupe_key(), two.dedupe_key());
    }

    #[test]
    fn a_communication_without_a_page_is_its_own_base() {
        for id in ["9900aa", "11111111-2222-3333-4444-555555555555", "9900aa-", "9900aa-x1", ""] {
            let communication = Communication::new(id.into());
            assert_eq!((communication.base(), communication.page()), (id, None), "{id}");
        }
    }

    #[test]
    fn p03_an_update_is_another_key_with_and_without_a_communication_id() {
        let updated = "2026-11-20T08:15:00Z";
        let later = "2026-11-23T10:00:00Z";
        let keys = BTreeSet::from([
            told(Some("7c3f-1"), Some(updated), None).dedupe_key(),
            told(Some("7d00-1"), Some(updated), None).dedupe_key(),
            told(None, Some(updated), None).dedupe_key(),
            told(None, Some(updated), Some(2)).dedupe_key(),
            told(None, Some(later), None).dedupe_key(),
            told(None, None, None).dedupe_key(),
        ]);
        assert_eq!(keys.len(), 6);
        assert!(keys.iter().all(Option::is_some));
    }

    #[test]
    fn p40_the_backup_copy_has_the_key_of_its_original() {
        let original = told(Some("7c3f-1"), None, None);
        let copy = Notice {
            envelope_id: Some("another".into()),
            delivered_to: Region::parse("us-west-2").ok(),
            backup: true,
            ..original.clone()
        };
        assert_eq!(original.dedupe_key(), copy.dedupe_key());
    }

    #[test]
    fn p41_two_accounts_that_share_an_event_have_two_keys() {
        let ours = told(Some("7c3f-1"), None, None);
        let theirs = Notice { account: AccountId::parse("222233334444").ok(), ..ours.clone() };
        assert_ne!(ours.dedupe_key(), theirs.dedupe_key());
    }

    #[test]
    fn a_notice_that_nothing_identifies_has_no_key() {
        assert_eq!(Notice::default().dedupe_key(), None);
        let unnamed = Notice { event_arn: None, ..told(Some("7c3f-1"), None, None) };
        assert_eq!(unnamed.dedupe_key().as_deref(), Some("123456789012||0f1e2d3c"));
    }

    #[test]
    fn every_known_value_reads_back_and_an_unknown_one_is_kept() {
        for text in Category::KNOWN.iter().chain(Status::KNOWN).chain(Scope::KNOWN) {
            let category = Category::from((*text).to_owned());
            assert_eq!(category.as_str(), *text);
            assert_eq!(Status::from((*text).to_owned()).as_str(), *text);
            assert_eq!(Scope::from((*text).to_owned()).to_string(), *text);
        }
        assert_eq!(Status::from("paused".to_owned()), Status::Other("paused".into()));
        assert_eq!(Category::from("scheduledChange".to_owned()), Category::ScheduledChange);
    }
}
