//! Deploys at the start, and again whenever a source changes.

use camino::{Utf8Path, Utf8PathBuf};

use super::Request;
use super::urls::{Board, Serving};
use crate::context::{self, Context};
use crate::error::Error;
use crate::interruption::Interruption;
use crate::model::Shape;
use crate::ops::artifacts::Source;
use crate::ops::deploy::deploy;
use crate::ops::locks::LockFlags;
use crate::ops::observe::Look;
use crate::ops::plan::Orders;
use crate::ops::report::show_failures;
use crate::ops::rollout_flags::RolloutFlags;
use crate::ops::session::Workbench;
use crate::report::RunResult;
use crate::watch::{Tree, Watcher};
use crate::workspace;

/// Everything that deploying again and again takes.
pub(super) struct Deployer<S> {
    /// The outside world.
    pub(super) context: Context,
    pub(super) request: Request,
    pub(super) board: Board,
    pub(super) show: S,
    /// What was shown last.
    pub(super) shown: Option<Serving>,
}

impl<S: FnMut(&Serving) -> Result<(), Error>> Deployer<S> {
    /// Deploys again and again until it is dropped, or once if nothing is watched. What goes wrong is said.
    pub(super) async fn run(mut self, bench: &Workbench) {
        let console = self.context.console.clone();
        if let Err(error) = self.keep_deployed(bench).await {
            error.show(&console);
        }
    }

    async fn keep_deployed(&mut self, bench: &Workbench) -> Result<(), Error> {
        // Watched from before the first build reads its sources: a change while it runs leads to one more.
        let mut watcher = if self.request.watch { Some(Watcher::new(self.tree(bench)?)?) } else { None };
        let mut echoes = Echoes::default();
        loop {
            let unchanged = self.deploy().await?;
            let console = &self.context.console;
            let Some(watcher) = &mut watcher else {
                console
                    .status("Serving", "until Ctrl-C; `cargo lambdaship deploy --env local` deploys again");
                return Ok(());
            };
            // Cargo writes it when a manifest has changed.
            watcher.accept(&bench.workspace.root.join("Cargo.lock"));
            console.status("Watching", format_args!("{}, until Ctrl-C", bench.workspace.root));
            let changes = loop {
                let own = unchanged && watcher.is_behind();
                let changes = watcher.changed().await?;
                if !echoes.is_one(&changes, own) {
                    break changes;
                }
                let files = words(&changes, &bench.workspace.root);
                console.warn(format_args!("{files} with each deploy: such changes are not minded any more"));
                watcher.ignore(&changes);
            };
            console.status("Reloading", words(&changes, &bench.workspace.root));
        }
    }

    /// Deploys, and answers whether there was nothing to do.
    async fn deploy(&mut self) -> Result<bool, Error> {
        let context = Context { begun: context::instant(), ..self.context.clone() };
        let (target, until) = (&self.request.target, Interruption::never());
        // Who edits and looks again does not wait for steps.
        let rollout = RolloutFlags { shape: Some(Shape::default()), ..RolloutFlags::default() };
        let orders = Orders {
            source: self.request.source.clone(),
            rollout,
            locks: LockFlags::default(),
            verify_skip: false,
            accepts: None,
            look: Look::default(),
        };
        let report = Box::pin(deploy(&context, target, &orders, &until)).await;
        match report {
            Ok(report) => {
                show_failures(&context.console, &report);
                self.board.update(&report);
                self.tell()?;
                Ok(report.result == RunResult::Unchanged)
            }
            Err(error) => {
                error.show(&context.console);
                Ok(false)
            }
        }
    }

    fn tell(&mut self) -> Result<(), Error> {
        let serving = self.board.serving();
        if self.shown.as_ref() != Some(&serving) {
            (self.show)(&serving)?;
            self.shown = Some(serving);
        }
        Ok(())
    }

    /// The workspace, its members and their path dependencies outside of it, and the files that flags name.
    fn tree(&self, bench: &Workbench) -> Result<Tree, Error> {
        let mut roots = vec![bench.workspace.root.clone()];
        for package in workspace::metadata(&self.context, &bench.cargo)?.packages {
            roots.extend(package.manifest_path.parent().map(Utf8Path::to_owned));
            roots.extend(package.dependencies.into_iter().filter_map(|dependency| dependency.path));
        }
        let code = match &self.request.source {
            Source::Build { .. } | Source::Reviewed(_) | Source::Promoted(_) => None,
            Source::Binary(given) | Source::Zip(given) => Some(&given.path),
        };
        let named = code.into_iter().chain(&self.request.target.config);
        roots.extend(named.map(|path| self.context.absolute(path)));
        Ok(Tree::new(roots, bench.workspace.target_directory.clone()))
    }
}

/// How often in a row the same files must change during deploys that had nothing to do before they are known as echoes.
/// Nobody is fast enough to save a source that often while nothing is built.
const ECHOES: usize = 3;

/// Finds files that the deploys themselves change, such as a log that this program's output goes to, or what a build
/// script writes. Without that, each deploy would lead to the next one.
#[derive(Default)]
struct Echoes {
    files: Vec<Utf8PathBuf>,
    times: usize,
}

impl Echoes {
    /// Whether `changes` are an echo. `own` says that they came during a deploy that had nothing to do.
    fn is_one(&mut self, changes: &[Utf8PathBuf], own: bool) -> bool {
        if self.files != changes || !own {
            changes.clone_into(&mut self.files);
            self.times = 0;
        }
        self.times += usize::from(own);
        self.times >= ECHOES
    }
}

/// `a/src/main.rs changed`, `a/src/main.rs and 2 more files changed`.
fn words(changes: &[Utf8PathBuf], root: &Utf8Path) -> String {
    let first = changes.first().map(|path| path.strip_prefix(root).unwrap_or(path).as_str());
    let first = first.unwrap_or_default();
    match changes.len().saturating_sub(1) {
        0 => format!("{first} changed"),
        1 => format!("{first} and 1 more file changed"),
        more => format!("{first} and {more} more files changed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_with_every_deploy_is_an_echo() {
        let (log, source) = ([Utf8PathBuf::from("log")], [Utf8PathBuf::from("main.rs")]);
        let mut echoes = Echoes::default();
        for (changes, own, echo) in [
            (&log, true, false),
            (&log, true, false),
            (&source, true, false),
            (&log, true, false),
            (&log, true, false),
            (&log, false, false),
            (&log, true, false),
            (&log, true, false),
            (&log, true, true),
        ] {
            assert_eq!(echoes.is_one(changes, own), echo, "{changes:?} {own}");
        }
    }

    #[test]
    fn changes_are_told_in_one_line() {
        let changes = ["/w/a/src/main.rs", "/w/b", "/elsewhere/c"].map(Utf8PathBuf::from);
        for (count, expected) in [
            (1, "a/src/main.rs changed"),
            (2, "a/src/main.rs and 1 more file changed"),
            (3, "a/src/main.rs and 2 more files changed"),
        ] {
            assert_eq!(words(&changes[..count], "/w".into()), expected);
        }
        assert_eq!(words(&changes[2..], "/w".into()), "/elsewhere/c changed");
    }
}
