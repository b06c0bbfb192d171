//! The programs that a deploy starts.

use std::collections::BTreeSet;

use super::Check;
use crate::build::{Target, Toolchain, zig};
use crate::context::Context;
use crate::model::Arch;
use crate::ops::artifacts::arch_for;
use crate::ops::session::{Workbench, host_arch};
use crate::process;

/// Cargo, rustc with a standard library for each processor in use, zig where it is needed, git.
pub(super) fn all(context: &Context, bench: Option<&Workbench>) -> Vec<Check> {
    let root = bench.map_or(&context.directory, |bench| &bench.workspace.root);
    let cargo = context.environment.get("CARGO").unwrap_or("cargo");
    let mut checks = vec![program("cargo", cargo, "install Rust from https://rustup.rs")];
    let archs = bench.map(archs).unwrap_or_default();
    match Toolchain::load(context, root) {
        Ok(toolchain) => {
            let version = toolchain.version().first().cloned().unwrap_or_default();
            checks.push(Check::ok("rust", format!("{version}, host {}", toolchain.host())));
            checks.extend(archs.iter().map(|arch| standard_library(&toolchain, &Target::lambda(*arch))));
        }
        Err(error) => checks.push(Check::failed("rust", &error.into())),
    }
    checks.push(linker(zig::is_available(), archs.iter().any(|arch| *arch != host_arch())));
    checks.push(match program("git", "git", "") {
        // Without git a deploy works; its versions name no commit.
        git if !git.ok => Check::ok("git", "not found; versions will name no commit"),
        git => git,
    });
    checks
}

/// What the functions are built for; nothing in the local environment, where it is this machine.
fn archs(bench: &Workbench) -> BTreeSet<Arch> {
    let functions = bench.environment.functions.iter().filter(|_| !bench.is_local());
    functions.map(|function| arch_for(function.settings.arch, None, None)).collect()
}

fn program(name: &str, path: &str, hint: &str) -> Check {
    let answer = process::command(path).arg("--version").output();
    match answer.ok().filter(|output| output.status.success()) {
        Some(output) => Check::ok(name, String::from_utf8_lossy(&output.stdout).trim()),
        None => Check::bad(name, format!("`{path} --version` does not answer"), Some(hint.to_owned())),
    }
}

fn standard_library(toolchain: &Toolchain, target: &Target) -> Check {
    let name = format!("target {}", target.triple());
    match toolchain.check(target) {
        Ok(()) => Check::ok(name, "installed"),
        Err(error) => Check::failed(name, &error.into()),
    }
}

fn linker(zig: bool, foreign: bool) -> Check {
    match (zig, foreign) {
        (true, _) => Check::ok("zig", "found"),
        (false, false) => {
            Check::ok("zig", "not found; needed only when the host's glibc is newer than Lambda's")
        }
        (false, true) => Check::bad("zig", "not found", Some("run `pip install ziglang`".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zig_is_a_problem_only_where_it_is_needed() {
        let ok = [(true, true), (true, false), (false, false), (false, true)].map(|(z, f)| linker(z, f).ok);
        assert_eq!(ok, [true, true, true, false]);
    }

    #[test]
    fn a_program_that_is_not_there_is_a_problem() {
        let check = program("cargo", "no-such-program-here", "install it");
        assert_eq!((check.ok, check.hint.as_deref()), (false, Some("install it")));
    }
}
