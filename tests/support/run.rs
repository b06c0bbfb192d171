//! The built binary, run as cargo runs it, in an environment that holds nothing of the developer's.

use std::fmt;
#[cfg(unix)]
use std::io::Write;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use camino::Utf8Path;

use super::{Fixture, venv};

/// What the tool and cargo need of the developer's environment.
const KEPT: [&str; 7] =
    ["PATH", "RUSTUP_TOOLCHAIN", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "CARGO_BUILD_JOBS"];

/// The binary under test, about to run in the workspace of `fixture`.
pub(crate) fn lambdaship(fixture: &Fixture) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-lambdaship"));
    clean(&mut command, fixture);
    command.arg("lambdaship");
    Run(command)
}

/// Gives `command` the environment of somebody who has just installed cargo, and the workspace as its folder.
pub(crate) fn clean(command: &mut Command, fixture: &Fixture) {
    command.current_dir(fixture.root()).env_clear();
    command.envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    let home = std::env::home_dir().expect("a home");
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        command.env(name, std::env::var_os(name).unwrap_or_else(|| home.join(folder).into_os_string()));
    }
    command.env("HOME", fixture.home()).env("AWS_EC2_METADATA_DISABLED", "true");
}

/// `git` in `folder` and in nobody's name, whatever the developer has configured; a hook that runs the tests does not lead it
/// elsewhere.
pub(crate) fn git(folder: &Utf8Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(folder).env_clear();
    git.envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    git.env("HOME", folder).env("GIT_CONFIG_NOSYSTEM", "1");
    git.args(["-c", "user.name=ada", "-c", "user.email=ada@example.com"]);
    git
}

/// Makes a program of `text`. Another process writes it: a copy of a file that is open here could be in one that another test
/// starts just then, and as long as somebody may write to a program nobody can start it.
#[cfg(unix)]
pub(crate) fn program(path: &Utf8Path, text: &str) {
    let mut write = Command::new("sh");
    write.args(["-c", "cat > \"$0\" && chmod 755 \"$0\"", path.as_str()]).stdin(Stdio::piped());
    let mut child = write.spawn().expect("a shell starts");
    let mut input = child.stdin.take().expect("its input is piped");
    input.write_all(text.as_bytes()).expect("it reads");
    drop(input);
    assert!(child.wait().expect("it ends").success(), "{path} cannot be made a program");
}

/// A run that has not begun.
pub(crate) struct Run(pub(crate) Command);

impl Run {
    /// Arguments after `cargo lambdaship`.
    pub(crate) fn args(mut self, arguments: &[&str]) -> Self {
        self.0.args(arguments);
        self
    }

    /// One environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Zig on the `PATH`, as `pip install ziglang` in an active virtual environment puts it there.
    pub(crate) fn zig(mut self) -> Self {
        let own = venv::python().parent().expect("Python is in a folder").to_owned();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(own.into_std_path_buf()).chain(std::env::split_paths(&path));
        self.0.env("PATH", std::env::join_paths(folders).expect("folders without a colon"));
        self
    }

    /// AWS at `endpoint`, with the credentials of `account`, in `eu-west-1`.
    pub(crate) fn aws(self, endpoint: &str, account: &str) -> Self {
        self.env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_ACCESS_KEY_ID", account)
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "eu-west-1")
    }

    /// Runs to the end.
    pub(crate) fn output(self) -> Outcome {
        self.start().finish()
    }

    /// Begins, for what happens while it runs.
    pub(crate) fn start(mut self) -> Running {
        let child = self.0.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        Running { child: Some(child.expect("the program starts")), said: Vec::new() }
    }
}

/// A run under way. It ends with the test; what it said until then is shown when that fails.
pub(crate) struct Running {
    /// None once it has ended.
    child: Option<Child>,
    /// What was read of its stderr.
    said: Vec<u8>,
}

impl Running {
    /// What Ctrl-C does.
    #[cfg(unix)]
    pub(crate) fn interrupt(&self) {
        self.signal(rustix::process::Signal::INT);
    }

    /// Sends it, and nothing that it started, a signal.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let process = rustix::process::Pid::from_child(self.child());
        rustix::process::kill_process(process, signal).expect("it still runs");
    }

    /// Waits until it has said `text` on stderr.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let child = self.child.as_mut().expect("it has not ended");
        let stderr = child.stderr.as_mut().expect("its stderr is piped");
        let mut byte = [0];
        while !self.said.ends_with(text.as_bytes()) {
            let read = stderr.read(&mut byte).expect("it can be read");
            assert_ne!(read, 0, "it ended without saying {text}: {}", String::from_utf8_lossy(&self.said));
            self.said.extend(byte);
        }
    }

    /// Ends it as nothing can prevent, after its output has come to `lines` lines on stderr; answers whether it was still
    /// running then.
    pub(crate) fn kill_after_lines(mut self, lines: usize) -> bool {
        let child = self.child.as_mut().expect("it has not ended");
        let stderr = BufReader::new(child.stderr.take().expect("its output is piped"));
        let seen = stderr.lines().take(lines).map_while(Result::ok).count();
        self.kill();
        seen == lines
    }

    /// Ends it as nothing can prevent.
    pub(crate) fn kill(mut self) {
        let mut child = self.child.take().expect("it has not ended");
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }

    /// The number of its process.
    #[cfg(unix)]
    pub(crate) fn id(&self) -> u32 {
        self.child().id()
    }

    /// Whether it has ended by itself.
    pub(crate) fn ended(&mut self) -> bool {
        let child = self.child.as_mut().expect("it was not waited for");
        child.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Waits for the end.
    pub(crate) fn finish(mut self) -> Outcome {
        let child = self.child.take().expect("it was not waited for");
        let output = child.wait_with_output().expect("it ends");
        let stderr = [std::mem::take(&mut self.said), output.stderr].concat();
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
            stderr: String::from_utf8(stderr).expect("UTF-8 on stderr"),
        }
    }
}

impl Running {
    #[cfg(unix)]
    fn child(&self) -> &Child {
        self.child.as_ref().expect("it has not ended")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let _ = child.kill();
        let _ = child.wait();
        let (true, Some(mut stderr)) = (std::thread::panicking(), child.stderr.take()) else { return };
        let mut said = std::mem::take(&mut self.said);
        let (send, told) = std::sync::mpsc::channel();
        // What it started may hold the other end of the pipe.
        std::thread::spawn(move || {
            let _ = stderr.read_to_end(&mut said);
            send.send(said)
        });
        if let Ok(said) = told.recv_timeout(std::time::Duration::from_secs(5)) {
            eprintln!("a run that was under way had said:\n{}", String::from_utf8_lossy(&said));
        }
    }
}

/// How a run ended. Displayed, it is what a snapshot holds.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// None when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// Fails the test unless the run exited with `code`.
    pub(crate) fn exited(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// What it said on stderr from the last `error:` on.
    pub(crate) fn last_words(&self) -> &str {
        let at = self.stderr.rfind("\nerror: ").map_or(0, |newline| newline + 1);
        &self.stderr[at..]
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.map_or("signal".to_owned(), |code| code.to_string());
        write!(f, "exit: {code}\n----- stdout\n{}----- stderr\n{}", self.stdout, self.stderr)
    }
}

/// Snapshot settings that replace what differs from run to run by names.
pub(crate) fn redactions(fixture: &Fixture) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    let folder = fixture.root().parent().map(ToString::to_string).unwrap_or_default();
    let literal: String =
        folder.chars().flat_map(|c| (!c.is_alphanumeric()).then_some('\\').into_iter().chain([c])).collect();
    settings.add_filter(&literal, "[TEMP]");
    settings.add_filter(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "[UUID]");
    settings.add_filter(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)", "[TIME]");
    settings.add_filter(r"\b(127\.0\.0\.1|localhost|\[::1\]):\d+", "$1:[PORT]");
    settings.add_filter(r"\b[0-9a-f]{64}\b", "[SHA256]");
    settings.add_filter(r"\b(sha256[: ]+)[0-9a-f]{8}\b", "$1[SHA256]");
    settings.add_filter(r"\b[A-Za-z0-9+/]{43}=", "[SHA256]");
    settings.add_filter(r"\b\d+(\.\d+)? (B|kB|MB)\b", "[SIZE]");
    settings.add_filter(r"/\.(lambdaship|new)-[A-Za-z0-9]{6}\b", "/.$1-[RANDOM]");
    settings.add_filter(r"\b(\d+h)?(\d+m)?\d+(\.\d+)?(ms|s)\b", "[DURATION]");
    settings
}
