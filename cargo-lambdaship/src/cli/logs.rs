//! `logs`.

use jiff::SignedDuration;

use super::args::{FormatFlag, Selected, span};
use super::run::Run;
use crate::aws::LogEvent;
use crate::error::Error;
use crate::model::Exit;
use crate::ops;
use crate::ops::logs::Request;

/// Show what a function logged
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The function
    function: String,
    /// How far back to begin, such as 10m, 2h or 1d
    #[arg(long, value_name = "SPAN", default_value = "10m", value_parser = span)]
    since: SignedDuration,
    /// Only events that CloudWatch's filter pattern matches
    #[arg(long, value_name = "PATTERN")]
    filter: Option<String>,
    /// Go on until interrupted
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    selected: Selected,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let target = self.selected.target_for(&run.global, run.global.environment()?, &self.function);
        let request = Request { target, since: self.since, filter: self.filter.clone(), follow: self.follow };
        let console = run.context.console.clone();
        let json = matches!(run.global.format, FormatFlag::Json);
        let show = |event: &LogEvent| console.result(&line(event, json));
        match Run::wait(ops::logs::logs(&run.context, &request, show)) {
            // Ctrl-C is how one stops following.
            Err(Error::Interrupted) if self.follow => Ok(Exit::Done),
            done => done.map(|()| Exit::Done),
        }
    }
}

fn line(event: &LogEvent, json: bool) -> String {
    let message = event.message.trim_end();
    if json {
        return format!("{}\n", serde_json::json!({ "time": event.time.to_string(), "message": message }));
    }
    format!("{} {message}\n", event.time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
}
