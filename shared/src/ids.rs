//! Names that AWS gives to things, parsed once at the edge and never compared as loose strings.
//!
//! A value of these types has passed its parser; what AWS may rename or extend (instance types,
//! process names) stays an open string in the types that use it.

use std::cmp::Ordering;
use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

/// Why a text is not the identifier it should be: which kind, and how that kind looks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {expected}: `{found}`")]
pub struct IdError {
    /// The kind with an example of its form.
    pub expected: &'static str,
    /// What stood there, cut to 80 characters with control characters escaped.
    pub found: String,
}

/// Cuts foreign text to what a log line may carry: 80 characters, control characters escaped.
pub fn bounded(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_default).collect()
}

/// How an identifier is shown, and how it stands in documents.
macro_rules! written {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::parse(&SmolStr::deserialize(from)?).map_err(D::Error::custom)
            }
        }
    };
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(SmolStr);

        impl $name {
            /// Parses the identifier.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(text) {
                    Ok(Self(SmolStr::new(text)))
                } else {
                    Err(IdError { expected: $expected, found: bounded(text) })
                }
            }

            /// The identifier as AWS writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        written!($name);
    };
}

fn hexadecimal(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn printable(text: &str, longest: usize) -> bool {
    !text.is_empty() && text.len() <= longest && !text.chars().any(char::is_control)
}

/// An EC2 instance: `i-` and 8 or 17 (in between tolerated) hexadecimal digits.
///
/// The longest fits in 19 bytes; a shorter one ends at the first zero. So two of them are compared
/// as numbers, which a look does more often than anything else.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct InstanceId([u8; 19]);

impl InstanceId {
    /// Parses the identifier.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let digits = text.strip_prefix("i-").unwrap_or_default();
        let mut bytes = [0; 19];
        match bytes.get_mut(..text.len()) {
            Some(place) if digits.len() >= 8 && hexadecimal(digits) => {
                place.copy_from_slice(text.as_bytes());
                Ok(Self(bytes))
            }
            _ => Err(IdError {
                expected: "an instance id such as i-0123456789abcdef0",
                found: bounded(text),
            }),
        }
    }

    /// The identifier as AWS writes it.
    pub fn as_str(&self) -> &str {
        let text = self.0.split(|byte| *byte == 0).next().unwrap_or_default();
        str::from_utf8(text).unwrap_or_default()
    }

    /// The text behind `i-`, in the order of texts.
    fn number(&self) -> (u8, u128) {
        let [_, _, first, others @ ..] = self.0;
        (first, u128::from_be_bytes(others))
    }
}

impl Ord for InstanceId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number().cmp(&other.number())
    }
}

impl PartialOrd for InstanceId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InstanceId").field(&self.as_str()).finish()
    }
}

written!(InstanceId);

identifier!(
    /// A scheduled event of one instance, `InstanceEventId` of `DescribeInstanceStatus`.
    EventId,
    "an instance event id such as instance-event-0d59937288b749b32",
    |text| text.starts_with("instance-event-") && printable(text, 64)
);

identifier!(
    /// An Auto Scaling group's name, 1 to 255 characters, unique in account and region.
    GroupName,
    "an Auto Scaling group name of 1 to 255 characters",
    |text| printable(text, 255)
);

identifier!(
    /// An AWS account: 12 digits.
    AccountId,
    "an account id of 12 digits",
    |text| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
);

identifier!(
    /// A region's code, such as `us-west-2`.
    Region,
    "a region such as us-west-2",
    |text| printable(text, 32) && !text.contains(' ')
);

identifier!(
    /// An Availability Zone's name, such as `us-west-2a`.
    Zone,
    "an Availability Zone such as us-west-2a",
    |text| printable(text, 64) && !text.contains(' ')
);

identifier!(
    /// A target group's ARN.
    TargetGroup,
    "a target group ARN",
    |text| text.starts_with("arn:") && printable(text, 512)
);

identifier!(
    /// An Amazon Machine Image.
    ImageId,
    "an image id such as ami-0123456789abcdef0",
    |text| text.starts_with("ami-") && printable(text, 64)
);

identifier!(
    /// A replica set's name: the owner's own word for members of which at most one may be out.
    ReplicaSet,
    "a replica set name of 1 to 256 characters",
    |text| printable(text, 256)
);

/// Where a stack lives and the only place where it acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The stack's account.
    pub account: AccountId,
    /// The stack's region.
    pub region: Region,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_id_is_short_or_long_hexadecimal() {
        for good in ["i-12345678", "i-0123456789abcdef0"] {
            assert!(InstanceId::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "i-",
            "i-1234567",
            "i-0123456789ABCDEF0",
            "i-0123456789abcdef01",
            "vol-12345678",
            "i-1234567g",
        ] {
            assert!(InstanceId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn instance_ids_are_in_the_order_of_their_texts() {
        let texts =
            ["i-0123456789abcdef0", "i-12345678", "i-123456780", "i-1234567a", "i-f0000000"];
        let ids = texts.map(|text| InstanceId::parse(text).unwrap());
        assert!(ids.is_sorted() && texts.is_sorted());
        assert_eq!(ids.each_ref().map(InstanceId::as_str), texts);
    }

    #[test]
    fn a_refusal_shows_foreign_text_cut_and_escaped() {
        let error = InstanceId::parse(&format!("i-\n{}", "x".repeat(500))).unwrap_err();
        assert!(error.to_string().starts_with("not an instance id such as"));
        assert!(error.found.starts_with("i-\\n"));
        assert!(error.found.len() < 100);
    }
}
