//! Fetching code from Lambda: hashed on its way to the disk, and there only once it is what it has to be.

use std::io::Write;

use camino::Utf8Path;
use sha2::{Digest, Sha256};

use crate::aws::CodeDownload;
use crate::error::Error;
use crate::model::CodeSha256;
use crate::package::whole;

/// Writes the whole of `download` to `out`.
///
/// # Errors
/// When it cannot be read or written, or is not `code`; what was at `out` before is still there then.
pub(super) async fn whole(mut download: CodeDownload, code: CodeSha256, out: &Utf8Path) -> Result<(), Error> {
    let mut file = whole::temporary(whole::folder(out))?;
    let mut hasher = Sha256::new();
    while let Some(piece) = download.chunk().await? {
        hasher.update(piece.as_ref());
        file.write_all(piece.as_ref())?;
    }
    let found = CodeSha256::finish(hasher);
    if found != code {
        return Err(Error::Function {
            message: format!("what Lambda gave as {} is {}", code.short(), found.short()),
            hint: Some("run the command again; nothing was written".to_owned()),
            held: false,
        });
    }
    Ok(whole::keep(file, out)?)
}
