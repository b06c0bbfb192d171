//! What would not run is refused with exit code 4, the numbers and the fix; what does not fit together with 2.

use std::io::Write;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::tool::Folder;

pub(crate) const ARM64: u8 = 183;
pub(crate) const X86_64: u8 = 62;

/// The header of a static 64-bit executable for this ELF machine, and nothing else.
pub(crate) fn elf(machine: u8) -> Vec<u8> {
    let mut header = b"\x7fELF\x02\x01\x01".to_vec();
    header.resize(64, 0);
    // e_type, e_machine, e_version, e_ehsize, e_phentsize, e_shentsize.
    for (place, value) in [(16, 3), (18, machine), (20, 1), (52, 64), (54, 56), (58, 64)] {
        header[place] = value;
    }
    header
}

/// A zip of these files, not compressed.
fn zip(files: &[(&str, &[u8])], mode: u32) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in files {
        zip.start_file(*name, options.unix_permissions(mode)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn what_lambda_would_not_run_is_refused_with_the_fix() {
    let folder = Folder::new(&["hello"], "fn main() {}\n");
    let (arm, x86, large) = (elf(ARM64), elf(X86_64), vec![0; 52_428_800]);
    folder.write("arm.zip", zip(&[("bootstrap", &arm)], 0o755));
    folder.write("riscv.zip", zip(&[("bootstrap", &elf(243))], 0o755));
    folder.write("script.zip", zip(&[("bootstrap", b"#!/bin/sh")], 0o755));
    folder.write("plain.zip", zip(&[("bootstrap", &x86)], 0o644));
    folder.write("large.zip", zip(&[("bootstrap", &x86), ("data", &large)], 0o755));
    folder.write("empty.zip", zip(&[("hello", &x86)], 0o755));
    folder.write("hello", &arm);
    for (arguments, expected) in [
        (
            "verify --arch x86_64 --zip arm.zip",
            "error: `hello` is built for arm64, and its lambda is x86_64\n\
             hint: build it for x86_64, or set `arch = \"arm64\"` for the function\n",
        ),
        (
            "build --arch x86_64 --zip arm.zip",
            "error: `hello` is built for arm64, and its lambda is x86_64\n\
             hint: build it for x86_64, or set `arch = \"arm64\"` for the function\n",
        ),
        (
            "build -q --arch x86_64 --binary-path hello",
            "error: `hello` is built for arm64, and its lambda is x86_64\n\
             hint: build it for x86_64, or set `arch = \"arm64\"` for the function\n",
        ),
        (
            "verify --zip riscv.zip",
            "error: `hello` is built for a processor that Lambda does not have (ELF machine 243)\n\
             hint: build it for Lambda with `cargo lambdaship build`, or with `--target aarch64-unknown-linux-gnu` or \
             `x86_64-unknown-linux-gnu`\n",
        ),
        (
            "verify --zip script.zip",
            "error: `hello` is not a readable Linux executable (ELF)\n\
             hint: build it for Lambda with `cargo lambdaship build`, or with `--target aarch64-unknown-linux-gnu` or \
             `x86_64-unknown-linux-gnu`\n",
        ),
        (
            "verify --zip plain.zip",
            "error: `hello` is not marked as executable in its zip\n\
             hint: give `bootstrap` the mode 755 before zipping it, or ship the executable with `--binary-path`\n",
        ),
        (
            "verify --zip large.zip",
            "error: `hello` makes a zip of 52429064 bytes; Lambda takes 52428800 in a request\n\
             hint: strip the binary, or include fewer files\n",
        ),
        (
            "verify --zip empty.zip",
            "error: ROOT/empty.zip holds no `bootstrap`\n\
             hint: the zip's top must hold the function's executable under the name `bootstrap`\n",
        ),
    ] {
        let refused = folder.run(arguments).exited(4);
        assert_eq!(folder.placeless(&refused.stderr), expected, "{arguments}");
        assert_eq!(refused.stdout, "", "{arguments}");
    }
}

#[test]
fn what_the_lambdas_run_on_is_the_flags_then_the_configurations_then_the_artifacts_own() {
    let folder = Folder::new(&["hello"], "fn main() {}\n");
    folder.write("arm.zip", zip(&[("bootstrap", &elf(ARM64))], 0o755));
    let verified = folder.run("verify --format json --zip arm.zip").exited(0);
    assert!(verified.stdout.contains("\"arch\": \"arm64\""), "{}", verified.stdout);
    assert_eq!(verified.stderr, "    Verified hello for arm64\n");
    folder.write("lambdaship.toml", "[function]\narch = \"x86_64\"\n");
    folder.run("verify --zip arm.zip").exited(4);
    folder.run("verify --zip arm.zip --arch arm64").exited(0);
}

#[test]
fn what_does_not_fit_together_is_said_before_anything_is_built() {
    let folder = Folder::new(&["hello", "worker"], "this is not compiled");
    folder.write("arm.zip", zip(&[("bootstrap", &elf(ARM64))], 0o755));
    for (code, arguments, expected) in [
        (
            2,
            "verify --zip arm.zip",
            "error: --zip is for one function, and 2 are selected\nhint: name the function with -f\n",
        ),
        (
            2,
            "build --binary-path arm.zip",
            "error: --binary-path is for one function, and 2 are selected\nhint: name the function with -f\n",
        ),
        (
            2,
            "build --target riscv64gc-unknown-linux-gnu",
            "error: Lambda does not run what is built for riscv64gc-unknown-linux-gnu\n\
             hint: Lambda runs aarch64 and x86_64 Linux, such as `--target aarch64-unknown-linux-gnu`\n",
        ),
        (
            2,
            "build -e local --target x86_64-unknown-linux-gnu",
            "error: `--target` does not go with `--env local`, which runs functions on this machine\n\
             hint: leave out `--target`\n",
        ),
        (
            4,
            "build -f hello --arch x86_64 --target aarch64-unknown-linux-gnu",
            "error: `hello` is built for arm64, and its lambda is x86_64\n\
             hint: build it for x86_64, or set `arch = \"arm64\"` for the function\n",
        ),
        (
            1,
            "verify -f hello",
            "error: `hello` has no artifact: ROOT/target/lambdaship/hello/bootstrap.zip is not there\n\
             hint: run `cargo lambdaship build -f hello` first\n",
        ),
    ] {
        let refused = folder.run(arguments).exited(code);
        assert_eq!(folder.placeless(&refused.stderr), expected, "{arguments}");
    }
}
