//! Failed calls, sorted into the classes that callers branch on.

use std::error::Error;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::ports::{CloudError, CloudErrorClass};

/// Characters of AWS's words that an error carries. Denials name principal, action and resource,
/// which takes 250.
const LONGEST_MESSAGE: usize = 300;

/// Codes by which AWS denies a call. They come with the status 401, 403 or, where a service speaks
/// JSON, 400.
const DENIED: [&str; 12] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "AuthorizationError",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "MissingAuthenticationToken",
    "OptInRequired",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
];

/// An SDK error as the ports speak of it.
pub(super) fn classify<E: ProvideErrorMetadata + Error + 'static>(
    call: &'static str,
    object: impl Into<String>,
    error: &SdkError<E, Response>,
) -> CloudError {
    let (code, words) = (error.code(), error.message().unwrap_or_default());
    let class = match error {
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
            let status = error.raw_response().map_or(0, |response| response.status().as_u16());
            class_of(code.unwrap_or_default(), words, status)
        }
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => CloudErrorClass::Unavailable,
        // Nothing left the function, so the next try would not either.
        _ => CloudErrorClass::Rejected,
    };
    let words = match code {
        Some(code) => format!("{code}: {words}"),
        None => chain(error),
    };
    failed(call, object, class, &words)
}

/// An error of our own making, such as an answer without end.
pub(super) fn failed(
    call: &'static str,
    object: impl Into<String>,
    class: CloudErrorClass,
    words: &str,
) -> CloudError {
    let message = words.chars().take(LONGEST_MESSAGE).flat_map(shown).collect();
    CloudError { call, object: object.into(), class, message }
}

/// AWS's words may carry what others wrote; control characters would break the log's line.
fn shown(character: char) -> impl Iterator<Item = char> {
    let escaped = character.is_control().then(|| character.escape_default());
    let plain = escaped.is_none().then_some(character);
    escaped.into_iter().flatten().chain(plain)
}

/// The sources of an error without a code: no connection, no answer in time, an answer that cannot
/// be read.
fn chain(error: &dyn Error) -> String {
    let sources = std::iter::successors(error.source(), |source: &&dyn Error| (*source).source());
    sources.fold(error.to_string(), |words, source| format!("{words}: {source}"))
}

/// The class of an answer. Codes are those of the EC2, Auto Scaling, Elastic Load Balancing, SSM,
/// `CloudWatch`, SQS, SNS, EventBridge and `DynamoDB` API references (pages "Common errors" and
/// "Errors", read 2026-11); 0 is no status.
pub(super) fn class_of(code: &str, message: &str, status: u16) -> CloudErrorClass {
    match code {
        "BandwidthLimitExceeded"
        | "EC2ThrottledException"
        | "PriorRequestNotComplete"
        | "ProvisionedThroughputExceededException"
        | "RateExceeded"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "Throttled"
        | "ThrottledException"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException" => CloudErrorClass::Throttled,
        "IdempotentCallInProgress"
        | "IncorrectInstanceState"
        | "IncorrectState"
        | "ResourceContention"
        | "ResourceInUse"
        | "ScalingActivityInProgress"
        | "TransactionConflictException"
        | "TransactionInProgressException" => CloudErrorClass::Contended,
        _ if DENIED.contains(&code) => CloudErrorClass::Denied,
        "AWS.SimpleQueueService.NonExistentQueue"
        | "InvalidLaunchTemplateId.VersionNotFound"
        | "NotFound"
        | "QueueDoesNotExist"
        | "ResourceNotFoundException"
        | "TargetGroupNotFound" => CloudErrorClass::Missing,
        // A reservation in a state in between; the API reference names only one such code.
        _ if code.starts_with("InvalidCapacityReservationState") => CloudErrorClass::Contended,
        // A quota is room that others take up, too.
        "InstanceLimitExceeded" | "ReservationCapacityExceeded" | "VcpuLimitExceeded" => {
            CloudErrorClass::NoCapacity
        }
        _ if code.starts_with("Insufficient") && code.contains("Capacity") => {
            CloudErrorClass::NoCapacity
        }
        "InternalError" | "InternalFailure" | "RequestTimeout" | "ServiceUnavailable"
        | "Unavailable" => CloudErrorClass::Unavailable,
        _ if code.contains(".NotFound") => CloudErrorClass::Missing,
        "ValidationError" if speaks_of_something_missing(message) => CloudErrorClass::Missing,
        _ => class_of_status(status),
    }
}

/// Whether an answer denies the call, told from its status and its body in any dialect.
pub(super) fn denies(status: u16, body: &str) -> bool {
    let named = || DENIED.iter().any(|code| body.contains(code));
    matches!(status, 401 | 403) || (status == 400 && named())
}

/// Auto Scaling has one code for every refusal; what is missing stands only in the words.
fn speaks_of_something_missing(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("not found") || message.contains("not part of auto scaling group")
}

fn class_of_status(status: u16) -> CloudErrorClass {
    match status {
        // No answer that could be read says nothing about the effect.
        0 | 200..=299 | 500..=599 => CloudErrorClass::Unavailable,
        401 | 403 => CloudErrorClass::Denied,
        429 => CloudErrorClass::Throttled,
        _ => CloudErrorClass::Rejected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_every_dialect_fall_into_their_class() {
        use CloudErrorClass::{
            Contended, Denied, Missing, NoCapacity, Rejected, Throttled, Unavailable,
        };
        let gone = "Instance Id not found - No managed instance found for instance ID i-12345678";
        let foreign = "Instance i-12345678 is not part of Auto Scaling group web";
        let protection = "The instance i-12345678 may not be stopped.";
        for (code, message, status, class) in [
            ("RequestLimitExceeded", "Request limit exceeded.", 503, Throttled),
            ("Throttling", "Rate exceeded", 400, Throttled),
            ("RateExceeded", "Rate exceeded", 400, Throttled),
            ("ProvisionedThroughputExceededException", "", 400, Throttled),
            ("", "", 429, Throttled),
            ("ScalingActivityInProgress", "", 400, Contended),
            ("ResourceContention", "", 500, Contended),
            ("TransactionConflictException", "", 400, Contended),
            ("IncorrectInstanceState", "", 400, Contended),
            ("InvalidCapacityReservationState.PendingActivation", "", 400, Contended),
            ("UnauthorizedOperation", "You are not authorized", 403, Denied),
            ("AccessDenied", "", 403, Denied),
            ("AccessDeniedException", "", 400, Denied),
            ("AuthorizationError", "", 403, Denied),
            ("SomethingNew", "", 403, Denied),
            ("InvalidInstanceID.NotFound", "", 400, Missing),
            ("InvalidLaunchTemplateName.NotFoundException", "", 400, Missing),
            ("InvalidLaunchTemplateId.VersionNotFound", "", 400, Missing),
            ("InvalidAMIID.NotFound", "", 400, Missing),
            ("TargetGroupNotFound", "", 400, Missing),
            ("ValidationError", gone, 400, Missing),
            ("ValidationError", foreign, 400, Missing),
            ("ValidationError", "AutoScalingGroup name not found - null", 400, Missing),
            ("ValidationError", "2 validation errors detected", 400, Rejected),
            ("OperationNotPermitted", protection, 400, Rejected),
            ("InvalidInstanceID.Malformed", "", 400, Rejected),
            ("UnsupportedOperation", "", 400, Rejected),
            ("InvalidInstanceEventIDNotFound", "", 400, Rejected),
            ("InvalidInstanceEventStartTime", "", 400, Rejected),
            ("InstanceEventStartTimeCannotChange", "", 400, Rejected),
            ("InvalidTime", "", 400, Rejected),
            ("InvalidInstanceId", "Instances not in a valid state", 400, Rejected),
            ("InvalidTarget", "", 400, Rejected),
            ("ValidationError", "The instance i-12345678 is not in Standby.", 400, Rejected),
            ("InvalidCapacityReservationId.NotFound", "", 400, Missing),
            ("InsufficientInstanceCapacity", "", 500, NoCapacity),
            ("InsufficientHostCapacity", "", 500, NoCapacity),
            ("InsufficientCapacity", "", 500, NoCapacity),
            ("InsufficientCapacityOnOutpost", "", 400, NoCapacity),
            ("InsufficientFreeAddressesInSubnet", "", 400, Rejected),
            ("ReservationCapacityExceeded", "", 400, NoCapacity),
            ("VcpuLimitExceeded", "", 400, NoCapacity),
            ("ServiceUnavailable", "", 503, Unavailable),
            ("InternalFailure", "", 500, Unavailable),
            ("SomethingNew", "", 502, Unavailable),
            ("", "", 200, Unavailable),
            ("", "", 0, Unavailable),
        ] {
            assert_eq!(class_of(code, message, status), class, "{code} {message} {status}");
        }
    }

    #[test]
    fn a_denial_is_told_from_status_and_body() {
        let json = r#"{"__type":"com.amazon.coral.service#AccessDeniedException"}"#;
        for (status, body, denied) in [
            (403, "<Code>UnauthorizedOperation</Code>", true),
            (403, "", true),
            (400, json, true),
            (400, "<Code>ValidationError</Code>", false),
            (200, json, false),
            (503, "<Code>RequestLimitExceeded</Code>", false),
        ] {
            assert_eq!(denies(status, body), denied, "{status} {body}");
        }
    }

    #[test]
    fn a_message_is_one_bounded_line() {
        let words = format!("one\ntwo {}", "x".repeat(1_000));
        let error = failed("CreateTags", "i-12345678", CloudErrorClass::Rejected, &words);
        assert!(error.message.starts_with("one\\ntwo x"));
        assert_eq!(error.message.chars().count(), LONGEST_MESSAGE + 1);
    }

    #[test]
    fn without_an_answer_the_effect_is_unknown() {
        type Error = SdkError<aws_smithy_types::error::ErrorMetadata, Response>;
        let error = Error::timeout_error("no answer within 5 s");
        let error = classify("TerminateInstanceInAutoScalingGroup", "web", &error);
        assert_eq!(error.class, CloudErrorClass::Unavailable);
        assert!(error.message.contains("no answer within 5 s"), "{}", error.message);
    }
}
