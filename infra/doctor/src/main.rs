//! Looks at the case on standard input, writes the diagnosis as JSON into the file that is named,
//! and the page to standard output. `infra/doctor/collector` starts it.

mod eyes;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use doctor::case::Case;
use doctor::diagnosis::{Diagnosis, NOT_LOOKED};
use doctor::evidence::Evidence;
use doctor::page;
use shared::aws::{Cloud, Environment};
use shared::ports::ReadInstances;
use shared::reconcile::preview::preview;

use eyes::Eyes;

fn main() -> ExitCode {
    match diagnose() {
        Ok(diagnosis) => ExitCode::from(diagnosis.exit_status),
        Err(error) => {
            let _ = writeln!(
                io::stderr(),
                "doctor: {error}; docs/doctor.md lists what the caller needs"
            );
            ExitCode::from(NOT_LOOKED)
        }
    }
}

fn diagnose() -> Result<Diagnosis, Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let file = arguments.next().ok_or("name the file for the JSON: doctor FILE < CASE")?;
    let case: Case = serde_json::from_reader(io::stdin().lock())?;
    let executor = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let evidence = executor.block_on(look(case))?;
    let diagnosis = Diagnosis::of(&evidence);
    std::fs::write(file, serde_json::to_vec_pretty(&diagnosis)?)?;
    io::stdout().lock().write_all(page::render(&diagnosis).as_bytes())?;
    Ok(diagnosis)
}

async fn look(case: Case) -> Result<Evidence, Box<dyn Error>> {
    let ceilings = case.ceilings()?;
    let eyes = Eyes::open(Cloud::connect(environment(&case)).await, case.stack.is_some());
    let preview = preview(&eyes, &ceilings, &case.place()).await?;
    let standalone = eyes.instances(&case.standalone).await?;
    let unanswered: BTreeSet<_> = eyes.unanswered();
    Ok(Evidence { case, ceilings, preview, standalone, unanswered })
}

/// The environment of a function, but for what only a function that acts has use for.
fn environment(case: &Case) -> Environment {
    let variables = case.stack.as_ref().map(|stack| stack.variables.clone()).unwrap_or_default();
    let variable = |name| variables.get(name).cloned().unwrap_or_default();
    Environment {
        region: case.region.clone(),
        ledger_table: variable("REBERTH_LEDGER_TABLE"),
        maintenance_queue_url: String::new(),
        dead_letter_queue_url: String::new(),
        notices_topic_arn: String::new(),
        settings: BTreeMap::new(),
    }
}
