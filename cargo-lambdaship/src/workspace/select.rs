//! Which functions a command works on. Pure.

use super::{Error, Function};

/// What was asked for with `-f`, `-p` and `--changed-since`; nothing means every function.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// `-f`: functions by name.
    pub functions: Vec<String>,
    /// `-p`: every function of these packages.
    pub packages: Vec<String>,
    /// `--changed-since`: of those, only the functions that differ from this commit.
    pub changed_since: Option<String>,
}

impl Selection {
    /// Whether nothing was asked for, which means every function.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.functions.is_empty() && self.packages.is_empty() && self.changed_since.is_none()
    }
}

/// The functions that `selection` names, each once, in the order of `functions`; what has changed is not looked at.
///
/// # Errors
/// A name that no function or no package with a function has, and a workspace without functions.
pub fn select<'a>(functions: &'a [Function], selection: &Selection) -> Result<Vec<&'a Function>, Error> {
    if functions.is_empty() {
        return Err(Error::NoFunctions);
    }
    if let Some(name) = missing(&selection.functions, functions, |f| f.name.as_str()) {
        return Err(Error::UnknownFunction { name, known: names(functions, |f| f.name.as_str()) });
    }
    if let Some(name) = missing(&selection.packages, functions, |f| &f.package) {
        return Err(Error::UnknownPackage { name, known: names(functions, |f| &f.package) });
    }
    let everything = selection.functions.is_empty() && selection.packages.is_empty();
    let named = |f: &&Function| {
        everything
            || selection.functions.iter().any(|name| name == f.name.as_str())
            || selection.packages.contains(&f.package)
    };
    Ok(functions.iter().filter(named).collect())
}

fn missing(asked: &[String], functions: &[Function], key: fn(&Function) -> &str) -> Option<String> {
    asked.iter().find(|name| !functions.iter().any(|f| key(f) == name.as_str())).cloned()
}

fn names(functions: &[Function], key: fn(&Function) -> &str) -> Vec<String> {
    let mut names: Vec<String> = functions.iter().map(|f| key(f).to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FunctionName;

    fn workspace() -> Vec<Function> {
        [("hello", "web"), ("login", "web"), ("worker", "jobs")]
            .map(|(name, package)| Function {
                name: FunctionName::new(name).unwrap(),
                package: package.to_owned(),
                manifest_path: "Cargo.toml".into(),
            })
            .to_vec()
    }

    fn selection(functions: &[&str], packages: &[&str]) -> Selection {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Selection { functions: owned(functions), packages: owned(packages), changed_since: None }
    }

    #[test]
    fn functions_and_packages_add_up_and_nothing_means_all() {
        let all = workspace();
        for (functions, packages, expected) in [
            (&[][..], &[][..], &["hello", "login", "worker"][..]),
            (&["worker", "hello"], &[], &["hello", "worker"]),
            (&[], &["web"], &["hello", "login"]),
            (&["worker"], &["web"], &["hello", "login", "worker"]),
            (&["hello"], &["web"], &["hello", "login"]),
        ] {
            let selected = select(&all, &selection(functions, packages)).unwrap();
            let names: Vec<&str> = selected.iter().map(|f| f.name.as_str()).collect();
            assert_eq!(names, expected, "-f {functions:?} -p {packages:?}");
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_nearest_one() {
        let error = select(&workspace(), &selection(&["helo"], &[])).unwrap_err();
        assert_eq!(error.to_string(), "there is no function `helo` in the workspace");
        assert_eq!(
            error.hint().unwrap(),
            "did you mean `hello`? The functions are `hello`, `login`, `worker`"
        );
        let error = select(&workspace(), &selection(&[], &["job"])).unwrap_err();
        assert_eq!(
            error.hint().unwrap(),
            "did you mean `jobs`? The packages with functions are `jobs`, `web`"
        );
        assert!(matches!(select(&[], &Selection::default()), Err(Error::NoFunctions)));
    }
}
