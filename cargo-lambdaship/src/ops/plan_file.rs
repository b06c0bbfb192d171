//! `plan --out` and `deploy --plan`: a plan on its way through a file, from its review to its deploy.
//!
//! In: what was planned, or a file's name. Out: the file, or the document in it. What is different between two plans is
//! [`plan::kept`](crate::plan::kept)'s to say.

mod artifacts;
mod deploy;
mod error;

use std::io::Read;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use serde::Deserialize;

pub use artifacts::Reviewed;
pub use deploy::{Order, deploy};
pub use error::Error;

use crate::context::{self, Context};
use crate::model::{EnvName, Meeting};
use crate::ops::artifacts::Source;
use crate::ops::plan::{Orders, Planned};
use crate::ops::session::{Session, Target};
use crate::package;
use crate::plan::kept::{Asked, KeptFunction, KeptMeeting, KeptPlan, KeptSalt, KeptSource, SCHEMA, flag};
use crate::source::written;
use crate::stamp::Git;
use crate::workspace::Workspace;

/// More than any plan has, in bytes.
const LARGEST: u64 = 256 * 1024 * 1024;

/// What `plan` was asked for.
pub struct Asking<'a> {
    /// The selection, and how AWS is reached.
    pub target: &'a Target,
    /// Where the code comes from, and how aliases move.
    pub orders: &'a Orders,
    /// The commit that the code is of.
    pub git: Option<&'a Git>,
}

/// Where `plan --out` will write, once it is known that it can: planning may take long.
///
/// # Errors
/// A place where no file can be.
pub fn place(context: &Context, file: &Utf8Path) -> Result<Utf8PathBuf, Error> {
    let refused = |why| Error::Place { path: file.to_owned(), why };
    if file == "-" {
        return Err(refused("a plan is a file, which `deploy --plan` reads"));
    }
    let path = context.absolute(file);
    match fs_err::metadata(&path) {
        Ok(there) if there.is_dir() => return Err(refused("it is a folder")),
        Ok(there) if !there.is_file() => return Err(refused("it is not a file")),
        Ok(_) | Err(_) => {}
    }
    if !path.parent().is_some_and(Utf8Path::is_dir) {
        return Err(refused("its folder does not exist"));
    }
    Ok(path)
}

/// Writes the plan to `path`, where it appears at once and whole, for its owner's eyes.
///
/// # Errors
/// When it cannot be written.
pub fn write(
    session: &Session,
    planned: &[Planned<'_>],
    asking: &Asking<'_>,
    path: &Utf8Path,
) -> Result<(), Error> {
    let salt = KeptSalt::random();
    let functions = kept(planned, &salt)?;
    let document = KeptPlan {
        schema: SCHEMA.to_owned(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        made: context::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        env: session.bench.environment.env.clone(),
        account: session.caller.account.clone(),
        region: session.aws.region().clone(),
        endpoint: endpoint(session, asking.target),
        git: asking.git.cloned(),
        asked: asked(asking, &functions),
        salt,
        functions,
    };
    session.context().console.status("Writing", path);
    let written = serde_json::to_vec_pretty(&document).map_err(std::io::Error::from).and_then(|mut json| {
        json.push(b'\n');
        package::write_private(path, &json)
    });
    written.map_err(|source| Error::Write { path: path.to_owned(), source })?;
    set_apart(session.context(), &session.bench.workspace, path);
    Ok(())
}

/// Keeps the file from counting as a source, if it is a plan: wherever plans are put, they are none. Where that cannot be
/// remembered, a function is built once more.
pub fn set_apart(context: &Context, workspace: &Workspace, file: &Utf8Path) {
    if read(context, file).is_err() {
        return;
    }
    if let Err(error) = written::remember(&workspace.target_directory, &[context.absolute(file)]) {
        context.console.verbose("Ignoring", format_args!("that {file} is no source: {error}"));
    }
}

/// Reads the plan in `file`.
///
/// # Errors
/// When there is none, or one that this version does not know.
pub fn read(context: &Context, file: &Utf8Path) -> Result<KeptPlan, Error> {
    parse(&bytes(context, file)?, file)
}

/// The bytes of `file`.
///
/// # Errors
/// When there are none.
pub fn bytes(context: &Context, file: &Utf8Path) -> Result<Vec<u8>, Error> {
    let unreadable = |source| Error::Read { path: file.to_owned(), source };
    let mut json = Vec::new();
    let opened = fs_err::File::open(context.absolute(file)).map_err(unreadable)?;
    opened.take(LARGEST).read_to_end(&mut json).map_err(unreadable)?;
    Ok(json)
}

/// The plan in the bytes of `file`.
///
/// # Errors
/// When it is none that this version knows.
pub fn parse(json: &[u8], file: &Utf8Path) -> Result<KeptPlan, Error> {
    /// What every version of the document has.
    #[derive(Deserialize)]
    struct Named {
        schema: Option<String>,
    }
    let no_plan = |source| Error::NotAPlan { path: file.to_owned(), source };
    let named: Named = serde_json::from_slice(json).map_err(no_plan)?;
    if named.schema.as_deref() != Some(SCHEMA) {
        return Err(Error::OtherSchema { path: file.to_owned(), found: named.schema });
    }
    serde_json::from_slice(json).map_err(no_plan)
}

/// The environment of the plan in `file`, if none or the same was `given`.
///
/// # Errors
/// When another one was.
pub fn environment(plan: &KeptPlan, file: &Utf8Path, given: Option<&EnvName>) -> Result<EnvName, Error> {
    match given {
        Some(given) if *given != plan.env => Err(Error::OtherEnvironment {
            path: file.to_owned(),
            planned: plan.env.to_string(),
            given: given.to_string(),
        }),
        Some(_) | None => Ok(plan.env.clone()),
    }
}

/// What is kept of each function's plan, in their order.
fn kept(planned: &[Planned<'_>], salt: &KeptSalt) -> Result<Vec<KeptFunction>, Error> {
    let one = |planned: &Planned<'_>| {
        let Planned { desired, glance, plan, supply } = planned;
        KeptFunction::of(desired, glance, plan, (supply.size, supply.source), salt)
    };
    // Each digest takes its time on purpose.
    Ok(planned.par_iter().map(one).collect::<Result<_, _>>()?)
}

/// The server that is asked instead of AWS. The local one is another with each run.
fn endpoint(session: &Session, target: &Target) -> Option<String> {
    let stated = target.connection.endpoint_url.clone();
    let url = stated.or_else(|| session.bench.environment.endpoint_url.clone());
    url.filter(|_| !session.bench.is_local())
}

fn asked(asking: &Asking<'_>, selected: &[KeptFunction]) -> Asked {
    let selection = &asking.target.selection;
    // What has changed since a commit is other functions with the next edit.
    let (functions, packages) = match selection.changed_since {
        Some(_) => (selected.iter().map(|one| one.function.to_string()).collect(), Vec::new()),
        None => (selection.functions.clone(), selection.packages.clone()),
    };
    Asked {
        functions,
        packages,
        rollout: asking.orders.rollout.shape.as_ref().map(flag),
        under_way: asking.orders.rollout.meeting.map(|meeting| match meeting {
            Meeting::Resume => KeptMeeting::Resume,
            Meeting::Abort => KeptMeeting::Abort,
            Meeting::Refuse => KeptMeeting::Refuse,
        }),
        code: match &asking.orders.source {
            Source::Build { builder, target } => KeptSource::Build {
                builder: builder.map(|builder| builder.as_str().to_owned()),
                target: target.as_ref().map(ToString::to_string),
            },
            Source::Binary(_) | Source::Zip(_) | Source::Reviewed(_) | Source::Promoted(_) => {
                KeptSource::Elsewhere
            }
        },
    }
}
