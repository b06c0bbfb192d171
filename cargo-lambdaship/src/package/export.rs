//! `--output-dir`: artifacts in the layout of cargo-lambda, which SAM and CDK read.

use std::fs::File;
use std::io;

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

/// Copies an artifact, or the executable in it, to `directory`, and returns the copy's path.
///
/// # Errors
/// When a file cannot be read or written.
pub fn export(artifact: &Artifact, directory: &Utf8Path, format: OutputFormat) -> Result<Utf8PathBuf, Error> {
    let folder = directory.join(artifact.function.as_str());
    let mut file = temporary(&folder)?;
    let mut source = fs_err::File::open(&artifact.path)?;
    let name = match format {
        OutputFormat::Zip => {
            io::copy(&mut source, &mut file)?;
            "bootstrap.zip"
        }
        OutputFormat::Binary => {
            let mut zip = zip::ZipArchive::new(source).map_err(Error::zip(&artifact.path))?;
            let mut bootstrap = zip.by_name(BOOTSTRAP).map_err(Error::zip(&artifact.path))?;
            io::copy(&mut bootstrap, &mut file)?;
            make_executable(file.as_file())?;
            BOOTSTRAP
        }
    };
    let path = folder.join(name);
    keep(file, &path)?;
    Ok(path)
}

/// Lets everyone execute the file who may read it.
#[cfg(unix)]
fn make_executable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata()?.permissions().mode();
    file.set_permissions(std::fs::Permissions::from_mode(mode | (mode & 0o444) >> 2))
}

/// Elsewhere files have no such mark.
#[cfg(not(unix))]
fn make_executable(_file: &File) -> io::Result<()> {
    Ok(())
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
            let path = export(&artifact, &root.join("out"), format).unwrap();
            assert_eq!(path, root.join(expected));
            assert_eq!(fs_err::read(&path).unwrap(), fs_err::read(source).unwrap());
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                let executable = fs_err::metadata(&path).unwrap().permissions().mode() & 0o100 != 0;
                assert_eq!(executable, format == OutputFormat::Binary, "{path}");
            }
        }
    }
}
