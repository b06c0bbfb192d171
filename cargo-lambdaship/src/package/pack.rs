//! Writing the zip: the same bytes for the same files, on any machine, at any time.

use std::io::{self, Read, Seek, SeekFrom, Write};

use camino::Utf8Path;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::whole::{folder, keep, temporary};
use super::{Error, Include};
use crate::model::CodeSha256;

/// The number of this way of packing. It changes when the same files give other bytes.
pub const FORMAT: u32 = 1;

/// The name of the executable in the zip.
pub const BOOTSTRAP: &str = "bootstrap";

/// zlib's level. The first packs 150 to 200 MB/s on one core, so that packing is never what one waits for; the sixth makes
/// a Rust binary's zip a fifth smaller at a third of that speed. Changing it changes every zip: see [`FORMAT`].
const LEVEL: i64 = 1;

/// How much is read and compressed at a time. Fixed, so that the same input is always cut the same way.
const CHUNK: usize = 64 * 1024;

/// What came of writing a zip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packed {
    /// The zip's size.
    pub(super) size: u64,
    /// The size of all files in it.
    pub(super) unzipped: u64,
    /// The zip's digest.
    pub(super) code_sha256: CodeSha256,
}

/// Writes `binary` and `includes` to the zip `out`, which appears at once and whole.
pub(super) fn write(binary: &Utf8Path, includes: &[Include], out: &Utf8Path) -> Result<Packed, Error> {
    let entries = entries(binary, includes)?;
    let mut file = temporary(folder(out))?;
    let mut zip = ZipWriter::new(UntilFailure { file: &mut file, failed: false });
    let mut unzipped = 0;
    for (name, source, mode) in entries {
        zip.start_file(name, options(mode)).map_err(Error::zip(out))?;
        unzipped += copy(&mut fs_err::File::open(source)?, &mut zip)?;
    }
    zip.finish().map_err(Error::zip(out))?;
    let (size, code_sha256) = digest(&mut file.reopen()?)?;
    keep(file, out)?;
    Ok(Packed { size, unzipped, code_sha256 })
}

/// A file until it fails once; what comes after that is lost, and said to be written. A writer of zips is closed also
/// when it is given up, and would print that it fails again.
struct UntilFailure<'a> {
    file: &'a mut NamedTempFile,
    failed: bool,
}

impl UntilFailure<'_> {
    fn note<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        self.failed |= done.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        done
    }
}

impl Write for UntilFailure<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failed {
            return Ok(bytes.len());
        }
        let written = self.file.write(bytes);
        self.note(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = if self.failed { Ok(()) } else { self.file.flush() };
        self.note(flushed)
    }
}

impl Seek for UntilFailure<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = self.file.seek(to);
        self.note(at)
    }
}

/// What is packed, in the order of the names, with Unix modes.
fn entries<'a>(
    binary: &'a Utf8Path,
    includes: &'a [Include],
) -> Result<Vec<(&'a str, &'a Utf8Path, u32)>, Error> {
    let mut entries = vec![(BOOTSTRAP, binary, 0o755)];
    for include in includes {
        entries.push((&include.name, &include.source, mode(&include.source)?));
    }
    entries.sort_unstable();
    for pair in entries.windows(2) {
        if let [(first, ..), (second, ..)] = pair
            && first == second
        {
            return Err(Error::Duplicate { name: (*first).to_owned() });
        }
    }
    Ok(entries)
}

/// Executable when its owner may execute it. Group and others, which the umask changes, do not count.
#[cfg(unix)]
pub(crate) fn mode(file: &Utf8Path) -> Result<u32, Error> {
    use std::os::unix::fs::PermissionsExt;
    let executable = fs_err::metadata(file)?.permissions().mode() & 0o100 != 0;
    Ok(if executable { 0o755 } else { 0o644 })
}

/// Where files have no modes, nothing but `bootstrap` is executable.
#[cfg(not(unix))]
pub(crate) fn mode(_file: &Utf8Path) -> Result<u32, Error> {
    Ok(0o644)
}

fn options(mode: u32) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(DateTime::default())
        .system(System::Unix)
        .unix_permissions(mode)
}

/// Copies in chunks of one size: what a compressor makes of bytes may depend on how they come in.
fn copy(from: &mut impl Read, to: &mut impl Write) -> Result<u64, Error> {
    let mut buffer = Vec::with_capacity(CHUNK);
    let mut copied = 0;
    loop {
        buffer.clear();
        from.take(CHUNK as u64).read_to_end(&mut buffer)?;
        if buffer.is_empty() {
            return Ok(copied);
        }
        to.write_all(&buffer)?;
        copied += buffer.len() as u64;
    }
}

/// The size and the digest of a file. The zip's headers are completed after their data, so it is read once more.
pub(super) fn digest(file: &mut impl Read) -> Result<(u64, CodeSha256), Error> {
    let mut hasher = HashWriter(Sha256::new());
    let size = copy(file, &mut hasher)?;
    Ok((size, CodeSha256::finish(hasher.0)))
}

struct HashWriter(Sha256);

impl Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        for (name, text) in files {
            fs_err::write(root.join(name), text).unwrap();
        }
        (folder, root)
    }

    fn include(root: &Utf8Path, names: &[&str]) -> Vec<Include> {
        names.iter().map(|name| Include { name: format!("data/{name}"), source: root.join(name) }).collect()
    }

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let big = "0123456789abcdef".repeat(20_000);
        let files = [("bin", big.as_str()), ("a", "first"), ("b", "second")];
        let (_one, first) = folder(&files);
        let (_two, second) = folder(&[files[2], files[1], files[0]]);
        let old = std::fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH);
        fs_err::File::options().write(true).open(second.join("bin")).unwrap().set_times(old).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs_err::set_permissions(second.join("a"), std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let one = write(&first.join("bin"), &include(&first, &["a", "b"]), &first.join("x.zip")).unwrap();
        let two = write(&second.join("bin"), &include(&second, &["b", "a"]), &second.join("y.zip")).unwrap();
        assert_eq!(one, two);
        let bytes = fs_err::read(first.join("x.zip")).unwrap();
        assert_eq!(bytes, fs_err::read(second.join("y.zip")).unwrap());
        assert_eq!((one.size, one.code_sha256), (bytes.len() as u64, CodeSha256::of(&bytes)));
        assert_eq!(one.unzipped, 320_011);
    }

    #[cfg(unix)]
    #[test]
    fn entries_are_plain_sorted_and_have_two_modes() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, root) = folder(&[("bin", "#!"), ("tool", "x"), ("a", "y")]);
        fs_err::set_permissions(root.join("tool"), std::fs::Permissions::from_mode(0o700)).unwrap();
        write(&root.join("bin"), &include(&root, &["tool", "a"]), &root.join("x.zip")).unwrap();
        let mut zip = zip::ZipArchive::new(fs_err::File::open(root.join("x.zip")).unwrap()).unwrap();
        let mut entries = Vec::new();
        for index in 0..zip.len() {
            let entry = zip.by_index(index).unwrap();
            assert_eq!(entry.extra_data().unwrap_or_default(), b"", "{}", entry.name().unwrap());
            assert_eq!(entry.last_modified(), Some(DateTime::default()));
            entries.push(format!("{} {:o}", entry.name().unwrap(), entry.unix_mode().unwrap()));
        }
        assert_eq!(entries, ["bootstrap 100755", "data/a 100644", "data/tool 100755"]);
    }

    #[test]
    fn a_second_bootstrap_is_refused_and_nothing_is_left_behind() {
        let (_folder, root) = folder(&[("bin", "#!"), ("a", "y")]);
        let includes = [Include { name: BOOTSTRAP.to_owned(), source: root.join("a") }];
        let error = write(&root.join("bin"), &includes, &root.join("out/x.zip")).unwrap_err();
        assert_eq!(error.to_string(), "two files would be packed as `bootstrap`");
        let missing = write(&root.join("none"), &[], &root.join("out/x.zip")).unwrap_err();
        assert!(matches!(missing, Error::File(_)), "{missing}");
        assert_eq!(fs_err::read_dir(root.join("out")).unwrap().count(), 0);
    }
}
