//! The next step for somebody who writes a workflow: inputs in place of flags. Pure.

use super::inputs::Inputs;
use crate::aws::Kind;
use crate::error::Error;
use crate::given::Given;
use crate::{publish, store};

/// What flags of the verbs are as inputs of the action.
const INPUTS: [(&str, &str); 5] = [
    ("-f", "functions"),
    ("--region", "aws-region"),
    ("--to-version", "to-version"),
    ("--to-commit", "to-commit"),
    ("--env", "environment"),
];

/// What a job was given, for commands that are run elsewhere.
#[must_use]
pub(super) fn given(inputs: &Inputs) -> Given {
    let env = inputs.environment.as_ref().map(|env| ("--env", env.to_string()));
    let functions = inputs.functions.iter().map(|name| ("-f", name.clone()));
    let region = inputs.region.as_ref().map(|region| ("--region", region.to_string()));
    let config = inputs.config.as_ref().map(|path| ("--config", path.to_string()));
    let all = env.into_iter().chain(functions).chain(region).chain(config);
    all.fold(Given::default(), |given, (flag, value)| given.with(flag, value))
}

/// The next step after an error.
#[must_use]
pub(super) fn of(error: &Error) -> Option<String> {
    let kind = match error {
        Error::Aws(error)
        | Error::Publish(publish::Error::Aws(error))
        | Error::Store(store::Error::Aws(error)) => Some(error.kind()),
        _ => None,
    };
    match (kind, error) {
        (Some(Kind::NoCredentials), _) => Some(
            "name a role in the input `role-to-assume`, and give the job `permissions: id-token: write`; a variable that is \
             filled into the input can be empty here"
                .to_owned(),
        ),
        (_, Error::WrongAccount { expected, .. }) => {
            Some(format!("name a role of account {expected} in the input `role-to-assume`"))
        }
        _ => error.hint().map(|hint| of_inputs(&hint)),
    }
}

/// The same text with inputs in place of flags. A whole command line, which is run elsewhere, stays as it is.
#[must_use]
pub(super) fn of_inputs(hint: &str) -> String {
    let parts = hint.split('`').enumerate();
    let parts = parts.map(|(index, part)| if index % 2 == 1 { of_code(part) } else { of_words(part) });
    parts.collect::<Vec<_>>().join("`")
}

/// `-f hello` becomes `functions: hello`.
fn of_code(code: &str) -> String {
    let (flag, value) = code.split_once(' ').map_or((code, None), |(flag, value)| (flag, Some(value)));
    match (INPUTS.iter().find(|(known, _)| *known == flag), value) {
        (Some((_, input)), Some(value)) => format!("{input}: {value}"),
        (Some((_, input)), None) => (*input).to_owned(),
        (None, _) => code.to_owned(),
    }
}

fn of_words(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let bare = word.trim_start_matches('(').trim_end_matches([',', ';', '.', ')']);
        match INPUTS.iter().find(|(flag, _)| *flag == bare) {
            Some((flag, input)) => word.replacen(flag, &format!("`{input}`"), 1),
            None => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_inputs_and_commands_stay_as_they_are() {
        for (hint, expected) in [
            (
                "say where to with --to-version or --to-commit",
                "say where to with `to-version` or `to-commit`",
            ),
            ("`--to-version 9` serves it again", "`to-version: 9` serves it again"),
            ("`-f hello` rolls it back", "`functions: hello` rolls it back"),
            ("pass --region, or set AWS_REGION", "pass `aws-region`, or set AWS_REGION"),
            ("leave out `--env`", "leave out `environment`"),
            ("raise --read-timeout; -force", "raise --read-timeout; -force"),
            ("`aws lambda update-alias --region x`", "`aws lambda update-alias --region x`"),
            ("`cargo lambdaship gate --env x`", "`cargo lambdaship gate --env x`"),
            (
                "`cargo lambdaship status` says, and -f names",
                "`cargo lambdaship status` says, and `functions` names",
            ),
        ] {
            assert_eq!(of_inputs(hint), expected);
        }
    }

    #[test]
    fn without_credentials_nobody_is_sent_to_sign_in() {
        let error = Error::Aws(crate::aws::Error::new(Kind::NoCredentials, "x", "y"));
        let hint = of(&error).unwrap();
        assert!(hint.contains("`role-to-assume`") && hint.contains("id-token: write"), "{hint}");
        assert!(!hint.contains("aws sso"), "{hint}");
    }
}
