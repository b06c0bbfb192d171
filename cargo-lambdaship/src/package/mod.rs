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
mod whole;

pub use error::{Error, Refusal};
pub use export::{OutputFormat, export};
pub use include::{Include, collect_includes};
pub use pack::{BOOTSTRAP, FORMAT};
pub use whole::write_whole;

use std::io::{Cursor, Read};

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{Arch, CodeSha256, FunctionName};

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
        unzipped += entry.size();
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
