//! A script: what there is, and what people and AWS do when. A field that nobody knows is refused.
//!
//! Its words are those of `docs/scenarios.md`, so that the stand-in carries most of them out as
//! they are; the world in memory is told the same in its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::Outcome;

/// A small story that both worlds are to play alike.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What it shows, and of which rule of AWS.
    #[allow(dead_code, reason = "for who reads the file")]
    pub about: String,
    /// The stack's ceilings where they differ from [`Script::CEILINGS`], as the functions'
    /// environment names them.
    #[serde(default)]
    settings: BTreeMap<String, String>,
    #[serde(default)]
    pub groups: BTreeMap<String, Group>,
    #[serde(default)]
    pub instances: BTreeMap<String, Machine>,
    /// `CloudWatch` alarms and their states, by name.
    #[serde(default)]
    pub alarms: BTreeMap<String, String>,
    /// How long it is played.
    pub lasts: Offset,
    /// In the order of their times.
    pub timeline: Vec<Step>,
    /// How each incident ends, in both worlds: two in which nothing happens are alike as well.
    pub expect: BTreeMap<String, String>,
}

/// An Auto Scaling group with its members in service, spread evenly over its zones.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_field_names, reason = "the fields are those of `create_group`")]
pub struct Group {
    pub desired: u32,
    pub min: u32,
    pub max: u32,
    #[serde(default = "three")]
    pub zones: Vec<char>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Of each member; `{n}` is its number within its zone, and its successor names the same.
    #[serde(default)]
    pub instance_tags: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance_policy: Option<MaintenancePolicy>,
    #[serde(default)]
    pub protected: bool,
    #[serde(default)]
    pub suspended: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// Capacity units of each member. Sizes are in units, as with AWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    #[serde(default)]
    pub warm_pool: u32,
    /// From running until the application says that it is ready; absent where it never tells.
    #[serde(default, skip_serializing)]
    pub ready_after: Option<Offset>,
}

/// In percent of desired capacity.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MaintenancePolicy {
    pub min: u32,
    pub max: u32,
}

/// A standalone instance that runs, in zone `a`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Ports by target group.
    #[serde(default)]
    pub target_groups: BTreeMap<String, Vec<u16>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    #[serde(default)]
    pub stop_protected: bool,
    /// As of [`Group::ready_after`].
    #[serde(default, skip_serializing)]
    pub ready_after: Option<Offset>,
}

/// Something that somebody does.
#[derive(Debug, Deserialize)]
pub struct Step {
    /// From the beginning.
    pub at: Offset,
    #[serde(flatten)]
    pub deed: Deed,
}

/// What it is. All but the first five are commands of the stand-in's fleet, by the same names.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Deed {
    /// AWS schedules something, and AWS Health tells of it unless the notice is lost.
    Schedule {
        instance: String,
        code: String,
        not_before: Offset,
        #[serde(skip_serializing_if = "Option::is_none")]
        not_before_deadline: Option<Offset>,
        #[serde(default, skip_serializing)]
        lost: bool,
    },
    /// Throws the ledger's kill switch, or takes it back.
    Switch {
        stopped: bool,
    },
    /// Somebody deletes the ledger's table, and an empty one takes its place.
    LoseLedger,
    /// The stack is deployed with other ceilings.
    Deploy {
        settings: BTreeMap<String, String>,
    },
    /// Two runs begin at the same moment with a sweep.
    SweepTwice,
    MoveEvent {
        instance: String,
        not_before: Offset,
    },
    CancelEvent {
        instance: String,
    },
    BadHost {
        group: String,
        code: String,
        not_before: Offset,
    },
    Tag {
        instance: String,
        tags: BTreeMap<String, String>,
    },
    Untag {
        instance: String,
        keys: Vec<String>,
    },
    TagGroup {
        group: String,
        tags: BTreeMap<String, String>,
    },
    TerminateByHand {
        instance: String,
    },
    StopByHand {
        instance: String,
    },
    StartByHand {
        instance: String,
    },
    RebootByHand {
        instance: String,
    },
    EnterStandbyByHand {
        instance: String,
    },
    ExitStandbyByHand {
        instance: String,
    },
    DetachByHand {
        instance: String,
        decrement: bool,
    },
    RegisterByHand {
        instance: String,
    },
    SetDesired {
        group: String,
        desired: u32,
    },
    Rebalance {
        instance: String,
    },
    Suspend {
        group: String,
        processes: Vec<String>,
    },
    Resume {
        group: String,
        processes: Vec<String>,
    },
    Refresh {
        group: String,
        status: String,
    },
    NoCapacity {
        instance: String,
        times: u32,
    },
    StartFailsLater {
        instance: String,
        times: u32,
    },
    Alarm {
        name: String,
        state: String,
    },
    /// For so many seconds all calls of an action fail without effect.
    Throttle {
        action: String,
        seconds: u32,
    },
    /// For so many seconds all calls of an action are refused to the role.
    Deny {
        action: String,
        seconds: u32,
    },
    /// For so many seconds all calls of an action meet another activity.
    Contend {
        action: String,
        seconds: u32,
        code: String,
    },
}

/// A time from now, as the stand-in writes it: `+90s`, `+10m`, `+2h` or `+3d`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Offset {
    written: String,
    seconds: i64,
}

impl Offset {
    pub fn duration(&self) -> SignedDuration {
        SignedDuration::from_secs(self.seconds)
    }

    pub fn seconds(&self) -> i64 {
        self.seconds
    }
}

impl TryFrom<String> for Offset {
    type Error = String;

    fn try_from(written: String) -> Result<Self, String> {
        let expected = || format!("{written:?}: expected +90s, +10m, +2h or +3d");
        let number = written.strip_prefix('+').ok_or_else(expected)?;
        let (number, unit) = number.split_at_checked(number.len() - 1).ok_or_else(expected)?;
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return Err(expected()),
        };
        let seconds = number.parse::<i64>().map_err(|_| expected())? * unit;
        Ok(Self { written, seconds })
    }
}

impl From<Offset> for String {
    fn from(offset: Offset) -> Self {
        offset.written
    }
}

impl Script {
    /// Ceilings under which one act at a time is never held back by the whole account.
    const CEILINGS: [(&str, &str); 3] = [
        ("REBERTH_MAXIMUM_MODE", "enforce"),
        ("REBERTH_ACTS_PER_HOUR", "1000"),
        ("REBERTH_IN_FLIGHT_PERCENT", "100"),
    ];

    /// Reads the script of this name.
    pub fn read(folder: &Path, name: &str) -> Outcome<Self> {
        let path = folder.join(format!("{name}.yaml"));
        let text = fs::read_to_string(&path)?;
        let script: Self = serde_saphyr::from_str(&text)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        assert!(script.timeline.is_sorted_by_key(|step| step.at.seconds), "{name}: not in order");
        Ok(script)
    }

    /// The stack's ceilings, with these on top.
    pub fn ceilings(&self, further: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let usual = Self::CEILINGS.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let own = self.settings.iter().chain(further);
        let own = own.map(|(name, value)| (name.clone(), value.clone()));
        usual.into_iter().chain(own).collect()
    }
}

fn three() -> Vec<char> {
    vec!['a', 'b', 'c']
}
