//! Running gates: programs are started, listened to, and ended. The only file here with effects.

use std::cell::RefCell;
use std::collections::HashSet;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use camino::Utf8Path;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Child;

use super::ending;
use super::{Case, Gate, Heard, Invocation, Output, Places, Program, Source, Verdict, group, judge, shown};
use crate::aws::redact;
use crate::console::tamed;
use crate::context::{self, Context};
use crate::interruption::{Interrupted, Interruption};
use crate::process::{self, Group};
use crate::report::gates::{GateOutcome, GateReport};

/// How long a program may take to end once it was asked to, and streams to end after the program that they are of.
const PATIENCE: Duration = Duration::from_secs(2);
/// The same for those that run tests: nextest gives them ten seconds, and ends them itself, each in a group of its own.
const PATIENCE_WITH_TESTS: Duration = Duration::from_secs(12);
/// How much of a program's output is kept; what comes after it is shown only while it runs.
const MOST_BYTES: usize = 32 << 20;

/// How the output of programs is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// At once, each line with the gate's name before it.
    Live,
    /// When a gate ends, as one block that GitHub folds.
    Grouped,
    /// When a gate has failed.
    Failures,
}

/// Runs gates in one workspace.
pub struct Runner<'a> {
    /// The outside world.
    pub context: &'a Context,
    /// The workspace's root.
    pub root: &'a Utf8Path,
    /// What paths are relative to.
    pub places: &'a Places,
    /// The signal that ends them.
    pub until: &'a Interruption,
    /// How output is shown.
    pub show: Show,
}

/// A gate that was run.
#[derive(Debug, Clone)]
pub struct Ran {
    /// What it came to.
    pub report: GateReport,
    /// Its tests, where they are known.
    pub cases: Vec<Case>,
}

impl Ran {
    fn without_verdict(
        gate: &Gate,
        outcome: GateOutcome,
        summary: Option<String>,
        hint: Option<String>,
    ) -> Self {
        let (gate, findings) = (gate.name().to_owned(), Vec::new());
        Self {
            report: GateReport { gate, outcome, seconds: 0.0, summary, findings, hint },
            cases: Vec::new(),
        }
    }

    /// A gate that was not run to its end.
    #[must_use]
    pub fn interrupted(gate: &Gate) -> Self {
        Self::without_verdict(gate, GateOutcome::Interrupted, None, None)
    }

    /// A gate that need not be run.
    #[must_use]
    pub fn known(gate: &Gate, summary: String) -> Self {
        Self::without_verdict(gate, GateOutcome::Known, Some(summary), None)
    }

    fn missing(gate: &Gate, invocation: &Invocation) -> Self {
        let summary = match (&invocation.program, invocation.arguments.first()) {
            (Program::Own(program), _) => format!("there is no `{program}`"),
            (Program::Cargo, Some(verb)) => format!("`cargo {verb}` is not installed"),
            (Program::Cargo, None) => "cargo is not installed".to_owned(),
        };
        let hint = match gate.install() {
            Some(install) => format!("install it with `{install}`"),
            None => format!("see `command` in [gates.custom.{}]", gate.name()),
        };
        Self::without_verdict(gate, GateOutcome::Missing, Some(summary), Some(hint))
    }
}

impl Runner<'_> {
    /// Whether nextest is there.
    pub async fn has_nextest(&self) -> bool {
        self.answers(&["nextest".to_owned(), "--version".to_owned()]).await
    }

    /// Runs `gate` to its end, or until the signal.
    pub async fn run(&self, gate: &Gate, invocation: &Invocation) -> Ran {
        let begun = context::instant();
        let mut ran = self.attempt(gate, invocation).await;
        let seconds = context::instant().duration_since(begun).as_secs_f64();
        ran.report.seconds = (seconds * 1000.0).round() / 1000.0;
        ran
    }

    async fn attempt(&self, gate: &Gate, invocation: &Invocation) -> Ran {
        let probed = self.until.unless(async {
            match &invocation.probe {
                Some(probe) => Ok::<_, Interrupted>(self.answers(probe).await),
                None => Ok(true),
            }
        });
        match probed.await {
            Err(Interrupted) => return Ran::interrupted(gate),
            Ok(false) => return Ran::missing(gate, invocation),
            Ok(true) => {}
        }
        if let Some(result) = &invocation.result {
            let _ = result.parent().map(fs_err::create_dir_all);
            // What an earlier run left is not this one's.
            let _ = fs_err::remove_file(result);
        }
        let mut command = self.command(invocation);
        command.args(&invocation.arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        command.process_group(0);
        let child = match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ran::missing(gate, invocation);
            }
            Err(error) => {
                let hint = match (&invocation.program, error.kind()) {
                    (Program::Own(program), std::io::ErrorKind::PermissionDenied) => {
                        Some(format!("run `chmod +x {program}`"))
                    }
                    _ => None,
                };
                let summary = Some(format!("cannot be started: {error}"));
                return Ran::without_verdict(gate, GateOutcome::Failed, summary, hint);
            }
        };
        let hearing = Hearing::new(self, gate);
        let Some(status) = self.listen(child, &hearing).await else {
            self.tell(gate, &hearing.heard.into_inner().shown, false);
            return Ran::interrupted(gate);
        };
        let heard = hearing.heard.into_inner();
        let result = invocation.result.as_ref().and_then(|path| fs_err::read_to_string(path).ok());
        let result = result.map(|text| self.without_secrets(&text));
        let output = Output { lines: heard.lines, exit: status.code(), result };
        let verdict = judge(gate, &output, self.places);
        if self.show == Show::Live {
            verdict.lines.iter().for_each(|line| self.live(gate, line));
        }
        self.tell(gate, &[heard.shown, verdict.lines.clone()].concat(), verdict.passed);
        report(gate, verdict)
    }

    /// The exit status; `None` when the signal came first, and everything that was started is asked to end.
    async fn listen(&self, mut child: Child, hearing: &Hearing<'_>) -> Option<ExitStatus> {
        let leader = child.id();
        let group = Group::new(leader);
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let streams = async {
            tokio::join!(hearing.all_of(out, Source::Out), hearing.all_of(err, Source::Err));
        };
        tokio::pin!(streams);
        let ended = async {
            tokio::select! {
                () = &mut streams => child.wait().await,
                // A program that it left behind may hold the streams open for ever.
                status = child.wait() => {
                    let _ = tokio::time::timeout(PATIENCE, &mut streams).await;
                    status
                }
            }
        };
        let ended = tokio::select! {
            biased;
            () = self.until.came() => None,
            status = ended => status.ok(),
        };
        if ended.is_some() {
            // What it left behind would go on without anybody to end it.
            ending::end(leader, PATIENCE).await;
            group.release();
            return ended;
        }
        let patience = match hearing.gate {
            Gate::Test | Gate::Coverage { .. } => PATIENCE_WITH_TESTS,
            _ => PATIENCE,
        };
        // Its own end has to be taken note of, or it is there for ever.
        let wait = tokio::time::timeout(patience + PATIENCE, child.wait());
        let _ = tokio::join!(ending::end(leader, patience), wait);
        group.release();
        None
    }

    /// Whether cargo knows the verb that is asked for its version.
    async fn answers(&self, arguments: &[String]) -> bool {
        let mut command = process::background(self.cargo());
        command.current_dir(self.root).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().await.is_ok_and(|status| status.success())
    }

    fn command(&self, invocation: &Invocation) -> tokio::process::Command {
        let mut command = match &invocation.program {
            Program::Cargo => process::background(self.cargo()),
            Program::Own(program) => process::background(program),
        };
        command.current_dir(self.root).stdin(Stdio::null()).env("CARGO_TERM_COLOR", "never");
        command
    }

    fn cargo(&self) -> &str {
        self.context.environment.get("CARGO").unwrap_or("cargo")
    }

    /// What a program said, which goes to comments and documents that GitHub masks nothing in.
    fn without_secrets(&self, text: &str) -> String {
        redact(text, process::secrets(&self.context.environment).into_iter())
    }

    fn live(&self, gate: &Gate, text: &str) {
        for line in text.lines() {
            self.context.console.line(format_args!("{} | {line}", gate.name()));
        }
    }

    /// Shows the whole output of a gate that ended.
    fn tell(&self, gate: &Gate, lines: &[String], passed: bool) {
        match self.show {
            Show::Live => {}
            Show::Grouped => {
                let token = uuid::Uuid::new_v4().simple().to_string();
                // What is left open in a line, such as a terminal's title, must not swallow the end of the block.
                let lines: Vec<String> = lines.iter().map(|line| tamed(line)).collect();
                self.context.console.command(group(gate.name(), &token, &lines));
            }
            Show::Failures if passed => {}
            Show::Failures => lines.iter().for_each(|line| self.live(gate, line)),
        }
    }
}

fn report(gate: &Gate, verdict: Verdict) -> Ran {
    let outcome = if verdict.passed { GateOutcome::Passed } else { GateOutcome::Failed };
    let hint = match (gate, outcome) {
        (Gate::Fmt, GateOutcome::Failed) => Some("run `cargo fmt --all`".to_owned()),
        _ => None,
    };
    let (summary, findings) = (verdict.summary, verdict.findings);
    let report = GateReport { gate: gate.name().to_owned(), outcome, seconds: 0.0, summary, findings, hint };
    Ran { report, cases: verdict.cases }
}

/// What a program is heard to say.
struct Hearing<'a> {
    runner: &'a Runner<'a>,
    gate: &'a Gate,
    heard: RefCell<HeardSoFar>,
}

#[derive(Default)]
struct HeardSoFar {
    lines: Vec<Heard>,
    bytes: usize,
    shown: Vec<String>,
    /// Messages of several lines, which compilers repeat for each target.
    messages: HashSet<String>,
}

impl<'a> Hearing<'a> {
    fn new(runner: &'a Runner<'a>, gate: &'a Gate) -> Self {
        Self { runner, gate, heard: RefCell::default() }
    }

    async fn all_of(&self, stream: Option<impl AsyncRead + Unpin>, source: Source) {
        let Some(stream) = stream else { return };
        let mut stream = BufReader::new(stream);
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            match stream.read_until(b'\n', &mut bytes).await {
                Ok(0) | Err(_) => return,
                Ok(_) => self.line(source, &bytes),
            }
        }
    }

    fn line(&self, source: Source, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let text = self.runner.without_secrets(text.trim_end_matches(['\n', '\r']));
        let line = Heard { source, text };
        let mut heard = self.heard.borrow_mut();
        if let Some(text) = shown(self.gate, &line)
            && (!text.contains('\n') || heard.messages.insert(text.clone()))
        {
            if self.runner.show == Show::Live {
                self.runner.live(self.gate, &text);
            } else if heard.bytes < MOST_BYTES {
                heard.shown.push(text);
            }
        }
        if heard.bytes < MOST_BYTES {
            heard.bytes += line.text.len();
            heard.lines.push(line);
        }
    }
}
