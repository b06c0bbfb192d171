//! What must be true after each case.

use super::case::{After, Case, Scenario, Trouble, Verb};
use super::scene::{Disturbed, Scene, Told};
use crate::model::{Exit, LiveAlias, Readiness, Version};
use crate::report::RolloutEnd;
use crate::rollout::{AliasState, Stance, stance};

/// The alias at a moment when nobody moves it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Snapshot {
    alias: Option<LiveAlias>,
    /// The versions that are published.
    versions: Vec<Version>,
}

impl Snapshot {
    pub(super) async fn of(scene: &Scene) -> Self {
        let (client, function) = (scene.stage.aws.lambda(), &scene.function);
        let alias = client.alias(&function.lambda, &function.alias).await.unwrap();
        let versions = client.versions(&function.lambda).await.unwrap();
        Self { alias, versions: versions.into_iter().map(|version| version.version).collect() }
    }

    /// The version that has all of the traffic, or what a split leaves of it.
    fn version(&self) -> Option<Version> {
        self.alias.as_ref().and_then(|alias| alias.version)
    }

    fn previous(&self) -> Option<Version> {
        self.alias.as_ref().and_then(|alias| AliasState::parse(&alias.description).previous)
    }

    pub(super) fn is_split(&self) -> bool {
        self.alias.as_ref().is_some_and(|alias| alias.split.is_some())
    }

    /// Whether it serves `version` and nothing else, and says so.
    fn rests_at(&self, version: Version) -> bool {
        self.alias.as_ref().is_some_and(|alias| {
            matches!(stance(alias), Stance::AtRest(_))
                && AliasState::parse(&alias.description).rollout.is_none()
                && alias.version == Some(version)
        })
    }

    /// What one run makes of it is served before and after, and nothing is lost.
    fn became(&self, after: &Self) {
        if after.version() == self.version() {
            assert_eq!(after.previous(), self.previous(), "what it served before is known: {after:?}");
        } else {
            assert_eq!(after.previous(), self.version(), "what it served before is known: {after:?}");
        }
        let kept = self.versions.iter().all(|version| after.versions.contains(version));
        assert!(kept, "no version is deleted: {self:?} {after:?}");
        if let Some(alias) = &after.alias {
            let ours = !matches!(stance(alias), Stance::Foreign);
            assert!(ours && alias.description.starts_with("lambdaship/1 "), "it is readable: {alias:?}");
        }
    }
}

/// Checks what a run said against the alias at its end, or before another run moved it: `seen`.
fn is_true(told: &Told, seen: &[&Snapshot]) {
    let rests_at = |version| seen.iter().any(|snapshot| snapshot.rests_at(version));
    match (told.end(), &told.rollout) {
        (Some(RolloutEnd::Promoted), Some(rollout)) => assert!(rests_at(rollout.new), "{told:?} {seen:?}"),
        (Some(RolloutEnd::RolledBack), Some(rollout)) => assert!(rests_at(rollout.old), "{told:?} {seen:?}"),
        _ => {}
    }
    match told.exit {
        None => {
            let is_done = told.end() != Some(RolloutEnd::Held) && told.end() != Some(RolloutEnd::Stuck);
            assert!(is_done, "{told:?}");
            assert!(
                told.to.is_none_or(|to| seen.iter().any(|one| one.version() == Some(to))),
                "{told:?} {seen:?}"
            );
        }
        Some(Exit::RolledBack) => assert_eq!(told.end(), Some(RolloutEnd::RolledBack), "{told:?}"),
        Some(Exit::Stuck) => assert_eq!(told.end(), Some(RolloutEnd::Stuck), "{told:?}"),
        Some(Exit::Failed | Exit::Held) => {}
        Some(exit) => panic!("{exit:?} is no exit of a deploy: {told:?}"),
    }
}

/// Checks the run that something came between, which left the alias at `now`.
pub(super) fn of_the_run(case: &Case, disturbed: &Disturbed, (begun, now): (&Snapshot, &Snapshot)) {
    let mut before = begun;
    if let Some((held, told, between)) = &disturbed.second {
        begun.became(held);
        held.became(between);
        is_true(told, &[between]);
        let may_split = told.exit.is_some()
            || told.end() == Some(RolloutEnd::UnderWay)
            || case.trouble == Trouble::Second(Verb::Tick);
        assert!(!between.is_split() || may_split, "{told:?} {between:?}");
        before = between;
    }
    before.became(now);
    let Some(told) = &disturbed.told else { return };
    let mut seen = vec![now];
    seen.extend(disturbed.second.as_ref().map(|(held, ..)| held));
    is_true(told, &seen);
    if matches!(case.trouble, Trouble::Fails(_, 1)) && case.scenario.is_good() {
        assert_eq!(told.exit, None, "one failure is none: {told:?}");
    }
    let stuck = told.exit == Some(Exit::Stuck);
    let says_so = if disturbed.second.is_some() {
        stuck || told.exit == Some(Exit::Held)
    } else {
        // Before the rollout, a repetition that is refused looks like another deployer.
        assert!(told.exit != Some(Exit::Held) || told.rollout.is_none(), "nobody else was there: {told:?}");
        // A tick that failed before it knew of a rollout says nothing of it.
        stuck || case.scenario == Scenario::Detached
    };
    assert!(!now.is_split() || says_so, "split, and nobody says so: {told:?} {now:?}");
}

/// Checks the end.
pub(super) async fn of_the_end(
    case: &Case,
    scene: &Scene,
    told: &Told,
    (before, now): (&Snapshot, &Snapshot),
) {
    before.became(now);
    is_true(told, &[now]);
    let deploys = matches!(case.after, After::Deploy | After::Other);
    if case.scenario.is_good() {
        assert_eq!(told.exit, None, "nothing is in the way any more: {told:?}");
    } else {
        assert!(matches!(told.exit, None | Some(Exit::RolledBack)), "{told:?}");
    }
    let Some(version) = now.version() else {
        assert!(case.scenario == Scenario::First && !deploys, "there is an alias: {now:?}");
        return;
    };
    assert!(now.rests_at(version), "it serves one version: {now:?}");
    let live = scene.stage.live(&scene.function, Some("live")).await.configuration;
    assert_eq!((live.version, &live.readiness), (Some(version), &Readiness::Active));
    let served =
        allowed(case).into_iter().find(|code| scene.stage.sha256(&scene.function, code) == live.code_sha256);
    let Some(served) = served else { panic!("it serves neither the old nor the new code: {live:?}") };
    if deploys {
        let expected = match (case.after, case.scenario) {
            (After::Other, _) => "other",
            (_, Scenario::Bad) => "old",
            _ => "new",
        };
        assert_eq!(served, expected, "what is deployed is served: {told:?}");
    }
    let (first, second) = (case.scenario == Scenario::First, case.trouble == Trouble::Second(Verb::Other));
    let other = usize::from(second || case.after == After::Other);
    let most = if first { 1 } else { 3 } + other;
    assert!(now.versions.len() <= most, "no version too many: {now:?}");
}

/// The code that may be served at the end.
fn allowed(case: &Case) -> Vec<&'static str> {
    let mut codes = vec!["new"];
    if case.scenario != Scenario::First {
        codes.push("old");
    }
    if case.trouble == Trouble::Second(Verb::Rollback) {
        codes.push("older");
    }
    if case.trouble == Trouble::Second(Verb::Other) || case.after == After::Other {
        codes.push("other");
    }
    codes
}
