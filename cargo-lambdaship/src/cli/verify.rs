//! `verify`.

use camino::Utf8PathBuf;

use super::args::Selected;
use super::build::environment;
use super::run::Run;
use crate::error::Error;
use crate::model::Exit;
use crate::ops;
use crate::ops::verify::Verified;
use crate::report::{Listing, size};

/// Check that artifacts run on Lambda, without AWS
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Selected,
    /// Check this zip instead of the one that was built last
    #[arg(long, value_name = "FILE")]
    zip: Option<Utf8PathBuf>,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let target = self.selected.target(&run.global, environment(&run.global)?);
        let verified = ops::verify::verify(&run.context, &target, self.zip.as_ref())?;
        let listing =
            Listing { header: &["FUNCTION", "ARCH", "GLIBC", "SIZE", "CODE"], items: &verified, cells };
        run.print(&listing.render(run.global.format.into()))?;
        Ok(Exit::Done)
    }
}

fn cells(verified: &Verified) -> Vec<String> {
    vec![
        verified.function.to_string(),
        verified.arch.to_string(),
        verified.glibc.clone().unwrap_or_else(|| "none".to_owned()),
        size(verified.size),
        verified.code_sha256.short(),
    ]
}
