//! What a function is built for: a Rust target, with the newest glibc that it may need.

use std::fmt;
use std::str::FromStr;

use crate::model::{Arch, Glibc, LAMBDA_GLIBC};

/// A Rust target, and the newest glibc that the result may need.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    triple: String,
    glibc: Option<Glibc>,
}

/// Text that is not a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a target such as `aarch64-unknown-linux-gnu`, `…-gnu.2.34` or `x86_64-unknown-linux-musl`"
)]
pub struct InvalidTarget(String);

impl Target {
    /// What Lambda runs on `arch`: GNU/Linux with [`LAMBDA_GLIBC`].
    #[must_use]
    pub fn lambda(arch: Arch) -> Self {
        let triple = match arch {
            Arch::Arm64 => "aarch64-unknown-linux-gnu",
            Arch::X86_64 => "x86_64-unknown-linux-gnu",
        };
        Self { triple: triple.to_owned(), glibc: Some(LAMBDA_GLIBC) }
    }

    /// The machine that builds; its own glibc is good.
    #[must_use]
    pub fn host(triple: &str) -> Self {
        Self { triple: triple.to_owned(), glibc: None }
    }

    /// The Rust target, as `rustc` knows it.
    #[must_use]
    pub fn triple(&self) -> &str {
        &self.triple
    }

    /// The newest glibc that the result may need.
    #[must_use]
    pub fn glibc(&self) -> Option<Glibc> {
        self.glibc
    }

    /// The Lambda processor that it is for, if it is one.
    #[must_use]
    pub fn arch(&self) -> Option<Arch> {
        match self.triple.split('-').next() {
            Some("aarch64" | "arm64") => Some(Arch::Arm64),
            Some("x86_64") => Some(Arch::X86_64),
            _ => None,
        }
    }

    /// Whether Lambda runs what is built for it: Linux on one of its processors.
    #[must_use]
    pub fn is_lambdas(&self) -> bool {
        self.arch().is_some() && self.triple.contains("-linux-")
    }

    /// Whether the result links the GNU C library.
    #[must_use]
    pub fn is_gnu_linux(&self) -> bool {
        self.triple.contains("-linux-") && self.triple.ends_with("-gnu")
    }
}

/// `aarch64-unknown-linux-gnu.2.34`: the form that zig's users know.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.triple)?;
        self.glibc.map_or(Ok(()), |glibc| write!(f, ".{glibc}"))
    }
}

/// A GNU/Linux target that states no glibc is held to [`LAMBDA_GLIBC`].
impl FromStr for Target {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        let invalid = || InvalidTarget(text.to_owned());
        let (triple, suffix) =
            text.split_once('.').map_or((text, None), |(triple, glibc)| (triple, Some(glibc)));
        let word =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if triple.split('-').count() < 3 || !triple.split('-').all(word) {
            return Err(invalid());
        }
        let mut target = Self::host(triple);
        target.glibc = match suffix {
            Some(suffix) if target.is_gnu_linux() => Some(Glibc::parse(suffix).ok_or_else(invalid)?),
            Some(_) => return Err(invalid()),
            None => target.is_gnu_linux().then_some(LAMBDA_GLIBC),
        };
        Ok(target)
    }
}

/// Where the result is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Platform {
    /// The machine that builds (`--env local`).
    Host,
    /// Lambda, on this processor.
    Lambda(Arch),
    /// What `--target` says.
    Target(Target),
}

impl Platform {
    /// The target, when the machine that builds is a `host`.
    #[must_use]
    pub fn target(&self, host: &str) -> Target {
        match self {
            Self::Host => Target::host(host),
            Self::Lambda(arch) => Target::lambda(*arch),
            Self::Target(target) => target.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_as_zigs_users_write_them() {
        for (text, shown, arch) in [
            ("aarch64-unknown-linux-gnu", Some("aarch64-unknown-linux-gnu.2.34"), Some(Arch::Arm64)),
            ("x86_64-unknown-linux-gnu.2.26", Some("x86_64-unknown-linux-gnu.2.26"), Some(Arch::X86_64)),
            ("x86_64-unknown-linux-musl", Some("x86_64-unknown-linux-musl"), Some(Arch::X86_64)),
            ("riscv64gc-unknown-linux-gnu", Some("riscv64gc-unknown-linux-gnu.2.34"), None),
            ("x86_64-unknown-linux-musl.2.17", None, None),
            ("x86_64-unknown-linux-gnu.two", None, None),
            ("x86_64-unknown-linux-gnu.2", None, None),
            ("arm64", None, None),
            ("a-b/../c-d", None, None),
            ("", None, None),
        ] {
            let target = text.parse::<Target>();
            assert_eq!(target.as_ref().ok().map(ToString::to_string).as_deref(), shown, "{text}");
            assert_eq!(target.ok().and_then(|target| target.arch()), arch, "{text}");
        }
    }

    #[test]
    fn lambda_runs_linux_on_two_processors() {
        for (text, expected) in [
            ("aarch64-unknown-linux-gnu.2.26", true),
            ("x86_64-unknown-linux-musl", true),
            ("riscv64gc-unknown-linux-gnu", false),
            ("aarch64-apple-darwin", false),
            ("x86_64-pc-windows-gnu", false),
        ] {
            assert_eq!(text.parse::<Target>().unwrap().is_lambdas(), expected, "{text}");
        }
    }

    #[test]
    fn the_platform_decides_the_target() {
        let host = "x86_64-unknown-linux-gnu";
        assert_eq!(Platform::Host.target(host).to_string(), host);
        assert_eq!(Platform::Lambda(Arch::X86_64).target(host).to_string(), format!("{host}.2.34"));
    }
}
