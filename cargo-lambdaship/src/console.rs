//! All output: status lines in cargo's look on stderr, and the result alone on stdout.
//!
//! Everything that a person or a program reads goes through one [`Console`], so that a test can read it too. The
//! result is written once, at the end; stdout never carries progress.

mod bake;
mod quoted;

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::given::Given;

pub use bake::Bake;
pub use quoted::tamed;

const GOOD: Style = AnsiColor::BrightGreen.on_default().bold();
const NOTE: Style = AnsiColor::BrightCyan.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const ERROR: Style = AnsiColor::BrightRed.on_default().bold();

/// How much is said on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// Warnings and errors only (`-q`).
    Quiet,
    /// A line for each thing that is done.
    #[default]
    Normal,
    /// Also why it was done (`-v`), with the AWS request ids of errors.
    Verbose,
    /// Also each AWS request (`-vv`).
    Debug,
}

/// The streams in which a runner of GitHub Actions looks for commands, and obeys them whoever they are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Obeyed {
    /// Neither: nobody but people and programs reads them.
    #[default]
    Neither,
    /// Stderr; the result is for whatever stdout is connected to.
    Stderr,
    /// Both: the result is a part of the log, too.
    Both,
}

/// Where output goes. A clone writes to the same place.
#[derive(Clone)]
pub struct Console {
    streams: Arc<Mutex<Streams>>,
    bars: MultiProgress,
    verbosity: Verbosity,
    obeyed: Obeyed,
    given: Arc<Given>,
}

struct Streams {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
}

impl Console {
    /// A console on the process' own streams. Colour is `anstream`'s choice (`NO_COLOR`, `CLICOLOR`, a terminal), after
    /// `--color` and `CARGO_TERM_COLOR` were given to it. Bars are drawn only on a terminal.
    #[must_use]
    pub fn stdio(verbosity: Verbosity) -> Self {
        let bars = if verbosity == Verbosity::Quiet {
            MultiProgress::with_draw_target(ProgressDrawTarget::hidden())
        } else {
            MultiProgress::new()
        };
        Self::new(Box::new(anstream::stdout()), Box::new(anstream::stderr()), bars, verbosity)
    }

    /// A console that writes both streams, without colour, into buffers that the caller reads.
    #[must_use]
    pub fn buffered(verbosity: Verbosity) -> (Self, Buffer, Buffer) {
        let (out, err) = (Buffer::default(), Buffer::default());
        let plain = |buffer: &Buffer| {
            Box::new(anstream::StripStream::new(Box::new(buffer.clone()) as Box<dyn Write + Send>))
        };
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        (Self::new(plain(&out), plain(&err), bars, verbosity), out, err)
    }

    /// A console whose bars are drawn on `terminal`, and whose lines are lost.
    #[cfg(test)]
    pub(crate) fn drawn(terminal: indicatif::InMemoryTerm) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::term_like(Box::new(terminal)));
        Self::new(Box::new(io::sink()), Box::new(io::sink()), bars, Verbosity::Normal)
    }

    fn new(
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
        bars: MultiProgress,
        verbosity: Verbosity,
    ) -> Self {
        let (streams, obeyed) = (Arc::new(Mutex::new(Streams { out, err })), Obeyed::Neither);
        Self { streams, bars, verbosity, obeyed, given: Arc::default() }
    }

    /// The same console of a run that was given this: hints are told with it.
    #[must_use]
    pub fn telling(self, given: Given) -> Self {
        Self { given: Arc::new(given), ..self }
    }

    /// What the run was given.
    #[must_use]
    pub fn given(&self) -> &Given {
        &self.given
    }

    /// The same console, whose streams a runner obeys: words that are not commands of ours are written as such that nobody
    /// obeys, whatever they quote.
    #[must_use]
    pub fn obeyed(self, obeyed: Obeyed) -> Self {
        Self { obeyed, ..self }
    }

    /// Whether a runner obeys what is on stderr. Then nothing but this console may write to it.
    #[must_use]
    pub fn is_obeyed(&self) -> bool {
        self.obeyed != Obeyed::Neither
    }

    /// How much this console says.
    #[must_use]
    pub fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// Whether progress bars are drawn.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        !self.bars.is_hidden()
    }

    /// `   Packaging hello 581 kB, sha256 98188f3e`: a verb, right-aligned, and what it is done to.
    pub fn status(&self, verb: &str, message: impl Display) {
        if self.verbosity > Verbosity::Quiet {
            self.line(format_args!("{GOOD}{verb:>12}{GOOD:#} {message}"));
        }
    }

    /// A status line that is written only with `-v`: why something was done.
    pub fn verbose(&self, verb: &str, message: impl Display) {
        if self.verbosity >= Verbosity::Verbose {
            self.line(format_args!("{NOTE}{verb:>12}{NOTE:#} {message}"));
        }
    }

    /// `warning: …`, also with `-q`.
    pub fn warn(&self, message: impl Display) {
        self.line(format_args!("{WARNING}warning{WARNING:#}: {message}"));
    }

    /// `error: …`.
    pub fn error(&self, message: impl Display) {
        self.line(format_args!("{ERROR}error{ERROR:#}: {message}"));
    }

    /// `caused by: …`, under an error.
    pub fn caused_by(&self, message: impl Display) {
        self.line(format_args!("caused by: {message}"));
    }

    /// `hint: …`: the next step. A command in it gets what the run was given.
    pub fn hint(&self, message: impl Display) {
        let message = self.given.whole(&message.to_string());
        self.line(format_args!("{NOTE}hint{NOTE:#}: {message}"));
    }

    /// A line of stderr as it is, such as a compiler's message or a function's log.
    pub fn line(&self, message: impl Display) {
        match self.obeyed {
            Obeyed::Neither => self.command(message),
            Obeyed::Stderr | Obeyed::Both => self.command(quoted::quoted(&message.to_string())),
        }
    }

    /// A line of stderr that a runner is to obey. Whatever it quotes has to be escaped in it.
    pub fn command(&self, message: impl Display) {
        self.bars.suspend(|| {
            // A closed stderr must not fail the work that is being reported.
            let _ = writeln!(self.lock().err, "{message}");
        });
    }

    /// Writes the result to stdout.
    ///
    /// # Errors
    /// When stdout cannot be written to. A closed pipe (`… | head`) counts as read.
    pub fn result(&self, text: &str) -> io::Result<()> {
        let text = &match self.obeyed {
            Obeyed::Neither | Obeyed::Stderr => Cow::Borrowed(text),
            Obeyed::Both => Cow::Owned(quoted::quoted(text)),
        };
        self.bars.suspend(|| {
            let out = &mut self.lock().out;
            match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                written => written,
            }
        })
    }

    /// A bar for work of `length` bytes, or a spinner when `length` is `None`. Drawn on a terminal only, and gone when
    /// it is dropped.
    #[must_use]
    pub fn progress(&self, verb: &str, message: &str, length: Option<u64>) -> Progress {
        let template = match length {
            Some(_) => "{prefix:>12.cyan.bold} [{bar:27}] {bytes}/{total_bytes} {msg}",
            None => "{prefix:>12.cyan.bold} {spinner} {msg}",
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = match length {
            Some(length) => ProgressBar::new(length),
            None => ProgressBar::new_spinner(),
        };
        let bar = self.bars.add(bar.with_style(style.progress_chars("=> ")));
        bar.set_prefix(verb.to_owned());
        bar.set_message(message.to_owned());
        if self.is_terminal() {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Progress(bar)
    }

    /// Two lines for something that takes time, under those that are there. Drawn on a terminal only.
    #[must_use]
    pub fn bake(&self, verb: &str) -> Bake {
        Bake::new(&self.bars, verb)
    }

    fn lock(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A bar or spinner on the terminal; dropping it takes it away.
pub struct Progress(ProgressBar);

impl Progress {
    /// Adds `bytes` to what is done.
    pub fn advance(&self, bytes: u64) {
        self.0.inc(bytes);
    }

    /// Says what is being worked on.
    pub fn message(&self, message: &str) {
        self.0.set_message(message.to_owned());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// What was written to one stream of [`Console::buffered`].
#[derive(Clone, Default)]
pub struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    /// Everything written so far.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_is_right_aligned_and_only_the_result_is_on_stdout() {
        let (console, out, err) = Console::buffered(Verbosity::Normal);
        console.status("Packaging", "hello 581 kB");
        console.verbose("Reason", "not said");
        console.warn("a role is new");
        console.result("FUNCTION\nhello\n").unwrap();
        assert_eq!(err.text(), "   Packaging hello 581 kB\nwarning: a role is new\n");
        assert_eq!(out.text(), "FUNCTION\nhello\n");
    }

    #[test]
    fn a_runner_obeys_commands_and_nothing_that_lines_quote() {
        let hostile = "a\n::stop-commands::x";
        for (obeyed, line, result) in [
            (Obeyed::Neither, "error: a\n::stop-commands::x\n", hostile),
            (Obeyed::Stderr, "error: a\n| ::stop-commands::x\n", hostile),
            (Obeyed::Both, "error: a\n| ::stop-commands::x\n", "a\n| ::stop-commands::x"),
        ] {
            let (console, out, err) = Console::buffered(Verbosity::Normal);
            let console = console.obeyed(obeyed);
            console.error(hostile);
            console.command("::error::b");
            console.result(hostile).unwrap();
            assert_eq!(err.text(), format!("{line}::error::b\n"), "{obeyed:?}");
            assert_eq!(out.text(), result, "{obeyed:?}");
        }
    }

    #[test]
    fn quiet_keeps_warnings_and_errors() {
        let (console, _out, err) = Console::buffered(Verbosity::Quiet);
        console.status("Packaging", "hello");
        console.error("failed to read `lambdaship.toml`");
        console.hint("run `cargo lambdaship init`");
        assert_eq!(
            err.text(),
            "error: failed to read `lambdaship.toml`\nhint: run `cargo lambdaship init`\n"
        );
    }
}
