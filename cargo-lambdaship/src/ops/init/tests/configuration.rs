//! The configuration.

use super::super::*;
use crate::workspace::testing::{Fixture, RUNTIME};

fn options() -> Options {
    let cargo = CargoOptions { lock_flags: vec!["--offline".to_owned()], ..CargoOptions::default() };
    Options { cargo, ..Options::default() }
}

#[test]
fn an_existing_file_is_kept_unless_forced() {
    let fixture = Fixture::new(&[("hello", RUNTIME)]);
    fixture.write(FILE_NAME, "# mine\n");
    let error = init(&fixture.context(), &options()).unwrap_err();
    assert_eq!(error.to_string(), format!("{} already exists", fixture.root.join(FILE_NAME)));
    assert_eq!(error.hint().unwrap(), "`--force` overwrites it");
    assert_eq!(fs::read_to_string(fixture.root.join(FILE_NAME)).unwrap(), "# mine\n");
    let written = init(&fixture.context(), &Options { force: true, ..options() }).unwrap();
    assert!(fs::read_to_string(&written.files[0].0).unwrap().contains("# [functions.hello]"));
}

#[test]
fn cargo_lambdas_configuration_is_read_from_its_three_places() {
    let package = format!("[package.metadata.lambda.deploy]\nmemory = 512\ns3_bucket = \"acme\"\n{RUNTIME}");
    let fixture = Fixture::new(&[("hello", &package)]);
    fixture.write("CargoLambda.toml", "[deploy]\ntimeout = 5\n");
    let manifest = fs::read_to_string(fixture.root.join("Cargo.toml")).unwrap();
    fixture.write(
        "Cargo.toml",
        &format!("{manifest}[workspace.metadata.lambda.deploy]\ntracing = \"active\"\n"),
    );
    let asked = Options { from_cargo_lambda: true, ..options() };
    let written = init(&fixture.context(), &asked).unwrap();
    assert_eq!(
        written.warnings,
        ["package.metadata.lambda of `hello`: `deploy.s3_bucket` is not carried over: it has no equal here"]
    );
    let config = config::load(&fixture.context(), &fixture.root, None).unwrap();
    let local = config.resolve(&"local".parse().unwrap(), &fixture.discover().unwrap()).unwrap();
    let settings = &local.functions[0].settings;
    assert_eq!((settings.memory, settings.timeout), (Some(512), Some(5)));
    assert_eq!(settings.tracing, Some(crate::model::Tracing::Active));
    let text = fs::read_to_string(&written.files[0].0).unwrap();
    assert!(text.contains("# - package.metadata.lambda of `hello`: `deploy.s3_bucket`"), "{text}");
}

#[test]
fn a_broken_file_of_cargo_lambda_is_refused_without_its_text() {
    let fixture = Fixture::new(&[("hello", RUNTIME)]);
    fixture.write("CargoLambda.toml", "[env]\nTOKEN = \"canary\n");
    let asked = Options { from_cargo_lambda: true, ..options() };
    let error = init(&fixture.context(), &asked).unwrap_err();
    assert!(error.to_string().contains("CargoLambda.toml"), "{error}");
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    assert!(!fixture.root.join(FILE_NAME).exists());
}
