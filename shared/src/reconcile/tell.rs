//! Tells people and programs what incidents owe them. What was written is told; what was told is
//! taken out. So a crash, a failed topic or a lost race in between leads to telling at a later look,
//! and nothing is told that did not come about.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::MaintenancePorts;
use crate::ids::Place;
use crate::ledger::{Channel, Incident, IncidentKey, Notification, Standing};
use crate::message::{Event, Message, News};
use crate::ports::{CloudError, Written};
use crate::report::Report;
use crate::world::World;

/// Notifications of one look: a hundred calls to the bus. The rest is told at the next ones.
const MOST: usize = 1_000;

/// What was sent: by a notification's id, and to whom.
type Sent = BTreeSet<(String, Channel)>;

/// Tells what is due. A channel that fails is reported, and costs nobody his move.
pub async fn tell(
    ports: &impl MaintenancePorts,
    place: &Place,
    world: &World,
    report: &mut Report,
) {
    let now = ports.now();
    let written = std::mem::take(&mut report.written);
    let remarks = report.alerts.clone();
    let news = due(world, &written, now);
    report.alerts.extend(news.iter().filter(|one| one.notification.alarms()).map(alert));
    let mut sent = Sent::new();
    people(ports, place, &news, &remarks, &mut sent, report).await;
    programs(ports, place, &news, &mut sent, report).await;
    report.count("told", sent.len());
    let concerned: BTreeMap<&IncidentKey, &Incident> =
        news.iter().map(|one| (&one.incident.key, one.incident)).collect();
    let concerned = concerned.into_values().cloned().collect();
    if let Err(error) = settle(ports, concerned, &sent, now, report).await {
        report.error = Some(error.to_string());
    }
}

/// What is to be told now, the worst first and the parts of one incident together: what this run
/// wrote, and what another one wrote so long ago that it cannot be about to tell it.
fn due<'a>(
    world: &'a World,
    written: &'a BTreeMap<IncidentKey, Incident>,
    now: Timestamp,
) -> Vec<News<'a>> {
    let memory = &world.memory;
    let read = memory.incidents.values().chain(memory.untold.values());
    let untouched = read.filter(|incident| !written.contains_key(&incident.key));
    let mut owing: BTreeMap<(Standing, &IncidentKey), Vec<News<'a>>> = BTreeMap::new();
    for incident in written.values().chain(untouched) {
        let read = memory.any(&incident.key);
        let new = |one: &Notification| read.is_none_or(|read| !read.owed.contains(one));
        let due = incident
            .owed
            .iter()
            .filter(|one| one.due(written.contains_key(&incident.key) && new(one), now));
        let news: Vec<_> = due.map(|notification| News { incident, notification }).collect();
        if let Some(worst) = news.iter().map(|one| one.notification.state).min() {
            owing.insert((worst, &incident.key), news);
        }
    }
    owing.into_values().flatten().take(MOST).collect()
}

/// The sentence of an alarm, with its cure.
fn alert(one: &News<'_>) -> String {
    let Notification { words, cure, .. } = one.notification;
    if cure.is_empty() { words.to_string() } else { format!("{words} Cure: {cure}.") }
}

async fn people(
    ports: &impl MaintenancePorts,
    place: &Place,
    news: &[News<'_>],
    remarks: &[String],
    sent: &mut Sent,
    report: &mut Report,
) {
    let owed = owed_to(news, Channel::Topic);
    if owed.is_empty() && remarks.is_empty() {
        return;
    }
    match ports.tell(&Message::about(place, &owed, remarks, ports.now())).await {
        Ok(()) => sent.extend(owed.iter().map(|one| sent_to(one, Channel::Topic))),
        Err(error) => failed(report, &error),
    }
}

async fn programs(
    ports: &impl MaintenancePorts,
    place: &Place,
    news: &[News<'_>],
    sent: &mut Sent,
    report: &mut Report,
) {
    let owed = owed_to(news, Channel::Bus);
    if owed.is_empty() {
        return;
    }
    let events: Vec<Event> = owed.iter().map(|one| Event::of(place, *one)).collect();
    for (one, published) in owed.iter().zip(ports.publish(&events).await) {
        match published {
            Ok(()) => {
                sent.insert(sent_to(one, Channel::Bus));
            }
            Err(error) => failed(report, &error),
        }
    }
}

fn owed_to<'a>(news: &[News<'a>], channel: Channel) -> Vec<News<'a>> {
    let owed = |one: &&News<'_>| one.notification.owed_to.contains(&channel);
    news.iter().filter(owed).copied().collect()
}

fn sent_to(one: &News<'_>, channel: Channel) -> (String, Channel) {
    (one.notification.id(one.incident), channel)
}

fn failed(report: &mut Report, error: &CloudError) {
    report.count("tellings_failed", 1);
    report.error = Some(error.to_string());
}

/// Takes out what was sent. Where another run wrote an incident meanwhile, once more on top of that.
async fn settle(
    ports: &impl MaintenancePorts,
    incidents: Vec<Incident>,
    sent: &Sent,
    now: Timestamp,
    report: &mut Report,
) -> Result<(), CloudError> {
    let lost = settled(ports, incidents, sent, now, report).await?;
    if lost.is_empty() {
        return Ok(());
    }
    let memory = ports.read().await?;
    let again = lost.iter().filter_map(|key| memory.any(key)).cloned().collect();
    settled(ports, again, sent, now, report).await?;
    Ok(())
}

/// Writes the incidents without what was sent. Answers which of them another run wrote first.
async fn settled(
    ports: &impl MaintenancePorts,
    mut incidents: Vec<Incident>,
    sent: &Sent,
    now: Timestamp,
    report: &mut Report,
) -> Result<Vec<IncidentKey>, CloudError> {
    incidents.retain_mut(|incident| {
        let before = incident.owed.clone();
        report.count("never_told", incident.settle(sent, now));
        incident.owed != before
    });
    if incidents.is_empty() {
        return Ok(Vec::new());
    }
    let written = ports.save(&incidents).await?;
    let lost = incidents.iter().zip(written).filter(|(_, written)| *written != Written::Yes);
    Ok(lost.map(|(incident, _)| incident.key.clone()).collect())
}
