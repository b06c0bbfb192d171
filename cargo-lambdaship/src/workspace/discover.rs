//! Reads the workspace through cargo.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use super::{CargoOptions, Error, Function, Member, Workspace};
use crate::context::Context;
use crate::model::FunctionName;
use crate::process;

/// A package that depends on one of these has functions.
const RUNTIMES: [&str; 2] = ["lambda_http", "lambda_runtime"];

/// Finds the workspace that `options` and the working directory name, and its functions.
///
/// # Errors
/// When cargo cannot be started or refuses, and when two packages have a binary of the same name.
pub fn discover(context: &Context, options: &CargoOptions) -> Result<Workspace, Error> {
    let metadata = metadata(context, options)?;
    let target_directory = match &options.target_directory {
        Some(directory) => context.absolute(directory),
        None => metadata.target_directory.clone(),
    };
    Ok(Workspace {
        functions: functions(&metadata)?,
        members: metadata.packages.iter().map(member).collect(),
        root: metadata.workspace_root,
        target_directory,
    })
}

/// What `cargo metadata --no-deps` says of the workspace.
///
/// # Errors
/// When cargo cannot be started, refuses, or answers what is not understood.
pub fn metadata(context: &Context, options: &CargoOptions) -> Result<Metadata, Error> {
    let program = context.environment.get("CARGO").unwrap_or("cargo");
    let mut command = process::command(program);
    command.current_dir(&context.directory).args(["metadata", "--no-deps", "--format-version", "1"]);
    if let Some(path) = &options.manifest_path {
        command.arg("--manifest-path").arg(path);
    }
    let output = command
        .args(&options.lock_flags)
        .output()
        .map_err(|source| Error::Start { program: program.to_owned(), source })?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        let message = message.trim();
        return Err(Error::Cargo { message: message.strip_prefix("error: ").unwrap_or(message).to_owned() });
    }
    Ok(MetadataCommand::parse(String::from_utf8_lossy(&output.stdout))?)
}

fn member(package: &Package) -> Member {
    Member {
        name: package.name.to_string(),
        version: package.version.to_string(),
        manifest_path: package.manifest_path.clone(),
    }
}

fn functions(metadata: &Metadata) -> Result<Vec<Function>, Error> {
    let mut found: BTreeMap<String, Function> = BTreeMap::new();
    for package in metadata.packages.iter().filter(|package| has_functions(package)) {
        for binary in package.targets.iter().filter(|target| target.is_bin()) {
            let function = Function {
                name: FunctionName::new(&binary.name)
                    .map_err(|source| Error::Name { package: package.name.to_string(), source })?,
                package: package.name.to_string(),
                manifest_path: package.manifest_path.clone(),
            };
            if let Some(first) = found.insert(binary.name.clone(), function) {
                return Err(Error::SameName {
                    binary: binary.name.clone(),
                    first: first.package,
                    second: package.name.to_string(),
                });
            }
        }
    }
    Ok(found.into_values().collect())
}

/// A renamed dependency keeps its package's name here, so it counts too.
fn has_functions(package: &Package) -> bool {
    package.dependencies.iter().any(|dependency| {
        dependency.kind == DependencyKind::Normal && RUNTIMES.contains(&dependency.name.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::testing::{Fixture, RUNTIME};

    fn names(workspace: &Workspace) -> Vec<&str> {
        workspace.functions.iter().map(|function| function.name.as_str()).collect()
    }

    #[test]
    fn functions_are_the_binaries_of_packages_that_depend_on_a_runtime() {
        let fixture = Fixture::new(&[
            ("worker", RUNTIME),
            (
                "api",
                "[dependencies]\nweb = { package = \"lambda_http\", path = \"../vendor/lambda_http\" }\n",
            ),
            ("tool", ""),
            ("tested", "[dev-dependencies]\nlambda_runtime = { path = \"../vendor/lambda_runtime\" }\n"),
        ]);
        fixture.write("worker/src/bin/nightly.rs", "fn main() {}\n");
        let workspace = fixture.discover().unwrap();
        assert_eq!(names(&workspace), ["api", "nightly", "worker"]);
        assert_eq!(workspace.root, fixture.root);
        assert_eq!(workspace.target_directory, fixture.root.join("target"));
        let nightly = &workspace.functions[1];
        assert_eq!(nightly.package, "worker");
        assert_eq!(nightly.manifest_path, fixture.root.join("worker/Cargo.toml"));
        assert_eq!(nightly.package_root(), fixture.root.join("worker"));
        let members: Vec<_> = workspace.members.iter().map(|member| member.name.as_str()).collect();
        assert_eq!(members, ["api", "tested", "tool", "worker"]);
        assert_eq!(workspace.members[3].root(), nightly.package_root());
        assert!(!fixture.root.join("Cargo.lock").exists(), "discovery must not resolve dependencies");
    }

    #[test]
    fn two_binaries_of_one_name_are_refused() {
        let binary = format!("[[bin]]\nname = \"same\"\npath = \"src/main.rs\"\n{RUNTIME}");
        let fixture = Fixture::new(&[("one", &binary), ("two", &binary)]);
        let error = fixture.discover().unwrap_err();
        assert_eq!(error.to_string(), "packages `one` and `two` both have a binary `same`");
    }

    #[test]
    fn the_target_directory_can_be_given() {
        let fixture = Fixture::new(&[("worker", RUNTIME)]);
        let options = CargoOptions { target_directory: Some("elsewhere".into()), ..CargoOptions::default() };
        let workspace = discover(&fixture.context(), &options).unwrap();
        assert_eq!(workspace.target_directory, fixture.root.join("elsewhere"));
    }

    #[test]
    fn no_workspace_and_no_cargo_say_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        let root = camino::Utf8PathBuf::try_from(directory.path().to_owned()).unwrap();
        let mut context = crate::workspace::testing::context(&root);
        let error = discover(&context, &CargoOptions::default()).unwrap_err();
        assert!(error.to_string().contains("could not find `Cargo.toml`"), "{error}");
        assert_eq!(error.hint().unwrap(), "run this inside a cargo workspace, or give `--manifest-path`");
        context.environment = [("CARGO", "no-such-cargo")].into_iter().collect();
        let error = discover(&context, &CargoOptions::default()).unwrap_err();
        assert_eq!(error.to_string(), "could not start cargo (`no-such-cargo`)");
    }
}
