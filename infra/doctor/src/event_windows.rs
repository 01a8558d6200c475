//! EC2's own event windows: those that would let AWS pick its dates within the windows that owners
//! wrote. Proposed as commands, never made.
//!
//! Rules (EC2 user guide `event-windows` and `API_CreateInstanceEventWindow`, read 2026-11): hours
//! of the week in UTC; each range two hours or more, four hours a week or more; one window for a
//! target. They count for reboots, stops and retirements that AWS schedules later, not for what is
//! scheduled already and not for network maintenance.

use std::collections::BTreeSet;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use shared::time::{Calendar, Interval};
use shared::world::{Group, Instance};

use crate::case::{EventWindow, Unanswered};
use crate::evidence::{Evidence, named};
use crate::findings::{Code, Finding};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The least that one range may have.
const RANGE_LEAST: SignedDuration = SignedDuration::from_hours(2);
/// The least that all ranges of a week may have.
const WEEK_LEAST: SignedDuration = SignedDuration::from_hours(4);
/// Half a year: where clocks are changed, they are changed between now and then.
const HALF_A_YEAR: SignedDuration = SignedDuration::from_hours(26 * 7 * 24);

/// An event window that would agree with what an owner wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// The group, or the instance as its people know it.
    pub whose: String,
    /// The owner's window.
    pub window: String,
    /// EC2's ranges, in UTC.
    pub ranges: Vec<String>,
    /// The commands that would make it, to be reviewed and run by hand.
    pub commands: Vec<String>,
    /// What to mind; empty where there is nothing.
    pub note: String,
}

/// What EC2 makes of an owner's window.
enum Verdict {
    Known,
    Proposed(Proposal),
    Unfit { whose: String, why: String },
}

/// An event window for each owner's window that EC2 does not know.
pub fn proposals(evidence: &Evidence) -> Vec<Proposal> {
    let proposed = verdicts(evidence).into_iter().filter_map(|verdict| match verdict {
        Verdict::Proposed(proposal) => Some(proposal),
        Verdict::Known | Verdict::Unfit { .. } => None,
    });
    proposed.collect()
}

/// Windows that EC2 does not know, and those that it would not take.
pub fn find(evidence: &Evidence) -> Vec<Finding> {
    let finding = |verdict| match verdict {
        Verdict::Known => None,
        Verdict::Proposed(Proposal { whose, window, .. }) => {
            let words = format!("AWS picks its dates without regard to its window, {window}");
            Some(Finding::new(Code::WindowUnknownToEc2, whose, words))
        }
        Verdict::Unfit { whose, why } => Some(Finding::new(Code::WindowUnfitForEc2, whose, why)),
    };
    verdicts(evidence).into_iter().filter_map(finding).collect()
}

fn verdicts(evidence: &Evidence) -> Vec<Verdict> {
    let unread = |one: &Unanswered| one.call == "DescribeInstanceEventWindows";
    if evidence.case.unanswered.iter().any(unread) {
        return Vec::new();
    }
    let groups = evidence.opted_in().filter_map(|group| {
        let window = evidence.policy_of_group(group).policy.window;
        let target = Target::group(group);
        matches!(window, Calendar::Within(_)).then(|| judge(evidence, &target, &window))
    });
    let alone = evidence.opted_in_alone().filter_map(|instance| {
        let window = evidence.policy_of(instance).policy.window;
        let target = Target::instance(instance);
        matches!(window, Calendar::Within(_)).then(|| judge(evidence, &target, &window))
    });
    groups.chain(alone).collect()
}

/// What an event window is associated with.
struct Target {
    whose: String,
    /// A name that EC2 takes for a window: letters, digits and hyphens.
    slug: String,
    association: serde_json::Value,
    instances: BTreeSet<String>,
    tags: BTreeSet<(String, String)>,
}

impl Target {
    fn group(group: &Group) -> Self {
        let tag = ("aws:autoscaling:groupName".to_owned(), group.name.to_string());
        Self {
            whose: group.name.to_string(),
            slug: slug(group.name.as_str()),
            association: serde_json::json!({ "InstanceTags": [{ "Key": tag.0, "Value": tag.1 }] }),
            instances: group.members.keys().map(ToString::to_string).collect(),
            tags: BTreeSet::from([tag]),
        }
    }

    fn instance(instance: &Instance) -> Self {
        let id = instance.id.to_string();
        Self {
            whose: named(instance),
            slug: slug(&id),
            association: serde_json::json!({ "InstanceIds": [id] }),
            instances: BTreeSet::from([id]),
            tags: instance.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        }
    }

    /// EC2 has a window for all of it.
    fn covered_by(&self, window: &EventWindow) -> bool {
        let by_id = !self.instances.is_empty()
            && self
                .instances
                .iter()
                .all(|id| window.instances.iter().any(|one| one.as_str() == id));
        by_id || window.tags.iter().any(|tag| self.tags.contains(tag))
    }
}

fn judge(evidence: &Evidence, target: &Target, window: &Calendar) -> Verdict {
    if evidence.case.event_windows.iter().any(|known| target.covered_by(known)) {
        return Verdict::Known;
    }
    let monday = next_monday(evidence.now());
    let ranges = match weekly(window, monday) {
        Ok(ranges) => ranges,
        Err(why) => return Verdict::Unfit { whose: target.whose.clone(), why: why.to_owned() },
    };
    let later = monday.checked_add(HALF_A_YEAR).ok().and_then(|later| weekly(window, later).ok());
    let moves = later.is_some_and(|later| later != ranges);
    let note = if moves {
        "its zone changes its clocks and EC2's hours do not: change the event window then"
    } else {
        ""
    };
    Verdict::Proposed(Proposal {
        whose: target.whose.clone(),
        window: window.to_string(),
        ranges: ranges.iter().copied().map(Range::words).collect(),
        commands: commands(evidence.case.region.as_str(), target, &ranges),
        note: note.to_owned(),
    })
}

/// A range of EC2's: whole hours of the week, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    from: (Weekday, i8),
    until: (Weekday, i8),
}

impl Range {
    fn words(self) -> String {
        let ((from, opens), (until, closes)) = (self.from, self.until);
        format!("{} {opens:02}:00 to {} {closes:02}:00 UTC", day(from), day(until))
    }

    fn argument(self) -> String {
        let ((from, opens), (until, closes)) = (self.from, self.until);
        let (from, until) = (day(from), day(until));
        format!("StartWeekDay={from},StartHour={opens},EndWeekDay={until},EndHour={closes}")
    }
}

/// The openings that begin in the week after `monday`, cut to whole hours; an error where EC2 would
/// not take them.
fn weekly(window: &Calendar, monday: Timestamp) -> Result<Vec<Range>, &'static str> {
    let (Ok(week), Ok(end)) = (monday.checked_add(WEEK), monday.checked_add(WEEK * 3)) else {
        return Err("its weeks lie beyond what can be reckoned");
    };
    let begins = |open: &Interval| open.start() >= monday && open.start() < week;
    let before = monday.checked_sub(WEEK).unwrap_or(monday);
    let open: Vec<Interval> =
        window.intervals(before, end).into_iter().filter(begins).filter_map(whole_hours).collect();
    let total: i64 = open.iter().map(|open| open.length().as_hours()).sum();
    if open.iter().any(|open| open.length() < RANGE_LEAST) {
        return Err("a range of it has less than two whole hours, the least that EC2 takes");
    }
    if total < WEEK_LEAST.as_hours() {
        return Err("it has less than four whole hours a week, the least that EC2 takes");
    }
    Ok(open.into_iter().map(range).collect())
}

/// The whole hours within; at least an empty stretch counts as one that is too short.
fn whole_hours(open: Interval) -> Option<Interval> {
    let hour = HOUR.as_secs();
    let from = open.start().as_second();
    let from = from + (hour - from.rem_euclid(hour)).rem_euclid(hour);
    let until = open.end().as_second();
    let until = until - until.rem_euclid(hour);
    let at = |second| Timestamp::from_second(second).ok();
    // A stretch without a whole hour stays as it is: too short for EC2, and so refused.
    Interval::new(at(from)?, at(until)?).or(Some(open))
}

fn range(open: Interval) -> Range {
    let hour = |at: Timestamp| {
        let at = at.to_zoned(TimeZone::UTC);
        (at.weekday(), at.hour())
    };
    Range { from: hour(open.start()), until: hour(open.end()) }
}

fn next_monday(now: Timestamp) -> Timestamp {
    let today = now.as_second().div_euclid(86_400);
    // Days count from 1970-01-01, a Thursday.
    let monday = today + (7 - (today + 3).rem_euclid(7));
    Timestamp::from_second(monday * 86_400).unwrap_or(now)
}

fn day(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

fn commands(region: &str, target: &Target, ranges: &[Range]) -> Vec<String> {
    let ranges: Vec<String> = ranges.iter().copied().map(Range::argument).collect();
    let make = format!(
        "window=$(aws ec2 create-instance-event-window --region {region} --name reberth-{} \
         --time-ranges {} --query InstanceEventWindow.InstanceEventWindowId --output text)",
        target.slug,
        ranges.join(" "),
    );
    let associate = format!(
        "aws ec2 associate-instance-event-window --region {region} \
         --instance-event-window-id \"$window\" --association-target {}",
        quoted(&target.association.to_string()),
    );
    vec![make, associate]
}

/// One word of a shell, whatever its letters: names of groups are written by others.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn slug(name: &str) -> String {
    let plain = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    plain.take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(text: &str) -> Calendar {
        Calendar::Within(vec![text.parse().unwrap()])
    }

    fn words(text: &str, from: &str) -> Result<Vec<String>, &'static str> {
        let monday = next_monday(from.parse().unwrap());
        weekly(&within(text), monday)
            .map(|ranges| ranges.iter().copied().map(Range::words).collect())
    }

    #[test]
    fn an_owners_hours_become_hours_of_the_week_in_utc() {
        let paris = "Sun 02:00-06:00 + Mon 01:00-04:30 @ Europe/Paris";
        assert_eq!(
            words(paris, "2026-12-01T12:00Z").unwrap(),
            ["monday 00:00 to monday 03:00 UTC", "sunday 01:00 to sunday 05:00 UTC"]
        );
        for (window, ranges) in [
            ("Sat 22:00-04:00", &["saturday 22:00 to sunday 04:00 UTC"][..]),
            (
                "Mon-Tue 01:00-03:00",
                &["monday 01:00 to monday 03:00 UTC", "tuesday 01:00 to tuesday 03:00 UTC"],
            ),
        ] {
            assert_eq!(words(window, "2026-12-01T12:00Z").unwrap(), ranges, "{window}");
        }
    }

    #[test]
    fn hours_that_ec2_would_not_take_are_told_apart() {
        let short = words("Sun 02:00-03:30 + Mon 01:00-05:00", "2026-12-01T12:00Z");
        assert!(short.unwrap_err().contains("two whole hours"));
        let little = words("Sun 02:00-05:00", "2026-12-01T12:00Z");
        assert!(little.unwrap_err().contains("four whole hours"));
    }

    #[test]
    fn a_name_of_others_stays_one_word_of_the_shell() {
        assert_eq!(quoted("a'; rm -rf /; '"), r"'a'\''; rm -rf /; '\'''");
        assert_eq!(slug("web/$(id)"), "web---id-");
    }

    #[test]
    fn a_week_begins_on_the_monday_after() {
        for (now, monday) in [
            ("2026-12-01T12:00Z", "2026-12-07T00:00:00Z"),
            ("2026-12-06T23:59:59Z", "2026-12-07T00:00:00Z"),
            ("2026-12-07T00:00Z", "2026-12-14T00:00:00Z"),
        ] {
            assert_eq!(next_monday(now.parse().unwrap()).to_string(), monday, "{now}");
        }
    }
}
