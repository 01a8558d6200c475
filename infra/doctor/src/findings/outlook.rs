//! What AWS will do because something holds Reberth, and what has been out for long.

use jiff::SignedDuration;

use shared::plan::{Plan, Reason, Step};

use super::{Code, Finding};
use crate::evidence::{Evidence, named};
use crate::outlook::out_since;

/// Out of service for longer than this is worth a look. A replacement takes minutes.
const OUT_LONG: SignedDuration = SignedDuration::from_hours(2);

/// Holds that do not end by themselves before AWS's date, even if the mode were `enforce`, and
/// instances that do not come back.
pub fn find(evidence: &Evidence) -> Vec<Finding> {
    let held = evidence.preview.enforced.iter().filter(|plan| holds_past_date(plan));
    let held = held.map(|plan| {
        let date = plan.not_before.map_or_else(String::new, |date| format!("; AWS acts at {date}"));
        let words = format!("{}{date}", plan.reason);
        Finding::new(Code::Held, whose(evidence, plan), words).cured_by(plan.reason.cure())
    });
    let stack = evidence.case.stack.as_ref().map_or("", |stack| stack.name.as_str());
    let incidents = evidence.world().memory.incidents.values();
    let long = incidents.filter_map(|incident| {
        let since = out_since(incident)?;
        let hours = evidence.now().duration_since(since);
        let words = format!("it has been out of service for {} h", hours.as_hours());
        (hours > OUT_LONG).then(|| {
            let instance = incident.key.instance.to_string();
            let cure = format!("read its story: make why INSTANCE={instance} STACK={stack}");
            Finding::new(Code::OutLong, instance, words).cured_by(&cure)
        })
    });
    held.chain(long).collect()
}

fn holds_past_date(plan: &Plan) -> bool {
    let waits_for_us = matches!(
        plan.reason,
        Reason::LimitFull { .. } | Reason::FirstOneAlone | Reason::Governor { .. }
    );
    let by_itself = match (plan.reason.ends_at(), plan.not_before) {
        (Some(end), Some(date)) => end < date,
        (Some(_), None) => true,
        (None, _) => false,
    };
    let nobody_asked = matches!(plan.reason, Reason::NotOptedIn | Reason::GroupNotAllowed);
    matches!(plan.step, Step::Hold(_)) && !waits_for_us && !by_itself && !nobody_asked
}

fn whose(evidence: &Evidence, plan: &Plan) -> String {
    let instance = evidence.world().instances.get(&plan.key.instance);
    instance.map_or_else(|| plan.key.instance.to_string(), named)
}
