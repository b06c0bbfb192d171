//! Records of this machine's own builds, in cargo's target folder.

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::gates::Passes;
use super::{Record, SCHEMA};
use crate::gate::{self, Pass};
use crate::model::SourceHash;
use crate::package;

/// The folder that holds them.
#[derive(Debug, Clone)]
pub struct Shelf(Utf8PathBuf);

impl Shelf {
    /// The one under cargo's target folder.
    #[must_use]
    pub fn under(target_directory: &Utf8Path) -> Self {
        Self(target_directory.join("lambdaship").join(".sources"))
    }

    /// The record of a source. One that cannot be read, or is of another version of this tool, is as good as none.
    #[must_use]
    pub fn record(&self, source: SourceHash) -> Option<Record> {
        let json = fs_err::read(self.path(source)).ok()?;
        let record: Record = serde_json::from_slice(&json).ok()?;
        (record.schema == SCHEMA && record.source_hash == source).then_some(record)
    }

    /// Keeps a record, where it appears at once and whole.
    ///
    /// # Errors
    /// When the file or its folder cannot be written.
    pub fn keep(&self, record: &Record) -> std::io::Result<()> {
        let json = serde_json::to_vec(record).map_err(std::io::Error::from)?;
        package::write_whole(&self.path(record.source_hash), &json)
    }

    /// The gates that a source or a workspace is known to have passed here. What cannot be read is as good as none.
    #[must_use]
    pub fn passes(&self, of: SourceHash) -> Vec<Pass> {
        let json = fs_err::read(self.passes_path(of)).ok();
        json.and_then(|json| Passes::read(&json, of)).map(|passes| passes.all).unwrap_or_default()
    }

    /// Adds `new` to the gates that a source or a workspace passed.
    ///
    /// # Errors
    /// When the file or its folder cannot be written.
    pub fn keep_passes(&self, of: SourceHash, new: &[Pass]) -> std::io::Result<()> {
        let passes = Passes::new(of, gate::merged(self.passes(of), new));
        let json = serde_json::to_vec(&passes).map_err(std::io::Error::from)?;
        package::write_whole(&self.passes_path(of), &json)
    }

    /// Forgets all passes to which none was added since `time`. What cannot be deleted stays.
    pub fn forget_passes(&self, time: Timestamp) {
        let Ok(entries) = fs_err::read_dir(self.gates()) else { return };
        for entry in entries.filter_map(Result::ok) {
            let modified = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            let modified = modified.and_then(|modified| Timestamp::try_from(modified).ok());
            if modified.is_some_and(|modified| modified < time) {
                // Another run may be faster.
                let _ = fs_err::remove_file(entry.path());
            }
        }
    }

    fn gates(&self) -> Utf8PathBuf {
        self.0.join("gates")
    }

    fn passes_path(&self, of: SourceHash) -> Utf8PathBuf {
        self.gates().join(format!("{of}.json"))
    }

    fn path(&self, source: SourceHash) -> Utf8PathBuf {
        self.0.join(format!("{source}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FunctionName;
    use crate::source::{Also, Inputs};
    use crate::store::Outcome;

    #[test]
    fn passes_are_forgotten_once_they_are_old() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::under(Utf8Path::from_path(folder.path()).unwrap());
        shelf.forget_passes(Timestamp::MAX);
        let [old, new] = ["0a", "0b"].map(|digits| SourceHash::parse(&digits.repeat(32)).unwrap());
        let at = |second: i64| Timestamp::from_second(1_795_000_000 + second).unwrap();
        for (of, second) in [(old, 0), (new, 2)] {
            shelf.keep_passes(of, &[]).unwrap();
            let file = fs_err::OpenOptions::new().write(true).open(shelf.passes_path(of)).unwrap();
            file.file().set_modified(at(second).into()).unwrap();
        }
        shelf.forget_passes(at(1));
        let there = [old, new].map(|of| shelf.passes_path(of).exists());
        assert_eq!(there, [false, true]);
    }

    #[test]
    fn a_record_is_found_under_its_source_and_garbage_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::under(Utf8Path::from_path(folder.path()).unwrap());
        let mut inputs = Inputs::default();
        inputs.add("toolchain", b"rustc");
        let source_hash = inputs.hash();
        let also = Also { files: vec!["../shared.txt".to_owned()], variables: Vec::new() };
        let function = FunctionName::new("hello").unwrap();
        let outcome = Outcome::Also(also);
        let record = Record { schema: SCHEMA.to_owned(), source_hash, function, inputs, outcome };
        assert_eq!(shelf.record(source_hash), None);
        shelf.keep(&record).unwrap();
        assert_eq!(shelf.record(source_hash), Some(record.clone()));
        assert_eq!(shelf.record(Inputs::default().hash()), None);
        let other = Record { source_hash: Inputs::default().hash(), ..record };
        for garbage in ["{", &serde_json::to_string(&other).unwrap()] {
            fs_err::write(shelf.path(source_hash), garbage).unwrap();
            assert_eq!(shelf.record(source_hash), None, "{garbage}");
        }
    }
}
