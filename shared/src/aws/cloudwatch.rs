//! The state of alarms.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::types::{AlarmType, StateValue};
use aws_smithy_types::DateTime;

use crate::aws::Cloud;
use crate::aws::clock::timestamp;
use crate::aws::error::classify;
use crate::aws::paging::{PAGES, without_end};
use crate::ports::{CloudError, ReadAlarms};
use crate::world::AlarmState;

/// Names of one question (`API_DescribeAlarms`, read 2026-11).
const NAMES: usize = 100;
/// Alarms of one page, 1 to 100.
const PAGE: i32 = 100;

impl ReadAlarms for Cloud {
    async fn alarms(
        &self,
        names: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, AlarmState>, CloudError> {
        let missing = names.iter().map(|name| (name.clone(), AlarmState::Missing));
        let mut states: BTreeMap<_, _> = missing.collect();
        let names: Vec<String> = names.iter().cloned().collect();
        for asked in names.chunks(NAMES) {
            states.extend(self.describe_alarms(asked).await?);
        }
        Ok(states)
    }
}

impl Cloud {
    async fn describe_alarms(
        &self,
        names: &[String],
    ) -> Result<BTreeMap<String, AlarmState>, CloudError> {
        const CALL: &str = "DescribeAlarms";
        let object = || names.join(", ");
        let mut found = BTreeMap::new();
        let mut token = None;
        for _ in 0..PAGES {
            let call = self.cloudwatch().describe_alarms().set_alarm_names(Some(names.to_vec()));
            // Without the types only metric alarms are told (`API_DescribeAlarms`, read 2026-11).
            let call = call.alarm_types(AlarmType::MetricAlarm);
            let call = call.alarm_types(AlarmType::CompositeAlarm);
            let page = call.max_records(PAGE).set_next_token(token).send().await;
            let page = page.map_err(|error| classify(CALL, object(), &error))?;
            found.extend(states(&page));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(found);
            }
        }
        Err(without_end(CALL, object()))
    }
}

/// The alarms of one page. Since when an alarm is in its state is told by newer alarms only; for
/// others, when that state was looked at last.
fn states(page: &DescribeAlarmsOutput) -> impl Iterator<Item = (String, AlarmState)> {
    let metric = page.metric_alarms().iter().map(|alarm| {
        let since = alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp());
        (alarm.alarm_name(), alarm.state_value(), since)
    });
    let composite = page.composite_alarms().iter().map(|alarm| {
        let since = alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp());
        (alarm.alarm_name(), alarm.state_value(), since)
    });
    metric.chain(composite).filter_map(|(name, word, since)| {
        Some((name?.to_owned(), state(word.map_or("", StateValue::as_str), since)))
    })
}

fn state(word: &str, since: Option<&DateTime>) -> AlarmState {
    match word {
        "OK" => AlarmState::Ok(since.and_then(timestamp)),
        "ALARM" => AlarmState::Alarm,
        _ => AlarmState::InsufficientData,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::types::builders::MetricAlarmBuilder;
    use aws_sdk_cloudwatch::types::{CompositeAlarm, MetricAlarm};
    use jiff::Timestamp;

    use super::*;

    fn metric(name: &str, word: &str) -> MetricAlarmBuilder {
        MetricAlarm::builder().alarm_name(name).state_value(word.into())
    }

    fn read(page: &DescribeAlarmsOutput) -> BTreeMap<String, AlarmState> {
        states(page).collect()
    }

    #[test]
    fn metric_and_composite_alarms_are_told_and_a_new_word_is_no_rest() {
        let quorum = CompositeAlarm::builder().alarm_name("quorum").state_value("ALARM".into());
        let page = DescribeAlarmsOutput::builder()
            .metric_alarms(metric("lag", "OK").build())
            .metric_alarms(metric("errors", "INSUFFICIENT_DATA").build())
            .metric_alarms(metric("depth", "SILENCED").build())
            .composite_alarms(quorum.build())
            .build();
        let states: Vec<_> = read(&page).into_iter().collect();
        assert_eq!(
            states,
            [
                ("depth".to_owned(), AlarmState::InsufficientData),
                ("errors".to_owned(), AlarmState::InsufficientData),
                ("lag".to_owned(), AlarmState::Ok(None)),
                ("quorum".to_owned(), AlarmState::Alarm),
            ]
        );
    }

    #[test]
    fn the_change_of_state_counts_before_the_last_look_at_it() {
        let at = |seconds: i64| DateTime::from_secs(1_796_000_000 + seconds);
        let since = |alarm: MetricAlarmBuilder| {
            let page = DescribeAlarmsOutput::builder().metric_alarms(alarm.build()).build();
            read(&page).get("lag").copied()
        };
        let updated = metric("lag", "OK").state_updated_timestamp(at(60));
        let expected = |seconds: i64| {
            Some(AlarmState::Ok(Timestamp::from_second(1_796_000_000 + seconds).ok()))
        };
        assert_eq!(since(updated.clone()), expected(60));
        assert_eq!(since(updated.state_transitioned_timestamp(at(0))), expected(0));
    }
}
