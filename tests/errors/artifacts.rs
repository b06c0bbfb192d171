//! An artifact that cannot be made, or would not run: refused before a byte is sent.

use super::case::{Case, Cloud};
use super::elf::{ARM64, X86_64, executable, linked};

#[test]
fn a_package_that_does_not_compile() {
    let case = Case::new();
    case.fixture.edit("functions/hello/src/main.rs", "fn answer(", "fn anser(");
    let end = case.run("deploy --env local").output().exited(101);
    assert!(end.stderr.contains("error[E0425]: cannot find"), "the compiler's own words: {end}");
    insta::assert_snapshot!(end.last_words(), @"error: failed to build hello");
    case.fixture.edit("functions/hello/src/main.rs", "fn anser(", "fn answer(");
    case.run("deploy --env local").output().exited(0);
}

#[test]
fn another_processor() {
    let cloud = Cloud::new();
    cloud.case.zip("arm.zip", &executable(ARM64, "arm"));
    insta::assert_snapshot!(cloud.deploy("arm.zip").output(), @r#"
    exit: 4
    ----- stdout
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
    error: `hello` is built for arm64, and its lambda is x86_64
    hint: build it for x86_64, or set `arch = "arm64"` for the function
    "#);
    cloud.assert_nothing_written();
}

#[test]
fn a_newer_glibc() {
    let cloud = Cloud::new();
    cloud.case.zip("new.zip", &linked("GLIBC_2.38"));
    insta::assert_snapshot!(cloud.deploy("new.zip").output(), @"
    exit: 4
    ----- stdout
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
    error: `hello` needs glibc 2.38, and Lambda's provided.al2023 has 2.34
    hint: build with `--builder zig`, and with no newer glibc than 2.34 in `--target`
    ");
    cloud.assert_nothing_written();
}

#[test]
fn too_large_a_zip() {
    let cloud = Cloud::new();
    let mut binary = executable(X86_64, "");
    binary.resize(52_428_800, 0);
    cloud.case.zip("large.zip", &binary);
    insta::assert_snapshot!(cloud.deploy("large.zip").output(), @"
    exit: 4
    ----- stdout
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
    error: `hello` makes a zip of 52428916 bytes; Lambda takes 52428800 in a request
    hint: strip the binary, or include fewer files
    ");
    cloud.assert_nothing_written();
}

#[test]
fn a_script() {
    let cloud = Cloud::new();
    cloud.case.fixture.write("script", "#!/bin/sh\n");
    insta::assert_snapshot!(cloud.run("deploy --env staging --binary-path script").output(), @"
    exit: 4
    ----- stdout
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
       Packaging hello [SIZE], sha256 [SHA256]
    error: `hello` is not a readable Linux executable (ELF)
    hint: build it for Lambda with `cargo lambdaship build --env staging`, or with `--target aarch64-unknown-linux-gnu` or `x86_64-unknown-linux-gnu`
    ");
    cloud.assert_nothing_written();
}

#[test]
fn a_file_that_is_not_there() {
    let cloud = Cloud::new();
    for flag in ["--zip", "--binary-path"] {
        let end = cloud.run(&format!("deploy --env staging {flag} no/such/file")).output();
        insta::allow_duplicates! {
            insta::assert_snapshot!(end, @"
            exit: 1
            ----- stdout
            ----- stderr
               Observing 1 function in staging (000000000000, eu-west-1)
            error: failed to package
            caused by: failed to open file `[TEMP]/workspace/no/such/file`: No such file or directory (os error 2)
            ");
        }
    }
}

#[test]
fn not_a_zip() {
    let cloud = Cloud::new();
    cloud.case.fixture.write("text.zip", "text");
    insta::assert_snapshot!(cloud.deploy("text.zip").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
    error: failed to process the zip [TEMP]/workspace/text.zip
    caused by: invalid Zip archive: Could not find EOCD
    ");
}

#[test]
fn an_include_that_matches_nothing() {
    let case = Case::configured("[functions.hello]\ninclude = [\"templates/**\"]\n");
    case.fixture.write("binary", "x");
    insta::assert_snapshot!(case.run("deploy --env local --binary-path binary").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
       Observing 1 function in local (000000000000, us-east-1)
    error: `templates/**` in `include` matches no file in [TEMP]/workspace/functions/hello
    ");
}

#[test]
fn a_zip_for_two_functions() {
    let case = Case::new();
    case.fixture.add("worker");
    insta::assert_snapshot!(case.run("deploy --env local --zip any.zip").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
       Observing 2 functions in local (000000000000, us-east-1)
    error: --zip is for one function, and 2 are selected
    hint: name the function with -f
    ");
}

#[test]
fn a_bootstrap_that_cannot_be_executed() {
    let cloud = Cloud::new();
    cloud.case.zip_with_mode("data.zip", &executable(X86_64, "data"), 0o644);
    insta::assert_snapshot!(cloud.deploy("data.zip").output(), @"
    exit: 4
    ----- stdout
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
    error: `hello` is not marked as executable in its zip
    hint: give `bootstrap` the mode 755 before zipping it, or ship the executable with `--binary-path`
    ");
    cloud.assert_nothing_written();
}
