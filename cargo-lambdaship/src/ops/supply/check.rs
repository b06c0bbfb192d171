//! What code that was not made here has to be, before anything is sent: what is made here is checked where it is made.

use super::Supply;
use crate::config::FunctionConfig;
use crate::error::Error;
use crate::package::{self, Refusal, Upload, limits};
use crate::report::Origin;

/// Refuses code that its lambda could not run, and a zip that is too large for the way to it.
///
/// # Errors
/// [`package::Error::Refused`], with the numbers and the fix.
pub fn check(function: &FunctionConfig, supply: &Supply, upload: Upload) -> Result<(), Error> {
    let refused = |refusal| package::Error::Refused { function: function.function.name.clone(), refusal };
    match supply.origin {
        Origin::Promoted | Origin::Stored | Origin::Kept => {}
        // What the alias serves is there already.
        Origin::Served | Origin::Known | Origin::Built | Origin::Given => return Ok(()),
    }
    let stated = function.settings.arch.filter(|stated| *stated != supply.arch);
    if let Some(lambda) = stated {
        return Err(refused(Refusal::WrongArch { built: supply.arch, lambda }).into());
    }
    Ok(limits::check(supply.size, 0, upload).map_err(refused)?)
}

#[cfg(test)]
mod tests {
    use super::super::Zip;
    use super::*;
    use crate::model::{Arch, CodeSha256};
    use crate::plan::testing::function;

    #[test]
    fn promoted_code_has_to_fit_what_is_stated_and_the_way_to_lambda() {
        let supply = |origin, size| Supply {
            code: CodeSha256::of(b""),
            size,
            arch: Arch::Arm64,
            zip: Zip::File("bootstrap.zip".into()),
            origin,
            source: None,
            because: Vec::new(),
            news: Vec::new(),
            promoted: None,
        };
        let large = limits::DIRECT_ZIP + 1;
        for (origin, stated, size, upload, passes) in [
            (Origin::Promoted, None, 1, Upload::Direct, true),
            (Origin::Promoted, Some(Arch::Arm64), 1, Upload::Direct, true),
            (Origin::Promoted, Some(Arch::X86_64), 1, Upload::Direct, false),
            (Origin::Promoted, None, large, Upload::Direct, false),
            (Origin::Promoted, None, large, Upload::Store, true),
            (Origin::Served, Some(Arch::X86_64), large, Upload::Direct, true),
        ] {
            let function = function(|settings| settings.arch = stated);
            let checked = check(&function, &supply(origin, size), upload);
            assert_eq!(checked.is_ok(), passes, "{origin:?} {stated:?} {size} {upload:?}");
        }
    }
}
