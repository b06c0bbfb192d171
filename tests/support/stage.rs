//! A workspace in front of a server: what most tests of a deploy begin with.

use super::proxy::Report;
use super::run::{Outcome, Run};
use super::{Answers, Fixture, Proxy, lambdaship};

/// A workspace whose runs reach one server, through a proxy that counts and judges.
pub(crate) struct Stage {
    pub(crate) fixture: Fixture,
    pub(crate) proxy: Proxy,
    answers: Answers,
    pub(crate) account: String,
}

impl Stage {
    /// `functions` in a workspace whose environment `staging` is `account` on the server at `endpoint`.
    pub(crate) fn new(functions: &[&str], endpoint: &str, account: &str, answers: Answers) -> Self {
        Self::behind(Proxy::new(endpoint, answers), functions, account, answers)
    }

    /// The same behind a proxy that is there.
    pub(crate) fn behind(proxy: Proxy, functions: &[&str], account: &str, answers: Answers) -> Self {
        let fixture = Fixture::new(functions);
        fixture.configure(&format!("{}[env.staging]\naccount = \"{account}\"\n", for_this_machine()));
        Self { fixture, proxy, answers, account: account.to_owned() }
    }

    /// `cargo lambdaship` with `arguments`, with the credentials of the server's account.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        lambdaship(&self.fixture).zig().aws(&self.proxy.endpoint(), &self.account).args(arguments)
    }

    /// Runs a verb in `staging` to its end, and answers its report and all that went to the server because of it,
    /// which must be as AWS's models say.
    pub(crate) fn report(&self, arguments: &[&str], code: i32) -> (serde_json::Value, Report) {
        self.proxy.reset();
        let outcome =
            self.run(arguments).args(&["--env", "staging", "--format", "json"]).output().exited(code);
        (json(&outcome), self.sent())
    }

    /// What went to the server since the last reset, which must be as AWS's models say.
    pub(crate) fn sent(&self) -> Report {
        let report = self.proxy.report();
        match self.answers {
            Answers::Strict => report.assert_valid(),
            Answers::Lenient => report.assert_valid_requests(),
        }
        report
    }
}

/// The configuration of functions that are built for, and so run on, this machine; it begins a file.
pub(crate) fn for_this_machine() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "[function]\narch = \"arm64\"\n\n"
    } else {
        "[function]\narch = \"x86_64\"\n\n"
    }
}

/// The JSON document that a run wrote to stdout.
pub(crate) fn json(outcome: &Outcome) -> serde_json::Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome}"))
}
