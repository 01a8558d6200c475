//! What came of the day.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared::ids::InstanceId;
use shared::ledger::Incident;
use shared::plan::Reason;
use shared::testing::cloud::Cloud;
use shared::testing::cloud::truth::{Loss, Truth};

use super::bound::{Piece, of_governor, of_limit};
use super::fleet::{self, Affected};
use super::{COOL_OFF, Day};

/// The day in numbers.
#[derive(Debug)]
pub struct Figures {
    day: Day,
    pub affected: usize,
    /// Affected instances on which AWS acted itself.
    pub misses: Vec<InstanceId>,
    /// Incidents for which no attempt is left: each launch of theirs landed on a bad host.
    pub given_up: usize,
    /// Other incidents that were still open at the end, and why.
    pub unfinished: Vec<String>,
    /// Opening acts, and those of them that led to a bad host.
    pub opened: usize,
    pub failed: usize,
    began: Timestamp,
    /// When the last place was filled again.
    finished: Timestamp,
    /// No plan of the same work ends before this, and which limit says so.
    bound: (Timestamp, String),
    /// The same for a plan that knew from the beginning which launches were to fail.
    in_hindsight: (Timestamp, String),
    first_date: Timestamp,
    /// The most acts within any hour.
    busiest_hour: usize,
    looks: usize,
    calls: BTreeMap<&'static str, usize>,
    wall: Duration,
}

impl Figures {
    pub fn of(
        cloud: &Cloud,
        day: Day,
        began: Timestamp,
        affected: &[Affected],
        wall: Duration,
    ) -> Self {
        let truth = cloud.truth();
        let ours: Vec<&Loss> = truth.losses.iter().filter(|loss| loss.ours).collect();
        let finished = ours.iter().filter_map(|loss| loss.until).max().unwrap_or(began);
        let ids: Vec<&InstanceId> = affected.iter().map(|one| &one.instance).collect();
        let misses = truth.forced.iter().filter(|id| ids.contains(id)).cloned().collect();
        let (given_up, unfinished): (Vec<_>, Vec<_>) = cloud
            .open()
            .into_iter()
            .partition(|incident| why(incident) == Reason::AttemptsExhausted(0).code());
        let again = |loss: &&&Loss| !ids.contains(&&loss.instance);
        Self {
            day,
            affected: affected.len(),
            misses,
            given_up: given_up.len(),
            unfinished: unfinished.iter().map(stands).collect(),
            opened: truth.opened().count(),
            failed: ours.iter().filter(again).count(),
            began,
            finished,
            bound: bound(day, &pieces(began, &ours, &ids)),
            in_hindsight: bound(day, &known_at_once(began, &ours)),
            first_date: affected.iter().map(|one| one.date).min().unwrap_or(began),
            busiest_hour: busiest_hour(&truth),
            looks: cloud.runs(),
            calls: cloud.requests(0, |call| call.port.describes() || call.port.changes()),
            wall,
        }
    }

    /// From the notices to the end, in parts of the least time possible.
    pub fn ratio(&self) -> f64 {
        self.ratio_to(self.bound.0)
    }

    fn ratio_to(&self, bound: Timestamp) -> f64 {
        let took = |until: Timestamp| until.duration_since(self.began).as_secs_f64();
        took(self.finished) / took(bound)
    }

    /// Of the time between the bound and AWS's first date at least half was left.
    pub fn half_the_slack_is_left(&self) -> bool {
        let slack = self.first_date.duration_since(self.bound.0);
        self.first_date.duration_since(self.finished) * 2 >= slack
    }
}

/// An absence, with when it was known that it had to be.
type Work<'l> = (&'l Loss, Piece);

fn work(loss: &Loss, released: Timestamp) -> Work<'_> {
    let lasted = loss.until.unwrap_or(loss.since).duration_since(loss.since);
    (loss, Piece { released, lasted })
}

/// A bad host shows as soon as somebody is in service on it, and is left an hour later at the
/// earliest.
fn pieces<'l>(began: Timestamp, ours: &[&'l Loss], affected: &[&InstanceId]) -> Vec<Work<'l>> {
    let released = |loss: &Loss| {
        let before = ours.iter().find(|before| before.successor.as_ref() == Some(&loss.instance));
        let shown = |before: &&Loss| before.since + fleet::succeeded_after();
        match before.filter(|_| !affected.contains(&&loss.instance)) {
            Some(before) => shown(before) + COOL_OFF,
            None => began,
        }
    };
    ours.iter().map(|loss| work(loss, released(loss))).collect()
}

fn known_at_once<'l>(began: Timestamp, ours: &[&'l Loss]) -> Vec<Work<'l>> {
    ours.iter().map(|loss| work(loss, began)).collect()
}

/// The largest bound over every limit, with its name.
fn bound(day: Day, work: &[Work<'_>]) -> (Timestamp, String) {
    let mut limits: BTreeMap<String, (usize, Vec<Piece>)> = BTreeMap::new();
    let everything = day.instances() * Day::IN_FLIGHT / 100;
    for (loss, piece) in work {
        let group = loss.group.as_ref().map(|name| (format!("group {name}"), Day::MAY_LOSE));
        let set = loss.set.as_ref().map(|name| (format!("replica set {name}"), 1));
        let of_all = [("in flight".to_owned(), everything)];
        for (name, capacity) in group.into_iter().chain(set).chain(of_all) {
            let limit = limits.entry(name).or_insert((capacity as usize, Vec::new()));
            limit.1.push(piece.clone());
        }
    }
    let pieces: Vec<Piece> = work.iter().map(|(_, piece)| piece.clone()).collect();
    let governor = of_governor(&pieces, day.acts_per_hour as usize);
    let bounds = limits
        .into_iter()
        .filter_map(|(name, (capacity, pieces))| Some((of_limit(&pieces, capacity)?, name)));
    let all = bounds.chain(governor.map(|bound| (bound, "governor".to_owned())));
    all.max().unwrap_or((Timestamp::MIN, "nothing".to_owned()))
}

fn why(incident: &Incident) -> &str {
    incident.decided.as_ref().map_or("nothing", |decided| &decided.reason)
}

fn stands(incident: &Incident) -> String {
    format!("{}: {}, {}", incident.key, incident.phase_code(), why(incident))
}

fn busiest_hour(truth: &Truth) -> usize {
    let times: Vec<Timestamp> = truth.opened().map(|act| act.at).collect();
    let within = |from: &Timestamp| {
        let hour = *from + SignedDuration::from_hours(1);
        times.iter().filter(|at| (*from..hour).contains(*at)).count()
    };
    times.iter().map(within).max().unwrap_or(0)
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.day;
        let groups = day.groups + 3 * day.quorums;
        let hours = |at: Timestamp| at.duration_since(self.began).as_secs_f64() / 3_600.0;
        let slack = hours(self.first_date) - hours(self.bound.0);
        let left = hours(self.first_date) - hours(self.finished);
        let calls: usize = self.calls.values().sum();
        writeln!(formatter, "instances     {} in {groups} groups", day.instances())?;
        writeln!(formatter, "affected      {}, dates at {:?} h", self.affected, Day::DATES)?;
        writeln!(formatter, "misses        {}", self.misses.len())?;
        writeln!(formatter, "given up      {}", self.given_up)?;
        writeln!(formatter, "unfinished    {}", self.unfinished.len())?;
        for incident in &self.unfinished {
            writeln!(formatter, "  {incident}")?;
        }
        writeln!(formatter, "opening acts  {}, {} of them again", self.opened, self.failed)?;
        writeln!(formatter, "acts an hour  {} at most", self.busiest_hour)?;
        writeln!(formatter, "finished      {:.2} h", hours(self.finished))?;
        writeln!(formatter, "lower bound   {:.2} h ({})", hours(self.bound.0), self.bound.1)?;
        writeln!(formatter, "ratio         {:.3}", self.ratio())?;
        let (hindsight, limit) = (&self.in_hindsight.0, &self.in_hindsight.1);
        writeln!(formatter, "in hindsight  {:.2} h ({limit})", hours(*hindsight))?;
        writeln!(formatter, "ratio to it   {:.3}", self.ratio_to(*hindsight))?;
        writeln!(formatter, "slack left    {left:.2} of {slack:.2} h")?;
        writeln!(formatter, "looks         {}", self.looks)?;
        writeln!(formatter, "requests      {calls}")?;
        for (action, count) in &self.calls {
            writeln!(formatter, "  {count:>8}  {action}")?;
        }
        write!(formatter, "wall time     {:.1} s", self.wall.as_secs_f64())
    }
}
