//! `local`.

use clap::ValueEnum;

use super::args::{CodeArgs, Selected};
use super::run::{Run, interrupted};
use crate::error::Error;
use crate::local::Rates;
use crate::model::{EnvName, Exit};
use crate::ops;
use crate::ops::local::{FunctionUrl, Request, Serving};
use crate::ops::session::LOCAL;
use crate::report::Listing;

/// Run the local AWS in the foreground, with a URL for each function
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The port of the AWS endpoint; 0 takes any free one
    #[arg(long, value_name = "PORT", default_value_t = 4570)]
    port: u16,
    /// The port of the function URLs; 0 takes any free one
    #[arg(long, value_name = "PORT", default_value_t = 9000)]
    url_port: u16,
    /// How many requests a second are taken
    #[arg(long, value_enum, default_value_t = RatesFlag::Unlimited)]
    rates: RatesFlag,
    /// Deploy again whenever a source file changes
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    selected: Selected,
    #[command(flatten)]
    code: CodeArgs,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let target = self.selected.target(&run.global, environment()?);
        let request = Request {
            target,
            source: self.code.source(),
            port: self.port,
            url_port: self.url_port,
            rates: self.rates.into(),
            watch: self.watch,
        };
        let (console, format) = (run.context.console.clone(), run.global.format.into());
        let show = move |serving: &Serving| {
            let header = &["FUNCTION", "LAMBDA", "URL", "OR"];
            let listing = Listing { header, items: serving, cells };
            Ok(console.result(&listing.render(format))?)
        };
        // Ctrl-C is how one ends it.
        Run::finish(ops::local::local(&run.context, &request, show, interrupted()))?;
        Ok(Exit::Done)
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RatesFlag {
    /// As many as come
    Unlimited,
    /// As many as Lambda takes; the others are answered with 429
    Aws,
}

impl From<RatesFlag> for Rates {
    fn from(flag: RatesFlag) -> Self {
        match flag {
            RatesFlag::Unlimited => Self::Unlimited,
            RatesFlag::Aws => Self::Aws,
        }
    }
}

fn environment() -> Result<EnvName, Error> {
    EnvName::new(LOCAL).map_err(|error| Error::Usage { message: error.to_string(), hint: None })
}

fn cells(url: &FunctionUrl) -> Vec<String> {
    vec![url.function.clone(), url.lambda.clone(), url.url.clone(), url.path_url.clone()]
}
