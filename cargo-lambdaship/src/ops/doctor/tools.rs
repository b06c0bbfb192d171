//! The programs that a deploy starts.

use std::collections::BTreeSet;

use super::Check;
use crate::build::{self, Platform, Target, Toolchain, ZigNeed, zig};
use crate::context::Context;
use crate::model::Arch;
use crate::ops::artifacts::arch_for;
use crate::ops::session::Workbench;
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
            checks.extend(bench.map(|bench| linker_for(bench, &archs, &toolchain)));
        }
        Err(error) => checks.push(Check::failed("rust", &error.into())),
    }
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

/// Judged as a build decides it.
fn linker_for(bench: &Workbench, archs: &BTreeSet<Arch>, toolchain: &Toolchain) -> Check {
    let lambdas = archs.iter().copied().map(Platform::Lambda);
    let platforms: Vec<_> = if bench.is_local() { vec![Platform::Host] } else { lambdas.collect() };
    match build::zig_need(bench.config.builder(), &platforms, toolchain) {
        Ok(need) => linker(zig::is_available(), need),
        Err(error) => Check::failed("zig", &error.into()),
    }
}

fn linker(found: bool, need: ZigNeed) -> Check {
    match (found, need) {
        (true, _) => Check::ok("zig", "found"),
        (false, ZigNeed::Never) => Check::ok("zig", "not found; not needed"),
        (false, ZigNeed::Perhaps) => {
            Check::ok("zig", "not found; needed only when the host's glibc is newer than Lambda's")
        }
        (false, ZigNeed::Always) => {
            Check::bad("zig", "not found", Some("run `pip install ziglang`".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::BuilderChoice;
    use crate::workspace::testing::{Fixture, RUNTIME};

    #[test]
    fn zig_is_a_problem_only_where_it_is_needed() {
        for (found, need, ok) in [
            (true, ZigNeed::Always, true),
            (false, ZigNeed::Never, true),
            (false, ZigNeed::Perhaps, true),
            (false, ZigNeed::Always, false),
        ] {
            assert_eq!(linker(found, need).ok, ok, "{found} {need:?}");
        }
    }

    #[test]
    fn zig_is_needed_as_a_build_would_need_it() {
        let fixture = Fixture::new(&[("hello", RUNTIME)]);
        // No machine builds for both without a linker of its own for one.
        let platforms = [Arch::Arm64, Arch::X86_64].map(Platform::Lambda);
        let need = |choice| {
            let mut context = fixture.context();
            context.environment = [("CARGO_HOME", "none")].into_iter().collect();
            let toolchain = Toolchain::load(&context, &fixture.root).unwrap();
            build::zig_need(choice, &platforms, &toolchain).unwrap()
        };
        assert_eq!(need(BuilderChoice::Auto), ZigNeed::Always);
        assert_eq!(need(BuilderChoice::Cargo), ZigNeed::Never);
        assert_eq!(need(BuilderChoice::Cross), ZigNeed::Never);
        let linker = |triple: &str| format!("[target.{triple}]\nlinker = \"ld\"\n");
        let both = ["aarch64", "x86_64"].map(|arch| linker(&format!("{arch}-unknown-linux-gnu")));
        fixture.write(".cargo/config.toml", &both.concat());
        assert_eq!(need(BuilderChoice::Auto), ZigNeed::Never);
        assert_eq!(need(BuilderChoice::Zig), ZigNeed::Always);
    }

    #[test]
    fn a_program_that_is_not_there_is_a_problem() {
        let check = program("cargo", "no-such-program-here", "install it");
        assert_eq!((check.ok, check.hint.as_deref()), (false, Some("install it")));
    }
}
