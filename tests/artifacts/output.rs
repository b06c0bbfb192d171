//! What `build` writes to disk, to stdout and to stderr.

use std::process::Command;

use camino::Utf8Path;
use serde_json::Value;

use crate::tool::Folder;

const SPEAKS: &str =
    "fn main() { println!(\"{}\", if cfg!(feature = \"loud\") { \"HELLO\" } else { \"hello\" }); }\n";

fn stdout_of(program: &Utf8Path) -> String {
    String::from_utf8(Command::new(program).output().unwrap().stdout).unwrap()
}

#[test]
fn artifacts_are_where_sam_and_cdk_look_for_them() {
    let folder = Folder::new(&["hello", "worker"], SPEAKS);
    let built = folder.run("build -e local --format json --output-dir out").exited(0);
    let rows: Vec<Value> = serde_json::from_str(&built.stdout).unwrap();
    assert_eq!(rows.len(), 2, "{}", built.stdout);
    for (row, name) in rows.iter().zip(["hello", "worker"]) {
        assert_eq!(row["function"], name);
        let kept = folder.root.join(format!("target/lambdaship/{name}/bootstrap.zip"));
        assert_eq!(row["path"], kept.as_str());
        let zip = fs_err::read(&kept).unwrap();
        assert_eq!(row["size"], zip.len());
        assert_eq!(fs_err::read(folder.root.join(format!("out/{name}/bootstrap.zip"))).unwrap(), zip);
        let stamp = fs_err::read(kept.with_file_name("stamp.json")).unwrap();
        let stamp: Value = serde_json::from_slice(&stamp).unwrap();
        assert_eq!(stamp["code_sha256"], row["code_sha256"]);
        assert_eq!(stamp["build"]["builder"], "cargo");
    }
    let writing = format!("     Writing {}", folder.root.join("out/hello/bootstrap.zip"));
    assert!(built.stderr.contains(&writing), "{}", built.stderr);

    folder.run("build -e local -f hello -F loud --output-dir out --output-format binary").exited(0);
    assert_eq!(stdout_of(&folder.root.join("out/hello/bootstrap")), "HELLO\n");
    assert!(!folder.root.join("out/worker/bootstrap").exists(), "only what is selected is built");
}

#[test]
fn what_was_built_elsewhere_is_packed_or_taken_as_it_is() {
    let folder = Folder::new(&["hello"], "this is not compiled");
    let elf = super::refusals::elf(super::refusals::ARM64);
    folder.write("elsewhere/hello", &elf);
    folder.run("build --binary-path elsewhere/hello").exited(0);
    let packed = folder.root.join("target/lambdaship/hello/bootstrap.zip");
    fs_err::copy(&packed, folder.root.join("own.zip")).unwrap();
    folder.run("build --zip own.zip --output-dir out --output-format binary").exited(0);
    assert_eq!(fs_err::read(folder.root.join("out/hello/bootstrap")).unwrap(), elf);
    folder.run("build --zip own.zip --output-dir out").exited(0);
    let out = fs_err::read(folder.root.join("out/hello/bootstrap.zip")).unwrap();
    assert_eq!(out, fs_err::read(packed).unwrap());
}

#[test]
fn a_stamp_is_that_of_the_zip_beside_it() {
    let folder = Folder::new(&["hello"], "this is not compiled");
    for (name, machine) in [("arm", super::refusals::ARM64), ("x86", super::refusals::X86_64)] {
        folder.write(name, super::refusals::elf(machine));
    }
    let kept = folder.root.join("target/lambdaship/hello/bootstrap.zip");
    folder.run("build --arch x86_64 --binary-path x86").exited(0);
    fs_err::copy(&kept, folder.root.join("own.zip")).unwrap();
    folder.run("build --binary-path arm").exited(0);

    let adopted = folder.run("build --format json --arch x86_64 --zip own.zip").exited(0);
    let rows: Vec<Value> = serde_json::from_str(&adopted.stdout).unwrap();
    assert_eq!(rows[0]["path"], kept.as_str());
    assert_eq!(fs_err::read(&kept).unwrap(), fs_err::read(folder.root.join("own.zip")).unwrap());
    let stamp = fs_err::read(kept.with_file_name("stamp.json")).unwrap();
    let stamp: Value = serde_json::from_slice(&stamp).unwrap();
    assert_eq!(stamp["code_sha256"], rows[0]["code_sha256"]);

    folder.run("build --arch x86_64 --binary-path arm").exited(4);
    assert!(!kept.with_file_name("stamp.json").exists(), "it would be another artifact's");
}

#[test]
fn quiet_leaves_the_result_alone() {
    let folder = Folder::new(&["hello"], SPEAKS);
    let built = folder.run("build -q -e local").exited(0);
    assert_eq!(built.stderr, "");
    let lines: Vec<&str> = built.stdout.lines().collect();
    let [header, row] = lines[..] else { panic!("{}", built.stdout) };
    assert_eq!(header.split_whitespace().collect::<Vec<_>>(), ["FUNCTION", "ARCH", "SIZE", "CODE", "PATH"]);
    assert!(row.starts_with("hello "), "{row}");
}

#[test]
fn cargo_says_why_it_does_not_compile_and_we_say_which_function() {
    let folder = Folder::new(&["hello"], "fn main() { nothing }\n");
    for (arguments, expected) in [("build -e local", "Building"), ("build -q -e local", "")] {
        let failed = folder.run(arguments).exited(101);
        assert!(failed.stderr.contains("cannot find value `nothing` in this scope"), "{}", failed.stderr);
        assert!(failed.stderr.ends_with("\nerror: failed to build hello\n"), "{}", failed.stderr);
        assert_eq!(failed.stderr.matches("failed to build").count(), 1);
        assert!(failed.stderr.contains(expected), "{}", failed.stderr);
        assert_eq!(failed.stdout, "");
    }
}

#[test]
fn cargo_is_held_to_the_lock_file() {
    let folder = Folder::new(&["hello"], SPEAKS);
    for flag in ["--locked", "--frozen"] {
        let refused = folder.run(&format!("build -e local {flag}"));
        assert!(matches!(refused.code, Some(1 | 101)), "{flag}: {refused:?}");
        assert!(refused.stderr.contains("lock file"), "{}", refused.stderr);
    }
    folder.run("build -e local --offline").exited(0);
    folder.run("build -e local --frozen").exited(0);
}
