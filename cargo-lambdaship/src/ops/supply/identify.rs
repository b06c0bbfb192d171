//! Identifying sources: all functions of a run at once.

use super::Identity;
use crate::error::Error;
use crate::ops::artifacts::{Maker, Wanted};
use crate::source::{self, Also, Subject};

/// How often what builds were seen to read leads to another hash, and that to more that was read.
const ROUNDS: usize = 8;

/// The identities of `wanted`, in their order, with all that earlier builds are known to have read.
///
/// # Errors
/// As [`identify`].
pub async fn identify_known(maker: &Maker<'_>, mut wanted: Vec<Wanted<'_>>) -> Result<Vec<Identity>, Error> {
    for _ in 0..ROUNDS {
        let identities = identify(maker, wanted.clone())?;
        let mut grown = false;
        for (one, identity) in wanted.iter_mut().zip(identities) {
            let also = match identity.hash() {
                Some(source) => maker.records.also(source).await.unwrap_or_default(),
                None => Also::default(),
            };
            let also = identity.also.clone().with(also);
            grown |= also != identity.also;
            one.identity = Identity { also, ..identity };
        }
        if !grown {
            break;
        }
    }
    Ok(wanted.into_iter().map(|one| one.identity).collect())
}

/// The identities of `wanted`, in their order, with what each is already known to read beyond the rules.
///
/// # Errors
/// When the toolchain does not answer, or the target is none that a function could run on.
pub fn identify(maker: &Maker<'_>, wanted: Vec<Wanted<'_>>) -> Result<Vec<Identity>, Error> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut subjects = Vec::new();
    for one in &wanted {
        let recipe = maker.recipe(one)?;
        subjects.push(Subject {
            function: &one.function.function,
            target: recipe.target.to_string(),
            builder: recipe.builder,
            include_root: &one.function.include_root,
            include: &one.function.include,
            also: &one.identity.also,
        });
    }
    let observed = source::observe(&maker.rules()?, &subjects);
    let console = &maker.bench.context.console;
    let identities = wanted.into_iter().zip(observed).map(|(one, inputs)| {
        let inputs = match inputs {
            Ok(inputs) => Some(inputs),
            Err(reason) => {
                let name = &one.function.function.name;
                console.verbose("Building", format_args!("{name} in any case: {reason}"));
                None
            }
        };
        Identity { inputs, also: one.identity.also }
    });
    Ok(identities.collect())
}
