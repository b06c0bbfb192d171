//! Which files are packed beside `bootstrap`.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobMatcher};
use ignore::{DirEntry, WalkBuilder};

use super::Error;

/// A file to pack beside `bootstrap`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// Its name in the zip: the path relative to the package, with `/` between the parts.
    pub name: String,
    /// The file.
    pub source: Utf8PathBuf,
}

/// The files in `root` that match `patterns`, in the order of their names. A pattern that names a folder stands for
/// all that is in it. Version control's and cargo's own folders are not searched.
///
/// # Errors
/// When a pattern is not a glob, leaves `root`, or matches nothing; when a match is a link that leads out of `root`.
pub fn collect_includes(root: &Utf8Path, patterns: &[String]) -> Result<Vec<Include>, Error> {
    let mut found = BTreeMap::new();
    for pattern in patterns {
        let before = found.len();
        let matched = search(root, pattern, &mut found)?;
        if matched == 0 && found.len() == before {
            return Err(Error::NothingMatches { pattern: pattern.clone(), root: root.to_owned() });
        }
    }
    Ok(found.into_iter().map(|(name, source)| Include { name, source }).collect())
}

/// Adds what `pattern` matches to `found`, and counts it.
fn search(root: &Utf8Path, pattern: &str, found: &mut BTreeMap<String, Utf8PathBuf>) -> Result<usize, Error> {
    let parts = parts(root, pattern)?;
    let base = root.join(literal(&parts).join("/"));
    if !base.exists() {
        return Ok(0);
    }
    let glob = matcher(root, pattern, &parts)?;
    let real_root = fs_err::canonicalize(root)?;
    let mut matched = 0;
    let walk =
        WalkBuilder::new(&base).standard_filters(false).follow_links(true).filter_entry(is_searched).build();
    for entry in walk {
        let entry = entry.map_err(|source| Error::Walk { root: root.to_owned(), source })?;
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let Ok(relative) = entry.path().strip_prefix(root) else { continue };
        if !glob.is_match(relative) {
            continue;
        }
        let not_utf8 = || Error::NotUtf8 { path: entry.path().to_string_lossy().into_owned() };
        let relative = Utf8Path::from_path(relative).ok_or_else(not_utf8)?;
        let source = root.join(relative);
        let real = fs_err::canonicalize(&source)?;
        if !real.starts_with(&real_root) {
            let real = Utf8PathBuf::from_path_buf(real).map_err(|_| not_utf8())?;
            return Err(Error::LinkOutside { path: source, real, root: root.to_owned() });
        }
        found.insert(name(relative), source);
        matched += 1;
    }
    Ok(matched)
}

/// The pattern's parts, without any that mean nothing.
fn parts<'a>(root: &Utf8Path, pattern: &'a str) -> Result<Vec<&'a str>, Error> {
    let parts: Vec<_> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let leaves = pattern.starts_with('/') || Utf8Path::new(pattern).is_absolute() || parts.contains(&"..");
    if leaves || parts.is_empty() {
        return Err(Error::PatternOutside { pattern: pattern.to_owned(), root: root.to_owned() });
    }
    Ok(parts)
}

/// The parts before the first that holds a wildcard: only what is below them has to be searched.
fn literal<'a>(parts: &[&'a str]) -> Vec<&'a str> {
    parts.iter().copied().take_while(|part| !part.contains(['*', '?', '[', ']', '{', '}', '\\'])).collect()
}

fn matcher(root: &Utf8Path, pattern: &str, parts: &[&str]) -> Result<GlobMatcher, Error> {
    let mut glob = parts.join("/");
    if root.join(&glob).is_dir() {
        glob = format!("{}/**", globset::escape(&glob));
    }
    let glob = GlobBuilder::new(&glob).literal_separator(true).backslash_escape(true).build();
    let glob = glob.map_err(|source| Error::Glob { pattern: pattern.to_owned(), source })?;
    Ok(glob.compile_matcher())
}

/// Version control's folder and cargo's target folders (which carry a cache tag) hold nothing to ship.
fn is_searched(entry: &DirEntry) -> bool {
    entry.depth() == 0 || (entry.file_name() != ".git" && !entry.path().join("CACHEDIR.TAG").is_file())
}

fn name(relative: &Utf8Path) -> String {
    let parts: Vec<_> = relative.components().map(|part| part.as_str()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        for file in files {
            fs_err::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs_err::write(root.join(file), file).unwrap();
        }
        (folder, root)
    }

    fn names(root: &Utf8Path, patterns: &[&str]) -> Result<Vec<String>, Error> {
        let patterns: Vec<_> = patterns.iter().map(ToString::to_string).collect();
        Ok(collect_includes(root, &patterns)?.into_iter().map(|include| include.name).collect())
    }

    #[test]
    fn patterns_pick_files_by_their_path_in_the_package() {
        let (_folder, root) = folder(&[
            "templates/b.html",
            "templates/a.html",
            "templates/mail/c.html",
            "templates/[x].txt",
            "data.json",
            ".git/config.json",
            "target/x.json",
            "target/CACHEDIR.TAG",
        ]);
        for (patterns, expected) in [
            (
                &["templates/**"][..],
                "templates/[x].txt templates/a.html templates/b.html templates/mail/c.html",
            ),
            (&["templates"], "templates/[x].txt templates/a.html templates/b.html templates/mail/c.html"),
            (&["./templates/mail/"], "templates/mail/c.html"),
            (&["templates/*.html"], "templates/a.html templates/b.html"),
            (&["templates/{a,b}.html", "templates/a.*"], "templates/a.html templates/b.html"),
            (&["templates/[[]x].txt"], "templates/[x].txt"),
            (&["**/*.json"], "data.json"),
            (&["data.json"], "data.json"),
            (&["target/x.json"], "target/x.json"),
        ] {
            assert_eq!(names(&root, patterns).unwrap().join(" "), expected, "{patterns:?}");
        }
    }

    #[test]
    fn a_pattern_that_means_nothing_is_an_error_that_names_it() {
        let (_folder, root) = folder(&["data.json"]);
        for (pattern, expected) in [
            ("absent/**", "`absent/**` in `include` matches no file in ROOT"),
            ("*.txt", "`*.txt` in `include` matches no file in ROOT"),
            ("../x", "`../x` in `include` points out of ROOT"),
            ("/etc/passwd", "`/etc/passwd` in `include` points out of ROOT"),
            ("", "`` in `include` points out of ROOT"),
            ("[", "`[` in `include` is not a glob"),
        ] {
            let error = names(&root, &[pattern]).unwrap_err().to_string();
            assert_eq!(error.replace(root.as_str(), "ROOT"), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_inside_the_package_only() {
        let (_outside, elsewhere) = folder(&["secret"]);
        let (_folder, root) = folder(&["real/data.json"]);
        std::os::unix::fs::symlink(root.join("real"), root.join("inside")).unwrap();
        std::os::unix::fs::symlink(elsewhere.join("secret"), root.join("outside")).unwrap();
        assert_eq!(names(&root, &["inside/**"]).unwrap(), ["inside/data.json"]);
        let error = names(&root, &["outside"]).unwrap_err();
        assert!(matches!(&error, Error::LinkOutside { path, .. } if path.ends_with("outside")), "{error}");
    }
}
