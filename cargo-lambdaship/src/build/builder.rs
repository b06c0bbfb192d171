//! Which builder makes a function: plain cargo, zig as the linker, or cross.

use super::Target;
use crate::model::BuilderChoice;

/// The builder that was decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Builder {
    /// Plain cargo.
    Cargo,
    /// Plain cargo; zig when the result needs a newer glibc than the target allows.
    CargoThenZig,
    /// Cargo with zig as the linker.
    Zig,
    /// `cross`.
    Cross,
}

impl Builder {
    /// The name that stamps carry.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Cargo | Self::CargoThenZig => "cargo",
            Self::Zig => "zig",
            Self::Cross => "cross",
        }
    }
}

/// Whether a build asks for zig.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ZigNeed {
    /// It does not.
    Never,
    /// Only when plain cargo's result needs a newer glibc than the target allows.
    Perhaps,
    /// It does not go without.
    Always,
}

impl Builder {
    pub(super) fn zig_need(self) -> ZigNeed {
        match self {
            Self::Cargo | Self::Cross => ZigNeed::Never,
            Self::CargoThenZig => ZigNeed::Perhaps,
            Self::Zig => ZigNeed::Always,
        }
    }
}

/// Decides for one target. `own_linker`: the user configured a linker for it.
pub(super) fn decide(choice: BuilderChoice, target: &Target, host: &str, own_linker: bool) -> Builder {
    match choice {
        BuilderChoice::Zig => Builder::Zig,
        BuilderChoice::Cross => Builder::Cross,
        BuilderChoice::Auto if own_linker => Builder::Cargo,
        BuilderChoice::Auto if target.triple() != host => Builder::Zig,
        BuilderChoice::Auto if target.glibc().is_some() => Builder::CargoThenZig,
        BuilderChoice::Cargo | BuilderChoice::Auto => Builder::Cargo,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Arch;

    #[test]
    fn auto_takes_the_simplest_builder_whose_result_runs() {
        let (linux, mac) = ("x86_64-unknown-linux-gnu", "aarch64-apple-darwin");
        let (x86, arm) = (Target::lambda(Arch::X86_64), Target::lambda(Arch::Arm64));
        let musl: Target = "x86_64-unknown-linux-musl".parse().unwrap();
        for (choice, target, host, own_linker, expected) in [
            (BuilderChoice::Auto, &x86, linux, false, Builder::CargoThenZig),
            (BuilderChoice::Auto, &x86, linux, true, Builder::Cargo),
            (BuilderChoice::Auto, &arm, linux, false, Builder::Zig),
            (BuilderChoice::Auto, &arm, linux, true, Builder::Cargo),
            (BuilderChoice::Auto, &arm, mac, false, Builder::Zig),
            (BuilderChoice::Auto, &musl, linux, false, Builder::Zig),
            (BuilderChoice::Auto, &Target::host(linux), linux, false, Builder::Cargo),
            (BuilderChoice::Auto, &Target::host(mac), mac, false, Builder::Cargo),
            (BuilderChoice::Cargo, &arm, linux, false, Builder::Cargo),
            (BuilderChoice::Zig, &x86, linux, true, Builder::Zig),
            (BuilderChoice::Cross, &arm, linux, false, Builder::Cross),
        ] {
            assert_eq!(decide(choice, target, host, own_linker), expected, "{choice:?} {target} on {host}");
        }
    }

    #[test]
    fn a_builder_is_read_as_it_is_written() {
        for choice in BuilderChoice::ALL {
            assert_eq!(choice.as_str().parse(), Ok(choice));
        }
        assert_eq!(
            "zigbuild".parse::<BuilderChoice>().unwrap_err().to_string(),
            "`zigbuild` is not a builder: expected one of auto, cargo, zig, cross"
        );
    }
}
