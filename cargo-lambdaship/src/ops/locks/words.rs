//! How locks are spoken of. Pure.

use crate::store::{Guarded, Lease};

/// `hello-prod:live`.
pub(super) fn place(place: Guarded<'_>) -> String {
    format!("{}:{}", place.lambda, place.alias)
}

/// Who has a lock, and where that is looked up.
pub(super) fn holder(lease: &Lease) -> String {
    let at = match (&lease.run, &lease.host) {
        (Some(run), _) => format!(" (run {run})"),
        (None, Some(host)) => format!(" ({host})"),
        (None, None) => String::new(),
    };
    // Anybody who writes to the store may have written it.
    format!("{}{at}", lease.owner).replace(char::is_control, " ")
}

/// What a run waits for.
pub(super) fn waiting(of: Guarded<'_>, lease: &Lease) -> String {
    let (place, holder) = (place(of), holder(lease));
    format!("for {holder} until the lock on {place} is free, or expires at {:.0}", lease.expires)
}

/// Why a run cannot have a lock.
pub(super) fn held(of: Guarded<'_>, lease: &Lease) -> String {
    let (place, holder) = (place(of), holder(lease));
    let (taken, expires) = (lease.taken, lease.expires);
    format!(
        "{place} is locked by {holder} since {taken:.0}; the lock expires at {expires:.0} if it is not renewed"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AliasName, LambdaName};

    fn lease(run: Option<&str>, host: Option<&str>) -> Lease {
        serde_json::from_value(serde_json::json!({
            "schema": "lambdaship.lock/1", "id": "1", "owner": "ada", "run": run, "host": host,
            "taken": "2026-11-21T12:00:00.25Z", "expires": "2026-11-21T12:01:00.25Z",
        }))
        .unwrap()
    }

    #[test]
    fn a_lock_is_spoken_of_by_its_alias_and_its_holder() {
        let (lambda, alias) = (LambdaName::new("hello-prod").unwrap(), AliasName::new("live").unwrap());
        let of = Guarded { lambda: &lambda, alias: &alias };
        let lease = lease(Some("https://ci/1"), Some("runner, process 7"));
        assert_eq!(
            waiting(of, &lease),
            "for ada (run https://ci/1) until the lock on hello-prod:live is free, or expires at \
             2026-11-21T12:01:00Z"
        );
        assert_eq!(
            held(of, &lease),
            "hello-prod:live is locked by ada (run https://ci/1) since 2026-11-21T12:00:00Z; the lock expires \
             at 2026-11-21T12:01:00Z if it is not renewed"
        );
    }

    #[test]
    fn a_holder_without_a_run_is_found_on_its_machine() {
        for (host, expected) in [
            (Some("laptop, process 7"), "ada (laptop, process 7)"),
            (None, "ada"),
            (Some("\u{1b}[2J"), "ada ( [2J)"),
        ] {
            assert_eq!(holder(&lease(None, host)), expected);
        }
    }
}
