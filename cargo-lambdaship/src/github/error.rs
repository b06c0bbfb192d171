//! Why GitHub did not do what was asked for.

use std::time::Duration;

use crate::network::Proxy;

/// Why GitHub did not do what was asked for. `action` finishes "failed to …"; what GitHub said is one line of it, without the
/// token.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address of the API is none.
    #[error("`{address}` is not the address of GitHub's API: {reason}")]
    Address {
        /// The address, without a user that it names.
        address: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It is not `owner/name`.
    #[error("`{0}` is not the name of a repository")]
    Repository(String),
    /// It is not the hash of a commit.
    #[error("`{0}` is not a commit")]
    Commit(String),
    /// There is no token, or it has characters that no token has.
    #[error("the token for GitHub is {0}")]
    Token(&'static str),
    /// The client could not be made.
    #[error("failed to set up the connection to GitHub: {0}")]
    Client(String),
    /// GitHub does not know the token (401).
    #[error("failed to {action}: GitHub does not accept the token ({said})")]
    Unauthorized {
        /// What was to be done.
        action: String,
        /// What GitHub said.
        said: String,
    },
    /// The token has no permission (403).
    #[error("failed to {action}: the token may not do that ({said})")]
    Denied {
        /// What was to be done.
        action: String,
        /// What GitHub said.
        said: String,
    },
    /// It is not there, or the token cannot see it (404, 410).
    #[error("failed to {action}: it is not there, or the token cannot see it ({said})")]
    NotFound {
        /// What was to be done.
        action: String,
        /// What GitHub said.
        said: String,
    },
    /// GitHub refuses the request (other 4xx).
    #[error("failed to {action}: GitHub answered {status} ({said})")]
    Refused {
        /// What was to be done.
        action: String,
        /// The status of the answer.
        status: u16,
        /// What GitHub said.
        said: String,
    },
    /// A rate limit lasts longer than it is waited for.
    #[error("failed to {action}: GitHub's rate limit is used up for {} more ({said})", in_words(*.wait))]
    RateLimited {
        /// What was to be done.
        action: String,
        /// How long it lasts.
        wait: Duration,
        /// What GitHub said.
        said: String,
    },
    /// GitHub fails (5xx), again and again.
    #[error("failed to {action}: GitHub answered {status}, again and again ({said})")]
    Server {
        /// What was to be done.
        action: String,
        /// The status of the last answer.
        status: u16,
        /// What GitHub said.
        said: String,
    },
    /// There is no answer, again and again.
    #[error("failed to {action}: no answer from GitHub ({said}{})", by(through.as_deref()))]
    Unreachable {
        /// What was to be done.
        action: String,
        /// What the connection said.
        said: String,
        /// The proxy that it was asked by.
        through: Option<Box<Proxy>>,
    },
    /// The answer is not what GitHub answers.
    #[error("failed to {action}: the answer is not GitHub's ({said})")]
    Answer {
        /// What was to be done.
        action: String,
        /// What is wrong with it.
        said: String,
    },
    /// A text is longer than GitHub takes.
    #[error("failed to {action}: it has {characters} characters, and GitHub takes {most}")]
    TooLong {
        /// What was to be done.
        action: String,
        /// How long it is.
        characters: usize,
        /// How long it may be.
        most: usize,
    },
}

impl Error {
    /// Whether the token has no permission for it, which is so for each pull request of a fork.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Denied { .. })
    }

    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unreachable { through: Some(proxy), .. } => return Some(proxy.hint()),
            Self::Address { .. } => {
                "pass the address of the API, such as https://api.github.com or https://HOST/api/v3"
            }
            Self::Repository(_) => "name it as `owner/name`, as GITHUB_REPOSITORY does",
            Self::Commit(_) => "pass the whole hash of the commit",
            Self::Token(_) => {
                "pass `github-token: ${{ github.token }}`, or a token that was copied as a whole"
            }
            Self::Client(_) => {
                "install the certificates of the system (Debian: apt-get install ca-certificates)"
            }
            Self::Unauthorized { .. } => {
                "pass a token that is not expired; one of a job lasts for that job only, and on this server only"
            }
            Self::Denied { .. } => {
                "give the job the permission (`permissions: pull-requests: write`, `issues: write` or `deployments: write`); a \
                 pull request of a fork never has it"
            }
            Self::NotFound { .. } => {
                "check the repository and the number, and that the token is for this repository"
            }
            Self::RateLimited { .. } => {
                "run it again later; a token of a job has 1,000 requests per hour and repository"
            }
            Self::Server { .. } | Self::Unreachable { .. } => {
                "look at https://www.githubstatus.com, and run it again: it goes on with what is there"
            }
            Self::Answer { .. } => "check the address of the API, and what stands in between",
            Self::TooLong { .. } => "leave something out",
            Self::Refused { status: 300..=399, .. } => {
                "the repository was renamed or moved, or the address is not the API's: use the new one"
            }
            Self::Refused { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// The first line of what somebody else said, without characters that a terminal would obey, and not all of a page.
pub(super) fn one_line(text: &str) -> String {
    const MOST: usize = 200;
    let line = text.trim().lines().next().unwrap_or_default();
    let mut shown: String =
        line.chars().take(MOST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if line.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

fn by(proxy: Option<&Proxy>) -> String {
    proxy.map(|proxy| format!(", through the proxy {proxy}")).unwrap_or_default()
}

fn in_words(wait: Duration) -> String {
    let seconds = wait.as_secs().max(1);
    if seconds < 120 { format!("{seconds}s") } else { format!("{} minutes", seconds.div_ceil(60)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_is_one_short_line() {
        assert_eq!(one_line("Bad credentials\nDocumentation"), "Bad credentials");
        assert_eq!(one_line("\u{1b}[31mred"), "\u{fffd}[31mred");
        assert_eq!(one_line(&"x".repeat(500)).chars().count(), 201);
    }

    #[test]
    fn only_a_lack_of_permission_is_a_denial() {
        let said = || "no".to_owned();
        assert!(Error::Denied { action: said(), said: said() }.is_denied());
        assert!(!Error::Unauthorized { action: said(), said: said() }.is_denied());
        assert!(!Error::RateLimited { action: said(), wait: Duration::ZERO, said: said() }.is_denied());
    }

    #[test]
    fn a_rate_limit_says_how_long_it_lasts() {
        let error = |seconds| Error::RateLimited {
            action: "list".to_owned(),
            wait: Duration::from_secs(seconds),
            said: "API rate limit exceeded".to_owned(),
        };
        assert_eq!(
            error(100).to_string(),
            "failed to list: GitHub's rate limit is used up for 100s more (API rate limit exceeded)"
        );
        assert!(error(1801).to_string().contains("for 31 minutes more"));
    }
}
