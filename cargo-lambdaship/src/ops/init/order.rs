//! In which order code reaches the environments, and where somebody is asked. Pure.

use crate::model::EnvName;

/// One environment of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// The environment.
    pub env: EnvName,
    /// The one that has to serve the code before.
    pub after: Option<EnvName>,
    /// How code gets there.
    pub way: Way,
}

impl Stage {
    /// Whether nobody said what comes before it, though it is not the only one.
    #[must_use]
    pub fn is_unordered(&self) -> bool {
        self.after.is_none() && self.way == Way::Reviewed
    }
}

/// How code reaches an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// As soon as it is merged.
    Direct,
    /// By a plan that somebody approved.
    Reviewed,
}

/// Sorts environments, each with the one of its `from`, so that each comes after that one.
///
/// One that nothing leads to gets its code directly, if it is the only one or leads to others. Of several that lead nowhere, one
/// may be the one that customers use, so that somebody is asked.
#[must_use]
pub fn order(environments: &[(EnvName, Option<EnvName>)]) -> Vec<Stage> {
    let remote: Vec<_> = environments.iter().filter(|(env, _)| env.as_str() != "local").collect();
    let known = |env: &EnvName| remote.iter().any(|(other, _)| other == env);
    let after = |from: &Option<EnvName>| from.clone().filter(|from| known(from));
    let roots = remote.iter().filter(|(_, from)| after(from).is_none()).count();
    let leads = |env: &EnvName| remote.iter().any(|(_, from)| from.as_ref() == Some(env));
    let mut stages: Vec<Stage> = Vec::new();
    // Each turn places at least one, since the configuration refuses a circle.
    for _ in 0..remote.len() {
        for (env, from) in &remote {
            let after = after(from);
            let is_placed = |env: &EnvName| stages.iter().any(|stage| stage.env == *env);
            if is_placed(env) || !after.as_ref().is_none_or(is_placed) {
                continue;
            }
            let direct = after.is_none() && (roots == 1 || leads(env));
            let way = if direct { Way::Direct } else { Way::Reviewed };
            stages.push(Stage { env: env.clone(), after, way });
        }
    }
    stages
}

/// The two environments that a new configuration offers, for one that has none yet.
#[must_use]
pub fn usual() -> Vec<Stage> {
    let name = |name: &str| EnvName::new(name).ok();
    let pair = [(name("staging"), None), (name("prod"), name("staging"))];
    let environments: Vec<_> = pair.into_iter().filter_map(|(env, from)| Some((env?, from))).collect();
    order(&environments)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(environments: &[(&str, &str)]) -> String {
        let name = |name: &&str| EnvName::new(*name).ok();
        let environments: Vec<_> =
            environments.iter().map(|(env, from)| (name(env).unwrap(), name(from))).collect();
        let word = |stage: &Stage| {
            let after = stage.after.as_ref().map(|after| format!("{after}>")).unwrap_or_default();
            format!("{after}{}{}", stage.env, if stage.way == Way::Direct { "" } else { "?" })
        };
        order(&environments).iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn code_goes_from_environment_to_environment_and_somebody_is_asked_before_all_but_the_first() {
        for (environments, expected) in [
            (&[][..], ""),
            (&[("local", "")], ""),
            (&[("prod", "")], "prod"),
            (&[("prod", "staging"), ("staging", "")], "staging staging>prod?"),
            (&[("a", "b"), ("b", "c"), ("c", "")], "c c>b? b>a?"),
            (&[("eu", "test"), ("test", ""), ("us", "test")], "test test>us? test>eu?"),
            // Which one is production, nobody knows.
            (&[("prod", ""), ("staging", "")], "prod? staging?"),
            (&[("demo", ""), ("prod", "staging"), ("staging", "")], "demo? staging staging>prod?"),
        ] {
            let found = ordered(environments);
            let sorted = |text: &str| {
                let mut words: Vec<_> = text.split(' ').map(str::to_owned).collect();
                words.sort();
                words
            };
            assert_eq!(sorted(&found), sorted(expected), "{found}");
            let place = |env: &str| order_of(&found, env);
            for (env, from) in environments.iter().filter(|(_, from)| !from.is_empty()) {
                assert!(place(from) < place(env), "{found}");
            }
        }
    }

    fn order_of(text: &str, env: &str) -> usize {
        let name = |word: &str| word.trim_end_matches('?').rsplit('>').next().map(str::to_owned);
        text.split(' ').position(|word| name(word).as_deref() == Some(env)).unwrap()
    }

    #[test]
    fn without_environments_there_are_those_that_a_new_configuration_offers() {
        assert_eq!(usual().len(), 2);
        assert_eq!(usual()[1].after.as_ref().unwrap().as_str(), "staging");
        let offered = crate::config::init::render(&[], &crate::config::init::Imported::default());
        for stage in usual() {
            assert!(offered.contains(&format!("# [env.{}]\n", stage.env)), "{offered}");
        }
    }
}
