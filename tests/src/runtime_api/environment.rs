//! What a function finds in its environment.

/// Account of everything in the stand-in. As an access key id it also chooses that account there.
const ACCOUNT: &str = "123456789012";
/// The stand-in's region.
const REGION: &str = "us-west-2";
/// Configured memory, in MB. Told, not enforced.
const MEMORY_MB: &str = "256";

/// ARN of the function of this name.
pub(super) fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// All variables of the function `name`, but the one that names its Runtime API.
pub(super) fn of_function(name: &str, env: &[(String, String)]) -> Vec<(String, String)> {
    let log_group = format!("/aws/lambda/{name}");
    let path = std::env::var("PATH").unwrap_or_default();
    let given_by_lambda = [
        ("AWS_ACCESS_KEY_ID", ACCOUNT),
        ("AWS_SECRET_ACCESS_KEY", "not-a-secret"),
        ("AWS_SESSION_TOKEN", "not-a-token"),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_LAMBDA_FUNCTION_NAME", name),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", MEMORY_MB),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &log_group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/12/01/[$LATEST]0"),
        ("LANG", "en_US.UTF-8"),
        ("PATH", &path),
        ("TZ", ":UTC"),
        ("_HANDLER", "bootstrap"),
    ];
    let own = given_by_lambda.map(|(name, value)| (name.to_owned(), value.to_owned()));
    own.into_iter().chain(env.iter().cloned()).collect()
}
