//! Programs that serve on a loopback port while somebody holds their handle: MiniStack, moto, the proxy.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use camino::Utf8PathBuf;
use fs_err as fs;

use super::{http, target_folder, venv, wait_until};

/// A running server. The last handle ends it; a failing test shows its log.
#[derive(Clone)]
pub(crate) struct Server {
    /// Where it listens on 127.0.0.1.
    pub(crate) port: u16,
    process: Arc<Process>,
}

impl Server {
    /// The process' MiniStack: a Lambda, IAM and STS that runs functions. Tests keep apart by [`fresh_account`].
    pub(crate) fn ministack() -> Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Self::start_ministack).clone()
    }

    /// The process' moto: a second opinion, which runs nothing. Tests keep apart by the names of their functions.
    pub(crate) fn moto() -> Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Self::start_moto).clone()
    }

    /// A MiniStack of the caller's own.
    pub(crate) fn start_ministack() -> Self {
        Self::start("ministack", "GET /_ministack/health", |port| {
            let mut command = Command::new(venv::python());
            command.args(["-m", "ministack"]).env("GATEWAY_PORT", port.to_string());
            command.env("BIND_HOST", "127.0.0.1").env("MINISTACK_HOST", "127.0.0.1");
            // It would listen on a fixed port, and the broker is most of its start.
            command.env("IOT_MTLS_ENABLED", "false");
            command
        })
    }

    /// A moto of the caller's own.
    pub(crate) fn start_moto() -> Self {
        Self::start("moto", "GET /moto-api/", |port| {
            let mut command = Command::new(venv::python());
            command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
            command.env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true");
            // So that uploads in parts can be small.
            command.env("S3_UPLOAD_PART_MIN_SIZE", "1");
            command
        })
    }

    /// A program that says on the first line of its output which port it took.
    pub(crate) fn start_announced(name: &str, command: &Command) -> Self {
        let mut process = Process::start(name, command);
        let mut line = String::new();
        BufReader::new(process.child.stdout.take().expect("its output is piped"))
            .read_line(&mut line)
            .expect("its output can be read");
        let port =
            line.trim().parse().unwrap_or_else(|_| panic!("{name} did not start:\n{}", process.log_tail()));
        Self { port, process: Arc::new(process) }
    }

    /// A program that is told its port. Another process may take the free port first; then with another one.
    fn start(name: &str, ready: &str, command: impl Fn(u16) -> Command) -> Self {
        for _ in 0..3 {
            let port = free_port();
            let mut process = Process::start(name, &command(port));
            let serves = wait_until(name, || {
                let serves = http::exchange(port, ready, &[], "").is_ok_and(|answer| answer.status == 200);
                if process.ended() { Some(false) } else { serves.then_some(true) }
            });
            if serves {
                return Self { port, process: Arc::new(process) };
            }
            eprintln!("{name} ended at once:\n{}", process.log_tail());
        }
        panic!("{name} does not start");
    }

    /// Its endpoint for an AWS SDK.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the end of {}:\n{}", self.process.log, self.process.log_tail());
        }
    }
}

/// An account that no other test of this run has; on MiniStack an access key of 12 digits is an account of its own.
pub(crate) fn fresh_account() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = u64::from(std::process::id()) * 1000 + NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{:012}", 100_000_000_000 + number)
}

/// A supervised process: it and all that it starts end when its standard input is closed, by `Drop` or by the death of
/// this process.
struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    log: Utf8PathBuf,
}

impl Process {
    fn start(name: &str, program: &Command) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let logs = target_folder().join("test-logs");
        fs::create_dir_all(&logs).expect("the folder for logs can be made");
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let log = logs.join(format!("{name}-{}-{number}.log", std::process::id()));
        let output = fs::File::create(&log).expect("the log can be made").into_parts().0;
        let mut child = venv::script("support/supervise.py")
            .arg(program.get_program())
            .args(program.get_args())
            .env_remove("AWS_ENDPOINT_URL")
            .envs(program.get_envs().filter_map(|(key, value)| Some((key, value?))))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(output)
            .spawn()
            .expect("Python starts");
        Self { stdin: child.stdin.take(), child, log }
    }

    fn ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }

    fn log_tail(&self) -> String {
        let text =
            fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.stdin.take());
        self.child.wait().expect("a supervised process ends with its input");
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|socket| socket.local_addr())
        .expect("a free port exists")
        .port()
}
