//! The two tools, each run as its users run it, and what a run costs.

use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cargo_lambdaship::context::instant;

use crate::cloud::{Cloud, KEY, REGION, ROLE};
use crate::proxy::Traffic;
use crate::venv;
use crate::workspace::Workspace;

/// The release build of the tool.
pub(crate) const TOOL: &str = env!("CARGO_BIN_EXE_cargo-lambdaship");

/// What the tools and cargo need of the caller's environment.
const KEPT: [&str; 7] =
    ["PATH", "RUSTUP_TOOLCHAIN", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "CARGO_BUILD_JOBS"];

/// Between two looks at how much memory a process has had; the last one is that much before its end.
const LOOK: Duration = Duration::from_millis(10);

/// What a run cost.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) seconds: f64,
    pub(crate) traffic: Traffic,
    /// The most memory that the tool itself had, without cargo and what that starts, in bytes. Linux tells.
    pub(crate) memory: Option<u64>,
}

impl std::ops::AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.seconds += other.seconds;
        self.traffic.requests += other.traffic.requests;
        self.traffic.bytes_up += other.traffic.bytes_up;
        self.traffic.throttled += other.traffic.throttled;
        self.memory = self.memory.max(other.memory);
    }
}

impl Cost {
    /// The one in the middle, by seconds.
    pub(crate) fn median(mut costs: Vec<Self>) -> Self {
        costs.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
        costs.get(costs.len() / 2).copied().unwrap_or_default()
    }
}

/// `cargo lambdaship deploy` of all functions, which must end as `result` says.
pub(crate) fn deploy(workspace: &Workspace, cloud: &Cloud, result: &str) -> Cost {
    deploy_to("bench", workspace, cloud, result)
}

/// The same, to the environment `env`.
pub(crate) fn deploy_to(env: &str, workspace: &Workspace, cloud: &Cloud, result: &str) -> Cost {
    let endpoint = cloud.endpoint();
    let arguments = ["deploy", "--env", env, "--format", "json", "--endpoint-url", &endpoint];
    let (cost, report) = ours(workspace, cloud, &arguments);
    assert!(report.contains(&format!("\"result\": \"{result}\"")), "not {result}: {report}");
    cost
}

/// `cargo lambdaship build` of all functions.
pub(crate) fn build(workspace: &Workspace, cloud: &Cloud) -> Cost {
    ours(workspace, cloud, &["build", "--env", "bench"]).0
}

/// `cargo lambdaship build` of a binary that is there. For this machine, since its libraries may be too new for Lambda.
pub(crate) fn pack(workspace: &Workspace, cloud: &Cloud, binary: &str) -> Cost {
    ours(workspace, cloud, &["build", "--env", "local", "--binary-path", binary]).0
}

fn ours(workspace: &Workspace, cloud: &Cloud, arguments: &[&str]) -> (Cost, String) {
    let mut command = Command::new(TOOL);
    clean(&mut command, workspace);
    measure(command.arg("lambdaship").args(arguments).arg("--quiet"), cloud)
}

/// `cargo lambda build` of all functions.
pub(crate) fn their_build(workspace: &Workspace, cloud: &Cloud) -> Cost {
    theirs(workspace, cloud, &["build", "--release", "--compiler", "cargo", "--quiet"])
}

/// `cargo lambda build` of all functions, and `cargo lambda deploy` of one after the other, with the same alias as ours.
/// Of very many functions only `sample` are deployed, and what the others would take is estimated by them.
pub(crate) fn their_deploy(workspace: &Workspace, cloud: &Cloud, sample: usize) -> Cost {
    let mut cost = their_build(workspace, cloud);
    let names = workspace.names();
    let mut deployed = Cost::default();
    for name in names.iter().take(sample) {
        deployed += theirs(workspace, cloud, &["deploy", name, "--alias", "live", "--role", ROLE]);
    }
    cost += times(deployed, names.len(), sample.min(names.len()));
    cost
}

/// `cargo lambda` with `arguments`.
pub(crate) fn theirs(workspace: &Workspace, cloud: &Cloud, arguments: &[&str]) -> Cost {
    let mut command = Command::new(venv::programs().join("cargo-lambda"));
    clean(&mut command, workspace);
    command.arg("lambda").args(arguments);
    if arguments.first() == Some(&"deploy") {
        command.args(["--region", REGION, "--endpoint-url", &cloud.endpoint()]);
    }
    measure(&mut command, cloud).0
}

#[expect(clippy::cast_precision_loss, reason = "numbers of functions are small")]
fn times(cost: Cost, all: usize, sample: usize) -> Cost {
    let scaled = |part: u64| part * all as u64 / sample as u64;
    Cost {
        seconds: cost.seconds * all as f64 / sample as f64,
        traffic: Traffic {
            requests: scaled(cost.traffic.requests),
            bytes_up: scaled(cost.traffic.bytes_up),
            throttled: scaled(cost.traffic.throttled),
        },
        memory: cost.memory,
    }
}

/// Gives `command` the environment of somebody who has just installed cargo, and the workspace as its folder.
pub(crate) fn clean(command: &mut Command, workspace: &Workspace) {
    command.current_dir(workspace.root()).env_clear();
    command.envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    let home = std::env::home_dir().expect("a home");
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        command.env(name, std::env::var_os(name).unwrap_or_else(|| home.join(folder).into_os_string()));
    }
    // Zig, should the machine's own libraries be too new for Lambda.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([venv::programs().into()]);
    command.env("PATH", std::env::join_paths(folders).expect("folders without a colon"));
    // As cargo sets it for its subcommands.
    command.env("CARGO", env!("CARGO")).env("HOME", workspace.home());
    command.env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", KEY);
    command.env("AWS_REGION", REGION).env("AWS_EC2_METADATA_DISABLED", "true");
}

/// Runs to the end, and answers stdout; it must succeed.
pub(crate) fn finish(command: &mut Command) -> String {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    succeeded(command, &child.expect("the program starts").wait_with_output().expect("it ends"))
}

/// The same, with what it costs.
fn measure(command: &mut Command, cloud: &Cloud) -> (Cost, String) {
    // What came in between belongs to nobody.
    cloud.traffic();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let begun = instant();
    let child = command.spawn().expect("the program starts");
    let (output, memory) = watch(child);
    let cost = Cost { seconds: begun.elapsed().as_secs_f64(), traffic: cloud.traffic(), memory };
    (cost, succeeded(command, &output))
}

/// Waits for the end, and sees meanwhile how much memory it has.
fn watch(child: Child) -> (Output, Option<u64>) {
    let (status, ended) = (format!("/proc/{}/status", child.id()), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut most = None;
            while !ended.load(Ordering::Relaxed) {
                most = most.max(peak_memory(&status));
                std::thread::sleep(LOOK);
            }
            most
        });
        let output = child.wait_with_output().expect("it ends");
        ended.store(true, Ordering::Relaxed);
        (output, watcher.join().expect("nothing there can fail"))
    })
}

fn peak_memory(status: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

fn succeeded(command: &Command, output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{stdout}\n{stderr}", output.status);
    stdout
}
