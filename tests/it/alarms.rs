//! Every alarm of the template, as AWS would deploy it: it rests while all is well, and rings over
//! the metrics that the shipped binaries write when it is not. Alarms on AWS's own metrics are held
//! against what AWS writes there.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tests::alarm::{Alarm, State};
use tests::metrics::{self, Datum};
use tests::runtime_api::Function;
use tests::workspace;

use crate::Outcome;
use crate::alarm_plays::PLAYS;
use crate::alarms_of_aws::DOCUMENTED;
use crate::stage::{SWEEP, Stage};

/// How much further back than it must an alarm may look where points are missing: AWS does not say,
/// so each is tried.
pub const FURTHER: std::ops::RangeInclusive<usize> = 0..=5;

/// Seconds after the last value for which an alarm is watched: long enough for each to notice that
/// nothing comes any more.
pub const SILENCE: u64 = 3 * 3600;

/// All alarms of the template, their references resolved.
static ALARMS: LazyLock<Result<Vec<Alarm>, String>> =
    LazyLock::new(|| deployed().map_err(|error| error.to_string()));

fn deployed() -> Outcome<Vec<Alarm>> {
    let printed = Command::new(workspace().join(".venv/bin/python"))
        .args(["infra/validate/alarms.py", "infra/template.yaml"])
        .current_dir(workspace())
        .output()?;
    if !printed.status.success() {
        return Err(String::from_utf8_lossy(&printed.stderr).into());
    }
    let resources: Value = serde_json::from_slice(&printed.stdout)?;
    let resources = resources.as_object().ok_or("alarms.py printed no object")?;
    Ok(resources.iter().map(|(name, one)| Alarm::read(name, one)).collect::<Result<_, _>>()?)
}

/// All alarms of the template.
pub fn alarms() -> Result<&'static [Alarm], String> {
    ALARMS.as_deref().map_err(String::clone)
}

/// The states of an alarm from the first of these data on, and for so many seconds after the last.
pub fn states(alarm: &Alarm, data: &[Datum], after: u64, further: usize) -> Vec<State> {
    let from = data.iter().map(|datum| datum.at + 1).min().unwrap_or_default();
    let to = data.iter().map(|datum| datum.at).max().unwrap_or_default() + after;
    let states = alarm.play(data, from, to, further);
    states.into_iter().map(|(_, state)| state).collect()
}

#[test]
fn no_alarm_is_without_a_case_in_which_it_rings() -> Outcome {
    let played = PLAYS.iter().flat_map(|play| play.alarms.iter().copied());
    let of_aws =
        alarms()?.iter().filter(|alarm| DOCUMENTED.iter().any(|metric| metric.is_of(alarm)));
    let with_case: BTreeSet<&str> = played.chain(of_aws.map(|alarm| alarm.name.as_str())).collect();
    let all: BTreeSet<&str> = alarms()?.iter().map(|alarm| alarm.name.as_str()).collect();
    assert_eq!(with_case, all);
    Ok(())
}

/// A new stack: nothing was looked at yet, and the alarm on sweeps cannot know that one is coming.
#[test]
fn before_the_first_sweep_the_alarm_on_sweeps_rings_alone() -> Outcome {
    for further in FURTHER {
        let rings = |alarm: &&Alarm| states(alarm, &[], SILENCE, further).contains(&State::Alarm);
        let ringing: Vec<&str> =
            alarms()?.iter().filter(rings).map(|alarm| alarm.name.as_str()).collect();
        assert_eq!(ringing, ["MaintenanceSweepAlarm"]);
    }
    Ok(())
}

/// A day's worth of small things: sweeps at the default and at the longest interval, a member that
/// is replaced, a notice that is routed.
#[test]
fn every_alarm_rests_while_all_is_well() -> Outcome {
    let mut watched = Watched::with(&[])?;
    let members = watched.stage.group("web", &json!({}))?;
    watched.sweep_each(5, 3)?;
    watched.stage.reboot_of(&members[0])?;
    watched.sweep_each(5, 24)?;
    watched.sweep_each(15, 16)?;
    assert_eq!(watched.stage.truth_of(&members[0])?, "moved");
    let mut rang = Vec::new();
    for alarm in alarms()? {
        for further in FURTHER {
            let states = states(alarm, &watched.data(), 0, further);
            let rests = states.last() == Some(&State::Ok) && !states.contains(&State::Alarm);
            let begins = [State::InsufficientData].as_slice() == states.as_slice();
            // Whose metric nobody wrote yet has nothing to say; that it could, its own case shows.
            let silent = begins && !watched.data().iter().any(|datum| alarm.watches(datum));
            if !rests && !silent {
                rang.push(format!("{} ({further} further): {states:?}", alarm.name));
            }
        }
    }
    assert_eq!(rang, Vec::<String>::new());
    Ok(())
}

/// A stage of which every metric is kept.
#[derive(Debug)]
pub struct Watched {
    pub stage: Stage,
    router: Function,
    log: Vec<String>,
}

impl Watched {
    /// Both functions, under the names that the template's references stand for; with these further
    /// variables of the reconciler.
    pub fn with(settings: &[(&str, &str)]) -> Outcome<Self> {
        let named = |name| [("AWS_LAMBDA_FUNCTION_NAME", name)];
        let reconciler = named("reberth-MaintenanceReconcilerFunction");
        let settings: Vec<_> =
            crate::stage::ENFORCE.iter().chain(settings).chain(&reconciler).copied().collect();
        let stage = Stage::with(&settings)?;
        let router = named("reberth-HealthEventRouterFunction");
        let env = stage.standin.env_for("health-event-router", &router)?;
        let router = Function::built("health-event-router", &env)?;
        Ok(Self { stage, router, log: Vec::new() })
    }

    /// The router, with this further variable.
    pub fn router_with(&mut self, variable: (&str, &str)) -> Outcome {
        let settings =
            [("AWS_LAMBDA_FUNCTION_NAME", "reberth-HealthEventRouterFunction"), variable];
        let env = self.stage.standin.env_for("health-event-router", &settings)?;
        self.router = Function::built("health-event-router", &env)?;
        Ok(())
    }

    /// Hands the reconciler an event, whatever comes of it.
    pub fn look(&mut self, event: &str) {
        self.log.extend(self.stage.reconciler.invoke(event).log);
    }

    /// Hands the router an event, whatever comes of it.
    pub fn route(&mut self, event: &str) {
        self.log.extend(self.router.invoke(event).log);
    }

    /// So many sweeps, each after so many minutes.
    pub fn sweep_each(&mut self, minutes: u64, times: usize) -> Outcome {
        for _ in 0..times {
            self.stage.pass(minutes * 60)?;
            self.look(SWEEP);
        }
        Ok(())
    }

    /// All that was written so far.
    pub fn data(&self) -> Vec<Datum> {
        metrics::data(self.log.iter().map(String::as_str))
    }
}
