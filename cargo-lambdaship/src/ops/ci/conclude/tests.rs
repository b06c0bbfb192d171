use super::*;
use crate::aws::Kind;
use crate::context::Environment;
use crate::model::{AccountId, EnvName};
use crate::report::Failure;
use crate::report::drift::DriftReport;
use crate::report::gates::GatesReport;
use crate::report::run::PruneSummary;
use crate::report::testing::report;

fn inputs(command: &str, fail_on: &str) -> Inputs {
    let variables =
        [("INPUT_COMMAND", command), ("INPUT_ENVIRONMENT", "staging"), ("INPUT_FAIL_ON", fail_on)];
    Inputs::read(&variables.into_iter().collect::<Environment>()).unwrap()
}

fn done_with(result: RunResult, exit: Exit) -> Done {
    let mut report = report("plan", Vec::new());
    report.result = result;
    if exit != Exit::Done {
        report.error = Some(Failure { message: "x".to_owned(), causes: Vec::new(), hint: None, exit });
    }
    Done { report: Some(report), ..Done::default() }
}

fn gates(passed: bool) -> Done {
    let gates = GatesReport { schema: "".into(), passed, seconds: 1.0, gates: Vec::new() };
    Done { gates: Some(gates), ..Done::default() }
}

fn drifted(drifted: bool) -> Done {
    let drift = DriftReport {
        schema: "".into(),
        env: String::new(),
        account: String::new(),
        region: String::new(),
        drifted,
        functions: Vec::new(),
    };
    Done { drift: Some(drift), ..Done::default() }
}

fn pruned(versions: u64, deleted: bool) -> Done {
    let pruned = PruneSummary { versions, deleted, ..PruneSummary::default() };
    Done { pruned: Some(pruned), ..Done::default() }
}

fn forgotten(records: u64, deleted: bool) -> Done {
    let pruned = PruneSummary { records, deleted, ..PruneSummary::default() };
    Done { pruned: Some(pruned), ..Done::default() }
}

fn ended(done: &Done, fail_on: &str) -> (JobResult, Option<Reason>, Exit) {
    let concluded = conclude(Some(&inputs("plan", fail_on)), done, None, false);
    (concluded.result, concluded.reason, concluded.exit)
}

#[test]
fn what_was_done_is_the_result() {
    use JobResult::{Changed, Planned, RolledBack, Unchanged};
    for (done, expected) in [
        (Done::default(), Unchanged),
        (gates(true), Unchanged),
        (done_with(RunResult::Unchanged, Exit::Done), Unchanged),
        (done_with(RunResult::Changed, Exit::Done), Changed),
        (done_with(RunResult::Planned, Exit::Done), Planned),
        (done_with(RunResult::RolledBack, Exit::Done), RolledBack),
        (drifted(false), Unchanged),
        (drifted(true), Unchanged),
        (pruned(0, false), Unchanged),
        (pruned(3, false), Planned),
        (pruned(0, true), Unchanged),
        (pruned(3, true), Changed),
        (forgotten(2, false), Planned),
        (forgotten(2, true), Changed),
    ] {
        assert_eq!(ended(&done, ""), (expected, None, Exit::Done), "{done:?}");
    }
}

#[test]
fn each_failure_has_a_reason_and_keeps_its_exit_code() {
    use JobResult::{Failed, RolledBack};
    for (done, result, reason, exit) in [
        (gates(false), Failed, Reason::Gates, Exit::Refused),
        (done_with(RunResult::Failed, Exit::Failed), Failed, Reason::Failed, Exit::Failed),
        (done_with(RunResult::Failed, Exit::Held), Failed, Reason::Held, Exit::Held),
        (done_with(RunResult::Failed, Exit::Stuck), Failed, Reason::Stuck, Exit::Stuck),
        (done_with(RunResult::Failed, Exit::Build), Failed, Reason::Build, Exit::Build),
        (done_with(RunResult::Failed, Exit::Refused), Failed, Reason::Refused, Exit::Refused),
        (
            done_with(RunResult::RolledBack, Exit::RolledBack),
            RolledBack,
            Reason::RolledBack,
            Exit::RolledBack,
        ),
        (Done { failures: vec!["x".to_owned()], ..pruned(1, true) }, Failed, Reason::Failed, Exit::Failed),
    ] {
        assert_eq!(ended(&done, "error"), (result, Some(reason), exit), "{done:?}");
        assert_eq!(ended(&done, "never"), (result, Some(reason), Exit::Done), "{done:?}");
    }
}

#[test]
fn fail_on_says_what_fails_a_job_in_which_nothing_failed() {
    let plan = done_with(RunResult::Planned, Exit::Done);
    let changes = (JobResult::Planned, Some(Reason::Changes), Exit::Changes);
    assert_eq!(ended(&plan, "changes"), changes);
    assert_eq!(ended(&done_with(RunResult::Unchanged, Exit::Done), "changes").2, Exit::Done);
    assert_eq!(
        ended(&done_with(RunResult::Changed, Exit::Done), "changes").2,
        Exit::Done,
        "a deploy is to change"
    );
    assert_eq!(ended(&pruned(3, false), "changes").2, Exit::Done);
    let drift = (JobResult::Unchanged, Some(Reason::Drift), Exit::Changes);
    assert_eq!(ended(&drifted(true), "drift"), drift);
    for fail_on in ["error", "changes", "never"] {
        assert_eq!(ended(&drifted(true), fail_on).2, Exit::Done, "{fail_on}");
    }
}

#[test]
fn a_signal_cancels_what_did_not_come_to_its_end() {
    let inputs = inputs("deploy", "");
    let cancelled = |done: &Done, error: Option<&Error>| {
        let concluded = conclude(Some(&inputs), done, error, true);
        (concluded.result, concluded.reason)
    };
    let is = (JobResult::Cancelled, Some(Reason::Cancelled));
    assert_eq!(cancelled(&Done::default(), Some(&Error::Interrupted)), is);
    assert_eq!(cancelled(&gates(false), None), is);
    assert_eq!(cancelled(&done_with(RunResult::Failed, Exit::Failed), None), is);
    assert_eq!(cancelled(&done_with(RunResult::RolledBack, Exit::RolledBack), None), is);
    let stuck = cancelled(&done_with(RunResult::Failed, Exit::Stuck), None);
    assert_eq!(stuck, (JobResult::Failed, Some(Reason::Stuck)), "somebody has to act");
    let whole = cancelled(&done_with(RunResult::Changed, Exit::Done), None);
    assert_eq!(whole, (JobResult::Changed, None), "it was done all the same");
}

#[test]
fn errors_have_reasons_of_their_own() {
    let account = |text: &str| AccountId::new(text).unwrap();
    let aws = |kind| Error::Aws(crate::aws::Error::new(kind, "x", "y"));
    for (error, reason, exit) in [
        (Error::Usage { message: "x".to_owned(), hint: None }, Reason::Usage, Exit::Usage),
        (aws(Kind::NoCredentials), Reason::Credentials, Exit::Failed),
        (aws(Kind::BadCredentials), Reason::Credentials, Exit::Failed),
        (Error::Oidc(crate::github::oidc::Error::NotPermitted), Reason::Credentials, Exit::Failed),
        (aws(Kind::AccessDenied), Reason::AccessDenied, Exit::Failed),
        (aws(Kind::Conflict), Reason::Held, Exit::Held),
        (aws(Kind::Timeout), Reason::Failed, Exit::Failed),
        (
            Error::WrongAccount {
                env: EnvName::new("prod").unwrap(),
                expected: account("111111111111"),
                found: account("222222222222"),
            },
            Reason::WrongAccount,
            Exit::Failed,
        ),
        (
            Error::ForbiddenAccount {
                allowed: vec!["111111111111".to_owned()],
                found: account("222222222222"),
            },
            Reason::WrongAccount,
            Exit::Failed,
        ),
        (
            Error::PlanFile(crate::ops::plan_file::Error::OtherDigest {
                path: "p".into(),
                expected: "a".to_owned(),
                found: "b".to_owned(),
            }),
            Reason::Plan,
            Exit::Refused,
        ),
        (Error::Interrupted, Reason::Cancelled, Exit::Failed),
    ] {
        let concluded = conclude(Some(&inputs("plan", "")), &Done::default(), Some(&error), false);
        assert_eq!((concluded.result, concluded.reason), (JobResult::Failed, Some(reason)), "{error}");
        assert_eq!(concluded.exit, exit, "{error}");
    }
}

#[test]
fn wrong_inputs_fail_whatever_they_say_of_failing() {
    let error = Error::Usage { message: "x".to_owned(), hint: Some("do y".to_owned()) };
    let concluded = conclude(Some(&inputs("plan", "never")), &Done::default(), Some(&error), false);
    assert_eq!((concluded.exit, concluded.message.as_deref()), (Exit::Usage, Some("x (hint: do y)")));
}
