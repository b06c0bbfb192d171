//! What the tool costs when there is nothing to do: its start, and a deploy of an unchanged function beyond what cargo
//! itself takes to see that nothing changed. The runs alternate, so that a busy moment hits all of them.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark starts programs, prints its result and fails by panicking"
)]

use std::process::{Command, Stdio};

use cargo_lambdaship::context::instant;

/// How often each is run; the median counts.
const RUNS: usize = 15;

/// The release build of the tool.
const TOOL: &str = env!("CARGO_BIN_EXE_cargo-lambdaship");

fn main() {
    let folder = concat!(env!("CARGO_TARGET_TMPDIR"), "/noop");
    let deploy = || {
        let mut deploy =
            command(TOOL, &["lambdaship", "deploy", "--env", "local", "-f", "hello", "--format", "json"]);
        deploy.args(["-q", "--target-dir", folder]);
        deploy
    };
    let cargo = || {
        let mut cargo = command(env!("CARGO"), &["build", "--release", "--package", "hello", "--quiet"]);
        // A folder of its own: with other flags than the deploy's, cargo would build anew each time.
        cargo.args(["--target-dir", concat!(env!("CARGO_TARGET_TMPDIR"), "/noop-cargo")]);
        cargo
    };
    run(&mut cargo());
    run(&mut deploy());
    let unchanged = run(&mut deploy());
    assert!(unchanged.contains("\"result\": \"unchanged\""), "{unchanged}");

    let [mut starts, mut cargos, mut deploys] = [const { Vec::new() }; 3];
    for _ in 0..RUNS {
        starts.push(time(&mut command(TOOL, &["lambdaship", "--version"])));
        cargos.push(time(&mut cargo()));
        deploys.push(time(&mut deploy()));
    }
    let (start, cargo, deploy) = (median(starts), median(cargos), median(deploys));
    println!("{:<44} {:>9} {:>7} {:>9}", format!("median of {RUNS} runs"), "ms", "aim", "of cargo");
    let line = |what: &str, milliseconds: f64, aim: &str| {
        println!("{what:<44} {milliseconds:>9.1} {aim:>7} {:>8.2}x", milliseconds / cargo);
    };
    line("--version", start, "< 15");
    line("cargo build, nothing to do", cargo, "");
    line("deploy --env local, nothing to do", deploy, "");
    line("… beyond cargo's", deploy - cargo, "<= 150");
}

/// A program in the repository's root, where the example is.
fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).stdin(Stdio::null());
    command.stderr(Stdio::inherit()).env_remove("LAMBDASHIP_ENV");
    command
}

/// Runs to the end, and answers what is on stdout.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn time(command: &mut Command) -> f64 {
    let begun = instant();
    run(command);
    begun.elapsed().as_secs_f64() * 1000.0
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
