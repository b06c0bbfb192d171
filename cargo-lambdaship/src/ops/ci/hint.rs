//! The next step for somebody who writes a workflow: inputs in place of flags. Pure.

use crate::aws::Kind;
use crate::error::Error;
use crate::{publish, store};

/// What flags of the verbs are as inputs of the action.
const INPUTS: [(&str, &str); 5] = [
    ("-f", "functions"),
    ("--region", "aws-region"),
    ("--to-version", "to-version"),
    ("--to-commit", "to-commit"),
    ("--env", "environment"),
];

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
    if hint.contains("cargo lambdaship ") || hint.contains("aws lambda ") {
        return hint.to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    for word in hint.split(' ') {
        let quoted = word.starts_with('`');
        let bare = word.trim_start_matches(['`', '(']).trim_end_matches(['`', ',', ';', '.', ')']);
        match INPUTS.iter().find(|(flag, _)| *flag == bare) {
            // `-f hello` becomes `functions: hello`.
            Some((flag, input)) if quoted && !word.ends_with('`') => {
                words.push(word.replacen(flag, &format!("{input}:"), 1));
            }
            Some((flag, input)) if quoted => words.push(word.replacen(flag, input, 1)),
            Some((flag, input)) => words.push(word.replacen(flag, &format!("`{input}`"), 1)),
            None => words.push(word.to_owned()),
        }
    }
    words.join(" ")
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
