//! What one sees of a rollout: plain lines in a pipe, live ones on a terminal.

use std::process::{Command, Stdio};

use indicatif::{InMemoryTerm, TermLike};

use crate::stage::{Stage, alone, workspace};
use crate::support::run::{Run, redactions};

const FIRST: &str = "[functions.hello]\nvariables = { NUMBER = \"1\" }\n";
const SECOND: &str = "[functions.hello]\nvariables = { NUMBER = \"2\" }\n\
                      rollout = { steps = [\"10%\", \"50%\"], bake = \"3s\", patience = \"1s\", quiet = \"promote\" }\n";

/// Python makes a terminal of this size for a run, and passes on what is written there.
const TERMINAL: &str = "import os, pty, sys
size = 'stty cols 100 rows 50 && exec \"$0\" \"$@\"'
sys.exit(os.waitstatus_to_exitcode(pty.spawn(['sh', '-c', size, *sys.argv[1:]])))";

/// A run as it would be, on a terminal.
fn on_a_terminal(run: &Run) -> Command {
    let mut command = Command::new("python3");
    command.args(["-c", TERMINAL]).arg(run.0.get_program()).args(run.0.get_args());
    command.env_clear().env("TERM", "xterm");
    command.envs(run.0.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = run.0.get_current_dir() {
        command.current_dir(folder);
    }
    command
}

#[test]
fn in_a_pipe_it_is_a_line_now_and_then() {
    let fixture = workspace(&["hello"]);
    let stage = Stage::start(&fixture, FIRST);
    stage.configure(SECOND);
    let outcome = stage.run("deploy --offline").output().exited(0);
    let mut names = redactions(&fixture);
    names.add_filter("  [0-9a-f]{8}  ", "  [DIGEST]  ");
    // However long a step took: its column is as wide.
    names.add_filter(r"\| +\[DURATION\]", "|    [DURATION]");
    // What comes before is cargo's, and another test's.
    let from = outcome.stderr.find("    Shifting").expect("it shifts");
    let shown = format!("{}{}", &outcome.stderr[from..], outcome.stdout);
    names.bind(|| {
        insta::assert_snapshot!(shown, @"
        Shifting hello live 10 % to v2 (step 1 of 2)
        Watching hello live 10 % v2 · no calls · v1 no calls · [DURATION] left
        Watching hello live 10 % v2 · no calls · v1 no calls · too quiet to judge
        Shifting hello live 50 % to v2 (step 2 of 2)
        Watching hello live 50 % v2 · no calls · v1 no calls · [DURATION] left
        Watching hello live 50 % v2 · no calls · v1 no calls · too quiet to judge
        Shifting hello live v1 -> v2
        Finished local in [DURATION]: 1 updated
    FUNCTION  LAMBDA       VERSION  CODE      SIZE    WHAT
    hello     hello-local  1 -> 2   [DIGEST]  [SIZE]  variables.NUMBER

    hello live v1 -> v2: promoted
      WEIGHT                          TIME  V2 CALLS  FAILED  P95  V1 CALLS  FAILED  P95  VERDICT
        10 %  |##                  |    [DURATION]         0       -    -         0       -    -  too quiet
        50 %  |##########          |    [DURATION]         0       -    -         0       -    -  too quiet
       100 %  |####################|                                                      promoted
    ");
    });
    stage.end();
}

#[test]
fn on_a_terminal_it_is_drawn_and_gone_at_the_end() {
    let fixture = workspace(&["hello"]);
    let stage = Stage::start(&fixture, FIRST);
    stage.configure(SECOND);
    let run = stage.run("deploy --offline");
    let output = on_a_terminal(&run).stdin(Stdio::null()).output().expect("Python starts");
    let written = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{written}");
    for words in
        ["hello 10 % v2 baking, step 1/2", "hello 50 % v2 baking, step 2/2", "v2 no calls · v1 no calls"]
    {
        assert!(written.contains(words), "{words} in {written:?}");
    }
    let terminal = InMemoryTerm::new(50, 100);
    terminal.write_str(&written).expect("it is drawn");
    let left = terminal.contents();
    assert!(!left.contains("Watching") && !left.contains("baking"), "{left}");
    assert!(left.contains("hello live 10 % to v2 (step 1 of 2)") && left.contains("too quiet"), "{left}");
    assert_eq!(stage.alias("hello"), alone(2));
    stage.end();
}
