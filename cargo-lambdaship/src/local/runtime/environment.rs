//! The environment variables that a function sees: Lambda's, then the user's; nothing of the developer's shell.

use std::collections::BTreeMap;

use super::Target;
use crate::context::Environment;

/// Variables of the developer's machine without which programs do not start there. On AWS `PATH` is fixed; here a
/// `bootstrap` that is a script must find its tools.
const NEEDED: [&str; 5] = ["PATH", "SystemRoot", "TEMP", "TMP", "TMPDIR"];

/// What is taken over from the machine's own environment.
pub(super) fn inherited(machine: &Environment) -> BTreeMap<String, String> {
    let needed = |name: &str| NEEDED.iter().any(|needed| needed.eq_ignore_ascii_case(name));
    machine.iter().filter(|(name, _)| needed(name)).map(|(name, value)| (name.into(), value.into())).collect()
}

/// The whole environment of a process for `target` whose Runtime API listens at `api` (`host:port`) and whose log is
/// `stream`. `AWS_EXECUTION_ENV` is absent as on AWS, which sets it for managed languages only.
pub(super) fn variables(
    target: &Target,
    api: &str,
    stream: &str,
    inherited: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let code = target.code.as_str();
    let mut variables = inherited.clone();
    let mut set = |name: &str, value: &str| drop(variables.insert(name.to_owned(), value.to_owned()));
    set("LANG", "en_US.UTF-8");
    set("TZ", ":UTC");
    set("LD_LIBRARY_PATH", &format!("{code}:{code}/lib"));
    set("AWS_ACCESS_KEY_ID", "local");
    set("AWS_SECRET_ACCESS_KEY", "local");
    set("AWS_SESSION_TOKEN", "local");
    set("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR");
    set("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000");
    set("_AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1");
    set("_AWS_XRAY_DAEMON_PORT", "2000");
    for (name, value) in &target.variables {
        set(name, value.expose());
    }
    // Reserved names come last: a variable of the user's must not redirect the runtime.
    set("_HANDLER", "bootstrap");
    set("AWS_REGION", &target.region);
    set("AWS_DEFAULT_REGION", &target.region);
    set("AWS_LAMBDA_FUNCTION_NAME", &target.lambda);
    set("AWS_LAMBDA_FUNCTION_VERSION", &target.version);
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &target.memory.to_string());
    set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    set("AWS_LAMBDA_LOG_GROUP_NAME", &target.log_group);
    set("AWS_LAMBDA_LOG_STREAM_NAME", stream);
    set("AWS_LAMBDA_RUNTIME_API", api);
    set("LAMBDA_TASK_ROOT", code);
    set("LAMBDA_RUNTIME_DIR", code);
    variables
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::Secret;

    fn target(variables: &[(&str, &str)]) -> Target {
        Target {
            lambda: "hello-staging".into(),
            version: "7".into(),
            function_arn: "arn:aws:lambda:eu-west-1:111111111111:function:hello-staging:live".into(),
            code: "/code".into(),
            code_key: "1".into(),
            region: "eu-west-1".into(),
            memory: 256,
            timeout: Duration::from_secs(3),
            variables: variables.iter().map(|(k, v)| ((*k).to_owned(), Secret::new(*v))).collect(),
            log_group: "/aws/lambda/hello-staging".into(),
            tracing: false,
        }
    }

    #[test]
    fn only_what_programs_need_to_start_is_taken_from_the_machine() {
        let machine: Environment =
            [("PATH", "/bin"), ("HOME", "/home/me"), ("AWS_PROFILE", "prod"), ("systemroot", "C:\\Windows")]
                .into_iter()
                .collect();
        let names: Vec<_> = inherited(&machine).into_keys().collect();
        assert_eq!(names, ["PATH", "systemroot"]);
    }

    #[test]
    fn the_users_variables_win_over_defaults_and_lose_to_reserved_ones() {
        let target =
            target(&[("STAGE", "staging"), ("TZ", "Europe/Berlin"), ("AWS_LAMBDA_RUNTIME_API", "evil")]);
        let seen = variables(&target, "127.0.0.1:9", "stream", &BTreeMap::new());
        for (name, value) in [
            ("STAGE", "staging"),
            ("TZ", "Europe/Berlin"),
            ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9"),
            ("AWS_LAMBDA_FUNCTION_NAME", "hello-staging"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "7"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/hello-staging"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("LAMBDA_TASK_ROOT", "/code"),
            ("_HANDLER", "bootstrap"),
        ] {
            assert_eq!(seen.get(name).map(String::as_str), Some(value), "{name}");
        }
    }
}
