//! Metrics as functions write them: documents in `CloudWatch`'s embedded metric format (AWS doc
//! `CloudWatch_Embedded_Metric_Format_Specification`, read 2026-11), taken apart into data.

use std::collections::BTreeMap;

use serde_json::Value;

/// Dimensions by their names. A metric with other dimensions is another metric.
pub type Dimensions = BTreeMap<String, String>;

/// One value of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Datum {
    /// `Reberth`, or one of AWS's own.
    pub namespace: String,
    /// The metric.
    pub name: String,
    /// All of its dimensions.
    pub dimensions: Dimensions,
    /// Seconds since 1970.
    pub at: u64,
    /// The value.
    pub value: f64,
}

/// The data in the lines of a log. `CloudWatch` leaves a document alone that breaks the format, so
/// nothing comes of one here.
pub fn data<'a>(log: impl IntoIterator<Item = &'a str>) -> Vec<Datum> {
    let documents = log.into_iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    documents.filter_map(|document| of_document(&document)).flatten().collect()
}

fn of_document(document: &Value) -> Option<Vec<Datum>> {
    let at = document["_aws"]["Timestamp"].as_u64()? / 1000;
    let mut data = Vec::new();
    for directive in document["_aws"]["CloudWatchMetrics"].as_array()? {
        let namespace = directive["Namespace"].as_str()?;
        for names in directive["Dimensions"].as_array()? {
            let dimensions = dimensions(document, names)?;
            for metric in directive["Metrics"].as_array()? {
                let name = metric["Name"].as_str()?;
                data.push(Datum {
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                    dimensions: dimensions.clone(),
                    at,
                    value: document[name].as_f64()?,
                });
            }
        }
    }
    Some(data)
}

/// One set of dimensions: each names a text at the document's root.
fn dimensions(document: &Value, names: &Value) -> Option<Dimensions> {
    let value = |name: &Value| {
        let name = name.as_str()?;
        Some((name.to_owned(), document[name].as_str()?.to_owned()))
    };
    names.as_array()?.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "_aws": {
                "Timestamp": 1_796_112_000_500_u64,
                "CloudWatchMetrics": [{
                    "Namespace": "Reberth",
                    "Dimensions": [["FunctionName"], ["FunctionName", "Kind"]],
                    "Metrics": [{ "Name": "Held", "Unit": "Count" }],
                }],
            },
            "FunctionName": "f",
            "Kind": "k",
            "Held": 2,
            "Out": 1,
        })
    }

    #[test]
    fn a_document_has_one_value_for_each_metric_and_set_of_dimensions() {
        let text = document().to_string();
        let found = data(["not JSON", "{\"service\":\"f\"}", &text]);
        let dimensions = |names: &[(&str, &str)]| -> Dimensions {
            names.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
        };
        let sets: Vec<_> = found.iter().map(|datum| datum.dimensions.clone()).collect();
        let expected = [
            dimensions(&[("FunctionName", "f")]),
            dimensions(&[("FunctionName", "f"), ("Kind", "k")]),
        ];
        assert_eq!(sets, expected);
        assert!(found.iter().all(|datum| datum.name == "Held" && datum.at == 1_796_112_000));
    }

    #[test]
    fn a_document_whose_dimension_or_value_is_not_there_gives_nothing() {
        for field in ["FunctionName", "Held"] {
            let mut broken = document();
            broken[field] = Value::Null;
            assert_eq!(data([broken.to_string().as_str()]), [], "{field}");
        }
    }
}
