//! What a run was given on its command line, so that a command that a hint names can be copied and does what is meant.
//!
//! In: flags with their values, and hints. Out: the same hints, whose commands carry the flags. Pure.

use std::borrow::Cow;

/// How a command of this tool begins in a hint, in backticks.
const COMMAND: &str = "cargo lambdaship ";
/// Verbs that are about no environment.
const ALONE: [&str; 5] = ["completions", "init", "local", "man", "schema"];
/// Verbs that do not choose functions, or take one as a word.
const UNSELECTED: [&str; 3] = ["gate", "invoke", "logs"];
/// The flags that choose functions.
const SELECTION: [&str; 2] = [FUNCTION, "-p"];
const ENV: &str = "--env";
const FUNCTION: &str = "-f";
const REGION: &str = "--region";

/// The flags that say where a run works and on what, in the order in which a hint has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given(Vec<(&'static str, String)>);

impl Given {
    /// The same with one more flag.
    #[must_use]
    pub fn with(mut self, flag: &'static str, value: impl Into<String>) -> Self {
        self.0.push((flag, value.into()));
        self
    }

    /// The same in another environment.
    #[must_use]
    pub fn within(mut self, env: &str) -> Self {
        self.0.retain(|(flag, _)| *flag != ENV);
        self.0.insert(0, (ENV, env.to_owned()));
        self
    }

    /// The same in `env`, unless an environment was given.
    #[must_use]
    pub fn or_within(self, env: Option<&str>) -> Self {
        let is_given = self.0.iter().any(|(flag, _)| *flag == ENV);
        match env.filter(|_| !is_given) {
            Some(env) => self.within(env),
            None => self,
        }
    }

    /// The same for `function` alone, in `region` when there are several.
    #[must_use]
    pub fn only(&self, function: &str, region: Option<&str>) -> Self {
        let is_kept = |flag: &str| !SELECTION.contains(&flag) && (region.is_none() || flag != REGION);
        let kept = self.0.iter().filter(|(flag, _)| is_kept(flag)).cloned();
        let (env, rest): (Vec<_>, Vec<_>) = kept.partition(|(flag, _)| *flag == ENV);
        let function = [(FUNCTION, function.to_owned())];
        let region = region.map(|region| (REGION, region.to_owned()));
        Self(env.into_iter().chain(function).chain(region).chain(rest).collect())
    }

    /// `hint` with each command of this tool in it made whole. What a command says already stays.
    #[must_use]
    pub fn whole(&self, hint: &str) -> String {
        let parts = hint.split('`').enumerate();
        let parts = parts.map(|(index, part)| match part.strip_prefix(COMMAND) {
            Some(rest) if index % 2 == 1 => Cow::Owned(self.command(rest)),
            Some(_) | None => Cow::Borrowed(part),
        });
        parts.collect::<Vec<_>>().join("`")
    }

    /// The command whose verb and own flags are `rest`.
    fn command(&self, rest: &str) -> String {
        let mut command = format!("{COMMAND}{rest}");
        let words: Vec<&str> = rest.split(' ').collect();
        let verb = words[0];
        // Functions add up: what chooses some of its own is about no others.
        let is_selected = SELECTION.iter().any(|flag| words.contains(flag));
        for (flag, value) in &self.0 {
            let is_unknown = ALONE.contains(&verb)
                || (SELECTION.contains(flag) && (is_selected || UNSELECTED.contains(&verb)));
            // Several functions are several times the same flag, and it is the command's own that counts.
            if !is_unknown && !words.contains(flag) {
                command.extend([" ", flag, " ", &quoted(value)]);
            }
        }
        command
    }
}

/// `value` as a shell takes it for one word.
fn quoted(value: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "%+,-./:=@_".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return Cow::Borrowed(value);
    }
    Cow::Owned(format!("'{}'", value.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> Given {
        Given::default()
            .with(ENV, "prod")
            .with(FUNCTION, "hello")
            .with(FUNCTION, "worker")
            .with(REGION, "eu-west-1")
            .with("--config", "my ship.toml")
    }

    #[test]
    fn a_command_gets_what_the_run_was_given_and_it_does_not_say() {
        let (env, all) = (Given::default().with(ENV, "prod"), given());
        let package = Given::default().with(ENV, "prod").with("-p", "web");
        let rest = "--region eu-west-1 --config 'my ship.toml'";
        for (given, hint, expected) in [
            (
                &Given::default(),
                "`cargo lambdaship status` says",
                "`cargo lambdaship status` says".to_owned(),
            ),
            (&env, "`cargo lambdaship status` says", "`cargo lambdaship status --env prod` says".to_owned()),
            (
                &env,
                "`cargo lambdaship rollout abort` or `cargo lambdaship rollout resume`",
                "`cargo lambdaship rollout abort --env prod` or `cargo lambdaship rollout resume --env prod`"
                    .to_owned(),
            ),
            (&env, "`cargo lambdaship build --env local`", "`cargo lambdaship build --env local`".to_owned()),
            (
                &all,
                "see `cargo lambdaship history`",
                format!("see `cargo lambdaship history --env prod -f hello -f worker {rest}`"),
            ),
            (
                &all,
                "`cargo lambdaship logs hello`",
                format!("`cargo lambdaship logs hello --env prod {rest}`"),
            ),
            (&all, "`cargo lambdaship gate`", format!("`cargo lambdaship gate --env prod {rest}`")),
            (
                &all,
                "`cargo lambdaship status -f other`",
                format!("`cargo lambdaship status -f other --env prod {rest}`"),
            ),
            (
                &package,
                "`cargo lambdaship rollout promote`",
                "`cargo lambdaship rollout promote --env prod -p web`".to_owned(),
            ),
            (
                &package,
                "`cargo lambdaship rollout promote -f hello`",
                "`cargo lambdaship rollout promote -f hello --env prod`".to_owned(),
            ),
            (
                &all,
                "`cargo lambdaship rollout promote -p web`",
                format!("`cargo lambdaship rollout promote -p web --env prod {rest}`"),
            ),
            (&all, "`cargo lambdaship init` writes one", "`cargo lambdaship init` writes one".to_owned()),
            (&all, "`deploy` it; cargo lambdaship status", "`deploy` it; cargo lambdaship status".to_owned()),
            (&all, "`aws lambda x --region y`", "`aws lambda x --region y`".to_owned()),
        ] {
            let whole = given.whole(hint);
            assert_eq!(whole, expected);
            assert_eq!(given.whole(&whole), whole, "once is enough");
        }
    }

    #[test]
    fn one_function_of_several_is_named_alone_and_where_it_is() {
        let hint = "`cargo lambdaship rollout promote`";
        for (region, expected) in [
            (None, "--env prod -f hello --region eu-west-1 --config 'my ship.toml'"),
            (Some("us-east-1"), "--env prod -f hello --region us-east-1 --config 'my ship.toml'"),
        ] {
            let whole = given().only("hello", region).whole(hint);
            assert_eq!(whole, format!("`cargo lambdaship rollout promote {expected}`"));
        }
        let bare = Given::default().only("hello", None).whole(hint);
        assert_eq!(bare, "`cargo lambdaship rollout promote -f hello`");
    }

    #[test]
    fn an_environment_is_taken_from_elsewhere_when_none_was_given() {
        let none = || Given::default().with(REGION, "eu-west-1");
        for (given, expected) in [
            (none().or_within(None), "--region eu-west-1"),
            (none().or_within(Some("prod")), "--env prod --region eu-west-1"),
            (none().within("staging").or_within(Some("prod")), "--env staging --region eu-west-1"),
            (none().within("staging").within("prod"), "--env prod --region eu-west-1"),
        ] {
            let whole = given.whole("`cargo lambdaship status`");
            assert_eq!(whole, format!("`cargo lambdaship status {expected}`"));
        }
    }

    #[test]
    fn a_value_is_one_word_for_a_shell() {
        for (value, expected) in [
            ("ci/lambdaship.toml", "ci/lambdaship.toml"),
            ("http://127.0.0.1:4566", "http://127.0.0.1:4566"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
        ] {
            assert_eq!(quoted(value), expected);
        }
    }
}
