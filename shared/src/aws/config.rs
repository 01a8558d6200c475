//! The settings that all clients share: where, with whose credentials, how long, and how often.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

/// A host that does not answer is not waited for.
const CONNECT: Duration = Duration::from_secs(1);
/// One try. A full page of `DescribeInstances` takes two to three seconds.
const ATTEMPT: Duration = Duration::from_secs(5);
/// Both tries and the pause between them.
const OPERATION: Duration = Duration::from_secs(12);
/// Tries of a call that only reads, or whose repetition changes nothing. The next look is the real
/// retry.
const ATTEMPTS: u32 = 2;

/// The settings from Lambda's environment: region, credentials, and endpoints where the standard
/// variables set them.
pub(super) async fn load() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build();
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .load()
        .await
}

/// The settings of opening acts: a call whose answer was lost may have taken effect, and only a
/// look can tell.
#[cfg(feature = "aws-autoscaling")]
pub(super) fn once() -> RetryConfig {
    RetryConfig::disabled()
}

/// Takes Auto Scaling's own word for throttling (Auto Scaling doc "Request throttling", read
/// 2026-11) for what it is; the SDK's list does not have it.
#[derive(Debug)]
pub(super) struct RateExceeded;

impl ClassifyRetry for RateExceeded {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let answer = context.response().filter(|answer| !answer.status().is_success());
        let body = answer.and_then(|answer| answer.body().bytes()).unwrap_or_default();
        let code = b"<Code>RateExceeded</Code>";
        if body.windows(code.len()).any(|part| part == code) {
            RetryAction::throttling_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "RateExceeded"
    }
}
