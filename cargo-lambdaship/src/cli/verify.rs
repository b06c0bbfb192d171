//! `verify`.

use camino::Utf8PathBuf;

use super::args::{Selected, arch};
use super::build::environment;
use super::run::Run;
use crate::error::Error;
use crate::model::{Arch, Exit};
use crate::ops;
use crate::ops::verify::{Depth, Request, Verified};
use crate::report::{Format, Listing, size};

/// Check that artifacts run on Lambda, without AWS
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Selected,
    /// Check this zip instead of the one that was built last
    #[arg(long, value_name = "FILE")]
    zip: Option<Utf8PathBuf>,
    /// The lambdas' processor: arm64 or `x86_64` [default: the configuration's, then the artifact's]
    #[arg(long, value_name = "ARCH", value_parser = arch)]
    arch: Option<Arch>,
    /// Also give them their smoke events, on a local AWS of their own
    #[arg(long)]
    smoke: bool,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let request = Request {
            target: self.selected.target(&run.global, environment(&run.global)?),
            zip: self.zip.clone(),
            arch: self.arch,
            depth: if self.smoke { Depth::Smoke } else { Depth::Read },
        };
        let all = Run::wait(ops::verify::verify(&run.context, &request))?;
        if !all.verified.is_empty() {
            run.print(&rendered(&all.verified, request.depth, run.global.format.into()))?;
        }
        for error in &all.failed {
            error.show(&run.context.console);
        }
        Ok(all.exit())
    }
}

fn rendered(verified: &[Verified], depth: Depth, format: Format) -> String {
    const HEADER: [&str; 6] = ["FUNCTION", "ARCH", "GLIBC", "SIZE", "CODE", "SMOKE"];
    match depth {
        Depth::Read => Listing { header: &HEADER[..5], items: verified, cells }.render(format),
        Depth::Smoke => Listing { header: &HEADER, items: verified, cells: cells_with_smoke }.render(format),
    }
}

fn cells_with_smoke(verified: &Verified) -> Vec<String> {
    let (all, passed) = (verified.smoke.len(), verified.smoke.iter().filter(|event| event.passed).count());
    let smoke = match &verified.error {
        None if all == 0 => "none".to_owned(),
        None => format!("{passed} passed"),
        Some(_) if passed < all => format!("{} of {all} failed", all - passed),
        Some(_) => "failed".to_owned(),
    };
    let mut cells = cells(verified);
    cells.push(smoke);
    cells
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
