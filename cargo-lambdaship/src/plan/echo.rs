//! Whether what Lambda reports after our writes is what was written.

use std::collections::BTreeSet;

use super::changes;
use crate::model::{Change, Salt, Versioned};

/// How Lambda reports settings that were just written.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub enum Echo {
    /// As they were written.
    Same,
    /// Fields that we wrote are spelt otherwise (an ARN for an alias of a key, say): `from` is what was written, `to`
    /// what is reported.
    Respelt(Vec<Change>),
    /// A field that we did not write, or a variable, is not what it was: somebody else wrote at the same time.
    Foreign,
}

/// Compares `reported` with `wanted`, which replaced `before`.
pub fn echo(before: &Versioned, wanted: &Versioned, reported: &Versioned) -> Echo {
    if wanted == reported {
        return Echo::Same;
    }
    let salt = Salt::random();
    let written = changes(before, wanted, &salt);
    let written: BTreeSet<&str> = written.iter().map(|change| change.field.as_str()).collect();
    let differing = changes(wanted, reported, &salt);
    let ours =
        |change: &Change| written.contains(change.field.as_str()) && !change.field.starts_with("variables.");
    if differing.iter().all(ours) { Echo::Respelt(differing) } else { Echo::Foreign }
}

#[cfg(test)]
mod tests {
    use super::super::testing::live;
    use super::*;
    use crate::model::Secret;

    #[test]
    fn only_what_we_wrote_may_be_spelt_otherwise() {
        let before = live();
        let mut wanted = live();
        wanted.kms_key = "arn:alias/key".to_owned();
        wanted.variables.insert("A".to_owned(), Secret::new("1"));
        assert_eq!(echo(&before, &wanted, &wanted), Echo::Same);

        let mut respelt = wanted.clone();
        respelt.kms_key = "arn:key/1".to_owned();
        let Echo::Respelt(changes) = echo(&before, &wanted, &respelt) else { panic!("it is ours") };
        assert_eq!(changes.iter().map(|change| change.field.as_str()).collect::<Vec<_>>(), ["kms-key"]);

        let mut memory = wanted.clone();
        memory.memory = 9000;
        let mut variable = wanted.clone();
        variable.variables.insert("A".to_owned(), Secret::new("2"));
        let mut other_variable = wanted.clone();
        other_variable.variables.insert("B".to_owned(), Secret::new("1"));
        for foreign in [memory, variable, other_variable] {
            assert_eq!(echo(&before, &wanted, &foreign), Echo::Foreign);
        }
    }
}
