//! The environment and the servers are there, and gone when nobody needs them.

use std::net::TcpStream;

use fs_err as fs;

use crate::support::run::{self, Run};
use crate::support::server::fresh_account;
use crate::support::{Fixture, Server, http, tests_folder, venv};

#[test]
fn the_environment_holds_the_pinned_versions() {
    let output = std::process::Command::new(venv::python())
        .args(["-m", "pip", "freeze", "--disable-pip-version-check"])
        .output()
        .expect("pip");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let installed = String::from_utf8(output.stdout).expect("UTF-8");
    let requirements = fs::read_to_string(tests_folder().join("requirements.txt")).expect("requirements");
    for line in requirements.lines().filter(|line| !line.starts_with('#')) {
        let pinned = line.replace("[server]", "");
        assert!(installed.lines().any(|line| line == pinned), "{pinned} is not among\n{installed}");
    }
}

#[test]
fn the_environment_is_made_once_and_again_when_the_requirements_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = camino::Utf8Path::from_path(folder.path()).expect("UTF-8").to_owned();
    let (venv, requirements, mark) =
        (folder.join("venv"), folder.join("wanted.txt"), folder.join("venv/mark"));
    fs::write(&requirements, "# nothing\n").expect("written");
    let python = venv::ensure(&venv, &requirements);
    assert!(python.exists());
    fs::write(&mark, "").expect("written");
    venv::ensure(&venv, &requirements);
    assert!(mark.exists(), "the same requirements made it anew");
    fs::write(&requirements, "# still nothing\n").expect("written");
    venv::ensure(&venv, &requirements);
    assert!(!mark.exists(), "other requirements left it as it was");
}

#[test]
fn zig_is_the_environments() {
    let fixture = Fixture::new(&[]);
    let mut python = std::process::Command::new("python3");
    run::clean(&mut python, &fixture);
    python.args(["-m", "ziglang", "version"]);
    let version = Run(python).zig().output().exited(0).stdout;
    let requirements = fs::read_to_string(tests_folder().join("requirements.txt")).expect("requirements");
    assert!(requirements.contains(&format!("ziglang=={version}")), "zig is {version}");
}

#[test]
fn a_server_ends_with_its_last_handle() {
    let server = Server::start_moto();
    let port = server.port;
    let second = server.clone();
    drop(server);
    assert_eq!(http::exchange(port, "GET /moto-api/", &[], "").expect("it still serves").status, 200);
    drop(second);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "somebody still listens");
}

#[test]
fn ministack_keeps_accounts_apart() {
    let server = Server::ministack();
    let (staging, prod) = (fresh_account(), fresh_account());
    assert_ne!(staging, prod);
    for account in [staging, prod] {
        let authorization = format!(
            "authorization: AWS4-HMAC-SHA256 Credential={account}/20260101/eu-west-1/sts/aws4_request, \
             SignedHeaders=host, Signature=00"
        );
        let headers = [authorization.as_str(), "content-type: application/x-www-form-urlencoded"];
        let body = "Action=GetCallerIdentity&Version=2011-06-15";
        let answer = http::exchange(server.port, "POST /", &headers, body).expect("an answer");
        assert!(answer.body.contains(&format!("<Account>{account}</Account>")), "{}", answer.body);
    }
}
