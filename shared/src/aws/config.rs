//! The settings that all clients share: where, with whose credentials, how long, and how often.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

use crate::aws::connections::Connections;
use crate::ids::Region;

/// A host that does not answer is not waited for.
const CONNECT: Duration = Duration::from_secs(1);
/// One try, a full page of a thousand instances included.
const ATTEMPT: Duration = Duration::from_secs(5);
/// Both tries and the pause between them.
const OPERATION: Duration = Duration::from_secs(12);
/// Tries of a call that only reads, or whose repetition changes nothing. The next look is the real
/// retry.
const ATTEMPTS: u32 = 2;

/// The settings from Lambda's environment: credentials, and endpoints where the standard variables
/// set them. Lambda always gives both as variables (Lambda doc "configuration-envvars", read
/// 2026-11); naming the source spares every start the SDK's search for others, which costs 18
/// million instructions, most of them for the certificates of clients that nobody uses.
pub(super) async fn load(region: &Region) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build();
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(aws_config::Region::new(region.to_string()))
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .http_client(Connections::new())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .load()
        .await
}

/// The settings of a call that must not be repeated: one whose answer was lost may have taken
/// effect, and only a look can tell.
#[cfg(any(feature = "aws-autoscaling", feature = "aws-ssm"))]
pub(super) fn once() -> RetryConfig {
    RetryConfig::disabled()
}

/// Throttling in words that are not on the SDK's list: a code of Auto Scaling (its doc "Request
/// throttling"), and the reasons of a cancelled transaction of `DynamoDB`
/// (`API_TransactWriteItems`; both read 2026-11).
const THROTTLED: [&str; 3] = [
    "<Code>RateExceeded</Code>",
    r#""Code":"ProvisionedThroughputExceeded""#,
    r#""Code":"ThrottlingError""#,
];

/// Takes throttling for throttling, so that the second try comes after a pause.
#[derive(Debug)]
pub(super) struct ThrottledInOtherWords;

impl ClassifyRetry for ThrottledInOtherWords {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let refusal = context.response().filter(|answer| !answer.status().is_success());
        let body = refusal.and_then(|answer| answer.body().bytes()).unwrap_or_default();
        let body = String::from_utf8_lossy(body);
        if THROTTLED.iter().any(|words| body.contains(words)) {
            RetryAction::throttling_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "ThrottledInOtherWords"
    }
}
