//! One run of cargo: the command line, and the binaries that its messages name.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Artifact, Message, TargetKind};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{ChildStderr, Command};

use super::{Built, Compiled, Error, Target, builder::Builder};
use crate::console::{Console, Verbosity};
use crate::process::{self, Group};
use crate::workspace::{CargoOptions, Function};

/// How long cargo's stderr may take to end after cargo.
const PATIENCE: Duration = Duration::from_secs(2);

/// A run: functions that share a target and a builder.
pub(super) struct Run<'a> {
    pub(super) functions: Vec<&'a Function>,
    pub(super) target: &'a Target,
    pub(super) builder: Builder,
    pub(super) options: &'a CargoOptions,
    /// Values for `--config`.
    pub(super) settings: Vec<String>,
    /// Where cargo keeps what it makes.
    pub(super) target_directory: Utf8PathBuf,
}

impl Run<'_> {
    /// The names of the functions, for people.
    pub(super) fn names(&self) -> String {
        let names: Vec<_> = self.functions.iter().map(|function| function.name.as_str()).collect();
        names.join(", ")
    }

    /// The profile that is built.
    pub(super) fn profile(&self) -> &str {
        self.options.profile.as_deref().unwrap_or("release")
    }

    /// The arguments for cargo. The target is always given: with it, build scripts get none of our rustflags.
    pub(super) fn arguments(&self) -> Vec<String> {
        let mut line: Vec<String> =
            ["build", "--message-format=json-render-diagnostics"].map(String::from).into();
        let mut push = |flag: &str, value: &str| line.extend([flag.to_owned(), value.to_owned()]);
        push("--target", self.target.triple());
        push("--profile", self.profile());
        push("--target-dir", self.target_directory.as_str());
        for function in &self.functions {
            push("--package", &function.package);
            push("--bin", function.name.as_str());
        }
        let features = &self.options.features;
        for feature in &features.named {
            push("--features", feature);
        }
        for setting in &self.settings {
            push("--config", setting);
        }
        if let Some(jobs) = &self.options.jobs {
            push("--jobs", jobs);
        }
        line.extend(features.all.then(|| "--all-features".to_owned()));
        line.extend(features.no_default.then(|| "--no-default-features".to_owned()));
        line.extend(self.options.lock_flags.iter().cloned());
        line
    }

    /// Runs `command`, to which the arguments are yet to be given. Its stderr is ours, unless a runner obeys what is there:
    /// build scripts and procedural macros say what they like in it.
    pub(super) async fn run(&self, console: &Console, command: &mut Command) -> Result<Vec<Built>, Error> {
        let program = command.as_std().get_program().to_string_lossy().into_owned();
        let failed = |source| Error::Run { program: program.clone(), source };
        command.args(self.arguments()).stdin(Stdio::null()).stdout(Stdio::piped());
        if console.is_obeyed() {
            command.stderr(Stdio::piped());
        }
        if console.verbosity() == Verbosity::Quiet {
            command.arg("--quiet");
        }
        // On a terminal, cargo stays in the foreground with us, where a tool can ask for a passphrase and Ctrl-Z stops all;
        // Ctrl-C reaches it as well. Elsewhere a signal is for us alone, and we end what cargo started.
        let apart = !process::is_at_terminal();
        #[cfg(unix)]
        if apart {
            command.process_group(0);
        }
        let mut child = command.spawn().map_err(failed)?;
        let group = Group::new(child.id().filter(|_| apart));
        let heard = child.stderr.take().map(|stderr| tokio::spawn(pass_on(stderr, console.clone())));
        let (mut artifacts, mut scripts) = (Vec::new(), Vec::new());
        if let Some(stdout) = child.stdout.take() {
            let mut lines = BufReader::new(stdout).lines();
            while let Some(line) = lines.next_line().await.map_err(failed)? {
                for message in Message::parse_stream(line.as_bytes()) {
                    match message.map_err(failed)? {
                        Message::CompilerArtifact(artifact) => artifacts.push(artifact),
                        Message::BuildScriptExecuted(script) => scripts.push(script),
                        Message::TextLine(line) => console.line(line),
                        _ => {}
                    }
                }
            }
        }
        group.release();
        let status = child.wait().await.map_err(failed)?;
        if let Some(heard) = heard {
            // A program that was left behind may hold the stream open for ever.
            let _ = tokio::time::timeout(PATIENCE, heard).await;
        }
        if !status.success() {
            return Err(Error::Failed { functions: self.names() });
        }
        let on_host = |path: &Utf8Path| self.on_host(path);
        let compiled = Arc::new(Compiled::new(&self.target_directory, &artifacts, &scripts, on_host));
        self.functions.iter().map(|function| self.built(function, &artifacts, &compiled)).collect()
    }

    fn built(
        &self,
        function: &Function,
        artifacts: &[Artifact],
        compiled: &Arc<Compiled>,
    ) -> Result<Built, Error> {
        let artifact = artifacts.iter().find(|artifact| makes(artifact, function));
        let binary =
            artifact.and_then(|artifact| artifact.executable.as_deref()).map(|path| self.on_host(path));
        let missing =
            || Error::NoBinary { function: function.name.to_string(), package: function.package.clone() };
        Ok(Built {
            function: function.name.clone(),
            binary: binary.ok_or_else(missing)?,
            target: self.target.clone(),
            builder: self.builder.name(),
            profile: self.profile().to_owned(),
            compiled: Arc::clone(compiled),
        })
    }

    /// The path of a file that cargo named. In `cross`' container, the target folder is `/target`.
    fn on_host(&self, path: &Utf8Path) -> Utf8PathBuf {
        match path.strip_prefix("/target") {
            Ok(inside) if self.builder == Builder::Cross => self.target_directory.join(inside),
            _ => path.to_owned(),
        }
    }
}

/// Shows what cargo says.
async fn pass_on(stderr: ChildStderr, console: Console) {
    let (mut stderr, mut bytes) = (BufReader::new(stderr), Vec::new());
    while stderr.read_until(b'\n', &mut bytes).await.is_ok_and(|read| read > 0) {
        console.line(String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']));
        bytes.clear();
    }
}

/// Whether `artifact` is the binary of `function`.
fn makes(artifact: &Artifact, function: &Function) -> bool {
    artifact.executable.is_some()
        && artifact.manifest_path == function.manifest_path
        && artifact.target.name == function.name.as_str()
        && artifact.target.kind.contains(&TargetKind::Bin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Arch, FunctionName};
    use crate::workspace::Features;

    fn function(name: &str) -> Function {
        let manifest_path = format!("/app/{name}/Cargo.toml").into();
        Function { name: FunctionName::new(name).unwrap(), package: format!("{name}-package"), manifest_path }
    }

    #[test]
    fn one_command_line_builds_all_functions() {
        let (a, b) = (function("a"), function("b"));
        let options = CargoOptions {
            features: Features { named: vec!["x,y".to_owned()], all: false, no_default: true },
            lock_flags: vec!["--locked".to_owned()],
            jobs: Some("2".to_owned()),
            ..CargoOptions::default()
        };
        let target = Target::lambda(Arch::Arm64);
        let run = Run {
            functions: vec![&a, &b],
            target: &target,
            builder: Builder::Zig,
            options: &options,
            settings: vec!["profile.release.lto=\"thin\"".to_owned()],
            target_directory: "out".into(),
        };
        assert_eq!(
            run.arguments().join(" "),
            "build --message-format=json-render-diagnostics --target aarch64-unknown-linux-gnu --profile release \
             --target-dir out --package a-package --bin a --package b-package --bin b --features x,y \
             --config profile.release.lto=\"thin\" --jobs 2 --no-default-features --locked"
        );
        assert_eq!(run.names(), "a, b");
    }
}
