//! The scripts of a release, and that what they make is what the action installs and `cargo binstall` looks for.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests start programs and may panic")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use tempfile::TempDir;

const VERSION: &str = "1.2.3";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const TARGETS: [&str; 5] = [
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-linux-musl",
];

/// A copy of what the scripts work on, and the archives of a release.
struct Checkout {
    folder: TempDir,
}

impl Checkout {
    fn new() -> Self {
        let checkout = Self { folder: tempfile::tempdir().unwrap() };
        let templates = "cargo-lambdaship/src/ops/init";
        let pages = ["CHANGELOG.md", "README.md", "docs/github.md"];
        let files = ["action", "workflow-templates", templates, "Cargo.toml", "Cargo.lock", "action.yml"];
        for path in files.into_iter().chain(pages) {
            let to = checkout.path(path);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            assert!(run(Command::new("cp").arg("-R").arg(repository().join(path)).arg(to)).status.success());
        }
        fs::write(checkout.path("action/manifest.json"), "{}\n").unwrap();
        checkout
    }

    fn path(&self, path: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().join(path)
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn edit(&self, path: &str, old: &str, new: &str) {
        let text = self.text(path);
        assert!(text.contains(old), "{path} has no {old}");
        fs::write(self.path(path), text.replacen(old, new, 1)).unwrap();
    }

    /// Packs a program that says its version, for every target, as the workflow does.
    fn pack(&self) {
        for target in TARGETS {
            let name = format!("cargo-lambdaship-v{VERSION}-{target}");
            let folder = self.path(&format!("dist/{name}"));
            fs::create_dir_all(&folder).unwrap();
            let program = format!("#!/bin/sh\necho cargo-lambdaship {VERSION}\n");
            fs::write(folder.join("cargo-lambdaship"), program).unwrap();
            fs::write(folder.join("TARGET"), target).unwrap();
            let archive = format!("{name}.tar.gz");
            let packed = format!("tar -czf {archive} {name} && sha256sum {archive} > {archive}.sha256");
            assert!(
                run(Command::new("sh").args(["-c", &packed]).current_dir(self.path("dist"))).status.success()
            );
            fs::remove_dir_all(folder).unwrap();
        }
    }

    fn manifest(&self) -> Output {
        let script = self.path("action/release/manifest.py");
        run(Command::new("python3").arg(script).arg(VERSION).arg(self.path("dist")))
    }

    fn script(&self, name: &str, arguments: &[&str]) -> Output {
        run(Command::new("bash").arg(self.path(&format!("action/release/{name}"))).args(arguments))
    }
}

fn repository() -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// Answers every request with the file of that name in `folder`, on a port of its own, until the process ends.
fn serve(folder: Utf8PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap();
            let request = String::from_utf8_lossy(&request[..read]).into_owned();
            let name = request.split(' ').nth(1).unwrap().rsplit('/').next().unwrap().to_owned();
            let bytes = fs::read(folder.join(name)).unwrap();
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len());
            stream.write_all(&[head.as_bytes(), &bytes].concat()).unwrap();
        }
    });
    address
}

#[test]
fn what_the_manifest_names_is_what_the_action_installs() {
    let checkout = Checkout::new();
    checkout.pack();
    let made = checkout.manifest();
    assert!(made.status.success(), "{}", said(&made));
    let address = serve(checkout.path("dist"));
    for (os, arch, target) in
        [("Linux", "X64", TARGETS[4]), ("Linux", "ARM64", TARGETS[1]), ("macOS", "ARM64", TARGETS[0])]
    {
        let (output, temporary) = (checkout.path("output"), checkout.path("temporary"));
        fs::create_dir_all(&temporary).unwrap();
        let mut install = Command::new("bash");
        install.arg(checkout.path("action/install.sh"));
        install
            .env("INPUT_VERSION", VERSION)
            .env("INPUT_INSTALL", "binary")
            .env("INPUT_DOWNLOAD_BASE_URL", &address);
        install
            .env("RUNNER_OS", os)
            .env("RUNNER_ARCH", arch)
            .env("RUNNER_TEMP", &temporary)
            .env_remove("RUNNER_TOOL_CACHE");
        install.env("GITHUB_OUTPUT", &output).env_remove("GITHUB_PATH").env_remove("INPUT_BINARY_PATH");
        install.env("NO_PROXY", "*");
        let installed = run(&mut install);
        assert!(installed.status.success(), "{}", said(&installed));
        let outputs = fs::read_to_string(&output).unwrap();
        let bin = outputs.lines().rev().find_map(|line| line.strip_prefix("bin=")).unwrap();
        let folder = Utf8Path::new(bin).parent().unwrap();
        assert_eq!(fs::read_to_string(folder.join("TARGET")).unwrap(), target);
    }
}

/// Writes a program that notes its arguments and the variables it has.
fn stand_in(checkout: &Checkout, name: &str, script: &str) {
    let (path, log) = (checkout.path(&format!("bin/{name}")), checkout.path(&format!("{name}.log")));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, format!("#!/bin/bash\n{{ echo \"$@\"; env; }} >>{log}\n{script}\n")).unwrap();
    assert!(run(Command::new("chmod").args(["+x", path.as_str()])).status.success());
}

/// The installation of a version on a machine with these programs.
fn install(checkout: &Checkout, variables: &[(&str, &str)]) -> Output {
    let mut install = Command::new("bash");
    install.arg(checkout.path("action/install.sh")).env("INPUT_VERSION", VERSION);
    let path = format!("{}:{}", checkout.path("bin"), std::env::var("PATH").unwrap());
    install.env("PATH", path).env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64");
    install.env("RUNNER_TOOL_CACHE", checkout.path("tools")).env("RUNNER_TEMP", checkout.path("temporary"));
    install.env_remove("GITHUB_OUTPUT").env_remove("GITHUB_PATH").env_remove("INPUT_BINARY_PATH");
    install.env("NO_PROXY", "*");
    fs::create_dir_all(checkout.path("temporary")).unwrap();
    run(install.envs(variables.iter().copied()))
}

#[test]
fn what_another_job_left_is_not_run_and_cargo_gets_no_token() {
    let checkout = Checkout::new();
    let program = format!("#!/bin/sh\necho cargo-lambdaship {VERSION}\n");
    let planted = checkout.path(&format!("tools/cargo-lambdaship/{VERSION}-cargo/bin/cargo-lambdaship"));
    fs::create_dir_all(planted.parent().unwrap()).unwrap();
    fs::write(&planted, &program).unwrap();
    fs::write(checkout.path("built"), &program).unwrap();
    let built = checkout.path("built");
    let script = format!(
        "while [ \"$1\" != --root ]; do shift; done\nmkdir -p \"$2/bin\"\ncp {built} \"$2/bin/cargo-lambdaship\"\n\
         chmod +x {planted} \"$2/bin/cargo-lambdaship\""
    );
    stand_in(&checkout, "cargo", &script);
    assert!(run(Command::new("chmod").args(["+x", planted.as_str()])).status.success());
    let withheld = [
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "ACTIONS_RUNTIME_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "GITHUB_ENV",
        "GITHUB_TOKEN",
        "INPUT_GITHUB_TOKEN",
    ];
    let variables: Vec<(&str, &str)> = withheld.iter().map(|name| (*name, "canary")).collect();
    let output = checkout.path("output");
    let mut variables = [variables, vec![("INPUT_INSTALL", "cargo")]].concat();
    variables.push(("GITHUB_OUTPUT", output.as_str()));
    for _ in 0..2 {
        let installed = install(&checkout, &variables);
        assert!(installed.status.success(), "{}", said(&installed));
    }
    let log = checkout.text("cargo.log");
    assert_eq!(log.matches("install --locked").count(), 1, "a later step of the job has it: {log}");
    assert!(!log.contains("canary") && !log.contains("GITHUB_OUTPUT"), "{log}");
    let bin = format!("bin={}", checkout.path("temporary"));
    assert!(
        checkout.text("output").lines().any(|line| line.starts_with(&bin)),
        "{}",
        checkout.text("output")
    );
}

#[test]
fn an_attestation_is_of_the_workflow_that_releases_and_another_servers_token_stays_there() {
    let checkout = Checkout::new();
    checkout.pack();
    assert!(checkout.manifest().status.success());
    let address = serve(checkout.path("dist"));
    stand_in(&checkout, "gh", "");
    let job = [
        ("INPUT_INSTALL", "binary"),
        ("INPUT_VERIFY", "attestation"),
        ("INPUT_DOWNLOAD_BASE_URL", address.as_str()),
        ("INPUT_GITHUB_TOKEN", "token-of-the-job"),
        ("GH_TOKEN", ""),
    ];
    let at = |more: &[(&str, &str)]| install(&checkout, &[&job[..], more].concat());
    let there = at(&[("GITHUB_SERVER_URL", "https://github.com")]);
    assert!(there.status.success(), "{}", said(&there));
    let log = checkout.text("gh.log");
    let signer = "cargo-lambdaship/cargo-lambdaship/.github/workflows/prepare-release.yml";
    assert!(repository().join(".github/workflows/prepare-release.yml").exists());
    assert!(log.contains(&format!(" --signer-workflow {signer}\n")), "{log}");
    assert!(log.contains("GH_TOKEN=token-of-the-job\n") && log.contains("GH_HOST=github.com\n"), "{log}");
    fs::remove_file(checkout.path("gh.log")).unwrap();
    let elsewhere = [("GITHUB_SERVER_URL", "https://github.acme.io")];
    let refused = at(&elsewhere);
    assert!(!refused.status.success() && said(&refused).contains("GH_TOKEN"), "{}", said(&refused));
    let given = at(&[elsewhere[0], ("GH_TOKEN", "token-of-github.com")]);
    assert!(given.status.success(), "{}", said(&given));
    let log = checkout.text("gh.log");
    assert!(log.contains("GH_TOKEN=token-of-github.com\n") && !log.contains("token-of-the-job"), "{log}");
}

#[test]
fn a_manifest_is_made_of_the_archives_of_a_release_or_not_at_all() {
    let checkout = Checkout::new();
    checkout.pack();
    let archive = format!("dist/cargo-lambdaship-v{VERSION}-{}.tar.gz", TARGETS[0]);
    let whole = fs::read(checkout.path(&archive)).unwrap();
    fs::write(checkout.path(&archive), b"something else").unwrap();
    assert!(said(&checkout.manifest()).contains("is not what was built"));
    fs::remove_file(checkout.path(&archive)).unwrap();
    assert!(
        said(&checkout.manifest())
            .contains("missing ['cargo-lambdaship-v1.2.3-aarch64-apple-darwin.tar.gz']")
    );
    assert_eq!(checkout.text("action/manifest.json"), "{}\n");
    fs::write(checkout.path(&archive), whole).unwrap();
    assert!(checkout.manifest().status.success());
    // Again, it is the same; with other archives it is refused.
    let first = checkout.text("action/manifest.json");
    assert!(checkout.manifest().status.success());
    assert_eq!(checkout.text("action/manifest.json"), first);
    let digit = first.find("\"sha256\": \"").unwrap() + "\"sha256\": \"".len();
    let other = format!(
        "{}{}{}",
        &first[..digit],
        if first[digit..].starts_with('0') { '1' } else { '0' },
        &first[digit + 1..]
    );
    fs::write(checkout.path("action/manifest.json"), &other).unwrap();
    assert!(said(&checkout.manifest()).contains("what was released stays as it is"));
    assert_eq!(checkout.text("action/manifest.json"), other);
}

#[test]
fn archives_have_the_same_names_everywhere() {
    let manifest = fs::read_to_string(repository().join("cargo-lambdaship/Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let filled = |text: &str, target: &str| {
        let names = [
            ("name", "cargo-lambdaship"),
            ("bin", "cargo-lambdaship"),
            ("version", VERSION),
            ("target", target),
        ];
        let text = text.replace("{ repo }", "REPO").replace("{ binary-ext }", "");
        names.iter().fold(text, |text, (name, value)| text.replace(&format!("{{ {name} }}"), value))
    };
    let checkout = Checkout::new();
    checkout.pack();
    assert!(checkout.manifest().status.success());
    let listed: serde_json::Value = serde_json::from_str(&checkout.text("action/manifest.json")).unwrap();
    let workflow = fs::read_to_string(repository().join(".github/workflows/prepare-release.yml")).unwrap();
    assert!(workflow.contains("folder=cargo-lambdaship-v$VERSION-$TARGET\n"), "{workflow}");
    assert!(workflow.contains("tar -czf \"$folder.tar.gz\" \"$folder\"\n"), "{workflow}");
    assert_eq!(workflow.matches("- { target: ").count(), TARGETS.len());
    for target in TARGETS {
        let file = listed[VERSION][target]["file"].as_str().unwrap();
        let url = filled(binstall["pkg-url"].as_str().unwrap(), target);
        assert_eq!(url, format!("REPO/releases/download/v{VERSION}/{file}"));
        assert_eq!(
            filled(binstall["bin-dir"].as_str().unwrap(), target),
            format!("{}/cargo-lambdaship", file.strip_suffix(".tar.gz").unwrap())
        );
        assert!(workflow.contains(&format!("- {{ target: {target}, ")), "{target}");
    }
}

#[test]
fn a_release_pins_the_templates_and_what_init_writes() {
    let checkout = Checkout::new();
    for wrong in [&["1.2", COMMIT][..], &[VERSION, "main"], &[VERSION, &COMMIT[1..]]] {
        assert!(!checkout.script("pin.sh", wrong).status.success(), "{wrong:?}");
    }
    let pinned = checkout.script("pin.sh", &[VERSION, COMMIT]);
    assert!(pinned.status.success(), "{}", said(&pinned));
    let init = "cargo-lambdaship/src/ops/init";
    let pin = checkout.text(&format!("{init}/pin.txt"));
    assert!(pin.starts_with('#') && pin.ends_with(&format!("\n{VERSION} {COMMIT}\n")), "{pin}");
    for entry in fs::read_dir(checkout.path("workflow-templates")).unwrap() {
        let path = Utf8PathBuf::try_from(entry.unwrap().path()).unwrap();
        if path.extension() != Some("yml") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap();
        let ours: Vec<&str> =
            text.lines().filter(|line| line.contains("cargo-lambdaship/cargo-lambdaship@")).collect();
        assert!(!ours.is_empty(), "{name}");
        for line in ours {
            assert!(
                line.ends_with(&format!("uses: cargo-lambdaship/cargo-lambdaship@{COMMIT} # v{VERSION}")),
                "{line}"
            );
        }
        assert_eq!(checkout.text(&format!("{init}/templates/github/{name}")), text);
    }
}

#[test]
fn a_version_is_released_when_all_say_it() {
    let checkout = Checkout::new();
    let current = env!("CARGO_PKG_VERSION");
    checkout.edit(
        "CHANGELOG.md",
        "## [Unreleased]\n",
        &format!("## [Unreleased]\n\n## [{current}] - 2027-01-01\n"),
    );
    let ready = checkout.script("check.sh", &[current]);
    assert!(ready.status.success(), "{}", said(&ready));
    let unready = checkout.script("check.sh", &["7.8.9"]);
    assert!(!unready.status.success());
    let words = said(&unready);
    for part in [
        "Cargo.toml has another version",
        "Cargo.lock has another version",
        "README.md names the action of another version",
        "docs/github.md names the action of another version",
        "CHANGELOG.md has no section `## [7.8.9]",
        "action.yml installs another version",
    ] {
        assert!(words.contains(part), "{words}");
    }
}
