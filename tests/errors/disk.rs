//! A disk that takes no more.

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::case::Case;
use super::elf::{X86_64, executable};

/// A file in the place of a folder is what a full or read-only disk is to everybody, the superuser included.
#[test]
fn a_target_folder_that_cannot_be_written() {
    let case = Case::new();
    case.zip("one.zip", &executable(X86_64, "one"));
    case.fixture.write("target", "");
    insta::assert_snapshot!(case.run("deploy --env local --zip one.zip").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: failed to open the local AWS in `[TEMP]/workspace/target/lambdaship/local`
    caused by: failed to create directory `[TEMP]/workspace/target/lambdaship/local`: Not a directory (os error 20)
    ");
    fs::remove_file(case.fixture.root().join("target")).expect("removed");
    case.run("deploy --env local --zip one.zip").output().exited(0);
}

/// A limit on the size of files is a disk that is full, at a place that the test chooses.
#[cfg(unix)]
#[test]
fn a_full_disk() {
    let case = Case::new();
    case.zip("one.zip", &executable(X86_64, "one"));
    let zeros = [executable(X86_64, "zeros"), vec![0; 2_000_000]].concat();
    fs::write(case.fixture.root().join("zeros"), zeros).expect("written");
    fs::write(case.fixture.root().join("large"), executable(X86_64, "large")).expect("written");
    case.fixture.write("functions/hello/noise", &noise(2_000_000));
    case.fixture.configure("[functions.hello]\ninclude = [\"noise\"]\n");
    case.run("deploy --env local --zip one.zip").output().exited(0);

    // In the tool itself, while it packs.
    let packing = "deploy --env local --binary-path large";
    insta::assert_snapshot!(limited(&case, packing), @r#"
    exit: 1
    ----- stdout
    ----- stderr
       Observing 1 function in local (000000000000, us-east-1)
    error: failed to package
    caused by: File too large (os error 27) at path "[TEMP]/workspace/target/lambdaship/hello/.lambdaship-[RANDOM]"
    hint: make room on the disk that holds the target folder
    "#);
    // In the local AWS, when it unpacks what was small as a zip.
    case.fixture.configure("");
    let keeping = "deploy --env local --binary-path zeros";
    insta::assert_snapshot!(limited(&case, keeping), @r#"
    exit: 1
    ----- stdout
    FUNCTION  LAMBDA       VERSION  CODE      SIZE   WHAT
    hello     hello-local  1        [DIGEST]  [SIZE]  failed
    ----- stderr
       Observing 1 function in local (000000000000, us-east-1)
       Packaging hello [SIZE], sha256 [SHA256]
       Uploading hello [SIZE]
        Finished local in [DURATION]: 1 failed
    error: `hello`: failed to update the code of lambda `hello-local`
    caused by: ServiceException: File too large (os error 27)
    hint: the server failed on its side; run the command again: it goes on where this run stopped
    "#);
    assert_eq!(hidden(&case.fixture.root().join("target")), Vec::<Utf8PathBuf>::new(), "left behind");

    let status = case.run("status --env local --format json").output().exited(0).stdout;
    assert!(status.contains("\"version\": 1"), "{status}");
    for line in [packing, keeping] {
        case.run(line).output().exited(0);
    }
}

/// A run that cannot make files of more than some 100 kB.
#[cfg(unix)]
fn limited(case: &Case, line: &str) -> crate::support::run::Outcome {
    let mut run = case.run(line);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 200; exec \"$0\" \"$@\""]);
    shell.arg(run.0.get_program()).args(run.0.get_args()).current_dir(case.fixture.root()).env_clear();
    shell.envs(run.0.get_envs().filter_map(|(name, value)| Some((name, value?))));
    run.0 = shell;
    run.output()
}

/// Text that does not get much smaller in a zip.
fn noise(length: usize) -> String {
    let mut number = 1_u32;
    let digit = || {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'0' + u8::try_from(number >> 26).unwrap_or_default())
    };
    std::iter::repeat_with(digit).take(length).collect()
}

/// The files in `folder` that begin with a dot, as those do that are not finished.
fn hidden(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir_utf8().expect("it can be listed").map(|entry| entry.expect("an entry")) {
        if entry.path().is_dir() {
            found.extend(hidden(entry.path()));
        } else if entry.file_name().starts_with('.') {
            found.push(entry.into_path());
        }
    }
    found
}
