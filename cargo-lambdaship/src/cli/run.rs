//! From the command line to an exit code.

use std::ffi::OsString;
use std::future::Future;

use clap::{ArgMatches, ColorChoice, CommandFactory, FromArgMatches};

use super::{Cli, Command, Global};
use crate::build::zig::LinkerError;
use crate::console::{Console, Obeyed, Verbosity};
use crate::context::{self, Context, Environment};
use crate::error::Error;
use crate::given::Given;
use crate::interruption::Interruption;
use crate::model::{EnvName, Exit};

/// What every verb is given.
pub(super) struct Run {
    /// The outside world.
    pub(super) context: Context,
    /// The global flags.
    pub(super) global: Global,
}

/// Runs one command, and answers its exit code. `arguments` are the process' own, its name included; cargo puts the
/// name of the subcommand second, and it may be left out.
#[must_use]
pub fn run(arguments: &[OsString]) -> u8 {
    let mut arguments = arguments.to_vec();
    if arguments.get(1).is_some_and(|word| word == "lambdaship") {
        arguments.remove(1);
    }
    let (cli, given) = match parse(arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version are on stdout, and not a failure. There is nowhere to say that they cannot be written.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8);
        }
    };
    colour(cli.global.color);
    let environment = Environment::from_process();
    let console = Console::stdio(cli.global.verbosity())
        .obeyed(obeyed(&cli.command, &environment))
        .telling(given.or_within(environment.get("LAMBDASHIP_ENV")));
    match dispatch(&console, cli) {
        Ok(exit) => exit as u8,
        Err(error) => {
            error.show(&console);
            error.exit() as u8
        }
    }
}

/// The flags by which a hint tells where a run works and on what, and the names that [`Cli`] has for them.
const TOLD: [(&str, &str); 9] = [
    ("--env", "env"),
    ("-f", "functions"),
    ("-p", "packages"),
    ("--region", "region"),
    ("--aws-profile", "aws_profile"),
    ("--endpoint-url", "endpoint_url"),
    ("--config", "config"),
    ("--manifest-path", "PATH"),
    ("--target-dir", "target_dir"),
];

fn parse(arguments: Vec<OsString>) -> Result<(Cli, Given), clap::Error> {
    let matches = Cli::command().try_get_matches_from(arguments)?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut Cli::command()))?;
    Ok((cli, given(&matches)))
}

/// What was given to the verb of `matches`.
fn given(matches: &ArgMatches) -> Given {
    let mut verb = matches;
    while let Some((_, below)) = verb.subcommand() {
        verb = below;
    }
    let values = |name: &'static str| {
        let raw = verb.try_get_raw(name).ok().flatten();
        raw.into_iter().flatten().filter_map(|value| value.to_str())
    };
    let all = TOLD.iter().flat_map(|(flag, name)| values(name).map(move |value| (*flag, value)));
    all.fold(Given::default(), |given, (flag, value)| given.with(flag, value))
}

/// The exit code of a run as zig's linker; cargo shows what is written to stderr.
#[must_use]
pub fn linked(linked: Result<(), LinkerError>) -> u8 {
    let Err(error) = linked else { return 0 };
    let console = Console::stdio(Verbosity::Quiet);
    console.error(&error);
    if let Some(cause) = std::error::Error::source(&error) {
        console.caused_by(cause);
    }
    1
}

fn obeyed(command: &Command, environment: &Environment) -> Obeyed {
    match command {
        _ if !context::is_on_github(environment) => Obeyed::Neither,
        Command::Ci(_) => Obeyed::Both,
        _ => Obeyed::Stderr,
    }
}

fn colour(choice: Option<ColorChoice>) {
    match choice {
        Some(ColorChoice::Always) => anstream::ColorChoice::Always.write_global(),
        Some(ColorChoice::Never) => anstream::ColorChoice::Never.write_global(),
        Some(ColorChoice::Auto) | None => {}
    }
}

fn dispatch(console: &Console, cli: Cli) -> Result<Exit, Error> {
    let context = Context::from_process(console.clone())?;
    let global = cli.global.or_from(&context.environment)?;
    let run = Run { context, global };
    match cli.command {
        Command::Init(args) => args.run(&run),
        Command::Build(args) => args.run(&run),
        Command::Gate(args) => args.run(&run),
        Command::Verify(args) => args.run(&run),
        Command::Plan(args) => args.run(&run),
        Command::Deploy(args) => args.run(&run),
        Command::Promote(args) => args.run(&run),
        Command::Rollback(args) => args.run(&run),
        Command::Rollout(args) => args.run(&run),
        Command::Status(args) => args.run(&run),
        Command::Drift(args) => args.run(&run),
        Command::History(args) => args.run(&run),
        Command::Prune(args) => args.run(&run),
        Command::Invoke(args) => args.run(&run),
        Command::Logs(args) => args.run(&run),
        Command::Matrix(args) => args.run(&run),
        Command::Ci(args) => args.run(&run),
        Command::Local(args) => args.run(&run),
        Command::Doctor(args) => args.run(&run),
        Command::Schema(args) => args.run(&run),
        Command::Completions(args) => args.run(&run),
        Command::Man(args) => args.run(&run),
    }
}

impl Run {
    /// Waits for `work`, or for a signal that ends it.
    pub(super) fn wait<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        Self::finish(interruption().unless(work))
    }

    /// Waits for `work`, which minds signals itself.
    pub(super) fn finish<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let done = runtime.block_on(work);
        // A task that is stuck must not keep the process alive.
        runtime.shutdown_background();
        done
    }

    /// The same run, in the environment that a file or another flag says.
    pub(super) fn within(&self, env: EnvName) -> Self {
        let mut context = self.context.clone();
        let given = context.console.given().clone().within(env.as_str());
        context.console = context.console.telling(given);
        Self { context, global: Global { env: Some(env), ..self.global.clone() } }
    }

    /// Writes the result to stdout.
    pub(super) fn print(&self, text: &str) -> Result<(), Error> {
        Ok(self.context.console.result(text)?)
    }
}

/// The signal that ends a run, as the verbs take it.
pub(super) fn interruption() -> Interruption {
    Interruption::repeated(interrupted(), interrupted())
}

/// SIGINT, and on Unix SIGTERM.
pub(super) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler the signal ends the process by itself.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The command of a hint after `arguments`.
    fn told(arguments: &str) -> String {
        let words = arguments.split(' ').map(OsString::from).collect();
        let (_, given) = parse(words).expect("they are understood");
        given.whole("`cargo lambdaship status`").replace("cargo lambdaship status", "").replace('`', "")
    }

    #[test]
    fn what_was_given_is_told() {
        for (arguments, expected) in [
            ("lambdaship plan", ""),
            ("lambdaship -e prod plan", " --env prod"),
            ("lambdaship plan --env prod -f hello --bin worker", " --env prod -f hello -f worker"),
            (
                "lambdaship rollout status -e prod --region x-1 --config c",
                " --env prod --region x-1 --config c",
            ),
            (
                "lambdaship deploy -e prod --locked --manifest-path a/Cargo.toml",
                " --env prod --manifest-path a/Cargo.toml",
            ),
            ("lambdaship schema", ""),
        ] {
            assert_eq!(told(arguments), expected, "{arguments}");
        }
    }

    /// A hint is of no use when its command is not understood.
    #[test]
    fn every_verb_takes_what_a_hint_adds_to_it() {
        let all = TOLD.iter().fold(Given::default(), |given, (flag, _)| given.with(flag, "x-1"));
        for verb in [
            "build",
            "deploy",
            "drift",
            "gate",
            "history",
            "init",
            "logs hello",
            "plan --out plan.json",
            "promote --from staging",
            "rollback --to-version 7",
            "rollout abort",
            "rollout promote",
            "rollout resume",
            "rollout status",
            "status",
            "verify",
        ] {
            let whole = all.whole(&format!("`cargo lambdaship {verb}`")).replace('`', "");
            let words = whole.split(' ').skip(1).map(OsString::from).collect();
            assert!(parse(words).is_ok(), "{whole}");
        }
    }
}
