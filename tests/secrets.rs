//! The value of a variable appears nowhere: every value here holds a canary, and everything that a run writes is searched
//! for it.

mod rollouts;

use std::io::Read;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use crate::support::server::fresh_account;
use crate::support::stage::{Stage, for_this_machine};
use crate::support::{Answers, Server, venv};

const CANARY: &str = "canary";

/// A configuration with a value of every kind; `which` is `first` or `second`.
fn configuration(which: &str) -> String {
    format!(
        "{}variables = {{ LITERAL = 'canary \"{which}\" literal', PARAMETER = \"ssm:/acme/{which}\", \
         SECRET = \"secret:acme/{which}\" }}\nenv-file = \"{which}.env\"\n\n[env.staging]\n\n[env.local]\n\
         variables = {{ PARAMETER = \"canary local\", SECRET = false }}\n",
        for_this_machine().trim_end().to_owned() + "\n"
    )
}

/// Errors as AWS makes them, which quote every value as it is, and as JSON has it.
fn echo(which: &str) -> String {
    let values = [
        format!("canary \"{which}\" literal"),
        format!("canary {which} file"),
        format!("canary-ssm {which}"),
        format!("canary-secret {which}"),
    ];
    let json = serde_json::to_string(&values).expect("JSON");
    format!("error:400:InvalidParameterValueException:Values {} are {json}", values.join(" and "))
}

/// A workspace with canaries, in front of a MiniStack that holds some too.
fn stage() -> Stage {
    let (endpoint, account) = (Server::ministack().endpoint(), fresh_account());
    let mut prepare = venv::script("boto3/settings.py");
    prepare.args(["prepare", "--endpoint", &endpoint, "--account", &account, "--mark", "canary-"]);
    assert!(prepare.status().expect("Python starts").success());
    let stage = Stage::new(&["hello"], &endpoint, &account, Answers::Lenient);
    for which in ["first", "second"] {
        stage.fixture.write(&format!("{which}.env"), &format!("FILED='canary {which} file'\n"));
    }
    stage
}

/// Runs as loud as can be, in each format, and fails the test when the canary is heard.
fn search_output(stage: &Stage, arguments: &[&str], code: i32) {
    for format in ["human", "json", "markdown"] {
        let outcome = stage.run(arguments).args(&["-vv", "--format", format]).output().exited(code);
        assert!(!outcome.to_string().contains(CANARY), "{outcome}");
    }
}

#[test]
fn a_value_is_not_heard() {
    let stage = stage();
    let heard = |arguments: &[&str], code| search_output(&stage, arguments, code);
    let staging = ["--env", "staging"];
    let [plan, deploy, status] =
        ["plan", "deploy", "status"].map(|verb| [&[verb], staging.as_slice()].concat());

    stage.fixture.configure(&configuration("first"));
    let loud = stage.run(&plan).args(&["-vv"]).output().exited(0);
    assert!(loud.stderr.contains("lambda GET /2015-03-31/functions/hello-staging"), "{loud}");
    heard(&plan, 0);
    stage.proxy.fault_always("CreateFunction", &echo("first"));
    heard(&deploy, 1);
    stage.proxy.reset();
    for operation in ["PublishVersion", "CreateAlias"] {
        stage.proxy.fault_always(operation, &echo("first"));
        heard(&deploy, 1);
        stage.proxy.reset();
    }
    heard(&deploy, 0);

    stage.fixture.configure(&configuration("second"));
    heard(&plan, 0);
    for operation in ["UpdateFunctionConfiguration", "PublishVersion", "UpdateAlias"] {
        stage.proxy.fault_always(operation, &echo("second"));
        heard(&deploy, 1);
        stage.proxy.reset();
    }
    heard(&deploy, 0);
    heard(&status, 0);
    // The environment names no account, which is what the doctor finds.
    heard(&["doctor", "--env", "staging"], 1);
    heard(&["rollback", "--env", "staging", "--to-version", "1"], 0);
    search_files(&stage);
}

#[test]
fn a_value_beside_a_mistake_is_not_shown_with_it() {
    let stage = stage();
    for text in [
        "variables = { LITERAL = \"canary\", 9BAD = \"canary\" }\n",
        "variables = { LITERAL = \"canary\", COUNT = 1 }\n",
        "variables = { AWS_REGION = \"canary\" }\n",
        "variables = { LITERAL = \"canary }\n",
        "variables = { LITERAL = \"canary\" \"canary\" }\n",
        "variables.LITERAL = \"canary\"\nvariabels.OTHER = \"canary\"\n",
        "variables = \"canary\"\n",
        "variables = [\"canary\"]\n",
        "env-file = \"wrong.env\"\n",
    ] {
        stage.fixture.write("wrong.env", "LITERAL=canary canary\n");
        stage.fixture.configure(&format!("{}\n{text}\n[env.staging]\n", for_this_machine().trim_end()));
        search_output(&stage, &["plan", "--env", "staging"], 2);
    }
    let large = "canary".repeat(1000);
    stage.fixture.configure(&format!("[env.staging]\nvariables = {{ LARGE = \"{large}\" }}\n"));
    search_output(&stage, &["plan", "--env", "staging"], 2);
}

#[test]
fn a_value_in_the_local_aws_is_its_owners_alone() {
    let stage = stage();
    stage.fixture.configure(&configuration("first"));
    search_output(&stage, &["deploy", "--env", "local"], 0);
    stage.fixture.configure(&configuration("second"));
    search_output(&stage, &["deploy", "--env", "local"], 0);
    search_files(&stage);
}

/// Fails the test when the canary is in a file that a run wrote and others than its owner can read, or in a zip.
fn search_files(stage: &Stage) {
    let mut zips = 0;
    for path in files(&stage.fixture.root().join("target")).into_iter().chain(files(&stage.fixture.home())) {
        let bytes = fs::read(&path).expect("it can be read");
        assert!(!holds_canary(&bytes) || is_private(&path), "{path} holds a value");
        if path.extension() == Some("zip") {
            assert!(!holds_canary(&unzipped(&path)), "{path} holds a value");
            zips += 1;
        }
    }
    assert!(zips > 0, "there was nothing to search");
}

fn holds_canary(bytes: &[u8]) -> bool {
    bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
}

fn unzipped(path: &Utf8Path) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(fs::File::open(path).expect("the zip opens")).expect("it is a zip");
    let mut bytes = Vec::new();
    for index in 0..zip.len() {
        zip.by_index(index).expect("an entry").read_to_end(&mut bytes).expect("its bytes");
    }
    bytes
}

/// Every file under `folder`, as far as there is one.
fn files(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let walk = ignore::WalkBuilder::new(folder).standard_filters(false).build();
    let files =
        walk.filter_map(Result::ok).filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    files.filter_map(|entry| Utf8PathBuf::from_path_buf(entry.into_path()).ok()).collect()
}

/// Whether neither group nor others can read the file.
#[cfg(unix)]
fn is_private(path: &Utf8Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).expect("it is there").permissions().mode();
    mode.trailing_zeros() >= 6
}

/// Elsewhere a home's access lists keep others out.
#[cfg(not(unix))]
fn is_private(_: &Utf8Path) -> bool {
    true
}
