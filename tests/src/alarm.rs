//! A `CloudWatch` alarm, evaluated as AWS describes it: which data it takes, how it makes points of
//! them, and what it makes of points that are missing.
//!
//! Rules: CloudWatch User Guide, `alarm-evaluation`, `alarm-evaluation-window` and
//! `alarms-and-missing-data`, read 2026-11. What AWS leaves open is the length of the *evaluation
//! range*: where points are missing, an alarm looks back further than it evaluates, by how much is
//! not said. So [`Alarm::play`] takes that length, and a test tries several.

use std::io;

use serde_json::Value;

use crate::metrics::{Datum, Dimensions};

/// An alarm is evaluated each minute, over a window that slides with it.
const EVERY: u64 = 60;

/// The state of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As a new alarm begins.
    InsufficientData,
    /// All is well.
    Ok,
    /// Its action is taken when it comes here.
    Alarm,
}

/// What an alarm makes of points that are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    Breaching,
    NotBreaching,
    /// The state stays as it is.
    Ignore,
}

/// How the values within a period become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Statistic {
    Sum,
    Maximum,
}

/// When a point breaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    GreaterThanThreshold,
    LessThanThreshold,
}

/// An alarm on one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// Its logical id in the template.
    pub name: String,
    /// The namespace of its metric.
    pub namespace: String,
    /// Its metric.
    pub metric: String,
    /// The dimensions of its metric, all of them.
    pub dimensions: Dimensions,
    statistic: Statistic,
    comparison: Comparison,
    threshold: f64,
    /// Seconds.
    period: u64,
    /// Points that are evaluated.
    periods: usize,
    /// How many of them must breach.
    must_breach: usize,
    missing: Missing,
}

impl Alarm {
    /// The alarm that a resource of a template describes, its references resolved.
    ///
    /// # Errors
    /// Names the property that is absent, or that says what this evaluator does not know.
    pub fn read(name: &str, resource: &Value) -> io::Result<Self> {
        let properties = &resource["Properties"];
        let wrong = |property: &str| {
            let words = format!("{name}.{property}: {} is not understood", properties[property]);
            io::Error::new(io::ErrorKind::InvalidData, words)
        };
        let text = |property: &str| properties[property].as_str().ok_or_else(|| wrong(property));
        let number = |property: &str| properties[property].as_u64().ok_or_else(|| wrong(property));
        let count = |property: &str| usize::try_from(number(property)?).map_err(io::Error::other);
        let periods = count("EvaluationPeriods")?;
        let all = properties["DatapointsToAlarm"].is_null();
        Ok(Self {
            name: name.to_owned(),
            namespace: text("Namespace")?.to_owned(),
            metric: text("MetricName")?.to_owned(),
            dimensions: dimensions(&properties["Dimensions"]).ok_or_else(|| wrong("Dimensions"))?,
            statistic: match text("Statistic")? {
                "Sum" => Statistic::Sum,
                "Maximum" => Statistic::Maximum,
                _ => return Err(wrong("Statistic")),
            },
            comparison: match text("ComparisonOperator")? {
                "GreaterThanThreshold" => Comparison::GreaterThanThreshold,
                "LessThanThreshold" => Comparison::LessThanThreshold,
                _ => return Err(wrong("ComparisonOperator")),
            },
            threshold: properties["Threshold"].as_f64().ok_or_else(|| wrong("Threshold"))?,
            period: number("Period")?,
            periods,
            must_breach: if all { periods } else { count("DatapointsToAlarm")? },
            missing: match text("TreatMissingData")? {
                "breaching" => Missing::Breaching,
                "notBreaching" => Missing::NotBreaching,
                "ignore" => Missing::Ignore,
                _ => return Err(wrong("TreatMissingData")),
            },
        })
    }

    /// The states that a new alarm goes through from one time to another, in seconds since 1970,
    /// each with the time at which it came there. Where points are missing it looks back `further`
    /// periods more than it evaluates.
    pub fn play(&self, data: &[Datum], from: u64, to: u64, further: usize) -> Vec<(u64, State)> {
        let data: Vec<&Datum> = data.iter().filter(|datum| self.watches(datum)).collect();
        let mut states = vec![(from, State::InsufficientData)];
        let mut state = State::InsufficientData;
        let first = from.next_multiple_of(EVERY);
        for at in (first..=to).step_by(usize::try_from(EVERY).unwrap_or(1)) {
            let points: Vec<Option<f64>> = (0..self.periods + further)
                .map(|back| self.point(&data, at.saturating_sub(back as u64 * self.period)))
                .collect();
            let next = self.evaluate(&points, state);
            if next != state {
                states.push((at, next));
                state = next;
            }
        }
        states
    }

    /// The same metric: namespace, name and every dimension.
    pub fn watches(&self, datum: &Datum) -> bool {
        datum.namespace == self.namespace
            && datum.name == self.metric
            && datum.dimensions == self.dimensions
    }

    /// The point of the period that ends at this time; none where nothing was written in it.
    fn point(&self, data: &[&Datum], end: u64) -> Option<f64> {
        let within = |datum: &&&Datum| datum.at < end && datum.at + self.period >= end;
        let values = data.iter().filter(within).map(|datum| datum.value);
        values.reduce(|one, other| match self.statistic {
            Statistic::Sum => one + other,
            Statistic::Maximum => one.max(other),
        })
    }

    /// The state after the points of the evaluation range, the newest first.
    fn evaluate(&self, points: &[Option<f64>], before: State) -> State {
        let real: Vec<f64> = points.iter().flatten().copied().take(self.periods).collect();
        let breaching = real.iter().filter(|value| self.breaches(**value)).count();
        let lacking = self.periods - real.len();
        let alarmed = |breaching: usize| {
            if breaching >= self.must_breach { State::Alarm } else { State::Ok }
        };
        match self.missing {
            Missing::Breaching => alarmed(breaching + lacking),
            Missing::Ignore if breaching < self.must_breach && breaching == real.len() => before,
            Missing::NotBreaching | Missing::Ignore => alarmed(breaching),
        }
    }

    fn breaches(&self, value: f64) -> bool {
        match self.comparison {
            Comparison::GreaterThanThreshold => value > self.threshold,
            Comparison::LessThanThreshold => value < self.threshold,
        }
    }
}

fn dimensions(list: &Value) -> Option<Dimensions> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    list.as_array()?.iter().map(|one| Some((text(&one["Name"])?, text(&one["Value"])?))).collect()
}

#[cfg(test)]
mod tests;
