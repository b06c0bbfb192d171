//! The way to AWS through a company's proxy, and past it.

use crate::support::forward::{AWS, Forward};
use crate::support::run::{Outcome, Run, redactions};
use crate::support::{Fixture, Local, lambdaship};

const USER: &str = "ship:hunter2";

/// A workspace and AWS.
struct Scene {
    fixture: Fixture,
    local: Local,
}

impl Scene {
    fn new() -> Self {
        let fixture = Fixture::new(&["hello"]);
        fixture.configure("[env.staging]\nregion = \"eu-west-1\"\n");
        Self { fixture, local: Local::settled() }
    }

    fn proxy(&self) -> Forward {
        Forward::to(&[(AWS, self.local.endpoint())])
    }

    /// `status`, which asks STS and, through the client that keeps to its rates, Lambda.
    fn status(&self, endpoint: &str) -> Run {
        lambdaship(&self.fixture).aws(endpoint, "000000000000").args(&["status", "--env", "staging"])
    }

    /// Ends with `code`, and says neither a password nor the same as a header.
    fn ends(run: Run, code: i32) -> Outcome {
        let end = run.output().exited(code);
        for secret in ["hunter2", "c2hpcDpodW50ZXIy"] {
            assert!(!end.to_string().contains(secret), "{end}");
        }
        end
    }
}

/// Where nobody listens: the port belongs to a service that there is nowhere any more.
const NOBODY: &str = "127.0.0.1:1";

#[test]
fn what_is_not_encrypted_goes_by_http_proxy() {
    let scene = Scene::new();
    let proxy = Forward::for_user(USER, &[(AWS, scene.local.endpoint())]);
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let run = scene.status("http://aws.test").env(variable, &proxy.url());
        Scene::ends(run.env("HTTPS_PROXY", &format!("http://{NOBODY}")), 0);
    }
    let log = proxy.log();
    assert!(log.iter().all(|one| (one.how.as_str(), one.host.as_str()) == ("forward", AWS)), "{log:?}");
    let asked = |path: &str| log.iter().filter(|one| one.path.starts_with(path)).count();
    assert_eq!(
        (log[0].method.as_str(), asked("/2015-03-31/functions/hello-staging")),
        ("POST", 6),
        "{log:?}"
    );
}

#[test]
fn what_is_encrypted_goes_through_a_tunnel_and_who_ends_it_has_to_be_trusted() {
    let scene = Scene::new();
    let proxy = Forward::for_user(USER, &[(AWS, scene.local.endpoint())]);
    let run =
        || scene.status("https://aws.test").env("HTTPS_PROXY", &proxy.url()).env("HTTP_PROXY", "http://a:1");
    Scene::ends(run().env("SSL_CERT_FILE", &proxy.authority()), 0);
    let log = proxy.log();
    assert!(
        log.iter().all(|one| (one.how.as_str(), one.host.as_str()) == ("tunnel", "aws.test:443")),
        "{log:?}"
    );
    assert_eq!(log.len(), 3, "{log:?}");
    let end = Scene::ends(run(), 1);
    assert!(end.stderr.contains("invalid peer certificate"), "{end}");
    assert_eq!(proxy.log().len(), 3);
}

#[test]
fn no_proxy_names_what_is_reached_directly() {
    let scene = Scene::new();
    let proxy = scene.proxy();
    for (name, hosts) in [("NO_PROXY", "aws.test"), ("no_proxy", "example.com, .test"), ("NO_PROXY", "*")] {
        let run = scene.status("http://aws.test").env("HTTP_PROXY", &proxy.url()).env(name, hosts);
        let end = Scene::ends(run, 1);
        assert!(!end.stderr.contains("proxy"), "{end}");
    }
    Scene::ends(
        scene.status("http://aws.test").env("HTTP_PROXY", &proxy.url()).env("NO_PROXY", "example.com"),
        0,
    );
    assert_eq!(proxy.log().len(), 3, "by the last run alone");
}

#[test]
fn a_profile_asks_for_its_role_where_everything_else_is_asked() {
    const STS: &str = "sts-fips.us-east-1.amazonaws.com";
    let scene = Scene::new();
    let proxy = Forward::to(&[(STS, scene.local.endpoint())]);
    scene.fixture.configure("[env.staging]\nregion = \"us-east-1\"\naws-profile = \"acme\"\n");
    let profiles = scene.fixture.root().join("aws-config");
    let config = "[profile keys]\naws_access_key_id = a\naws_secret_access_key = b\n\n\
                  [profile acme]\nsource_profile = keys\nrole_arn = arn:aws:iam::111111111111:role/ship\n";
    fs_err::write(&profiles, config).expect("it can be written");
    let run = lambdaship(&scene.fixture).args(&["status", "--env", "staging"]);
    let run = run.env("AWS_CONFIG_FILE", profiles.as_str()).env("AWS_USE_FIPS_ENDPOINT", "true");
    Scene::ends(run.env("HTTPS_PROXY", &proxy.url()).env("SSL_CERT_FILE", &proxy.authority()), 1);
    let log = proxy.log();
    assert!(log.iter().any(|one| one.host == format!("{STS}:443")), "{log:?}");
}

#[test]
fn what_is_on_this_machine_is_reached_directly() {
    let scene = Scene::new();
    let proxy = scene.proxy();
    for endpoint in
        [scene.local.endpoint().to_owned(), scene.local.endpoint().replace("127.0.0.1", "localhost")]
    {
        Scene::ends(scene.status(&endpoint).env("HTTP_PROXY", &proxy.url()), 0);
    }
    // Its credentials as well, whatever they are called there.
    let run = lambdaship(&scene.fixture).env("AWS_EC2_METADATA_DISABLED", "false");
    let run = run.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://aws.test").env("HTTP_PROXY", &proxy.url());
    let end = Scene::ends(run.args(&["status", "--env", "staging"]), 1);
    assert!(end.stderr.contains("no credentials were found"), "{end}");
    assert_eq!(proxy.log().len(), 0, "{:?}", proxy.log());
}

#[test]
fn the_local_aws_knows_of_no_proxy() {
    let scene = Scene::new();
    let proxy = scene.proxy();
    let run = lambdaship(&scene.fixture).env("HTTP_PROXY", &proxy.url()).env("HTTPS_PROXY", "nonsense://");
    Scene::ends(run.args(&["status", "--env", "local"]), 0);
    assert_eq!(proxy.log().len(), 0, "{:?}", proxy.log());
}

#[test]
fn a_proxy_that_is_not_there_is_named() {
    let scene = Scene::new();
    let run = scene.status("https://aws.test").env("HTTPS_PROXY", &format!("http://{USER}@{NOBODY}"));
    let _names = redactions(&scene.fixture).bind_to_scope();
    insta::assert_snapshot!(Scene::ends(run, 1), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: failed to identify the AWS credentials
    caused by: Connection refused (os error 111), through the proxy 127.0.0.1:[PORT] of HTTPS_PROXY
    hint: see whether the proxy runs and lets this through, or correct HTTPS_PROXY; what is to be reached without it is named in NO_PROXY
    ");
}

#[test]
fn a_proxy_that_refuses_is_named() {
    let scene = Scene::new();
    let proxy = Forward::for_user("ship:another", &[(AWS, scene.local.endpoint())]);
    let address = proxy.url().replace("another", "hunter2");
    let _names = redactions(&scene.fixture).bind_to_scope();
    let run = scene.status("https://aws.test").env("https_proxy", &address);
    insta::assert_snapshot!(Scene::ends(run, 1), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: failed to identify the AWS credentials
    caused by: tunnel error: proxy authorization required, through the proxy 127.0.0.1:[PORT] of https_proxy
    hint: see whether the proxy runs and lets this through, or correct https_proxy; what is to be reached without it is named in NO_PROXY
    ");
    assert_eq!(proxy.log().len(), 0);
}

#[test]
fn what_is_no_proxy_is_said_before_anything_is_sent() {
    let scene = Scene::new();
    let proxy = scene.proxy();
    let run = scene.status("http://aws.test").env("HTTP_PROXY", &proxy.url());
    let run = run.env("HTTPS_PROXY", "socks5://ship:hunter2@127.0.0.1:1080");
    insta::assert_snapshot!(Scene::ends(run, 2), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: HTTPS_PROXY is not the address of a proxy: only proxies that speak http or https are known
    hint: write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with %40 for an @ of the password and so on; or unset it
    ");
    assert_eq!(proxy.log().len(), 0);
}

#[test]
fn what_is_wrong_with_a_proxy_matters_to_the_addresses_that_it_is_for() {
    let scene = Scene::new();
    let proxy = scene.proxy();
    let run = |endpoint| {
        let run = scene.status(endpoint).env("HTTPS_PROXY", &proxy.url());
        run.env("SSL_CERT_FILE", &proxy.authority()).env("ALL_PROXY", "socks5://ship:hunter2@127.0.0.1:1080")
    };
    Scene::ends(run("https://aws.test"), 0);
    let sent = proxy.log().len();
    // Which addresses there are is known only when they are asked.
    let end = Scene::ends(run("http://aws.test"), 1);
    assert!(end.stderr.contains("caused by: ALL_PROXY is not the address of a proxy"), "{end}");
    assert_eq!(proxy.log().len(), sent);
}

#[test]
fn the_doctor_names_the_proxy() {
    let scene = Scene::new();
    let proxy = Forward::for_user(USER, &[(AWS, scene.local.endpoint())]);
    let doctor = |env: &str| {
        let run =
            lambdaship(&scene.fixture).aws("http://aws.test", "000000000000").env("ALL_PROXY", &proxy.url());
        let end = run.args(&["doctor", "--env", env, "--format", "json"]).output();
        assert!(!end.to_string().contains("hunter2"), "{end}");
        let checks: serde_json::Value = serde_json::from_str(&end.stdout).expect("JSON");
        checks.as_array().expect("a list").iter().find(|check| check["name"] == "proxy").cloned()
    };
    let found = doctor("staging").expect("it is told")["found"].clone();
    let address = proxy.url();
    let address = address.rsplit('@').next().expect("an address");
    assert_eq!(found, format!("{address} of ALL_PROXY, for https and http"));
    assert_eq!(doctor("local"), None);
}
