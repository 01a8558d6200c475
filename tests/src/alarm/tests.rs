//! AWS's own examples, as far as they are at hand, and what follows from them.

use serde_json::json;

use super::*;

fn alarm(change: &Value) -> Alarm {
    let mut properties = json!({
        "Namespace": "Reberth",
        "MetricName": "Held",
        "Dimensions": [{ "Name": "FunctionName", "Value": "f" }],
        "Statistic": "Maximum",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "Period": 300,
        "EvaluationPeriods": 1,
        "TreatMissingData": "ignore",
    });
    for (name, value) in change.as_object().into_iter().flatten() {
        properties[name] = value.clone();
    }
    Alarm::read("Example", &json!({ "Properties": properties })).unwrap()
}

fn datum(minute: u64, value: f64) -> Datum {
    Datum {
        namespace: "Reberth".to_owned(),
        name: "Held".to_owned(),
        dimensions: Dimensions::from([("FunctionName".to_owned(), "f".to_owned())]),
        at: minute * 60,
        value,
    }
}

/// Points as AWS's page writes them, the newest on the right: `0` does not breach, `X` does, `-` is
/// missing.
fn points(written: &str) -> Vec<Option<f64>> {
    let point = |word: &str| match word {
        "0" => Some(0.0),
        "X" => Some(1.0),
        _ => None,
    };
    written.split(' ').rev().map(point).collect()
}

/// The two tables of `alarms-and-missing-data`, written from memory and not compared with today's
/// page; without the column `missing`, which no alarm here uses. R: the state stays as it is.
///
/// An archived version of the page (GitHub, `awsdocs/amazon-cloudwatch-user-guide`, file
/// `AlarmThatSendsEmail.md`, read 2026-11) has eight of the rows. Instead of `- - - - 0` and
/// `- - X - -` for three of three it has `0 - - - -`, `X - - - -` and `- - - - X`, with the same
/// states.
#[test]
fn missing_points_are_treated_as_in_the_tables_of_aws() {
    for (to_alarm, written, breaching, not_breaching, ignore) in [
        (3, "0 - X - X", 'O', 'O', 'O'),
        (3, "- - - - 0", 'O', 'O', 'O'),
        (3, "- - - - -", 'A', 'O', 'R'),
        (3, "0 X X - X", 'A', 'A', 'A'),
        (3, "- - X - -", 'A', 'O', 'R'),
        (2, "0 - X - X", 'A', 'A', 'A'),
        (2, "0 0 X 0 X", 'A', 'A', 'A'),
        (2, "0 - X - -", 'A', 'O', 'O'),
        (2, "- - - - 0", 'A', 'O', 'O'),
        (2, "- - - - X", 'A', 'O', 'R'),
    ] {
        for (treatment, expected) in
            [("breaching", breaching), ("notBreaching", not_breaching), ("ignore", ignore)]
        {
            let alarm = alarm(&json!({
                "EvaluationPeriods": 3, "DatapointsToAlarm": to_alarm, "TreatMissingData": treatment,
            }));
            for before in [State::InsufficientData, State::Ok, State::Alarm] {
                let state = match expected {
                    'A' => State::Alarm,
                    'O' => State::Ok,
                    _ => before,
                };
                let found = alarm.evaluate(&points(written), before);
                assert_eq!(found, state, "{to_alarm} of 3 {written} {treatment} after {before:?}");
            }
        }
    }
}

#[test]
fn the_window_slides_with_each_minute() {
    let alarm = alarm(&json!({ "TreatMissingData": "notBreaching", "Statistic": "Sum" }));
    let data = [datum(7, 1.0)];
    let expected =
        [(0, State::InsufficientData), (0, State::Ok), (480, State::Alarm), (780, State::Ok)];
    assert_eq!(alarm.play(&data, 0, 3600, 0), expected);
}

#[test]
fn a_point_that_is_missing_is_looked_for_further_back_before_it_is_taken_for_missing() {
    let silent = json!({
        "MetricName": "Held", "Statistic": "Sum", "ComparisonOperator": "LessThanThreshold",
        "Threshold": 1, "TreatMissingData": "breaching",
    });
    let data = [datum(0, 1.0)];
    let alarms_at = |further| {
        let states = alarm(&silent).play(&data, 60, 3600, further);
        states.into_iter().find(|(_, state)| *state == State::Alarm).map(|(at, _)| at)
    };
    assert_eq!(alarms_at(0), Some(6 * 60));
    assert_eq!(alarms_at(2), Some(16 * 60), "two periods later");
}

#[test]
fn a_state_that_lasts_stays_between_two_looks_and_ends_with_a_number() {
    let alarm = alarm(&json!({}));
    let data = [datum(10, 2.0), datum(25, 2.0), datum(40, 0.0)];
    for further in 0..5 {
        let states: Vec<_> = alarm.play(&data, 0, 7200, further).into_iter().skip(1).collect();
        assert_eq!(states, [(660, State::Alarm), (2460, State::Ok)], "{further}");
    }
}

#[test]
fn only_its_own_metric_counts_by_namespace_name_and_all_dimensions() {
    let alarm = alarm(&json!({}));
    assert!(alarm.watches(&datum(0, 1.0)));
    let mut others = [datum(0, 1.0), datum(0, 1.0), datum(0, 1.0), datum(0, 1.0)];
    others[0].namespace = "AWS/Lambda".to_owned();
    others[1].name = "Out".to_owned();
    others[2].dimensions.insert("Outcome".to_owned(), "held".to_owned());
    others[3].dimensions.insert("FunctionName".to_owned(), "g".to_owned());
    assert!(others.iter().all(|other| !alarm.watches(other)));
}

#[test]
fn what_is_not_understood_is_named() {
    for (property, value) in [
        ("Statistic", json!("Average")),
        ("ComparisonOperator", json!("GreaterThanOrEqualToThreshold")),
        ("TreatMissingData", json!("missing")),
        ("Dimensions", json!([{ "Name": "FunctionName", "Value": { "Ref": "F" } }])),
        ("Period", json!("300")),
    ] {
        let mut properties = json!({
            "Namespace": "Reberth", "MetricName": "Held", "Dimensions": [], "Statistic": "Sum",
            "ComparisonOperator": "GreaterThanThreshold", "Threshold": 0, "Period": 300,
            "EvaluationPeriods": 1, "TreatMissingData": "ignore",
        });
        properties[property] = value;
        let error = Alarm::read("Example", &json!({ "Properties": properties })).unwrap_err();
        assert!(error.to_string().starts_with(&format!("Example.{property}: ")), "{error}");
    }
}
