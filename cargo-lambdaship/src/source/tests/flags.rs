//! Flags, configuration, variables, and what is packed beside.

use super::scene::Scene;

type Case = (&'static str, fn(&mut Scene), &'static str);

fn check(cases: &[Case]) {
    let mut scene = Scene::new();
    for (what, edit, expected) in cases {
        let (hello, worker) = scene.after(edit);
        assert_eq!((hello.as_str(), worker.as_str()), (*expected, *expected), "{what}");
    }
}

#[test]
fn flags_count_as_far_as_they_change_the_result() {
    check(&[
        ("how cargo is run", |s| s.cargo.jobs = Some("3".to_owned()), ""),
        ("that it may not write", |s| s.cargo.lock_flags = vec!["--locked".to_owned()], ""),
        ("features", |s| s.cargo.features.named = vec!["b a".to_owned()], "flag features"),
        ("the same features", |s| s.cargo.features.named = vec!["a".to_owned(), "b".to_owned()], ""),
        ("all of them", |s| s.cargo.features.all = true, "flag features"),
        ("no default ones", |s| s.cargo.features.no_default = true, "flag features"),
        ("the profile's name", |s| s.cargo.profile = Some("release".to_owned()), ""),
        ("another profile", |s| s.cargo.profile = Some("dev".to_owned()), "flag profile, profile"),
        ("the builder", |s| s.builder = "cargo", "builder"),
        ("an older glibc", |s| s.target = "aarch64-unknown-linux-gnu.2.26", "target"),
        ("another target", |s| s.target = "x86_64-unknown-linux-gnu.2.26", "target"),
    ]);
}

#[test]
fn cargos_configuration_counts_as_far_as_it_changes_the_result() {
    check(&[
        (
            "its own looks",
            |s| s.write(".cargo/config.toml", "[term]\nquiet = true\n[alias]\nx = \"build\"\n"),
            "",
        ),
        (
            "a profile",
            |s| s.write(".cargo/config.toml", "[profile.release]\nlto = \"fat\"\n"),
            "new config profile, flag profile",
        ),
        ("a comment", |s| s.write(".cargo/config.toml", "# x\n[profile.release]\nlto = \"fat\"\n"), ""),
        (
            "the same, above",
            |s| {
                s.write("../.cargo/config.toml", "[profile.release]\nlto = \"fat\"\n");
                s.write(".cargo/config.toml", "");
            },
            "",
        ),
        (
            "flags",
            |s| {
                s.write(
                    ".cargo/config.toml",
                    "[target.aarch64-unknown-linux-gnu]\nrustflags = [\"-Ctarget-cpu=neoverse-n1\"]\n",
                );
            },
            "flag rustflags",
        ),
        (
            "flags of another target",
            |s| {
                s.edit(".cargo/config.toml", "]\n", "]\n[target.x86_64-unknown-linux-gnu]\nrustflags = [\"-Cdebuginfo=0\"]\n[target.aarch64-unknown-linux-gnu]\n");
                s.edit(".cargo/config.toml", "[target.aarch64-unknown-linux-gnu]\n", "");
            },
            "",
        ),
        (
            "a variable",
            |s| s.write("../.cargo/config.toml", "[env]\nSTAGE = \"a\"\n"),
            "new config env.STAGE, removed config profile, flag profile",
        ),
        ("that is set outside", |s| s.environment.push(("STAGE", "b".to_owned())), "config env.STAGE"),
        (
            "flags by the environment",
            |s| s.environment.push(("RUSTFLAGS", "-Copt-level=1".to_owned())),
            "flag rustflags",
        ),
        (
            "a profile by the environment",
            |s| s.environment.push(("CARGO_PROFILE_RELEASE_LTO", "off".to_owned())),
            "flag profile, new variable CARGO_PROFILE_RELEASE_LTO",
        ),
        ("what nobody reads", |s| s.environment.push(("EDITOR", "ed".to_owned())), ""),
    ]);
}

#[test]
fn declared_variables_count() {
    check(&[
        ("one that is not declared", |s| s.environment.push(("GIT_SHA", "a".to_owned())), ""),
        ("it is declared", |s| s.declared.push("GIT_SHA".to_owned()), "new variable GIT_SHA"),
        ("it changes", |s| s.environment[0].1 = "b".to_owned(), "variable GIT_SHA"),
        ("it is empty", |s| s.environment[0].1 = String::new(), "variable GIT_SHA"),
        ("it is not set", |s| s.environment.clear(), "variable GIT_SHA"),
        ("one was seen", |s| s.also.variables.push("SEEN".to_owned()), "new variable SEEN"),
        ("it is set", |s| s.environment.push(("SEEN", String::new())), "variable SEEN"),
        ("one of cargo's own", |s| s.also.variables.push("CARGO_PKG_VERSION".to_owned()), ""),
    ]);
}

#[test]
fn the_place_of_a_package_counts_where_code_asks_for_it() {
    let (mut one, mut two) = (Scene::named("one"), Scene::named("two"));
    for scene in [&mut one, &mut two] {
        scene.also.variables.push("CARGO_MANIFEST_DIR".to_owned());
    }
    let names = crate::source::words(&two.inputs("hello").since(&one.inputs("hello")), 9);
    assert_eq!(names, ["variable CARGO_MANIFEST_DIR"]);
    assert_eq!(
        one.after(|scene| scene.environment.push(("CARGO_MANIFEST_DIR", "x".to_owned()))),
        Default::default()
    );
}

#[test]
fn files_beside_count() {
    check(&[
        ("a file that is not named", |s| s.write("pages/a.html", "a"), ""),
        ("it is packed", |s| s.include.push("pages".to_owned()), "new include pages/a.html"),
        ("it changes", |s| s.write("pages/a.html", "A"), "include pages/a.html"),
        ("another", |s| s.write("pages/b.html", ""), "new include pages/b.html"),
        (
            "one that is absent was seen",
            |s| s.also.files.push("../seen/x.sql".to_owned()),
            "new also ../seen/x.sql",
        ),
        ("it is there", |s| s.write("../seen/x.sql", ""), "also ../seen/x.sql"),
        ("it changes", |s| s.write("../seen/x.sql", "select"), "also ../seen/x.sql"),
        ("a folder was seen", |s| s.also.files.push("../seen".to_owned()), "new also ../seen"),
        ("a file in it", |s| s.write("../seen/y.sql", ""), "also ../seen"),
    ]);
}

#[cfg(unix)]
#[test]
fn what_is_executable_is_packed_as_such() {
    use std::os::unix::fs::PermissionsExt;
    let mut scene = Scene::new();
    scene.write("bin/run", "");
    scene.include.push("bin".to_owned());
    let edited = scene.after(|scene| {
        let mode = std::fs::Permissions::from_mode(0o755);
        fs_err::set_permissions(scene.root.join("bin/run"), mode).unwrap();
    });
    assert_eq!(edited.0, "include bin/run");
}

#[cfg(unix)]
#[test]
fn another_toolchain_is_another_build() {
    use std::os::unix::fs::PermissionsExt;
    let mut scene = Scene::new();
    scene.write("../rustc", "#!/bin/sh\nrustc \"$@\" | sed 's/^release: .*/release: 9.9.9/'\n");
    let rustc = scene.around().join("rustc");
    fs_err::set_permissions(&rustc, std::fs::Permissions::from_mode(0o755)).unwrap();
    let edited = scene.after(|scene| scene.environment.push(("RUSTC", rustc.to_string())));
    assert_eq!(edited.0, "toolchain");
}

#[test]
fn files_that_flags_name_count() {
    let flags = "[target.aarch64-unknown-linux-gnu]\nlinker = \"tools/ld\"\nrustflags = [\"-Clink-arg=-Tlink.x\", \
                 \"-C\", \"link-arg=-Wl,--version-script=symbols.map\", \"-Cprofile-use=/dev/null\"]\n";
    let cases: [(&str, &str); 4] = [
        ("link.x", "flag file link.x"),
        ("symbols.map", "flag file symbols.map"),
        ("tools/ld", "flag file tools/ld"),
        ("other.x", ""),
    ];
    let mut scene = Scene::new();
    scene.write(".cargo/config.toml", flags);
    for (path, expected) in cases {
        scene.write(path, "1");
        let (hello, worker) = scene.after(|scene| scene.write(path, "2"));
        assert_eq!((hello.as_str(), worker.as_str()), (expected, expected), "{path}");
    }
}

/// A program that hands on to rustc, under this name.
#[cfg(unix)]
fn wrapper(scene: &Scene, name: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    scene.write(&format!("../{name}"), "#!/bin/sh\nexec \"$@\"\n");
    let path = scene.around().join(name);
    fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.into_string()
}

#[cfg(unix)]
#[test]
fn what_stands_between_cargo_and_rustc_counts_unless_it_only_keeps() {
    check(&[
        (
            "a cache",
            |s| {
                let path = wrapper(s, "sccache");
                s.environment.push(("RUSTC_WRAPPER", path));
            },
            "",
        ),
        ("another program", |s| s.environment[0].1 = wrapper(s, "own"), "new flag rustc-wrapper"),
        (
            "by configuration",
            |s| {
                s.environment.clear();
                let config = format!("[build]\nrustc-wrapper = \"{}\"\n", wrapper(s, "other"));
                s.write(".cargo/config.toml", &config);
            },
            "flag rustc-wrapper",
        ),
    ]);
}

#[test]
fn the_place_of_a_variable_counts_where_code_asks_for_it() {
    let config = "[env]\nDATA = { value = \"data\", relative = true }\n";
    for (asked, forced, set, expected) in [
        (false, false, false, &[][..]),
        (true, false, false, &["variable DATA"]),
        (true, false, true, &[]),
        (true, true, true, &["variable DATA"]),
    ] {
        let (mut one, mut two) = (Scene::named("one"), Scene::named("two"));
        for scene in [&mut one, &mut two] {
            let config =
                if forced { config.replace("true", "true, force = true") } else { config.to_owned() };
            scene.write(".cargo/config.toml", &config);
            scene.also.variables.extend(asked.then(|| "DATA".to_owned()));
            scene.environment.extend(set.then(|| ("DATA", "/data".to_owned())));
        }
        let names = crate::source::words(&two.inputs("hello").since(&one.inputs("hello")), 9);
        assert_eq!(names, expected, "{asked} {forced} {set}");
    }
}
