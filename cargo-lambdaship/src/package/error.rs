//! Why an artifact could not be made, or must not be shipped.

use camino::Utf8PathBuf;

use crate::model::{Arch, FunctionName, Glibc};

/// A failure to package.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The artifact would not run on Lambda.
    #[error("`{function}` {refusal}")]
    Refused {
        /// The function.
        function: FunctionName,
        /// Why.
        refusal: Refusal,
    },
    /// A file could not be read or written; the cause names it.
    #[error("failed to package")]
    File(#[from] std::io::Error),
    /// An existing zip could not be read, or a new one not be written.
    #[error("failed to process the zip {path}")]
    Zip {
        /// The zip.
        path: Utf8PathBuf,
        /// Why.
        #[source]
        source: zip::result::ZipError,
    },
    /// An existing zip has no `bootstrap` at its top.
    #[error("{path} holds no `bootstrap`")]
    NoBootstrap {
        /// The zip.
        path: Utf8PathBuf,
    },
    /// A file of an existing zip would be taken for another by its path.
    #[error("{path} holds the entry `{entry}`, which points out of the zip")]
    UnsafeEntry {
        /// The zip.
        path: Utf8PathBuf,
        /// The entry.
        entry: String,
    },
    /// A pattern of `include` is not a glob.
    #[error("`{pattern}` in `include` is not a glob")]
    Glob {
        /// The pattern.
        pattern: String,
        /// Why.
        #[source]
        source: globset::Error,
    },
    /// A pattern of `include` names something outside its folder.
    #[error("`{pattern}` in `include` points out of {root}")]
    PatternOutside {
        /// The pattern.
        pattern: String,
        /// The folder.
        root: Utf8PathBuf,
    },
    /// A pattern of `include` matches no file.
    #[error("`{pattern}` in `include` matches no file in {root}")]
    NothingMatches {
        /// The pattern.
        pattern: String,
        /// The folder.
        root: Utf8PathBuf,
    },
    /// A folder could not be searched.
    #[error("failed to search {root} for files to include")]
    Walk {
        /// The folder.
        root: Utf8PathBuf,
        /// Why.
        #[source]
        source: ignore::Error,
    },
    /// The name of an included file is not UTF-8.
    #[error("`{path}` cannot be included: its name is not UTF-8")]
    NotUtf8 {
        /// The file, as far as it can be shown.
        path: String,
    },
    /// An included file is a link to something outside the folder.
    #[error("{path} cannot be included: it is a link to {real}, outside {root}")]
    LinkOutside {
        /// The file.
        path: Utf8PathBuf,
        /// Where it leads.
        real: Utf8PathBuf,
        /// The folder.
        root: Utf8PathBuf,
    },
    /// Two files would have the same name in the zip.
    #[error("two files would be packed as `{name}`")]
    Duplicate {
        /// The name.
        name: String,
    },
}

impl Error {
    /// The next step.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal.hint()),
            Self::NoBootstrap { .. } => Some(
                "the zip's top must hold the function's executable under the name `bootstrap`".to_owned(),
            ),
            Self::PatternOutside { .. } => {
                Some("patterns are relative to the function's package and stay inside it".to_owned())
            }
            Self::LinkOutside { .. } => {
                Some("copy the file into the package, or link to a file inside it".to_owned())
            }
            Self::Duplicate { .. } => {
                Some("`bootstrap` is the function's executable; rename the other file".to_owned())
            }
            Self::File(error) if is_full(error) => {
                Some("make room on the disk that holds the target folder".to_owned())
            }
            Self::File(_)
            | Self::Zip { .. }
            | Self::UnsafeEntry { .. }
            | Self::Glob { .. }
            | Self::NothingMatches { .. }
            | Self::Walk { .. }
            | Self::NotUtf8 { .. } => None,
        }
    }

    pub(super) fn zip(path: &camino::Utf8Path) -> impl FnOnce(zip::result::ZipError) -> Self {
        |source| Self::Zip { path: path.to_owned(), source }
    }
}

fn is_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// Why an artifact would not run on Lambda. The text goes on after the function's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The executable is none that Linux runs.
    #[error("is not a readable Linux executable (ELF)")]
    NotElf,
    /// A 32-bit executable.
    #[error("is a 32-bit executable; Lambda runs 64-bit ones")]
    Not64Bit,
    /// Built for a processor that Lambda does not have.
    #[error("is built for a processor that Lambda does not have (ELF machine {machine})")]
    UnknownMachine {
        /// The number in the ELF header.
        machine: u16,
    },
    /// Built for another processor than the lambda's.
    #[error("is built for {built}, and its lambda is {lambda}")]
    WrongArch {
        /// What it was built for.
        built: Arch,
        /// What the lambda runs on.
        lambda: Arch,
    },
    /// Built for another processor than this machine's, on which it is to run.
    #[error("is built for {built}, and the local AWS runs it on this machine, which is {host}")]
    WrongHost {
        /// What it was built for.
        built: Arch,
        /// What this machine is.
        host: Arch,
    },
    /// A zip in which `bootstrap` has no executable bit.
    #[error("is not marked as executable in its zip")]
    NotExecutable,
    /// Needs a newer glibc than the runtime has.
    #[error("needs glibc {needs}, and Lambda's provided.al2023 has {limit}")]
    GlibcTooNew {
        /// What it needs.
        needs: Glibc,
        /// What there is.
        limit: Glibc,
    },
    /// Needs a loader that the runtime does not have.
    #[error("needs the loader `{interpreter}`, and Lambda's provided.al2023 has `{expected}`")]
    WrongInterpreter {
        /// What it needs.
        interpreter: String,
        /// What there is.
        expected: &'static str,
    },
    /// Links libraries, and names no loader for them.
    #[error("links shared libraries ({libraries}) without naming a loader, so it cannot start")]
    NoInterpreter {
        /// The libraries.
        libraries: String,
    },
    /// Larger than the zip that a request can carry.
    #[error("makes a zip of {size} bytes; Lambda takes {limit} in a request")]
    ZipTooLarge {
        /// The zip's size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// Larger than Lambda unpacks.
    #[error("unpacks to {size} bytes; Lambda takes {limit}, layers included")]
    UnzippedTooLarge {
        /// The size of all files.
        size: u64,
        /// The limit.
        limit: u64,
    },
}

impl Refusal {
    /// The fix.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotElf | Self::Not64Bit | Self::UnknownMachine { .. } => {
                "build it for Lambda with `cargo lambdaship build`, or with `--target aarch64-unknown-linux-gnu` or \
                 `x86_64-unknown-linux-gnu`"
                    .to_owned()
            }
            Self::WrongArch { built, lambda } => {
                format!("build it for {lambda}, or set `arch = \"{built}\"` for the function")
            }
            Self::WrongHost { host, .. } => {
                format!("build it for {host}, or leave it to `--env local` to build it")
            }
            Self::NotExecutable => {
                "give `bootstrap` the mode 755 before zipping it, or ship the executable with `--binary-path`".to_owned()
            }
            Self::GlibcTooNew { limit, .. } => {
                format!("build with `--builder zig`, and with no newer glibc than {limit} in `--target`")
            }
            Self::WrongInterpreter { .. } | Self::NoInterpreter { .. } => {
                "build with `--builder zig`, or link statically for a musl target".to_owned()
            }
            Self::ZipTooLarge { .. } | Self::UnzippedTooLarge { .. } => "strip the binary, or include fewer files".to_owned(),
        }
    }
}
