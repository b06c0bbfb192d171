//! Zig as the linker, through the `cargo-zigbuild` crate.
//!
//! The crate writes small scripts that cargo takes for the linker and the C compiler; they call this very program back
//! as `cargo-lambdaship zig cc -- …`. So `main` must call [`linker_entry`] before it reads any argument.

use std::ffi::OsString;

use cargo_zigbuild::Zig;

use super::{Error, Target};

/// Variables for cargo: `None` takes one away.
pub(super) type Variables = Vec<(OsString, Option<OsString>)>;

/// Acts as the linker when the process was started as one: `arguments` are those of the process, its own name
/// included. `None` when it was not, and the program is to go on as usual.
#[must_use]
pub fn linker_entry(arguments: &[OsString]) -> Option<Result<(), LinkerError>> {
    let zig = call(arguments)?;
    Some(zig.execute().map_err(|error| LinkerError(error.into())))
}

/// A failure to run zig as the linker.
#[derive(Debug, thiserror::Error)]
#[error("failed to run zig")]
pub struct LinkerError(#[source] Box<dyn std::error::Error + Send + Sync>);

fn call(arguments: &[OsString]) -> Option<Zig> {
    let (program, rest) = arguments.split_first()?;
    let text = |arguments: &[OsString]| -> Vec<String> {
        arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect()
    };
    // `ar` is started through a link with that name, because cmake and cc know it by its name.
    match std::path::Path::new(program).file_stem()?.to_str()? {
        "ar" => return Some(Zig::Ar { args: text(rest) }),
        "lib" => return Some(Zig::Lib { args: text(rest) }),
        _ => {}
    }
    let [zig, tool, rest @ ..] = rest else { return None };
    let rest = rest.strip_prefix(&[OsString::from("--")]).unwrap_or(rest);
    match (zig.to_str()?, tool.to_str()?) {
        ("zig", "cc") => Some(Zig::Cc { args: text(rest) }),
        ("zig", "c++") => Some(Zig::Cxx { args: text(rest) }),
        ("zig", "ar") => Some(Zig::Ar { args: text(rest) }),
        ("zig", "ranlib") => Some(Zig::Ranlib { args: text(rest) }),
        ("zig", "lib") => Some(Zig::Lib { args: text(rest) }),
        ("zig", "dlltool") => Some(Zig::Dlltool { args: text(rest) }),
        _ => None,
    }
}

/// Whether there is a zig: `python3 -m ziglang` first, then `zig` on the PATH.
#[must_use]
pub fn is_available() -> bool {
    Zig::find_zig().is_ok()
}

/// The variables that make cargo link for `target` with zig.
pub(super) fn variables(target: &Target) -> Result<Variables, Error> {
    let mut build = cargo_zigbuild::Build::new(None);
    build.enable_zig_ar = true;
    build.cargo.common.target = vec![target.to_string()];
    let command = build
        .build_command()
        .map_err(|error| Error::Zig { target: target.to_string(), source: error.into() })?;
    Ok(command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_linkers_own_calls_are_taken() {
        for (line, taken) in [
            ("/bin/cargo-lambdaship zig cc -- -target aarch64-linux-gnu.2.34 main.o", Some("main.o")),
            ("cargo-lambdaship zig c++ a.cc", Some("a.cc")),
            ("/cache/ar rcs lib.a", Some("lib.a")),
            ("cargo-lambdaship zig", None),
            ("cargo-lambdaship zig build", None),
            ("cargo-lambdaship lambdaship deploy", None),
            ("cargo-lambdaship", None),
        ] {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let last = call(&arguments).map(|zig| match zig {
                Zig::Cc { args } | Zig::Cxx { args } | Zig::Ar { args } => {
                    args.last().cloned().unwrap_or_default()
                }
                other => panic!("{other:?}"),
            });
            assert_eq!(last.as_deref(), taken, "{line}");
        }
    }
}
