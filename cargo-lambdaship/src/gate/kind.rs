//! The gates by kind. Pure.

/// A check.
#[derive(Debug, Clone, PartialEq)]
pub enum Gate {
    /// Every file is as `cargo fmt` writes it.
    Fmt,
    /// Clippy has nothing to say.
    Clippy,
    /// The tests pass.
    Test,
    /// The examples in the documentation pass.
    Doctest,
    /// No dependency has a known vulnerability.
    Audit,
    /// The dependencies are as `deny.toml` wants them.
    Deny,
    /// The tests run enough of the code.
    Coverage {
        /// The least share of lines, in percent; without it any will do.
        threshold: Option<f64>,
    },
    /// A command of the workspace's own.
    Custom {
        /// Its name.
        name: String,
        /// The program and its arguments.
        command: Vec<String>,
        /// Whether it may be remembered: it looks at nothing but the workspace.
        remember: bool,
    },
}

/// Who waits for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// It runs beside all others.
    Beside,
    /// It takes cargo's lock on the target folder, so those of this lane follow each other.
    Compile,
}

impl Gate {
    /// The gate called `name` that needs no configuration.
    #[must_use]
    pub fn built_in(name: &str, threshold: Option<f64>) -> Option<Self> {
        Some(match name {
            "fmt" => Self::Fmt,
            "clippy" => Self::Clippy,
            "test" => Self::Test,
            "doctest" => Self::Doctest,
            "audit" => Self::Audit,
            "deny" => Self::Deny,
            "coverage" => Self::Coverage { threshold },
            _ => return None,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Test => "test",
            Self::Doctest => "doctest",
            Self::Audit => "audit",
            Self::Deny => "deny",
            Self::Coverage { .. } => "coverage",
            Self::Custom { name, .. } => name,
        }
    }

    /// Who waits for whom.
    #[must_use]
    pub fn lane(&self) -> Lane {
        match self {
            Self::Fmt | Self::Audit | Self::Deny | Self::Custom { .. } => Lane::Beside,
            Self::Clippy | Self::Test | Self::Doctest | Self::Coverage { .. } => Lane::Compile,
        }
    }

    /// Whether what passed once passes again for the same files. Advisories come without any change of them, and nobody knows what
    /// a program of the workspace's own asks.
    #[must_use]
    pub fn holds_on(&self) -> bool {
        match self {
            Self::Audit | Self::Deny => false,
            Self::Custom { remember, .. } => *remember,
            Self::Fmt | Self::Clippy | Self::Test | Self::Doctest | Self::Coverage { .. } => true,
        }
    }

    /// Whether cargo's features decide what it looks at.
    #[must_use]
    pub fn compiles(&self) -> bool {
        self.lane() == Lane::Compile
    }

    /// The command that installs the program that it needs; `None` for those that are the workspace's own.
    #[must_use]
    pub fn install(&self) -> Option<&'static str> {
        Some(match self {
            Self::Fmt => "rustup component add rustfmt",
            Self::Clippy => "rustup component add clippy",
            Self::Test | Self::Doctest => "rustup toolchain install stable",
            Self::Audit => "cargo install cargo-audit --locked",
            Self::Deny => "cargo install cargo-deny --locked",
            Self::Coverage { .. } => {
                "cargo install cargo-llvm-cov --locked && rustup component add llvm-tools"
            }
            Self::Custom { .. } => return None,
        })
    }
}
