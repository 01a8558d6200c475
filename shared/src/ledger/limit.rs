//! Limits and the slots in them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{GroupName, ReplicaSet, Zone};

/// A limit on how many instances may be out at once. An opening act takes a slot in every limit it
/// belongs to, in one transaction with its intent; the slot is the lock, so limits that cross
/// groups hold too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Limit {
    /// All managed instances of the account in the region.
    Account,
    /// The standalone instances of the account in the region.
    Standalone,
    /// The members of a group.
    Group(GroupName),
    /// The members of a group in one zone.
    Zone(GroupName, Zone),
    /// The members of a replica set, across groups.
    ReplicaSet(ReplicaSet),
    /// A named limit of the owner, across groups.
    Named(String),
    /// The first replacement of a group, or of a new template version: it goes alone.
    First(GroupName),
    /// A limit of a newer version. This one takes no slot in it, and frees those it finds.
    Other(String),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => f.write_str("account"),
            Self::Standalone => f.write_str("standalone"),
            Self::Group(group) => write!(f, "group/{group}"),
            Self::Zone(group, zone) => write!(f, "zone/{zone}/{group}"),
            Self::ReplicaSet(set) => write!(f, "replica-set/{set}"),
            Self::Named(name) => write!(f, "limit/{name}"),
            Self::First(group) => write!(f, "first/{group}"),
            Self::Other(limit) => f.write_str(limit),
        }
    }
}

impl TryFrom<String> for Limit {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let unreadable = || format!("not a limit such as group/web: `{text}`");
        let (kind, name) = text.split_once('/').unwrap_or((&text, ""));
        let group = |name: &str| GroupName::parse(name).map_err(|_| unreadable());
        Ok(match kind {
            "account" => Self::Account,
            "standalone" => Self::Standalone,
            "group" => Self::Group(group(name)?),
            "zone" => {
                let (zone, name) = name.split_once('/').ok_or_else(unreadable)?;
                Self::Zone(group(name)?, Zone::parse(zone).map_err(|_| unreadable())?)
            }
            "replica-set" => Self::ReplicaSet(ReplicaSet::parse(name).map_err(|_| unreadable())?),
            "limit" => Self::Named(name.to_owned()),
            "first" => Self::First(group(name)?),
            _ => Self::Other(text.clone()),
        })
    }
}

impl From<Limit> for String {
    fn from(limit: Limit) -> Self {
        limit.to_string()
    }
}

/// A slot to be taken: the limit, and how many it may have together with this one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taking {
    /// The limit.
    pub limit: Limit,
    /// Holders that it allows now: its capacity less what is out for other reasons. 0 means
    /// closed.
    pub capacity: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_survives_its_own_text() {
        let group = || GroupName::parse("my/odd group").unwrap();
        for limit in [
            Limit::Account,
            Limit::Standalone,
            Limit::Group(group()),
            Limit::Zone(group(), Zone::parse("us-west-2a").unwrap()),
            Limit::ReplicaSet(ReplicaSet::parse("shard/1").unwrap()),
            Limit::Named("db".to_owned()),
            Limit::First(group()),
            Limit::Other("host/h-1".to_owned()),
        ] {
            assert_eq!(Limit::try_from(limit.to_string()), Ok(limit));
        }
        assert!(Limit::try_from("zone/us-west-2a".to_owned()).is_err());
    }
}
