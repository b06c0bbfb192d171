//! Packs a binary and its extra files into the zip that Lambda takes, and checks what is to be shipped.
//!
//! In: an executable (or a whole zip) from anywhere, and globs of extra files. Out: an [`Artifact`] on disk. The zip's
//! bytes depend on the files' names and contents alone. It must not run programs, and must not know AWS's interface.

pub mod elf;
mod error;
mod export;
mod include;
pub mod limits;
mod pack;
pub(crate) mod whole;

pub use error::{Error, Refusal};
pub use export::{OutputFormat, export};
pub use include::{Include, collect_includes};
pub use limits::Upload;
pub(crate) use pack::mode;
pub use pack::{BOOTSTRAP, FORMAT};
pub use whole::{write_private, write_whole};

use std::io::{Cursor, Read};

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{Arch, CodeSha256, FunctionName, LAMBDA_GLIBC};

/// A zip that can be shipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The function.
    pub function: FunctionName,
    /// The zip.
    pub path: Utf8PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// The size of all files in it.
    pub unzipped: u64,
    /// Its digest.
    pub code_sha256: CodeSha256,
    /// The processor that its `bootstrap` is for; `None` for one that no lambda has.
    pub arch: Option<Arch>,
    /// What its `bootstrap` says of itself; `None` when it is no ELF file.
    pub binary: Option<elf::Binary>,
}

impl Artifact {
    /// Puts a copy of the zip at `out`, where it appears at once and whole.
    ///
    /// # Errors
    /// When it cannot be read, or the copy not be written.
    pub fn copy_to(self, out: &Utf8Path) -> Result<Self, Error> {
        whole::copy_whole(&self.path, out)?;
        Ok(Self { path: out.to_owned(), ..self })
    }

    /// Checks that it runs on a lambda on `arch`, and that it is small enough to get there by `upload`.
    ///
    /// # Errors
    /// [`Error::Refused`], with the numbers and the fix.
    pub fn verify(&self, arch: Arch, upload: Upload) -> Result<(), Error> {
        elf::verify(self.binary.as_ref(), arch, LAMBDA_GLIBC)
            .and_then(|()| limits::check(self.size, self.unzipped, upload))
            .map_err(|refusal| Error::Refused { function: self.function.clone(), refusal })
    }

    /// Checks that it is small enough for `upload`, and not built for another processor than this machine's, which is
    /// `host`. What else a machine runs is its own business.
    ///
    /// # Errors
    /// [`Error::Refused`], with the numbers and the fix.
    pub fn verify_on_host(&self, host: Arch, upload: Upload) -> Result<(), Error> {
        let elsewhere = self.arch.filter(|built| *built != host);
        let verdict = elsewhere.map_or(Ok(()), |built| Err(Refusal::WrongHost { built, host }));
        verdict
            .and_then(|()| limits::check(self.size, self.unzipped, upload))
            .map_err(|refusal| Error::Refused { function: self.function.clone(), refusal })
    }
}

/// The folder that holds a function's artifact and its stamp.
#[must_use]
pub fn folder(target_directory: &Utf8Path, function: &FunctionName) -> Utf8PathBuf {
    target_directory.join("lambdaship").join(function.as_str())
}

/// Where the artifact of `function` is kept.
#[must_use]
pub fn path(target_directory: &Utf8Path, function: &FunctionName) -> Utf8PathBuf {
    folder(target_directory, function).join("bootstrap.zip")
}

/// Where an artifact of `function` is put that is fetched from elsewhere.
#[must_use]
pub fn fetched(target_directory: &Utf8Path, function: &FunctionName) -> Utf8PathBuf {
    folder(target_directory, function).join("fetched.zip")
}

/// Packs `binary` as `bootstrap`, and `includes` beside it, into the zip `out`.
///
/// # Errors
/// When a file cannot be read or written, or two files would have the same name. Nothing is left behind then.
pub fn pack(
    function: &FunctionName,
    binary: &Utf8Path,
    includes: &[Include],
    out: &Utf8Path,
) -> Result<Artifact, Error> {
    let inspected = elf::inspect(binary)?;
    let packed = pack::write(binary, includes, out)?;
    Ok(artifact(function, out, &packed, inspected))
}

/// The digest of the zip at `path`; nothing is unpacked.
///
/// # Errors
/// When it cannot be read.
pub fn code_sha256(path: &Utf8Path) -> Result<CodeSha256, Error> {
    Ok(pack::digest(&mut fs_err::File::open(path)?)?.1)
}

/// Takes a zip that was made elsewhere as it is.
///
/// # Errors
/// When it cannot be read, holds no `bootstrap`, or an entry points out of it.
pub fn adopt_zip(function: &FunctionName, path: &Utf8Path) -> Result<Artifact, Error> {
    let (size, code_sha256) = pack::digest(&mut fs_err::File::open(path)?)?;
    let mut zip = zip::ZipArchive::new(fs_err::File::open(path)?).map_err(Error::zip(path))?;
    let (mut unzipped, mut bootstrap) = (0, None);
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(Error::zip(path))?;
        let name = entry.name().map_err(Error::zip(path))?.into_owned();
        if entry.enclosed_name().is_none() {
            return Err(Error::UnsafeEntry { path: path.to_owned(), entry: name });
        }
        if name == BOOTSTRAP && entry.unix_mode().is_some_and(|mode| mode & 0o111 == 0) {
            let refusal = Refusal::NotExecutable;
            return Err(Error::Refused { function: function.clone(), refusal });
        }
        // The sizes are the zip's own words, and may be any number.
        unzipped = u64::saturating_add(unzipped, entry.size());
        // What is over the limit is refused by its size, and need not be unpacked.
        if name == BOOTSTRAP && entry.size() <= limits::UNZIPPED {
            let mut bytes = Vec::new();
            entry.by_ref().take(limits::UNZIPPED).read_to_end(&mut bytes)?;
            bootstrap = Some(elf::read(Cursor::new(bytes)));
        } else if name == BOOTSTRAP {
            bootstrap = Some(None);
        }
    }
    let binary = bootstrap.ok_or_else(|| Error::NoBootstrap { path: path.to_owned() })?;
    Ok(artifact(function, path, &pack::Packed { size, unzipped, code_sha256 }, binary))
}

fn artifact(
    function: &FunctionName,
    path: &Utf8Path,
    packed: &pack::Packed,
    binary: Option<elf::Binary>,
) -> Artifact {
    Artifact {
        function: function.clone(),
        path: path.to_owned(),
        size: packed.size,
        unzipped: packed.unzipped,
        code_sha256: packed.code_sha256,
        arch: binary.as_ref().and_then(elf::Binary::arch),
        binary,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip_of(entries: &[(&str, &[u8])]) -> (tempfile::TempDir, Utf8PathBuf) {
        zip_with(entries, 0o755)
    }

    fn zip_with(entries: &[(&str, &[u8])], mode: u32) -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("own.zip");
        let mut zip = ZipWriter::new(fs_err::File::create(&path).unwrap());
        for (name, bytes) in entries {
            zip.start_file(*name, SimpleFileOptions::default().unix_permissions(mode)).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        (folder, path)
    }

    fn hello() -> FunctionName {
        FunctionName::new("hello").unwrap()
    }

    #[test]
    fn a_zip_from_elsewhere_is_taken_as_it_is() {
        let bootstrap = elf::tests::header(183, 64);
        let (_folder, path) = zip_of(&[("bootstrap", &bootstrap), ("data/a.txt", b"1234")]);
        let artifact = adopt_zip(&hello(), &path).unwrap();
        let bytes = fs_err::read(&path).unwrap();
        assert_eq!((artifact.size, artifact.code_sha256), (bytes.len() as u64, CodeSha256::of(&bytes)));
        assert_eq!(code_sha256(&path).unwrap(), artifact.code_sha256);
        assert_eq!((artifact.unzipped, artifact.arch), (bootstrap.len() as u64 + 4, Some(Arch::Arm64)));
        artifact.verify(Arch::Arm64, Upload::Direct).unwrap();
        let refused = artifact.verify(Arch::X86_64, Upload::Direct).unwrap_err();
        assert_eq!(refused.to_string(), "`hello` is built for arm64, and its lambda is x86_64");
        assert_eq!(
            refused.hint().as_deref(),
            Some("build it for x86_64, or set `arch = \"arm64\"` for the function")
        );
    }

    #[test]
    fn a_zip_that_lambda_could_not_use_is_an_error_that_names_it() {
        for (entries, expected) in [
            (&[("hello", &b"x"[..])][..], "PATH holds no `bootstrap`"),
            (
                &[("bootstrap", b"x"), ("../x", b"y")],
                "PATH holds the entry `../x`, which points out of the zip",
            ),
        ] {
            let (_folder, path) = zip_of(entries);
            let error = adopt_zip(&hello(), &path).unwrap_err().to_string();
            assert_eq!(error.replace(path.as_str(), "PATH"), expected);
        }
        let (_folder, path) = zip_of(&[]);
        fs_err::write(&path, "not a zip").unwrap();
        assert!(matches!(adopt_zip(&hello(), &path), Err(Error::Zip { .. })));
    }

    /// A zip of empty files whose directory says that each has 2^64 - 1 bytes. No writer makes such a one.
    fn boastful(names: &[&str]) -> Vec<u8> {
        let u16s =
            |numbers: &[u16]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>();
        let u32s =
            |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>();
        let (mut files, mut directory) = (Vec::new(), Vec::new());
        for name in names {
            let length = u16::try_from(name.len()).unwrap();
            let at = u32::try_from(files.len()).unwrap();
            let local = [u16s(&[45, 0, 0, 0, 0x21]), u32s(&[0, 0, 0]), u16s(&[length, 0])].concat();
            files.extend([b"PK\x03\x04", &*local, name.as_bytes()].concat());
            let sizes = [u16s(&[0x032d, 45, 0, 0, 0, 0x21]), u32s(&[0, 0, u32::MAX])].concat();
            let rest = [u16s(&[length, 12, 0, 0, 0]), u32s(&[0o100_755 << 16, at])].concat();
            let zip64 = [u16s(&[1, 8]), u64::MAX.to_le_bytes().to_vec()].concat();
            directory.extend([b"PK\x01\x02", &*sizes, &rest, name.as_bytes(), &zip64].concat());
        }
        let count = u16::try_from(names.len()).unwrap();
        let place = [directory.len(), files.len()].map(|length| u32::try_from(length).unwrap());
        let end = [u16s(&[0, 0, count, count]), u32s(&place), u16s(&[0])].concat();
        [&*files, &directory, b"PK\x05\x06", &end].concat()
    }

    #[test]
    fn a_zip_that_claims_more_than_a_number_holds_is_refused_for_its_size() {
        let (_folder, path) = zip_of(&[]);
        fs_err::write(&path, boastful(&["bootstrap", "a"])).unwrap();
        let artifact = adopt_zip(&hello(), &path).unwrap();
        assert_eq!(artifact.unzipped, u64::MAX);
        limits::check(artifact.size, artifact.unzipped, Upload::Direct).unwrap_err();
    }

    #[test]
    fn a_bootstrap_that_nobody_may_execute_is_refused() {
        let (_folder, path) = zip_with(&[("bootstrap", &elf::tests::header(183, 64))], 0o644);
        let refused = adopt_zip(&hello(), &path).unwrap_err();
        assert_eq!(refused.to_string(), "`hello` is not marked as executable in its zip");
        assert_eq!(
            refused.hint().as_deref(),
            Some(
                "give `bootstrap` the mode 755 before zipping it, or ship the executable with `--binary-path`"
            )
        );
    }

    #[test]
    fn this_machine_runs_what_is_built_for_its_processor_and_what_is_no_executable() {
        for (bootstrap, refused) in [
            (&elf::tests::header(62, 64)[..], None),
            (b"#!/bin/sh", None),
            (
                &elf::tests::header(183, 64),
                Some(
                    "`hello` is built for arm64, and the local AWS runs it on this machine, which is x86_64",
                ),
            ),
        ] {
            let (_folder, path) = zip_of(&[("bootstrap", bootstrap)]);
            let verdict = adopt_zip(&hello(), &path).unwrap().verify_on_host(Arch::X86_64, Upload::Direct);
            assert_eq!(verdict.err().map(|error| error.to_string()).as_deref(), refused);
        }
    }

    #[test]
    fn a_script_is_packed_and_then_refused() {
        let folder = tempfile::tempdir().unwrap();
        let binary = Utf8Path::from_path(folder.path()).unwrap().join("script");
        fs_err::write(&binary, "#!/bin/sh").unwrap();
        let artifact = pack(&hello(), &binary, &[], &binary.with_file_name("x.zip")).unwrap();
        let refused = artifact.verify(Arch::Arm64, Upload::Direct).unwrap_err();
        assert_eq!(refused.to_string(), "`hello` is not a readable Linux executable (ELF)");
    }
}
