//! The forms of the files that say what a build read. Pure.

/// What a file of dependencies in Make's form says, as cargo and rustc write it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DepInfo {
    /// What was made, by the first rule.
    pub(super) made: String,
    /// What it was made of.
    pub(super) files: Vec<String>,
    /// The environment variables that were asked for, whether they were set or not.
    pub(super) variables: Vec<String>,
}

/// Reads the text of a `.d` file; `None` when there is no rule in it.
///
/// A space in a path has a backslash before it, and nothing else is escaped: a backslash anywhere else is Windows'
/// separator, and a dollar is a dollar.
pub(super) fn dep_info(text: &str) -> Option<DepInfo> {
    let mut info = DepInfo::default();
    let mut found = false;
    for line in text.lines() {
        if let Some(variable) = line.strip_prefix("# env-dep:") {
            // The name is escaped as well, so the first `=` ends it.
            let name = variable.split_once('=').map_or(variable, |(name, _)| name);
            info.variables.push(unescape(name));
        } else if !found && !line.starts_with('#') {
            let Some((made, of)) = rule(line) else { continue };
            found = true;
            info.made = words(made).concat();
            info.files = words(of);
        }
    }
    found.then_some(info)
}

/// The two sides of a rule. A drive's colon has no space after it.
fn rule(line: &str) -> Option<(&str, &str)> {
    line.split_once(": ").or_else(|| Some((line.strip_suffix(':')?, "")))
}

fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.next_if_eq(&' ').is_some() => add(&mut words, ' '),
            ' ' => words.push(String::new()),
            other => add(&mut words, other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn add(words: &mut [String], character: char) {
    if let Some(word) = words.last_mut() {
        word.push(character);
    }
}

/// Rustc keeps a name on one line by `\n`, `\r` and `\\`.
fn unescape(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut characters = name.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, true) => match characters.next() {
                Some('n') => plain.push('\n'),
                Some('r') => plain.push('\r'),
                Some(other) => plain.push(other),
                None => {}
            },
            (other, false) => plain.push(other),
        }
    }
    plain
}

/// What a build script asked to be run again for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// Files and folders; a relative one is in the folder of its package.
    pub(super) files: Vec<String>,
    /// Environment variables.
    pub(super) variables: Vec<String>,
}

impl Asked {
    /// Whether it asked for nothing: cargo runs it again then for any file of its package.
    pub(super) fn is_nothing(&self) -> bool {
        self.files.is_empty() && self.variables.is_empty()
    }
}

/// What a build script asked to be run again for, out of what it printed.
pub(super) fn asked(output: &str) -> Asked {
    let mut asked = Asked::default();
    for line in output.lines() {
        let rest = line.strip_prefix("cargo::").or_else(|| line.strip_prefix("cargo:")).unwrap_or_default();
        if let Some(path) = rest.strip_prefix("rerun-if-changed=") {
            asked.files.push(path.trim_end().to_owned());
        } else if let Some(name) = rest.strip_prefix("rerun-if-env-changed=") {
            asked.variables.push(name.trim_end().to_owned());
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_cargo_and_rustc_write_them() {
        for (text, made, files) in [
            ("/t/hello: /a/main.rs /b/lib.rs\n", "/t/hello", &["/a/main.rs", "/b/lib.rs"][..]),
            ("/t/hello: /a/lib\\ b/x.rs /a\\ \\ b.rs\n", "/t/hello", &["/a/lib b/x.rs", "/a  b.rs"]),
            ("/t\\ t/hello: /a.rs\n", "/t t/hello", &["/a.rs"]),
            (
                "C:\\t\\hello.exe: C:\\a\\main.rs D:\\b\\ b\\lib.rs\n",
                "C:\\t\\hello.exe",
                &["C:\\a\\main.rs", "D:\\b b\\lib.rs"],
            ),
            ("/t/h: /a/it$x#y.txt /a/$$.txt\n", "/t/h", &["/a/it$x#y.txt", "/a/$$.txt"]),
            ("/t/h.d: a.rs\n\n/t/h: other.rs\n\na.rs:\n", "/t/h.d", &["a.rs"]),
            ("/t/h:\n", "/t/h", &[]),
            ("# a note\n/t/h: a.rs\n", "/t/h", &["a.rs"]),
            ("/t/h: a.rs\r\n", "/t/h", &["a.rs"]),
        ] {
            let info = dep_info(text).unwrap();
            assert_eq!((info.made.as_str(), &info.files[..]), (made, &owned(files)[..]), "{text}");
        }
        for text in ["", "\n", "# env-dep:A\n", "no rule"] {
            assert_eq!(dep_info(text), None, "{text:?}");
        }
    }

    #[test]
    fn variables_are_named_whether_they_are_set_or_not() {
        let text =
            "h: a.rs\n\n# env-dep:GIT_SHA\n# env-dep:HOME=/a=b\n# env-dep:A\\\\x\\ny=\\n\n# checksum:x\n";
        assert_eq!(dep_info(text).unwrap().variables, ["GIT_SHA", "HOME", "A\\x\ny"]);
    }

    #[test]
    fn a_build_script_asks_in_two_forms() {
        let output = "cargo:rerun-if-env-changed=A\ncargo::rerun-if-env-changed=B\r\ncargo:rerun-if-changed=C d\n\
                      rerun-if-env-changed=D\ncargo:rustc-env=E=1\n cargo:rerun-if-env-changed=F\n\
                      cargo::rerun-if-changed=/e\n";
        let expected = Asked { files: owned(&["C d", "/e"]), variables: owned(&["A", "B"]) };
        assert_eq!(asked(output), expected);
        assert!(asked("cargo::warning=x\ncargo:rustc-env=E=1\n").is_nothing());
    }

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }
}
