//! After a build: what it read beyond what was hashed belongs to its source from then on.

use super::{Identity, identify};
use crate::build::Built;
use crate::error::Error;
use crate::ops::artifacts::{Maker, Wanted};
use crate::source::dep_info;
use crate::store::{Outcome, Record, SCHEMA};

/// The identities of what was built, in their order. One that cannot be told, or that changed while it was built, has no
/// inputs: what was built of it is never taken again without a build.
///
/// # Errors
/// As [`identify`].
pub fn settle(maker: &Maker<'_>, wanted: &[Wanted<'_>], built: &[Built]) -> Result<Vec<Identity>, Error> {
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
        settled[at] = identity;
    }
    Ok(settled)
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
            maker.records.keep_here(&Record {
                schema: SCHEMA.to_owned(),
                source_hash: inputs.hash(),
                function: name.clone(),
                inputs: inputs.clone(),
                outcome: Outcome::Also(also.clone()),
            });
            Settled::Grown(Identity { inputs: None, also })
        }
        Err(reason) => {
            console.verbose("Ignoring", format_args!("the source hash of {name}: {reason}"));
            Settled::As(Identity::default())
        }
    }
}
