//! The words that inputs of the action can be.

/// What the action is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    /// Gates alone.
    Check,
    /// Gates, and what a deploy would do.
    Plan,
    /// Gates, and a deploy.
    Deploy,
    /// What another environment serves, brought to this one.
    Promote,
    /// Aliases back.
    Rollback,
    /// What is live, compared with what was deployed.
    Drift,
    /// What nothing needs.
    Prune,
    /// The functions, split over jobs.
    Matrix,
    /// One comment on what other jobs did.
    Comment,
    /// The binary, and nothing else.
    Install,
}

impl Command {
    /// All of them, by their words.
    pub(super) const WORDS: [(&'static str, Self); 10] = [
        ("check", Self::Check),
        ("plan", Self::Plan),
        ("deploy", Self::Deploy),
        ("promote", Self::Promote),
        ("rollback", Self::Rollback),
        ("drift", Self::Drift),
        ("prune", Self::Prune),
        ("matrix", Self::Matrix),
        ("comment", Self::Comment),
        ("install", Self::Install),
    ];

    /// Its word.
    #[must_use]
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Plan => "plan",
            Self::Deploy => "deploy",
            Self::Promote => "promote",
            Self::Rollback => "rollback",
            Self::Drift => "drift",
            Self::Prune => "prune",
            Self::Matrix => "matrix",
            Self::Comment => "comment",
            Self::Install => "install",
        }
    }

    /// Whether it runs the gates of the configuration when nobody says which.
    #[must_use]
    pub(super) fn has_gates(self) -> bool {
        matches!(self, Self::Check | Self::Plan | Self::Deploy)
    }

    /// Whether code of the workspace is run, or its files are read, for it.
    #[must_use]
    pub(super) fn runs_code(self) -> bool {
        !matches!(self, Self::Comment | Self::Install)
    }

    /// Whether it asks AWS.
    #[must_use]
    pub(super) fn needs_environment(self) -> bool {
        match self {
            Self::Plan | Self::Deploy | Self::Promote | Self::Rollback | Self::Drift | Self::Prune => true,
            Self::Check | Self::Matrix | Self::Comment | Self::Install => false,
        }
    }
}

/// `comment`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CommentMode {
    /// There is none.
    Off,
    /// When there is something to say, or one of ours says something already.
    ChangesOnly,
    /// Always.
    Always,
    /// Another job writes it.
    Artifact,
}

impl CommentMode {
    /// All of them, by their words.
    pub(super) const WORDS: [(&'static str, Self); 4] = [
        ("off", Self::Off),
        ("changes-only", Self::ChangesOnly),
        ("always", Self::Always),
        ("artifact", Self::Artifact),
    ];

    /// Whether this job writes to GitHub.
    #[must_use]
    pub(super) fn writes(self) -> bool {
        matches!(self, Self::ChangesOnly | Self::Always)
    }
}

/// `fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FailOn {
    /// What failed.
    Error,
    /// Also a plan that has something to do.
    Changes,
    /// Also functions that drifted.
    Drift,
    /// Nothing but wrong inputs.
    Never,
}

impl FailOn {
    /// All of them, by their words.
    pub(super) const WORDS: [(&'static str, Self); 4] =
        [("error", Self::Error), ("changes", Self::Changes), ("drift", Self::Drift), ("never", Self::Never)];
}

/// `gates`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Gates {
    /// Those that the command has.
    ByCommand,
    /// None.
    None,
    /// These.
    Named(Vec<String>),
}

/// `shard`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shard {
    /// One of so many parts, from 1.
    Part {
        /// Which.
        number: usize,
        /// Of how many.
        of: usize,
    },
    /// At most so many parts.
    AtMost(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_the_word_that_names_it() {
        for (word, command) in Command::WORDS {
            assert_eq!(command.as_str(), word);
        }
    }
}
