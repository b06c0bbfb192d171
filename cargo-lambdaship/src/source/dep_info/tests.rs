//! Real builds of tiny crates: what they read outside of what is hashed.

use super::*;
use crate::build::{self, Platform, Toolchain, Unit};
use crate::model::BuilderChoice;
use crate::workspace::testing::{Fixture, RUNTIME};
use crate::workspace::{CargoOptions, Workspace, discover};

/// A workspace of one function, `hello`, and what is hashed of it.
struct Scene {
    fixture: Fixture,
    inputs: Inputs,
}

impl Scene {
    /// `main` is the function's source, `manifest` the end of its manifest.
    fn new(manifest: &str, main: &str) -> Self {
        let fixture = Fixture::new(&[("hello", &format!("{RUNTIME}{manifest}"))]);
        fixture.write("hello/src/main.rs", main);
        let mut inputs = Inputs::default();
        for file in ["hello/src/main.rs", "lambda_runtime/src/lib.rs"] {
            inputs.add(format!("file {file}"), b"");
        }
        Self { fixture, inputs }
    }

    fn write(&self, path: &str, text: &str) {
        self.fixture.write(path, text);
    }

    fn knows(mut self, names: &[&str]) -> Self {
        for name in names {
            self.inputs.add(*name, b"");
        }
        self
    }

    fn options() -> CargoOptions {
        let lock_flags = vec!["--offline".to_owned()];
        CargoOptions { profile: Some("dev".to_owned()), lock_flags, ..CargoOptions::default() }
    }

    fn build(&self) -> (Workspace, build::Built) {
        let (context, cargo) = (self.fixture.context(), Self::options());
        let workspace = discover(&context, &cargo).unwrap();
        let toolchain = Toolchain::load(&context, &workspace.root).unwrap();
        let function = workspace.functions.iter().find(|function| function.name.as_str() == "hello").unwrap();
        let units = vec![Unit { function: function.clone(), platform: Platform::Host }];
        let request =
            build::Request { workspace: &workspace, cargo: &cargo, builder: BuilderChoice::Cargo, units };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut built = runtime.block_on(build::build(&context, &request, &toolchain)).unwrap();
        (workspace, built.remove(0))
    }

    /// Builds, twice, the second time without anything to do, and says what was read.
    fn outside(&self) -> Result<Also, Unreadable> {
        let look = || {
            let (workspace, built) = self.build();
            outside(&self.fixture.context(), &built, &workspace, &self.inputs)
        };
        let first = look();
        let second = look();
        match (&first, &second) {
            (Ok(first), Ok(second)) => assert_eq!(first, second, "a build that had nothing to do"),
            (first, second) => assert_eq!(first.is_err(), second.is_err()),
        }
        second
    }
}

fn also(files: &[&str], variables: &[&str]) -> Also {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Also { files: owned(files), variables: owned(variables) }
}

#[test]
fn a_build_that_keeps_to_its_packages_reads_nothing_else() {
    let main = "mod inner; fn main() { let _ = env!(\"CARGO_PKG_VERSION\"); inner::run(); }\n";
    let scene = Scene::new("", main).knows(&["file hello/src/inner.rs"]);
    scene.write("hello/src/inner.rs", "pub fn run() {}\n");
    assert_eq!(scene.outside().unwrap(), Also::default());
}

#[test]
fn files_elsewhere_are_named_from_the_root_until_they_are_inputs() {
    let main = "#[path = \"../../shared code/extra.rs\"] mod extra; mod generated;\n\
                fn main() { extra::run(); generated::run(); let _ = include_str!(\"../../../it$x#y.txt\"); }\n";
    let scene = Scene::new("", main);
    scene.write("shared code/extra.rs", "pub fn run() {}\n");
    scene.write("hello/src/generated.rs", "pub fn run() {}\n");
    let above = scene.fixture.root.join("../it$x#y.txt");
    // The workspace's parent is the system's folder of temporary files, so this one is taken away again.
    fs::write(&above, "x").unwrap();
    let found = scene.outside();
    let scene = scene.knows(&["also ../it$x#y.txt", "file hello/src/generated.rs"]);
    let known = scene.outside();
    fs::remove_file(above).unwrap();
    let all = also(&["../it$x#y.txt", "hello/src/generated.rs", "shared code/extra.rs"], &[]);
    assert_eq!(found.unwrap(), all);
    assert_eq!(known.unwrap(), also(&["shared code/extra.rs"], &[]));
}

#[test]
fn variables_are_named_whether_they_are_set_or_not() {
    let main = "fn main() { let _ = (option_env!(\"NO_SUCH_ONE\"), env!(\"PATH\"), env!(\"CARGO_MANIFEST_DIR\"),\n\
                env!(\"CARGO_BIN_NAME\"), lambda_runtime::commit()); }\n";
    let scene = Scene::new("", main);
    scene.write(
        "vendor/lambda_runtime/src/lib.rs",
        "pub fn commit() -> Option<&'static str> { option_env!(\"GIT_SHA\") }\n",
    );
    let all = also(&[], &["CARGO_MANIFEST_DIR", "GIT_SHA", "NO_SUCH_ONE", "PATH"]);
    assert_eq!(scene.outside().unwrap(), all);
    let scene = scene.knows(&["variable GIT_SHA", "variable PATH"]);
    assert_eq!(scene.outside().unwrap(), also(&[], &["CARGO_MANIFEST_DIR", "NO_SUCH_ONE"]));
}

#[test]
fn build_scripts_tell_what_they_depend_on() {
    let main =
        "include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\")); fn main() { let _ = (MADE, env!(\"OWN\")); }\n";
    let scene = Scene::new("", main).knows(&["file hello/build.rs", "file hello/data/a.txt"]);
    scene.write(
        "hello/build.rs",
        "fn main() {\n\
         println!(\"cargo::rerun-if-changed=../my data\");\n\
         println!(\"cargo:rerun-if-changed=data\");\n\
         println!(\"cargo:rerun-if-changed=../one.txt\");\n\
         println!(\"cargo:rerun-if-env-changed=WHO\");\n\
         println!(\"cargo::rerun-if-env-changed=TARGET\");\n\
         println!(\"cargo::rustc-env=OWN=1\");\n\
         let out = std::env::var(\"OUT_DIR\").unwrap();\n\
         std::fs::write(out + \"/made.rs\", \"const MADE: u8 = 1;\").unwrap();\n}\n",
    );
    for path in ["my data/a.txt", "my data/sub/b.txt", "hello/data/a.txt", "one.txt"] {
        scene.write(path, "1");
    }
    assert_eq!(scene.outside().unwrap(), also(&["my data/", "one.txt"], &["WHO"]));
    // What git ignores in a folder of the package is no input, but the script sees it.
    scene.write("hello/data/ignored.txt", "1");
    let scene = scene.knows(&["also my data/"]);
    assert_eq!(scene.outside().unwrap(), also(&["hello/data/", "one.txt"], &["WHO"]));
    fs::remove_file(scene.fixture.root.join("one.txt")).unwrap();
    let error = scene.outside().unwrap_err();
    assert!(error.to_string().ends_with("one.txt, which is not there"), "{error}");
}

#[test]
fn of_a_build_script_that_asks_for_nothing_the_manifest_says_that_it_may_have_read_all() {
    let scene = Scene::new("", "fn main() {}\n").knows(&["file hello/build.rs", "file hello/Cargo.toml"]);
    for (script, expected) in [
        ("fn main() {}\n", &["hello/Cargo.toml"][..]),
        ("fn main() { println!(\"cargo::warning=x\"); }\n", &["hello/Cargo.toml"]),
        ("fn main() { println!(\"cargo::rerun-if-changed=build.rs\"); }\n", &[]),
        ("fn main() { println!(\"cargo::rerun-if-env-changed=TARGET\"); }\n", &[]),
    ] {
        scene.write("hello/build.rs", script);
        assert_eq!(scene.outside().unwrap(), also(expected, &[]), "{script}");
    }
    scene.write("hello/build.rs", "fn main() {}\n");
    assert_eq!(scene.knows(&["also hello/Cargo.toml"]).outside().unwrap(), Also::default());
}

#[test]
fn other_functions_of_the_workspace_do_not_count() {
    let scene = Scene::new("", "fn main() {}\n").knows(&["file hello/src/bin/other.rs"]);
    scene.write("hello/src/bin/other.rs", "fn main() { let _ = option_env!(\"OTHER\"); }\n");
    let (context, cargo) = (scene.fixture.context(), Scene::options());
    let workspace = discover(&context, &cargo).unwrap();
    let toolchain = Toolchain::load(&context, &workspace.root).unwrap();
    let unit =
        |function: &crate::workspace::Function| Unit { function: function.clone(), platform: Platform::Host };
    let units = workspace.functions.iter().map(unit).collect();
    let request =
        build::Request { workspace: &workspace, cargo: &cargo, builder: BuilderChoice::Cargo, units };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let built = runtime.block_on(build::build(&context, &request, &toolchain)).unwrap();
    let look = |built| outside(&context, built, &workspace, &scene.inputs).unwrap();
    assert_eq!((look(&built[0]), look(&built[1])), (also(&[], &[]), also(&[], &["OTHER"])));
}

#[test]
fn what_an_earlier_variant_asked_for_is_not_mixed_in() {
    let main = "fn main() { #[cfg(debug_assertions)] let _ = option_env!(\"WITH\"); }\n";
    let scene = Scene::new("[features]\nasked = []\n", main);
    assert_eq!(scene.outside().unwrap(), also(&[], &["WITH"]));
    scene.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nexclude = [\"vendor\"]\nmembers = [\"hello\"]\n\
         [profile.dev]\ndebug-assertions = false\n",
    );
    assert_eq!(scene.outside().unwrap(), also(&[], &[]));
}

#[test]
fn without_cargos_record_nothing_is_claimed() {
    let scene = Scene::new("", "fn main() {}\n");
    let (workspace, built) = scene.build();
    let look = || outside(&scene.fixture.context(), &built, &workspace, &scene.inputs);
    let record = built.binary.with_extension("d");
    let text = fs::read_to_string(&record).unwrap();
    fs::write(&record, "").unwrap();
    assert!(matches!(look(), Err(Unreadable::Form { .. })));
    fs::remove_file(&record).unwrap();
    assert!(matches!(look(), Err(Unreadable::Read { .. })));
    fs::write(&record, text).unwrap();
    assert_eq!(look().unwrap(), Also::default());
    for path in built.binary.parent().unwrap().join("deps").read_dir_utf8().unwrap() {
        let path = path.unwrap().into_path();
        if path.extension() == Some("d") {
            fs::remove_file(path).unwrap();
        }
    }
    assert!(matches!(look(), Err(Unreadable::Missing { .. })));
}

#[test]
fn what_others_put_into_the_target_folder_is_read_as_well() {
    let main = "fn main() { let _ = include_str!(\"../../target/site/page.txt\"); }\n";
    let scene = Scene::new("", main);
    scene.write("target/site/page.txt", "made by another tool");
    assert_eq!(scene.outside().unwrap(), also(&["target/site/page.txt"], &[]));
}

#[test]
fn a_crate_of_a_registry_tells_what_it_reads_elsewhere() {
    let scene = Scene::new("word = \"1\"\n", "fn main() { let _ = word::WORD; }\n");
    scene.write(
        ".cargo/config.toml",
        "[source.crates-io]\nreplace-with = \"copies\"\n[source.copies]\ndirectory = \"copies\"\n\
         [env]\nWORD_FILE = { value = \"word.txt\", relative = true }\n",
    );
    let package = "[package]\nname = \"word\"\nversion = \"1.0.0\"\nedition = \"2024\"\n";
    scene.write("copies/word/Cargo.toml", package);
    scene.write(
        "copies/word/.cargo-checksum.json",
        &format!("{{\"files\":{{}},\"package\":\"{}\"}}", "0a".repeat(32)),
    );
    scene.write("copies/word/src/lib.rs", "pub const WORD: &str = include_str!(env!(\"WORD_FILE\"));\n");
    scene.write(
        "copies/word/build.rs",
        "fn main() { for path in [\"build.rs\", \"../../asked.txt\"] { println!(\"cargo::rerun-if-changed={path}\"); } }\n",
    );
    for path in ["word.txt", "asked.txt"] {
        scene.write(path, "1");
    }
    assert_eq!(scene.outside().unwrap(), also(&["asked.txt", "word.txt"], &["WORD_FILE"]));
}

#[test]
fn a_build_script_at_the_root_that_asks_for_nothing_may_have_read_all_that_is_there() {
    let scene = Scene::new("", "").knows(&["file hello/build.rs"]);
    scene.write(
        "Cargo.toml",
        "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [dependencies]\nlambda_runtime = { path = \"vendor/lambda_runtime\" }\n\
         [workspace]\nexclude = [\"vendor\", \"hello\"]\n",
    );
    scene.write("src/main.rs", "fn main() {}\n");
    for (script, expected) in [
        ("fn main() {}\n", &["Cargo.lock", "Cargo.toml", "lambdaship.toml"][..]),
        ("fn main() { println!(\"cargo::rerun-if-changed=build.rs\"); }\n", &[]),
    ] {
        scene.write("build.rs", script);
        scene.write("lambdaship.toml", "");
        assert_eq!(scene.outside().unwrap(), also(expected, &[]), "{script}");
    }
}
