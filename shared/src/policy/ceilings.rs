//! What the stack allows at most. Tags choose at or below it, so whoever may write tags can never
//! widen what whoever deploys the stack has decided.

mod allowed;

use std::collections::BTreeMap;

pub use allowed::{AllowedGroups, STANDALONE};

use super::words::Mode;
use crate::ids::bounded;

/// Why a function cannot start: which variable of its environment, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {variable}: expected {expected}, found {found}; {cure}")]
pub struct SettingsError {
    /// The environment variable.
    pub variable: &'static str,
    /// What should stand there.
    pub expected: &'static str,
    /// What stands there, in backticks, cut to 80 characters with control characters escaped; or
    /// `nothing` where it is not set.
    pub found: String,
    /// What to do.
    pub cure: &'static str,
}

/// The stack's defaults and ceilings.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ceilings {
    /// The widest mode. Default: observe, which changes nothing.
    pub maximum_mode: Mode,
    /// No opening act while it is on; closing acts go on. Default: off.
    pub kill_switch: bool,
    /// Members of one group that may be out at once, 1..=1000. Default: 10.
    pub maximum_unavailable: u32,
    /// Where Reberth may act. Default: everywhere.
    pub allowed_groups: AllowedGroups,
    /// Opening acts per hour of the whole stack, 1..=1000. Default: 10.
    pub acts_per_hour: u32,
    /// Percent of the managed instances that may be under way at once, 1..=100, and at least one
    /// instance. Default: 5.
    pub in_flight_percent: u32,
    /// Attempts at one instance before only people are told, 1..=10. Default: 3.
    pub maximum_attempts: u32,
}

impl Default for Ceilings {
    fn default() -> Self {
        Self {
            maximum_mode: Mode::Observe,
            kill_switch: false,
            maximum_unavailable: 10,
            allowed_groups: AllowedGroups::default(),
            acts_per_hour: 10,
            in_flight_percent: 5,
            maximum_attempts: 3,
        }
    }
}

/// One variable: its name, what it may hold, and where it comes from.
struct Variable {
    name: &'static str,
    expected: &'static str,
    cure: &'static str,
}

const MAXIMUM_MODE: Variable = Variable {
    name: "REBERTH_MAXIMUM_MODE",
    expected: "off, observe, approve or enforce",
    cure: "deploy with another MaximumMode",
};
const KILL_SWITCH: Variable = Variable {
    name: "REBERTH_KILL_SWITCH",
    expected: "off or on",
    cure: "deploy with another KillSwitch",
};
const MAXIMUM_UNAVAILABLE: Variable = Variable {
    name: "REBERTH_MAXIMUM_UNAVAILABLE",
    expected: "a number from 1 to 1000",
    cure: "deploy with another MaximumUnavailable",
};
const ALLOWED_GROUPS: Variable = Variable {
    name: "REBERTH_ALLOWED_GROUPS",
    expected: "nothing, or group names or beginnings such as `web-*` with commas between them",
    cure: "deploy with another AllowedGroups",
};
const ACTS_PER_HOUR: Variable = Variable {
    name: "REBERTH_ACTS_PER_HOUR",
    expected: "a number from 1 to 1000",
    cure: "deploy with another ActsPerHour",
};
const IN_FLIGHT_PERCENT: Variable = Variable {
    name: "REBERTH_IN_FLIGHT_PERCENT",
    expected: "a number from 1 to 100",
    cure: "deploy with another InFlightPercent",
};
const MAXIMUM_ATTEMPTS: Variable = Variable {
    name: "REBERTH_MAXIMUM_ATTEMPTS",
    expected: "a number from 1 to 10",
    cure: "deploy with another MaximumAttempts",
};

impl Ceilings {
    /// Reads the ceilings out of environment variables; others are passed over, and one that is not
    /// set means its default.
    ///
    /// A value that cannot be read is an error and not the default: the owner meant something else.
    ///
    /// ```
    /// use shared::policy::{Ceilings, Mode};
    ///
    /// let ceilings = Ceilings::read([("REBERTH_MAXIMUM_MODE", "enforce")]).unwrap();
    /// assert_eq!(ceilings.maximum_mode, Mode::Enforce);
    ///
    /// let error = Ceilings::read([("REBERTH_MAXIMUM_MODE", "yes")]).unwrap_err();
    /// assert_eq!(error.expected, "off, observe, approve or enforce");
    /// ```
    pub fn read<N, V>(variables: impl IntoIterator<Item = (N, V)>) -> Result<Self, SettingsError>
    where
        N: Into<String>,
        V: Into<String>,
    {
        let given = Variables(
            variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        );
        let Self {
            maximum_mode,
            kill_switch,
            maximum_unavailable,
            allowed_groups,
            acts_per_hour,
            in_flight_percent,
            maximum_attempts,
        } = Self::default();
        Ok(Self {
            maximum_mode: given.read(&MAXIMUM_MODE, maximum_mode, Mode::read)?,
            kill_switch: given.read(&KILL_SWITCH, kill_switch, switch)?,
            maximum_unavailable: given.read(
                &MAXIMUM_UNAVAILABLE,
                maximum_unavailable,
                number::<1_000>,
            )?,
            allowed_groups: given.read(&ALLOWED_GROUPS, allowed_groups, AllowedGroups::read)?,
            acts_per_hour: given.read(&ACTS_PER_HOUR, acts_per_hour, number::<1_000>)?,
            in_flight_percent: given.read(&IN_FLIGHT_PERCENT, in_flight_percent, number::<100>)?,
            maximum_attempts: given.read(&MAXIMUM_ATTEMPTS, maximum_attempts, number::<10>)?,
        })
    }
}

/// An environment: variables and their values.
struct Variables(BTreeMap<String, String>);

impl Variables {
    fn read<T>(
        &self,
        variable: &Variable,
        default: T,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, SettingsError> {
        let Some(value) = self.0.get(variable.name) else { return Ok(default) };
        parse(value.trim()).ok_or_else(|| SettingsError {
            variable: variable.name,
            expected: variable.expected,
            found: format!("`{}`", bounded(value)),
            cure: variable.cure,
        })
    }
}

fn switch(text: &str) -> Option<bool> {
    [("on", true), ("off", false)]
        .into_iter()
        .find_map(|(word, on)| text.eq_ignore_ascii_case(word).then_some(on))
}

/// A number from 1 to `MOST`.
fn number<const MOST: u32>(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|digit| digit.is_ascii_digit());
    text.parse().ok().filter(|number| plain && (1..=MOST).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_environment_means_the_defaults_and_they_change_nothing() {
        let ceilings = Ceilings::read([("PATH", "/bin")]).unwrap();
        assert_eq!(ceilings, Ceilings::default());
        assert_eq!(ceilings.maximum_mode, Mode::Observe);
    }

    #[test]
    fn every_variable_has_its_range_and_a_refusal_names_it() {
        let table: [(&Variable, &[&str], &[&str]); 7] = [
            (&MAXIMUM_MODE, &["off", "Observe", " approve ", "enforce"], &["", "on", "enforced"]),
            (&KILL_SWITCH, &["on", "off", "ON"], &["", "true", "1"]),
            (&MAXIMUM_UNAVAILABLE, &["1", "1000"], &["", "0", "1001", "-1", "+1", "10pct"]),
            (&ALLOWED_GROUPS, &["", "web", "web-*, db"], &[",", "web,,db", "w*b", "web,"]),
            (&ACTS_PER_HOUR, &["1", "1000"], &["0", "1001", "99999999999"]),
            (&IN_FLIGHT_PERCENT, &["1", "100"], &["0", "101", "5%"]),
            (&MAXIMUM_ATTEMPTS, &["1", "10"], &["0", "11", "three"]),
        ];
        for (variable, good, bad) in table {
            for value in good {
                assert!(Ceilings::read([(variable.name, *value)]).is_ok(), "{value}");
            }
            for value in bad {
                let error = Ceilings::read([(variable.name, *value)]).unwrap_err();
                assert_eq!(error.variable, variable.name, "{value}");
            }
        }
    }

    #[test]
    fn a_refusal_is_a_sentence_that_says_what_to_do() {
        let error = Ceilings::read([("REBERTH_ACTS_PER_HOUR", "a\nlot")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "environment variable REBERTH_ACTS_PER_HOUR: expected a number from 1 to 1000, \
             found `a\\nlot`; deploy with another ActsPerHour"
        );
    }
}
