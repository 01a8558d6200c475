//! From the Runtime API to a function of the core and back: what every `main.rs` shares.

use std::io::Write;
use std::process::ExitCode;

use lambda_runtime::tower::util::MapRequestLayer;
use lambda_runtime::{
    Context, Diagnostic, Error, LambdaEvent, LambdaInvocation, Runtime, service_fn,
};
use serde_json::Value;

use crate::aws::{Cloud, Environment};
use crate::ids::{AccountId, Place};
use crate::policy::Ceilings;
use crate::report::Report;

/// One invocation as the core sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation<'a> {
    /// The stack's defaults and ceilings, from the function's environment.
    pub ceilings: &'a Ceilings,
    /// The function's own account and region.
    pub place: Place,
    /// What it was invoked with, whatever that is.
    pub payload: String,
}

/// Serves invocations, one at a time, until Lambda ends the process.
///
/// Each one is answered with [`Report::answer`] and leaves two lines on standard output:
/// [`Report::line`] and [`Report::metrics`]. A payload that is not JSON reaches `function` like any
/// other.
///
/// Ends with a failure, and its reason on standard error, where a variable of the environment is
/// absent or cannot be read, or the Runtime API cannot be reached. Lambda then starts another
/// process.
#[allow(clippy::needless_pass_by_value, reason = "callers write the closure in place")]
pub fn run<F>(function: F) -> ExitCode
where
    F: AsyncFn(&Cloud, &Invocation<'_>) -> Report,
{
    match serve(&function) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn serve<F>(function: &F) -> Result<(), Error>
where
    F: AsyncFn(&Cloud, &Invocation<'_>) -> Report,
{
    let environment = Environment::of_this_process()?;
    let ceilings = Ceilings::read(environment.settings.clone())?;
    let executor = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    executor.block_on(async {
        let cloud = Cloud::connect(environment).await;
        let service = service_fn(async |LambdaEvent { payload, context }| {
            let place = place(&cloud, &context)?;
            let invocation = Invocation { ceilings: &ceilings, place, payload };
            let report = function(&cloud, &invocation).await;
            conclude(&cloud, context, report)
        });
        Runtime::new(service).layer(MapRequestLayer::new(as_text)).run().await
    })
}

/// Hands every payload on as a JSON string. The runtime parses before it calls, and answers what it
/// cannot parse with an error, which makes Lambda deliver it again; only the core can tell what to
/// do with such a payload.
fn as_text(mut invocation: LambdaInvocation) -> LambdaInvocation {
    let text = String::from_utf8_lossy(&invocation.body);
    invocation.body = Value::from(text).to_string().into();
    invocation
}

/// The account of the function's own name, and the region in which Lambda runs it.
fn place(cloud: &Cloud, context: &Context) -> Result<Place, Diagnostic> {
    let arn = &context.invoked_function_arn;
    let account = arn.split(':').nth(4).and_then(|account| AccountId::parse(account).ok());
    let account = account.ok_or_else(|| Diagnostic {
        error_type: "ContextUnreadable".to_owned(),
        error_message: format!(
            "invoked function ARN: expected arn:aws:lambda:REGION:ACCOUNT:function:NAME, \
             found `{arn}`; invoke the function through Lambda"
        ),
    })?;
    Ok(Place { account, region: cloud.environment.region.clone() })
}

/// Writes the report's two lines, and answers.
fn conclude(cloud: &Cloud, context: Context, mut report: Report) -> Result<Value, Diagnostic> {
    let function_name = context.env_config.function_name.clone();
    report.request_id = context.request_id;
    if let Some(ahead) = cloud.clock_disagreement() {
        let seconds = usize::try_from(ahead.unsigned_abs().as_secs()).unwrap_or(usize::MAX);
        report.count("clock_disagreement_seconds", seconds);
    }
    // A call that is denied is counted here, whatever the core makes of it.
    let denied = cloud.take_denied();
    if denied > 0 {
        report.count("permission_denied", denied);
    }
    // A log that cannot be written must not stop the work that it would tell of.
    let lines = format!("{}\n{}\n", report.line(), report.metrics(&function_name));
    let _ = std::io::stdout().lock().write_all(lines.as_bytes());
    if report.failed() {
        let error_message = report.error.unwrap_or_else(|| "the log line says why".to_owned());
        return Err(Diagnostic { error_type: "Failed".to_owned(), error_message });
    }
    Ok(report.answer())
}
