//! Which pull requests a commit is the head of.

use serde::Deserialize;

use super::api::Api;
use super::error::Error;
use super::patience::Patience;

#[derive(Deserialize)]
struct Pull {
    number: u64,
    state: String,
    merge_commit_sha: Option<String>,
    merged_at: Option<String>,
    head: Branch,
    base: Branch,
}

#[derive(Deserialize)]
struct Branch {
    sha: String,
    /// None when the fork was deleted.
    repo: Option<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    full_name: String,
}

/// The open pull requests of `repository` whose head is `commit` of `head_repository`, in rising order.
///
/// A commit that is only in a fork is not known to the repository itself: for it `commits/{sha}/pulls` is empty, and the open
/// pull requests are looked through.
pub(super) async fn of_commit(
    api: &Api,
    repository: &str,
    (commit, head_repository): (&str, &str),
    patience: &mut Patience<'_>,
) -> Result<Vec<u64>, Error> {
    let action = format!("find the pull requests of commit {commit}");
    let pulls: Vec<Pull> = if head_repository.eq_ignore_ascii_case(repository) {
        api.list(&action, &format!("/repos/{repository}/commits/{commit}/pulls"), &[], patience).await?
    } else {
        let query = [("state", "open"), ("sort", "updated"), ("direction", "desc")];
        api.list(&action, &format!("/repos/{repository}/pulls"), &query, patience).await?
    };
    Ok(numbers(&pulls, repository, commit, head_repository))
}

/// The pull requests of `repository` that were merged as `commit`, in rising order.
pub(super) async fn merged(
    api: &Api,
    repository: &str,
    commit: &str,
    patience: &mut Patience<'_>,
) -> Result<Vec<u64>, Error> {
    let action = format!("find the pull requests that became commit {commit}");
    let path = format!("/repos/{repository}/commits/{commit}/pulls");
    let pulls: Vec<Pull> = api.list(&action, &path, &[], patience).await?;
    let is_it = |pull: &&Pull| {
        let merged = pull.merge_commit_sha.as_deref().filter(|_| pull.merged_at.is_some());
        merged.is_some_and(|sha| sha.eq_ignore_ascii_case(commit))
    };
    let mut numbers: Vec<u64> = pulls.iter().filter(is_it).map(|pull| pull.number).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

fn numbers(pulls: &[Pull], repository: &str, commit: &str, head_repository: &str) -> Vec<u64> {
    let is = |branch: &Branch, name: &str| {
        branch.repo.as_ref().is_some_and(|repo| repo.full_name.eq_ignore_ascii_case(name))
    };
    let mut numbers: Vec<_> = pulls
        .iter()
        .filter(|pull| pull.state == "open" && pull.head.sha.eq_ignore_ascii_case(commit))
        .filter(|pull| is(&pull.head, head_repository) && is(&pull.base, repository))
        .map(|pull| pull.number)
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_open_pull_request_with_that_very_head_counts() {
        let branch = |repository: Option<&str>, sha: &str| Branch {
            sha: sha.to_owned(),
            repo: repository.map(|name| Repository { full_name: name.to_owned() }),
        };
        let pull = |number, state: &str, head, sha: &str, base| Pull {
            number,
            state: state.to_owned(),
            merge_commit_sha: None,
            merged_at: None,
            head: branch(head, sha),
            base: branch(Some(base), "b"),
        };
        let pulls = [
            pull(9, "open", Some("Fork/Shop"), "c0", "acme/shop"),
            pull(2, "open", Some("fork/shop"), "c0", "acme/shop"),
            pull(3, "closed", Some("fork/shop"), "c0", "acme/shop"),
            pull(4, "open", Some("other/shop"), "c0", "acme/shop"),
            pull(5, "open", None, "c0", "acme/shop"),
            pull(6, "open", Some("fork/shop"), "c1", "acme/shop"),
            pull(7, "open", Some("fork/shop"), "c0", "fork/shop"),
            pull(9, "open", Some("fork/shop"), "c0", "acme/shop"),
        ];
        assert_eq!(numbers(&pulls, "acme/shop", "c0", "fork/shop"), [2, 9]);
    }
}
