//! Alarms on metrics that AWS writes: what each service documents of its metric, as a series that is
//! well and one that is not.

use tests::alarm::{Alarm, State};
use tests::metrics::Datum;

use crate::Outcome;
use crate::alarms::{FURTHER, SILENCE, alarms, states};

/// A metric as AWS documents it.
pub struct Documented {
    namespace: &'static str,
    metric: &'static str,
    /// Its one dimension.
    dimension: &'static str,
    /// What comes each minute while all is well; nothing where AWS writes only what is not 0.
    well: &'static [f64],
    /// Values of which one a minute is reason enough to ring, most harmless first.
    unwell: &'static [f64],
}

/// Each with the page that says so, all read 2026-11.
pub const DOCUMENTED: [Documented; 6] = [
    // SQS Developer Guide, `sqs-available-cloudwatch-metrics`: messages to be received. Each minute
    // while the queue is active; nothing from a queue that nobody used for six hours.
    Documented {
        namespace: "AWS/SQS",
        metric: "ApproximateNumberOfMessagesVisible",
        dimension: "QueueName",
        well: &[0.0],
        unwell: &[1.0, 10.0],
    },
    // The same page: seconds, of a queue with at least one message; a message on its fifth try is
    // as old as its first.
    Documented {
        namespace: "AWS/SQS",
        metric: "ApproximateAgeOfOldestMessage",
        dimension: "QueueName",
        well: &[0.0, 60.0, 900.0],
        unwell: &[1801.0, 86_400.0],
    },
    // EventBridge User Guide, `eb-monitoring`: events that not even the dead-letter queue took. On
    // the default bus the rule's name is the only dimension.
    Documented {
        namespace: "AWS/Events",
        metric: "InvocationsFailedToBeSentToDlq",
        dimension: "RuleName",
        well: &[],
        unwell: &[1.0],
    },
    // Lambda Developer Guide, `monitoring-metrics-types`: a value for each invocation, 0 where it
    // succeeded; to be read as a sum.
    Documented {
        namespace: "AWS/Lambda",
        metric: "Errors",
        dimension: "FunctionName",
        well: &[0.0],
        unwell: &[1.0],
    },
    // The same page: requests that found no concurrency.
    Documented {
        namespace: "AWS/Lambda",
        metric: "Throttles",
        dimension: "FunctionName",
        well: &[0.0],
        unwell: &[1.0],
    },
    // SNS Developer Guide, `sns-monitoring-using-cloudwatch`: messages that a subscriber did not
    // take after all retries.
    Documented {
        namespace: "AWS/SNS",
        metric: "NumberOfNotificationsFailed",
        dimension: "TopicName",
        well: &[0.0],
        unwell: &[1.0],
    },
];

impl Documented {
    /// The alarm names this metric, with exactly its dimension.
    pub fn is_of(&self, alarm: &Alarm) -> bool {
        let dimensions: Vec<&str> = alarm.dimensions.keys().map(String::as_str).collect();
        (alarm.namespace.as_str(), alarm.metric.as_str()) == (self.namespace, self.metric)
            && dimensions == [self.dimension]
    }

    /// A value a minute, for so many minutes; over and over, where there are fewer.
    fn series(&self, alarm: &Alarm, values: &[f64], minutes: u64) -> Vec<Datum> {
        let datum = |(minute, value): (u64, &f64)| Datum {
            namespace: self.namespace.to_owned(),
            name: self.metric.to_owned(),
            dimensions: alarm.dimensions.clone(),
            at: minute * 60,
            value: *value,
        };
        (0..minutes).zip(values.iter().cycle()).map(datum).collect()
    }
}

/// Every alarm on AWS's own metrics, with what is documented of its metric.
fn each() -> Result<Vec<(&'static Alarm, &'static Documented)>, String> {
    let of = |alarm: &Alarm| DOCUMENTED.iter().find(|metric| metric.is_of(alarm));
    Ok(alarms()?.iter().filter_map(|alarm| Some((alarm, of(alarm)?))).collect())
}

#[test]
fn alarms_on_metrics_of_aws_rest_while_all_is_well_and_while_nothing_comes() -> Outcome {
    for (alarm, metric) in each()? {
        for data in [metric.series(alarm, metric.well, 600), Vec::new()] {
            for further in FURTHER {
                let states = states(alarm, &data, SILENCE, further);
                assert_eq!(states, [State::InsufficientData, State::Ok], "{}", alarm.name);
            }
        }
    }
    Ok(())
}

#[test]
fn alarms_on_metrics_of_aws_ring_at_the_first_value_that_is_not_well_and_rest_again() -> Outcome {
    for (alarm, metric) in each()? {
        for value in metric.unwell {
            let data = metric.series(alarm, &[*value], 1);
            for further in FURTHER {
                let states = states(alarm, &data, SILENCE, further);
                let rang = [State::InsufficientData, State::Alarm, State::Ok];
                assert_eq!(states, rang, "{} at {value}", alarm.name);
            }
        }
    }
    Ok(())
}

/// A look-again waits for up to 15 minutes by itself.
#[test]
fn a_delayed_hint_is_no_alarm() -> Outcome {
    let hints = |(alarm, _): &(&Alarm, _)| alarm.name == "MaintenanceReconcilerQueueAgeAlarm";
    let (alarm, age) = each()?.into_iter().find(hints).ok_or("no alarm on the age of hints")?;
    let data = age.series(alarm, &[900.0, 1800.0], 600);
    assert!(!states(alarm, &data, SILENCE, 0).contains(&State::Alarm));
    Ok(())
}
