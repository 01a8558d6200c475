//! The health event router: turns notices of AWS Health into hints, and tells people what concerns
//! no instance.

use super::{NoticePorts, maintenance};
use crate::decide::notice::{self, NoticeDecision, NoticePlan, NoticeReason};
use crate::event::Event;
use crate::event::envelope;
use crate::event::hint::{Hint, HintKind};
use crate::ids::Place;
use crate::message::Message;
use crate::ports::CloudError;
use crate::report::{NoticeLine, Outcome, Report, Trigger};
use crate::world::notice::Notice;

/// Runs one invocation.
///
/// *Guarantees*: a notice is recorded after its hint is sent, never before, so a crash costs a
/// second hint and never a lost one. Each message stands alone: one that fails comes again, one
/// that nobody can read is buried with its reason.
pub async fn run(ports: &impl NoticePorts, place: &Place, payload: &str) -> Report {
    let mut report = Report::new("health-event-router", "Notices routed.", Trigger::Event);
    let messages = envelope::peel(payload);
    report.batch = messages.iter().any(|message| message.id.is_some()) || messages.is_empty();
    report.count("received", messages.len());
    for message in messages {
        let id = message.id.as_ref().map(|id| id.as_str().to_owned());
        match message.event {
            Ok(Event::Health(notice)) => {
                if let Err(error) = route(ports, place, &notice, &mut report).await {
                    report.error = Some(error.to_string());
                    report.outcome = Outcome::Failed;
                    report.failed_messages.extend(id);
                }
            }
            // All of them by name: whoever adds one of this function's says what becomes of it.
            Ok(
                Event::InstanceState(_)
                | Event::Sweep
                | Event::Hint(_)
                | Event::Question(_)
                | Event::Unknown { .. },
            ) => report.count("unknown_kind", 1),
            Err(unreadable) => {
                maintenance::bury(ports, &message.raw, id, &unreadable, &mut report).await;
            }
        }
    }
    report.now = Some(ports.now());
    report
}

async fn route(
    ports: &impl NoticePorts,
    place: &Place,
    notice: &Notice,
    report: &mut Report,
) -> Result<(), CloudError> {
    let foreign = notice::decide(notice, place, false).decision == NoticeDecision::Drop;
    let key = notice.dedupe_key().filter(|_| !foreign);
    let seen = match &key {
        Some(key) => ports.notice_seen(key).await?,
        None => false,
    };
    let plan = notice::decide(notice, place, seen);
    carry_out(ports, place, notice, &plan, report).await?;
    if let (Some(key), false) = (&key, seen) {
        ports.record_notice(key, ports.now()).await?;
    }
    count(&plan, report);
    report.notices.push(line(notice, &plan));
    Ok(())
}

async fn carry_out(
    ports: &impl NoticePorts,
    place: &Place,
    notice: &Notice,
    plan: &NoticePlan,
    report: &mut Report,
) -> Result<(), CloudError> {
    let (kind, subjects) = match &plan.decision {
        NoticeDecision::Hint(subjects) => (HintKind::Notice, subjects),
        NoticeDecision::Look(subjects) => (HintKind::Closed, subjects),
        NoticeDecision::Notify => {
            let matter = format!("told|{}", notice.matter_key());
            if !ports.notice_seen(&matter).await? {
                let subject = format!("AWS Health in {}", place.region);
                let message = Message::remark(place, &subject, &plan.words, ports.now());
                ports.tell(&message).await?;
                ports.record_notice(&matter, ports.now()).await?;
                report.outcome = Outcome::Applied;
            }
            return Ok(());
        }
        NoticeDecision::Count | NoticeDecision::Drop => return Ok(()),
    };
    let hint = Hint {
        kind,
        subjects: subjects.clone(),
        source: notice.event_arn.clone(),
        at: notice.start,
        hops: 0,
    };
    ports.send(&hint, 0).await?;
    report.count("hinted", 1);
    report.outcome = Outcome::Applied;
    Ok(())
}

fn count(plan: &NoticePlan, report: &mut Report) {
    report.count("unknown_code", usize::from(plan.unknown_code));
    match plan.reason {
        NoticeReason::OtherAccount
        | NoticeReason::OtherRegion
        | NoticeReason::Duplicate
        | NoticeReason::NotEc2 => report.count(plan.reason.code(), 1),
        NoticeReason::Closed | NoticeReason::InstancesNamed | NoticeReason::InstancesNotNamed => {}
    }
}

fn line(notice: &Notice, plan: &NoticePlan) -> NoticeLine {
    let text = |text: &Option<String>| text.as_deref().map(crate::ids::bounded).unwrap_or_default();
    NoticeLine {
        event_arn: notice.event_arn.clone().unwrap_or_default(),
        type_code: text(&notice.type_code),
        status: notice.status.as_ref().map(|s| s.as_str().to_owned()).unwrap_or_default(),
        decision: plan.decision.code(),
        reason: plan.reason.code(),
        severity: plan.severity.code(),
        instances: notice.instances.len(),
        words: plan.words.clone(),
    }
}
