//! `--output-dir`: artifacts in the layout of cargo-lambda, which SAM and CDK read.

use camino::{Utf8Path, Utf8PathBuf};

use super::whole::{keep, temporary};
use super::{Artifact, BOOTSTRAP, Error};

/// What is put in the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// `<function>/bootstrap.zip`.
    Zip,
    /// `<function>/bootstrap`, the executable itself.
    Binary,
}

/// Copies an artifact, or the `binary` in it, to `directory`, and returns the copy's path.
///
/// # Errors
/// When a file cannot be read or written.
pub fn export(
    artifact: &Artifact,
    binary: &Utf8Path,
    directory: &Utf8Path,
    format: OutputFormat,
) -> Result<Utf8PathBuf, Error> {
    let folder = directory.join(artifact.function.as_str());
    let (source, path) = match format {
        OutputFormat::Zip => (artifact.path.as_path(), folder.join("bootstrap.zip")),
        OutputFormat::Binary => (binary, folder.join(BOOTSTRAP)),
    };
    let mut file = temporary(&folder)?;
    std::io::copy(&mut fs_err::File::open(source)?, &mut file)?;
    file.as_file().set_permissions(fs_err::metadata(source)?.permissions())?;
    keep(file, &path)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FunctionName;

    #[test]
    fn the_layout_is_cargo_lambdas() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let binary = root.join("hello");
        fs_err::write(&binary, "#!").unwrap();
        let name = FunctionName::new("hello").unwrap();
        let artifact = super::super::pack(&name, &binary, &[], &root.join("hello.zip")).unwrap();
        for (format, expected, source) in [
            (OutputFormat::Zip, "out/hello/bootstrap.zip", &artifact.path),
            (OutputFormat::Binary, "out/hello/bootstrap", &binary),
        ] {
            let path = export(&artifact, &binary, &root.join("out"), format).unwrap();
            assert_eq!(path, root.join(expected));
            assert_eq!(fs_err::read(path).unwrap(), fs_err::read(source).unwrap());
        }
    }
}
