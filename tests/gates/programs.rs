//! Gates of the workspace's own, programs that are not there, and signals.

use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use fs_err as fs;
use rustix::process::{Pid, Signal, test_kill_process};

use super::{Fixture, all, gate, outcomes, workspace};
use crate::support::run::program;
use crate::support::wait_until;

/// Adds a gate that is a script.
fn with_script(fixture: &Fixture, name: &str, script: &str) {
    let path = format!("scripts/{name}.sh");
    fixture.write("scripts/.keep", "");
    program(&fixture.root().join(&path), &format!("#!/bin/sh\n{script}\n"));
    fixture.configure(&format!(
        "[gates]\nrun = [\"fmt\", \"{name}\"]\n[gates.custom.{name}]\ncommand = [\"./{path}\", \"--strict\"]\n\
         remember = true\n"
    ));
}

#[test]
fn a_gate_of_the_workspaces_own_passes_by_its_exit_code() {
    let fixture = workspace();
    with_script(&fixture, "licenses", "echo \"checking $1 in $(basename $PWD), ${GITHUB_OUTPUT:-closed}\"");
    let run = || gate(&fixture, &["--format", "json"]).env("GITHUB_OUTPUT", "/dev/null").output();
    let passed = run().exited(0);
    assert_eq!(outcomes(&passed), all(&["fmt", "licenses"], "passed"));
    assert!(passed.stderr.contains("licenses | checking --strict in workspace, closed\n"), "{passed}");
    assert_eq!(outcomes(&run().exited(0)), all(&["fmt", "licenses"], "known"));

    with_script(&fixture, "licenses", "echo 'GPL in left-pad' >&2; exit 3");
    let failed = gate(&fixture, &[]).output().exited(4);
    assert_eq!(
        failed.stdout.lines().last().map(|line| line.split_whitespace().collect::<Vec<_>>()[4..].join(" ")),
        Some("exit status 3".to_owned()),
        "{failed}"
    );
    assert_eq!(failed.last_words(), "error: gate `licenses` did not pass: exit status 3\n", "{failed}");
}

#[test]
fn a_gate_of_the_workspaces_own_runs_again_unless_it_may_be_remembered() {
    let fixture = workspace();
    fixture.configure("[gates]\nrun = [\"own\"]\n[gates.custom.own]\ncommand = [\"true\"]\n");
    let report = fixture.root().join("report.xml");
    for _ in 0..2 {
        let outcome = gate(&fixture, &["--format", "json"]).output().exited(0);
        assert_eq!(outcomes(&outcome), all(&["own"], "passed"), "{outcome}");
        assert!(outcome.stderr.contains("Finished 1 gate in "), "{outcome}");
    }
    fixture
        .configure("[gates]\nrun = [\"own\"]\n[gates.custom.own]\ncommand = [\"true\"]\nremember = true\n");
    for expected in ["passed", "known"] {
        // What the gates wrote themselves is no change.
        let run = gate(&fixture, &["--format", "json", "--junit", report.as_str()]);
        assert_eq!(outcomes(&run.output().exited(0)), all(&["own"], expected));
    }
    fixture.write("own.sh", "#!/bin/sh\n");
    fixture.configure("[gates]\nrun = [\"own\"]\n[gates.custom.own]\ncommand = [\"./own.sh\"]\n");
    let outcome = gate(&fixture, &[]).output().exited(4);
    assert!(outcome.stderr.contains("hint: run `chmod +x "), "{outcome}");
}

/// A `PATH` with nothing but what cargo needs to answer, and a cargo that has nothing installed.
#[test]
fn a_program_that_is_not_there_names_the_command_that_installs_it() {
    let fixture = workspace();
    let folder = fixture.home().join("bin");
    fs::create_dir_all(&folder).expect("it can be made");
    let path = std::env::var_os("PATH").expect("a PATH");
    for program in ["cargo", "rustc", "rustfmt", "cargo-fmt"] {
        let found =
            std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.exists());
        symlink(found.expect("rustup's programs are installed"), folder.join(program)).expect("a link");
    }
    fixture.configure("[gates.custom.gone]\ncommand = [\"no-such-program\"]\n");
    let run = gate(&fixture, &["deny", "fmt", "gone"]);
    let run = run.env("PATH", folder.as_str()).env("CARGO_HOME", fixture.home().as_str());
    let outcome = run.output().exited(4);
    let rows: Vec<String> =
        outcome.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(rows[1], "deny missing `cargo deny` is not installed", "{outcome}");
    assert!(rows[2].starts_with("fmt passed "), "{outcome}");
    assert_eq!(rows[3], "gone missing there is no `no-such-program`", "{outcome}");
    assert!(
        outcome.stderr.contains("hint: install it with `cargo install cargo-deny --locked`\n"),
        "{outcome}"
    );
    assert!(outcome.stderr.contains("hint: see `command` in [gates.custom.gone]\n"), "{outcome}");
}

#[test]
fn a_signal_ends_what_was_started() {
    for signal in [Signal::INT, Signal::TERM] {
        let fixture = workspace();
        with_script(&fixture, "slow", "sleep 600 &\necho $! > target/sleeper\necho ready\nwait");
        fixture.write("target/.keep", "");
        let mut run = gate(&fixture, &["slow", "--force"]).start();
        run.wait_for("slow | ready");
        let number = fs::read_to_string(fixture.root().join("target/sleeper")).expect("it was written");
        let sleeper = Pid::from_raw(number.trim().parse().expect("a number")).expect("not 0");
        assert!(test_kill_process(sleeper).is_ok(), "it sleeps");
        let begun = Instant::now();
        run.signal(signal);
        let end = run.finish().exited(1);
        // The script sleeps five times as long.
        assert!(begun.elapsed() < Duration::from_mins(2), "{end}");
        assert!(end.stdout.lines().any(|line| line.split_whitespace().eq(["slow", "interrupted"])), "{end}");
        assert_eq!(end.last_words(), "error: gate `slow` was interrupted\n");
        wait_for_the_end_of(sleeper);
    }
}

/// Waits until a process has ended, which then may wait for somebody to take note of it.
fn wait_for_the_end_of(sleeper: Pid) {
    wait_until("the end of what the script started", || {
        let stat = format!("/proc/{}/stat", sleeper.as_raw_nonzero());
        let state = fs::read_to_string(stat).unwrap_or_default();
        (test_kill_process(sleeper).is_err() || state.contains(") Z ")).then_some(())
    });
}

/// What `script` started and wrote the number of, which has ended once this returns.
fn ends_with(fixture: &Fixture, script: &str, run: impl FnOnce(&Fixture)) {
    with_script(fixture, "slow", script);
    fixture.write("target/.keep", "");
    run(fixture);
    let number = fs::read_to_string(fixture.root().join("target/sleeper")).expect("it was written");
    let sleeper = Pid::from_raw(number.trim().parse().expect("a number")).expect("not 0");
    wait_for_the_end_of(sleeper);
}

#[test]
fn nothing_that_was_started_stays() {
    let fixture = workspace();
    let stubborn = "trap '' TERM\nsleep 600 &\necho $! > target/sleeper\necho ready\nwait";
    ends_with(&fixture, stubborn, |fixture| {
        let mut run = gate(fixture, &["slow"]).start();
        run.wait_for("slow | ready");
        run.signal(Signal::TERM);
        run.finish().exited(1);
    });
    ends_with(&fixture, "sleep 600 > /dev/null 2>&1 &\necho $! > target/sleeper", |fixture| {
        gate(fixture, &["slow"]).output().exited(0);
    });
}
