//! Lambda's limits on the size of an artifact.

use super::Refusal;

/// The largest zip that a request to Lambda may carry.
pub const DIRECT_ZIP: u64 = 52_428_800;

/// The most that Lambda unpacks, layers included.
pub const UNZIPPED: u64 = 262_144_000;

/// How a zip gets to Lambda.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upload {
    /// In the request.
    Direct,
    /// Through an S3 bucket.
    Store,
}

/// Checks a zip of `size` bytes that holds files of `unzipped` bytes.
///
/// # Errors
/// The limit that is exceeded, with the numbers.
pub fn check(size: u64, unzipped: u64, upload: Upload) -> Result<(), Refusal> {
    if unzipped > UNZIPPED {
        Err(Refusal::UnzippedTooLarge { size: unzipped, limit: UNZIPPED })
    } else if upload == Upload::Direct && size > DIRECT_ZIP {
        Err(Refusal::ZipTooLarge { size, limit: DIRECT_ZIP })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_inclusive() {
        let zip = |size| Err(Refusal::ZipTooLarge { size, limit: DIRECT_ZIP });
        let unzipped = |size| Err(Refusal::UnzippedTooLarge { size, limit: UNZIPPED });
        for (size, files, upload, expected) in [
            (52_428_800, 262_144_000, Upload::Direct, Ok(())),
            (52_428_801, 262_144_000, Upload::Direct, zip(52_428_801)),
            (52_428_801, 262_144_000, Upload::Store, Ok(())),
            (1, 262_144_001, Upload::Direct, unzipped(262_144_001)),
            (1, 262_144_001, Upload::Store, unzipped(262_144_001)),
        ] {
            assert_eq!(check(size, files, upload), expected, "{size} {files} {upload:?}");
        }
    }
}
