//! `cargo lambdaship local` in the foreground of a workspace.

use std::fs::File;
use std::process::{Child, Stdio};

use camino::Utf8PathBuf;
use fs_err as fs;
use rustix::process::{Pid, Signal, kill_process};

use super::http::{Answer, exchange};
use super::{Fixture, lambdaship, wait_until};

/// `cargo lambdaship local`, under way; it is killed when the test ends before it.
pub(crate) struct Foreground<'f> {
    fixture: &'f Fixture,
    child: Child,
    /// Where its output goes.
    folder: Utf8PathBuf,
}

impl<'f> Foreground<'f> {
    /// Starts it with more `arguments`, and its output in the home of `fixture`.
    pub(crate) fn start(fixture: &'f Fixture, arguments: &[&str]) -> Self {
        Self::start_into(fixture.home(), fixture, arguments)
    }

    /// Starts it with its output in `folder`.
    pub(crate) fn start_into(folder: Utf8PathBuf, fixture: &'f Fixture, arguments: &[&str]) -> Self {
        let file = |name: &str| File::create(folder.join(name)).expect("a file for its output");
        let run = lambdaship(fixture).args(&["local", "--port", "0", "--url-port", "0", "--offline"]);
        let mut command = run.args(arguments).0;
        command.stdin(Stdio::null()).stdout(file("stdout")).stderr(file("stderr"));
        Self { fixture, child: command.spawn().expect("it starts"), folder }
    }

    /// What it has written to `stdout` or `stderr`.
    pub(crate) fn text(&self, stream: &str) -> String {
        let bytes = fs::read(self.folder.join(stream)).expect("its output can be read");
        // It may be in the middle of a character.
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits until `words` are on stderr as often as `times`.
    pub(crate) fn says(&self, words: &str, times: usize) {
        let what = format!("{words:?} {times} times on stderr");
        wait_until(&what, || (self.text("stderr").matches(words).count() >= times).then_some(()));
    }

    /// The port of the function URLs, once they are listened to.
    pub(crate) fn url_port(&self) -> u16 {
        let port =
            |text: &str| text.split_once("URLs: http://127.0.0.1:")?.1.split_once('\n')?.0.parse().ok();
        wait_until("the port", || port(&self.text("stderr")))
    }

    /// The port of its AWS, once it is listened to.
    pub(crate) fn port(&self) -> u16 {
        let port = |text: &str| {
            text.split_once("AWS_ENDPOINT_URL=http://127.0.0.1:")?.1.split_once(' ')?.0.parse().ok()
        };
        wait_until("the port", || port(&self.text("stderr")))
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What a function answers at its path.
    pub(crate) fn call(&self, path: &str) -> Answer {
        exchange(self.url_port(), &format!("GET {path}"), &[], "").expect("an answer")
    }

    /// Waits until `function` answers with `version`.
    pub(crate) fn answers_version(&self, function: &str, version: &str) {
        let version = format!("\"version\":\"{version}\"");
        wait_until(&version, || self.call(&format!("/{function}/")).body.contains(&version).then_some(()));
    }

    /// Sends SIGTERM and answers the exit code, once nothing is left of the run.
    pub(crate) fn end(mut self) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("it still runs");
        let status = self.child.wait().expect("it ends");
        wait_until("the end of all that it started", || processes(self.fixture).is_empty().then_some(()));
        let owner = self.fixture.root().join("target/lambdaship/local/owner.json");
        assert!(!owner.exists(), "it still says that it owns the state");
        status.code()
    }
}

impl Drop for Foreground<'_> {
    fn drop(&mut self) {
        // Nothing of a test that ended works beside the next one.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let stderr = self.text("stderr");
            // What Lambda says of each call is too much to be read.
            let told = stderr.lines().filter(|line| !line.contains(" RequestId: "));
            eprintln!("{}\n{}", self.text("stdout"), told.collect::<Vec<_>>().join("\n"));
        }
    }
}

/// The command lines of the processes that work in the workspace of `fixture`, or are a program of it.
pub(crate) fn processes(fixture: &Fixture) -> Vec<String> {
    let inside = |link: std::io::Result<std::path::PathBuf>| {
        link.is_ok_and(|path| path.to_string_lossy().starts_with(fixture.root().as_str()))
    };
    let entries = fs::read_dir("/proc").expect("/proc can be read").flatten().map(|entry| entry.path());
    let working = entries
        .filter(|path| inside(fs::read_link(path.join("cwd"))) || inside(fs::read_link(path.join("exe"))));
    working.map(|path| fs::read_to_string(path.join("cmdline")).unwrap_or_default()).collect()
}
