//! Tables: what each tag means, alone and on both bearers.

mod laws;
mod merging;
mod reading;

use std::fmt::Debug;

use super::*;
use crate::ids::GroupName;

fn tags(pairs: &[(&str, &str)]) -> Tags {
    pairs.iter().map(|(tag, value)| (format!("{PREFIX}{tag}"), (*value).to_owned())).collect()
}

fn group() -> GroupName {
    GroupName::parse("web").unwrap()
}

/// Ceilings that stand in nobody's way.
fn wide() -> Ceilings {
    Ceilings { maximum_mode: Mode::Enforce, maximum_unavailable: 1_000, ..Ceilings::default() }
}

fn member(group_tags: &[(&str, &str)], own: &[(&str, &str)]) -> Read {
    Policy::read(&wide(), Some((&group(), &tags(group_tags))), &tags(own))
}

fn standalone(own: &[(&str, &str)]) -> Read {
    Policy::read(&wide(), None, &tags(own))
}

/// Each row: a value, its reading, and what a complaint says it was taken as. A standalone
/// instance's own tag and a group's tag read alike.
fn check<T: PartialEq + Debug>(
    tag: &str,
    field: impl Fn(&Policy) -> T,
    table: impl IntoIterator<Item = (&'static str, T, Option<&'static str>)>,
) {
    for (value, reading, taken_as) in table {
        for read in [standalone(&[(tag, value)]), member(&[(tag, value)], &[])] {
            assert_eq!(field(&read.policy), reading, "{tag}={value}");
            let complaints: Vec<&str> =
                read.complaints.iter().map(|complaint| complaint.taken_as.as_str()).collect();
            assert_eq!(complaints, Vec::from_iter(taken_as), "{tag}={value}");
        }
    }
}
