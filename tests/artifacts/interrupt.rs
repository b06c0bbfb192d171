//! Ctrl-C while cargo builds, and what else a terminal is for then.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use camino::Utf8Path;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::tool::{Folder, Outcome, lambdaship};

/// A build script that says that it runs, and goes on for as long as the file that says so is there.
const BUSY: &str = "fn main() {
    let busy = std::path::Path::new(\"busy\");
    std::fs::write(busy, \"\").unwrap();
    while busy.exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
";

/// Starts a build in a process group of its own, as a shell does, and waits until cargo is in the middle of it.
fn begin(folder: &Folder) -> Child {
    folder.write("f/hello/build.rs", BUSY);
    let mut command = lambdaship(&folder.root, "build -e local");
    let child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    eventually("the build script runs", || busy(folder).exists());
    child
}

fn busy(folder: &Folder) -> camino::Utf8PathBuf {
    folder.root.join("f/hello/busy")
}

fn eventually(what: &str, happens: impl FnMut() -> bool) {
    assert!(in_time(happens), "not in time: {what}");
}

fn in_time(mut happens: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_mins(3);
    loop {
        if happens() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn assert_interrupted(folder: &Folder, child: Child) {
    let outcome = Outcome::from(child.wait_with_output().unwrap()).exited(1);
    assert!(outcome.stderr.contains("error: interrupted\n"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("failed to build"), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
    assert!(!has_artifact(&folder.root));
}

fn has_artifact(root: &Utf8Path) -> bool {
    root.join("target/lambdaship/hello").exists()
}

#[test]
fn a_signal_from_the_terminal_which_cargo_gets_too_is_no_failed_build() {
    let folder = Folder::new(&["hello"], "fn main() {}\n");
    let child = begin(&folder);
    kill_process_group(Pid::from_child(&child), Signal::INT).unwrap();
    assert_interrupted(&folder, child);
}

#[test]
fn a_signal_for_the_run_alone_ends_it_and_cargo_and_the_next_run_goes_on() {
    let folder = Folder::new(&["hello"], "fn main() {}\n");
    for signal in [Signal::TERM, Signal::INT] {
        let child = begin(&folder);
        kill_process(Pid::from_child(&child), signal).unwrap();
        // The build script holds the other end of stderr, and outlives cargo.
        fs_err::remove_file(busy(&folder)).unwrap();
        assert_interrupted(&folder, child);
    }
    folder.write("f/hello/build.rs", "fn main() {}\n");
    folder.run("build -e local").exited(0);
    assert!(has_artifact(&folder.root));
}

/// A build script that asks the terminal, as ssh and gpg do for a passphrase.
const ASKS: &str = "use std::io::BufRead;
fn main() {
    let terminal = std::fs::File::open(\"/dev/tty\").unwrap();
    let answer = std::io::BufReader::new(terminal).lines().next().unwrap().unwrap();
    std::fs::write(\"answer\", answer).unwrap();
}
";

#[test]
fn what_cargo_starts_can_ask_the_terminal() {
    let folder = Folder::new(&["hello"], "fn main() {}\n");
    folder.write("f/hello/build.rs", ASKS);
    let build = lambdaship(&folder.root, "build -e local");
    // Python makes a terminal, and starts the build there as a shell does.
    let mut command = Command::new("python3");
    command.args(["-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"]);
    command.arg(build.get_program()).args(build.get_args()).current_dir(&folder.root);
    let screen = folder.root.join("screen");
    let shown = std::fs::File::create(&screen).unwrap();
    command.stderr(shown.try_clone().unwrap()).stdout(shown);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut keyboard = child.stdin.take().unwrap();
    keyboard.write_all(b"passphrase\n").unwrap();
    let answer = folder.root.join("f/hello/answer");
    let answered = in_time(|| fs_err::read_to_string(&answer).is_ok_and(|answer| answer == "passphrase"));
    if !answered {
        child.kill().unwrap();
    }
    let shown = || String::from_utf8_lossy(&fs_err::read(&screen).unwrap()).into_owned();
    assert!(answered, "the build script has no answer: {}", shown());
    drop(keyboard);
    assert!(child.wait().unwrap().success(), "{}", shown());
    assert!(has_artifact(&folder.root));
}
