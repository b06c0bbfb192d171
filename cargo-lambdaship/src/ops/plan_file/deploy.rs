//! `deploy --plan`: what was reviewed, or nothing.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::{Error as PlanError, Reviewed, endpoint, kept, set_apart};
use crate::context::Context;
use crate::error::Error;
use crate::interruption::Interruption;
use crate::model::Meeting;
use crate::ops::artifacts::Source;
use crate::ops::line::Line;
use crate::ops::locks::LockFlags;
use crate::ops::observe::Look;
use crate::ops::plan::{Orders, Planned};
use crate::ops::rollout_flags::RolloutFlags;
use crate::ops::session::{Session, Target, Workbench};
use crate::plan::kept::{KeptMeeting, KeptPlan, KeptSource, added_or_gone, is_deployed, moved};
use crate::report::Report;
use crate::rollout::Stay;
use crate::stamp::Git;
use crate::workspace::{self, Selection};

/// A plan that is to be carried out.
pub struct Order<'a> {
    /// The plan.
    pub plan: &'a KeptPlan,
    /// The file that it was read from.
    pub file: &'a Utf8Path,
    /// What becomes of locks that others have.
    pub locks: LockFlags,
    /// How far this run goes along with a rollout.
    pub stay: Stay,
}

/// Deploys what `order` says, until `until`.
///
/// # Errors
/// [`PlanError::Moved`], with nothing written, when a deploy would do anything else; and what goes wrong before the first
/// write. A function that fails later is in the report.
pub async fn deploy(
    context: &Context,
    target: &Target,
    order: &Order<'_>,
    until: &Interruption,
) -> Result<Report, Error> {
    let orders = Orders {
        source: Source::Reviewed(order.reviewed()?),
        rollout: order.flags()?,
        locks: order.locks,
        verify_skip: false,
        accepts: None,
        look: Look::Whole,
    };
    let target = &Target { selection: order.selection(), ..target.clone() };
    let mut bench = Workbench::open(context, target).map_err(|error| order.unknown(error))?;
    if order.plan.functions.is_empty() {
        // Nothing was selected, which no selection says.
        bench.environment.functions.clear();
    }
    order.same_functions(&bench)?;
    set_apart(context, &bench.workspace, order.file);
    orders.rollout.apply(&mut bench.environment);
    let orders = Box::pin(until.unless(orders.accepting(&bench, target))).await?;
    Line { command: "deploy", target, orders: &orders, review: Some(order), until }.run(bench).await
}

impl Order<'_> {
    /// Refuses another account, region or server before anything is read of it, and says of another commit.
    ///
    /// # Errors
    /// What is another one.
    pub(in crate::ops) fn is_for(
        &self,
        sessions: &[Session],
        target: &Target,
        git: Option<&Git>,
    ) -> Result<(), Error> {
        for session in sessions {
            self.same_place(session, target)?;
            self.note_commit(session, git);
        }
        Ok(())
    }

    /// Refuses plans that are not the reviewed ones.
    ///
    /// # Errors
    /// [`PlanError::Moved`], with what is different.
    pub(in crate::ops) fn is_same(&self, planned: &[Planned<'_>]) -> Result<(), Error> {
        let now = kept(planned, &self.plan.salt)?;
        let lines = moved(&self.plan.functions, &now);
        if lines.is_empty() {
            return Ok(());
        }
        let deployed = is_deployed(&self.plan.functions, &now);
        Err(self.moved(lines, deployed).into())
    }

    fn selection(&self) -> Selection {
        let asked = &self.plan.asked;
        let (functions, packages) = (asked.functions.clone(), asked.packages.clone());
        Selection { functions, packages, changed_since: None }
    }

    /// The flags that `plan` was given, and how far this run goes along.
    fn flags(&self) -> Result<RolloutFlags, Error> {
        let asked = &self.plan.asked;
        let shape = asked.rollout.as_deref().map(str::parse).transpose();
        let meeting = asked.under_way.map(|meeting| match meeting {
            KeptMeeting::Resume => Meeting::Resume,
            KeptMeeting::Abort => Meeting::Abort,
            KeptMeeting::Refuse => Meeting::Refuse,
        });
        let shape = shape.map_err(|error| self.invalid(&error))?;
        Ok(RolloutFlags { shape, meeting, stay: self.stay })
    }

    fn reviewed(&self) -> Result<Reviewed, Error> {
        let functions = self.plan.functions.iter();
        let build = match &self.plan.asked.code {
            KeptSource::Elsewhere => None,
            KeptSource::Build { builder, target } => {
                let builder = builder.as_deref().map(str::parse).transpose();
                let target = target.as_deref().map(str::parse).transpose();
                Some((
                    builder.map_err(|error| self.invalid(&error))?,
                    target.map_err(|error| self.invalid(&error))?,
                ))
            }
        };
        let codes = functions
            .map(|function| (function.function.clone(), (function.code_sha256, function.source_hash)))
            .collect();
        Ok(Reviewed { codes, build })
    }

    fn invalid(&self, error: &dyn std::fmt::Display) -> PlanError {
        let source = serde::de::Error::custom(error);
        PlanError::NotAPlan { path: self.file.to_owned(), source }
    }

    /// A function or package that is not there any more is something that moved, and no mistake in the command line.
    fn unknown(&self, error: Error) -> Error {
        let line = match &error {
            Error::Workspace(workspace::Error::UnknownFunction { name, .. }) => {
                format!("{name}: the function is not there any more")
            }
            Error::Workspace(workspace::Error::UnknownPackage { name, .. }) => {
                format!("package {name} has no functions any more")
            }
            _ => return error,
        };
        self.moved(vec![line], false).into()
    }

    /// Refuses other functions than the plan's before anything is built.
    fn same_functions(&self, bench: &Workbench) -> Result<(), PlanError> {
        let kept = self.plan.functions.iter().map(|function| function.function.clone());
        let now = bench.environment.functions.iter().map(|function| function.function.name.clone());
        let lines = added_or_gone(&kept.collect::<BTreeSet<_>>(), &now.collect());
        if lines.is_empty() { Ok(()) } else { Err(self.moved(lines, false)) }
    }

    /// Refuses another account, region or server before anything is read of it.
    fn same_place(&self, session: &Session, target: &Target) -> Result<(), PlanError> {
        let (plan, path) = (self.plan, self.file.to_owned());
        let (account, region, endpoint) =
            (&session.caller.account, session.aws.region(), endpoint(session, target));
        if *account != plan.account {
            return Err(PlanError::OtherAccount {
                path,
                planned: plan.account.clone(),
                found: account.clone(),
            });
        }
        if *region != plan.region {
            return Err(PlanError::OtherRegion { path, planned: plan.region.clone(), found: region.clone() });
        }
        if endpoint != plan.endpoint {
            let named = |url: &Option<String>| url.clone().unwrap_or_else(|| "AWS".to_owned());
            return Err(PlanError::OtherEndpoint {
                path,
                planned: named(&plan.endpoint),
                found: named(&endpoint),
            });
        }
        Ok(())
    }

    /// Another checkout alone is no reason to refuse: what is compared is what comes of it.
    fn note_commit(&self, session: &Session, git: Option<&Git>) {
        if let (Some(planned), Some(git)) = (&self.plan.git, git)
            && is_of_another(&self.plan.asked.code, planned, git)
        {
            let (now, then) = (short(git), short(planned));
            session
                .context()
                .console
                .warn(format_args!("the checkout is commit {now}, and the plan is of {then}"));
        }
    }

    fn moved(&self, lines: Vec<String>, deployed: bool) -> PlanError {
        PlanError::Moved { path: self.file.to_owned(), env: self.plan.env.to_string(), lines, deployed }
    }
}

/// Whether the code comes of another commit than the one that was `planned`. What was built elsewhere comes of no checkout;
/// a commit that somebody typed may be a part of its id.
fn is_of_another(code: &KeptSource, planned: &Git, now: &Git) -> bool {
    let (planned, now) = (&planned.commit, &now.commit);
    match code {
        KeptSource::Elsewhere => false,
        KeptSource::Build { .. } => !planned.starts_with(now) && !now.starts_with(planned),
    }
}

fn short(git: &Git) -> String {
    git.commit.chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_commit_is_told_by_what_is_known_of_both() {
        const WHOLE: &str = "0123456789abcdef0123456789abcdef01234567";
        let built = KeptSource::default();
        for (code, planned, now, expected) in [
            (&built, WHOLE, WHOLE, false),
            (&built, "0123456789ab", WHOLE, false),
            (&built, WHOLE, "0123456789ab", false),
            (&built, "0123456789ac", WHOLE, true),
            (&built, "fedcba9876543210fedcba9876543210fedcba98", WHOLE, true),
            (&KeptSource::Elsewhere, "0123456789ab", WHOLE, false),
            (&KeptSource::Elsewhere, "fedcba987654", WHOLE, false),
        ] {
            let [then, here] = [planned, now].map(|commit| Git { commit: commit.to_owned(), dirty: false });
            assert_eq!(is_of_another(code, &then, &here), expected, "{code:?}: {planned}, {now}");
        }
    }
}
