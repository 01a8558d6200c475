//! What the template tells a function, read once. Everything else that varies is a tag or a row of
//! the ledger.

use std::collections::BTreeMap;

use crate::ids::Region;

/// The documented variables of a function (`docs/settings.md`), with their prefix `REBERTH_`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// `AWS_REGION`, which Lambda sets: the only region in which the function acts.
    pub region: Region,
    /// `REBERTH_LEDGER_TABLE`: the name of the ledger's table.
    pub ledger_table: String,
    /// `REBERTH_MAINTENANCE_QUEUE_URL`: where hints and look-agains go.
    pub maintenance_queue_url: String,
    /// `REBERTH_DEAD_LETTER_QUEUE_URL`: the function's own queue of what it cannot read.
    pub dead_letter_queue_url: String,
    /// `REBERTH_NOTICES_TOPIC_ARN`: the topic that people read.
    pub notices_topic_arn: String,
    /// All variables with the prefix, by name: ceilings and defaults are read from here.
    pub settings: BTreeMap<String, String>,
}

/// A variable that is absent, or is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {name}: expected {expected}; set it in the template")]
pub struct EnvironmentError {
    /// The variable.
    pub name: &'static str,
    /// What it should hold.
    pub expected: &'static str,
}

impl Environment {
    /// Reads the process's own environment.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn of_this_process() -> Result<Self, EnvironmentError> {
        let readable = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self::read(readable)
    }

    /// Reads variables. Those without a meaning here are ignored, empty ones count as absent.
    pub fn read(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, EnvironmentError> {
        let ours = |name: &str| name.starts_with("REBERTH_") || name == "AWS_REGION";
        let mut settings: BTreeMap<String, String> =
            variables.into_iter().filter(|(name, value)| ours(name) && !value.is_empty()).collect();
        let mut take =
            |name, expected| settings.remove(name).ok_or(EnvironmentError { name, expected });
        let expected = "a region such as us-west-2";
        let region = take("AWS_REGION", expected)?;
        let region = Region::parse(&region)
            .map_err(|_| EnvironmentError { name: "AWS_REGION", expected })?;
        Ok(Self {
            region,
            ledger_table: take("REBERTH_LEDGER_TABLE", "the name of a DynamoDB table")?,
            maintenance_queue_url: take("REBERTH_MAINTENANCE_QUEUE_URL", "the URL of a queue")?,
            dead_letter_queue_url: take("REBERTH_DEAD_LETTER_QUEUE_URL", "the URL of a queue")?,
            notices_topic_arn: take("REBERTH_NOTICES_TOPIC_ARN", "the ARN of a topic")?,
            settings,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Vec<(String, String)> {
        let pairs = [
            ("AWS_REGION", "us-west-2"),
            ("PATH", "/usr/bin"),
            ("REBERTH_DEAD_LETTER_QUEUE_URL", "https://queue/dead"),
            ("REBERTH_LEDGER_TABLE", "ledger"),
            ("REBERTH_MAINTENANCE_QUEUE_URL", "https://queue/maintenance"),
            ("REBERTH_MAXIMUM_MODE", "enforce"),
            ("REBERTH_NOTICES_TOPIC_ARN", "arn:aws:sns:us-west-2:123456789012:notices"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }

    #[test]
    fn what_the_adapters_need_is_named_and_the_rest_are_settings() {
        let environment = Environment::read(variables()).unwrap();
        assert_eq!(environment.ledger_table, "ledger");
        let settings: Vec<_> = environment.settings.into_iter().collect();
        assert_eq!(settings, [("REBERTH_MAXIMUM_MODE".to_owned(), "enforce".to_owned())]);
    }

    #[test]
    fn an_absent_and_an_empty_variable_are_named() {
        for name in ["AWS_REGION", "REBERTH_LEDGER_TABLE", "REBERTH_NOTICES_TOPIC_ARN"] {
            let absent = variables().into_iter().filter(|(other, _)| other != name);
            assert_eq!(Environment::read(absent).unwrap_err().name, name);
            let empty = absent_value(name);
            assert_eq!(Environment::read(empty).unwrap_err().name, name);
        }
    }

    fn absent_value(name: &str) -> Vec<(String, String)> {
        let mut variables = variables();
        variables
            .iter_mut()
            .filter(|(other, _)| other == name)
            .for_each(|(_, value)| value.clear());
        variables
    }

    #[test]
    fn the_error_says_what_to_do() {
        let error = Environment::read(absent_value("REBERTH_LEDGER_TABLE")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "environment variable REBERTH_LEDGER_TABLE: expected the name of a DynamoDB table; \
             set it in the template"
        );
    }
}
