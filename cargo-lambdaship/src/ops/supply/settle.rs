//! After a build: what it read beyond what was hashed belongs to its source from then on.

use camino::Utf8Path;
use jiff::{SignedDuration, Timestamp};

use super::{Identity, Learned, News, identify};
use crate::build::Built;
use crate::error::Error;
use crate::ops::artifacts::{Maker, Wanted};
use crate::source::{also, dep_info};
use crate::store::{Outcome, Record, SCHEMA};

/// The identities of what was built, in their order. One that cannot be told, or that changed while it was built, has no
/// inputs: what was built of it is never taken again without a build.
///
/// # Errors
/// As [`identify()`].
pub fn settle(
    maker: &Maker<'_>,
    wanted: &[Wanted<'_>],
    built: &[Built],
    begun: Timestamp,
) -> Result<Vec<Identity>, Error> {
    let again = identify(maker, wanted.to_vec())?;
    let mut settled = Vec::new();
    let mut grown = Vec::new();
    for ((one, now), built) in wanted.iter().zip(again).zip(built) {
        let identity = match settle_one(maker, one, &now, built) {
            Settled::As(identity) => identity,
            Settled::Grown(identity) => {
                grown.push((settled.len(), Wanted { identity: identity.clone(), ..one.clone() }));
                identity
            }
        };
        settled.push(identity);
    }
    let more = identify(maker, grown.iter().map(|(_, one)| one.clone()).collect())?;
    for ((at, _), identity) in grown.into_iter().zip(more) {
        let root = &maker.bench.workspace.root;
        let known = &wanted[at].identity.also.files;
        let mut new = identity.also.files.iter().filter(|file| !known.contains(file));
        // What the build read of them is not known, as nobody had hashed them before.
        let is_safe = !new.any(|file| was_written_since(root, file, begun));
        settled[at] = if is_safe { identity } else { Identity::default() };
    }
    Ok(settled)
}

/// Clocks of file systems tick more slowly than that of the process.
const TICK: SignedDuration = SignedDuration::from_millis(20);

/// Whether a file, or one in a folder, was written after `begun`. One that cannot be read counts as written.
fn was_written_since(root: &Utf8Path, file: &str, begun: Timestamp) -> bool {
    let path = root.join(file);
    let files = if file.ends_with(also::FOLDER) { also::files(&path) } else { Ok(Some(vec![path])) };
    let Ok(Some(files)) = files else { return true };
    files.iter().any(|file| {
        let modified = fs_err::metadata(file).and_then(|metadata| metadata.modified()).ok();
        let modified = modified.and_then(|time| Timestamp::try_from(time).ok());
        modified.is_none_or(|modified| modified + TICK >= begun)
    })
}

enum Settled {
    As(Identity),
    /// With more to hash.
    Grown(Identity),
}

fn settle_one(maker: &Maker<'_>, one: &Wanted<'_>, now: &Identity, built: &Built) -> Settled {
    let (console, name) = (&maker.bench.context.console, &one.function.function.name);
    let (Some(before), Some(inputs)) = (&one.identity.inputs, &now.inputs) else {
        return Settled::As(Identity::default());
    };
    if before != inputs {
        console.verbose(
            "Ignoring",
            format_args!("the source hash of {name}: its source changed during the build"),
        );
        return Settled::As(Identity::default());
    }
    match dep_info::outside(&maker.bench.context, built, &maker.bench.workspace, inputs) {
        Ok(also) if also.is_empty() => Settled::As(now.clone()),
        Ok(more) => {
            let also = now.also.clone().with(more);
            console.verbose("Noting", format_args!("that {name} is built from more: {also}"));
            let record = Record {
                schema: SCHEMA.to_owned(),
                source_hash: inputs.hash(),
                function: name.clone(),
                inputs: inputs.clone(),
                outcome: Outcome::Also(also.clone()),
            };
            maker.records.keep_here(&record);
            let mut leads = now.leads.clone();
            leads.push(News { record, from: Learned::Now });
            Settled::Grown(Identity { inputs: None, also, leads })
        }
        Err(reason) => {
            console.verbose("Ignoring", format_args!("the source hash of {name}: {reason}"));
            Settled::As(Identity::default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_during_a_build_is_not_known() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        fs_err::create_dir(root.join("data")).unwrap();
        for file in ["schema.sql", "data/one.txt"] {
            fs_err::write(root.join(file), "1").unwrap();
        }
        let written =
            Timestamp::try_from(fs_err::metadata(root.join("schema.sql")).unwrap().modified().unwrap())
                .unwrap();
        let (before, after) = (written - TICK * 10, written + TICK * 1000);
        for (file, begun, expected) in [
            ("schema.sql", before, true),
            ("schema.sql", after, false),
            ("data/", before, true),
            ("data/", after, false),
            ("gone.sql", after, true),
        ] {
            assert_eq!(was_written_since(root, file, begun), expected, "{file} {begun}");
        }
    }
}
