//! The run documents that other jobs left in a folder. Anybody's code can have written them.

use camino::{Utf8Path, Utf8PathBuf};

use super::files::read;
use crate::report::run::{RunReport, SCHEMA};

/// The longest document, in bytes.
pub(super) const LONGEST: u64 = 1024 * 1024;
/// The most documents.
const MOST: usize = 512;
/// How deep folders are in each other: an artifact can have a folder of its own.
const DEPTH: usize = 3;
/// The most files that are looked at.
const LOOKED_AT: usize = 10_000;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// The documents, in the order of their names.
    pub(super) runs: Vec<RunReport>,
    /// Why files were left out.
    pub(super) skipped: Vec<String>,
}

/// Reads every `.json` file in `folder`. Links are not followed.
#[must_use]
pub(super) fn results(folder: &Utf8Path) -> Results {
    let mut files = Vec::new();
    list(folder, DEPTH, &mut files);
    files.sort();
    let mut results = Results::default();
    for file in &files {
        if results.runs.len() == MOST {
            results.skipped.push(format!("only {MOST} documents are read"));
            break;
        }
        match document(file) {
            Ok(run) => results.runs.push(run),
            Err(why) => {
                let name = file.strip_prefix(folder).unwrap_or(file);
                results.skipped.push(format!("{name} is left out: {why}"));
            }
        }
    }
    results
}

fn list(folder: &Utf8Path, depth: usize, files: &mut Vec<Utf8PathBuf>) {
    let Ok(entries) = folder.read_dir_utf8() else { return };
    for entry in entries.flatten() {
        if files.len() >= LOOKED_AT {
            return;
        }
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && depth > 1 {
            list(entry.path(), depth - 1, files);
        } else if kind.is_file() && entry.path().extension() == Some("json") {
            files.push(entry.into_path());
        }
    }
}

fn document(file: &Utf8Path) -> Result<RunReport, String> {
    let text = read(file, LONGEST).ok_or("it cannot be read, or is over 1 MiB")?;
    let run: RunReport = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    if run.schema == SCHEMA { Ok(run) } else { Err(format!("its `schema` is not {SCHEMA}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(command: &str, schema: &str) -> String {
        format!(
            r#"{{"schema": "{schema}", "command": "{command}", "environment": null, "result": "unchanged", "failure_reason": null,
            "message": null, "head": null, "run_url": null, "seconds": 1.0, "gates": null, "report": null, "drift": null,
            "pruned": null}}"#
        )
    }

    #[test]
    fn documents_are_read_and_everything_else_is_left_out_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let big = format!("{}{}", run("check", SCHEMA), " ".repeat(1024 * 1024));
        for (path, text) in [
            ("b/run.json", run("plan", SCHEMA)),
            ("a.json", run("check", SCHEMA)),
            ("c/d/run.json", run("deploy", SCHEMA)),
            ("c/d/e/run.json", run("drift", SCHEMA)),
            ("big.json", big),
            ("list.json", "[1]".to_owned()),
            ("other.json", run("plan", "lambdaship.run/9")),
            ("readme.txt", run("plan", SCHEMA)),
        ] {
            fs_err::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs_err::write(root.join(path), text).unwrap();
        }
        let results = results(root);
        let commands: Vec<&str> = results.runs.iter().map(|run| run.command.as_str()).collect();
        assert_eq!(
            commands,
            ["check", "plan", "deploy"],
            "in the order of names, and no deeper than three folders"
        );
        let skipped: Vec<&str> = results.skipped.iter().filter_map(|why| why.split(' ').next()).collect();
        assert_eq!(skipped, ["big.json", "list.json", "other.json"]);
    }

    #[test]
    fn there_is_an_end_to_how_many_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        for number in 0..=MOST {
            fs_err::write(root.join(format!("{number}.json")), run("plan", SCHEMA)).unwrap();
        }
        let results = results(root);
        assert_eq!((results.runs.len(), results.skipped.len()), (MOST, 1));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        fs_err::write(root.join("outside"), run("plan", SCHEMA)).unwrap();
        fs_err::create_dir(root.join("results")).unwrap();
        std::os::unix::fs::symlink(root.join("outside"), root.join("results/run.json")).unwrap();
        assert!(results(&root.join("results")).runs.is_empty());
    }
}
