//! Which environment variables are cargo's own doing. Pure.

/// Whether cargo gives rustc the variable `name`, out of what is hashed in other ways. The folder of the manifest is not
/// among them for the user's own packages: it is a path of the machine.
pub(super) fn is_cargos(name: &str, local: bool) -> bool {
    const NAMES: [&str; 8] = [
        "CARGO",
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_MANIFEST_LINKS",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_RUSTC_CURRENT_DIR",
        "CARGO_TARGET_TMPDIR",
        "OUT_DIR",
    ];
    const PREFIXES: [&str; 4] = ["CARGO_BIN_EXE_", "CARGO_CFG_", "CARGO_FEATURE_", "CARGO_PKG_"];
    NAMES.contains(&name)
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || (!local && name.starts_with("CARGO_MANIFEST_"))
}

/// Whether cargo gives build scripts the variable `name`, or takes it as a setting of the build that is hashed anyway.
pub(super) fn is_build_scripts(name: &str) -> bool {
    const NAMES: [&str; 12] = [
        "CARGO_BUILD_TARGET",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_MAKEFLAGS",
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "DEBUG",
        "HOST",
        "NUM_JOBS",
        "OPT_LEVEL",
        "PROFILE",
        "RUSTFLAGS",
        "TARGET",
    ];
    const PREFIXES: [&str; 3] = ["DEP_", "RUSTC", "RUSTDOC"];
    is_cargos(name, false) || NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_sets_is_told_from_what_the_user_sets() {
        // The name, and whether it is cargo's in the user's package, in one of a registry, and in a build script.
        for (name, local, registry, script) in [
            ("GIT_SHA", false, false, false),
            ("CARGO_HOME", false, false, false),
            ("CARGO_PKG_VERSION", true, true, true),
            ("CARGO_CFG_TARGET_OS", true, true, true),
            ("CARGO_BIN_NAME", true, true, true),
            ("OUT_DIR", true, true, true),
            ("CARGO_MANIFEST_DIR", false, true, true),
            // Cargo gives these to build scripts only: a crate that asks for one gets the user's.
            ("TARGET", false, false, true),
            ("PROFILE", false, false, true),
            ("RUSTC_WRAPPER", false, false, true),
            ("CC", false, false, false),
        ] {
            assert_eq!((is_cargos(name, true), is_cargos(name, false)), (local, registry), "{name}");
            assert_eq!(is_build_scripts(name), script, "{name}");
        }
    }
}
