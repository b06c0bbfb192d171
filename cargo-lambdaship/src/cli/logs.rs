//! `logs`.

use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::args::{FormatFlag, Selected};
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

/// A span that reaches back: `90s`, `10m`, `2h`, `1d` (of 24 hours).
fn span(text: &str) -> Result<SignedDuration, String> {
    let span =
        text.parse::<Span>().ok().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    let span = span.filter(|span| !span.is_negative());
    span.ok_or_else(|| "it is not a span of time such as 90s, 10m, 2h or 1d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_reach_back_by_seconds_to_days() {
        for (text, seconds) in [
            ("90s", Some(90)),
            ("10m", Some(600)),
            ("2h", Some(7200)),
            ("1d", Some(86_400)),
            ("-1h", None),
            ("2x", None),
            ("", None),
        ] {
            assert_eq!(span(text).ok().map(|span| span.as_secs()), seconds, "{text}");
        }
    }
}
