//! Which files a package has: those that git tracks or does not ignore, or the same without git.
//!
//! Only `.gitignore` files count, so that two machines agree. A folder with a manifest of its own is another package's.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use ignore::{DirEntry, WalkBuilder};
use rayon::prelude::*;

use super::Unhashable;
use super::manifest;
use crate::process;

/// The files of packages, by the packages' folders.
pub(super) type Listing = HashMap<Utf8PathBuf, Result<Vec<Listed>, Unhashable>>;

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// The path in the package, with `/` between the parts.
    pub(super) name: String,
    pub(super) path: Utf8PathBuf,
}

/// What is no package's.
pub(super) struct Outside<'a> {
    /// The workspace's root.
    pub(super) root: &'a Utf8Path,
    /// Cargo's target folder.
    pub(super) target: &'a Utf8Path,
}

/// Cargo's own word for what need not be kept, in its target folders.
const CACHE: &str = "CACHEDIR.TAG";

/// How many files git is asked for in one call: Windows takes no command of more than 32,767 characters.
const AT_ONCE: usize = 100;

/// Lists the files of the packages in `folders`.
pub(super) fn list(folders: &BTreeSet<Utf8PathBuf>, outside: &Outside<'_>) -> Listing {
    // Git does not look behind links, so it is asked for the folders under their real names.
    let real: HashMap<&Utf8Path, Utf8PathBuf> =
        folders.iter().map(|folder| (folder.as_path(), real(folder))).collect();
    let root = self::real(outside.root);
    let target = made(outside.target, real.values());
    let mut found = Found::default();
    for (repository, wanted) in group(&root, real.values().map(Utf8PathBuf::as_path).collect()) {
        let listed = repository.as_ref().and_then(|top| git(top, &wanted));
        match listed {
            Some(listed) => found.add(listed),
            None => {
                for folder in &wanted {
                    found.walk(folder, repository.is_some(), target.as_deref());
                }
            }
        }
    }
    let packages = found.by_package(real.values());
    let apart = [root.join("Cargo.lock"), root.join("lambdaship.toml")];
    let is_skipped = |path: &Utf8Path| {
        target.as_ref().is_some_and(|target| path.starts_with(target))
            || apart.iter().any(|apart| apart == path)
    };
    folders
        .par_iter()
        .map(|folder| {
            let real = &real[folder.as_path()];
            let files = packages.get(real.as_path()).map(Vec::as_slice).unwrap_or_default();
            let files = files.iter().filter(|path| !is_skipped(path));
            let listed: Result<Vec<Vec<Listed>>, Unhashable> =
                files.map(|path| resolve(real, path)).collect();
            let troubled = found.trouble.iter().find(|(path, _)| path.starts_with(real));
            let listed = troubled.map_or(listed, |(_, trouble)| Err(trouble.clone()));
            (folder.clone(), listed.map(|listed| listed.concat()))
        })
        .collect()
}

/// Lists every file under the root, of whichever package, by its path from there. `packages` are the folders of packages: where
/// one is under the root, its manifest must be among the files.
///
/// # Errors
/// When files cannot be listed, git's rules leave out a package, or git refuses to say what it tracks: what is tracked and
/// ignored would be missed then.
pub(super) fn list_all(
    outside: &Outside<'_>,
    packages: &BTreeSet<Utf8PathBuf>,
) -> Result<Vec<Listed>, Unhashable> {
    let root = real(outside.root);
    let packages: BTreeSet<Utf8PathBuf> = packages.iter().map(|folder| real(folder)).collect();
    let target = made(outside.target, packages.iter().chain([&root]));
    let mut found = Found::default();
    match repository(&root) {
        Some(top) => {
            let listed = git(&top, std::slice::from_ref(&root));
            let refused = || Unhashable::new(format!("git does not say which files there are in {top}"));
            found.add(listed.ok_or_else(refused)?);
        }
        None => found.walk(&root, false, target.as_deref()),
    }
    if let Some((_, trouble)) = found.trouble.first() {
        return Err(trouble.clone());
    }
    let holds_package = |folder: &Utf8Path| packages.iter().any(|package| package.starts_with(folder));
    let mut caches = found.caches();
    caches.retain(|folder| *folder != root && !holds_package(folder));
    let is_cached = |path: &Utf8Path| path.ancestors().any(|folder| caches.contains(folder));
    let lock = root.join("Cargo.lock");
    let is_made = |path: &Utf8Path| target.as_ref().is_some_and(|target| path.starts_with(target));
    let files = found.paths.iter().filter(|path| !is_made(path) && !is_cached(path));
    let files: BTreeSet<&Utf8Path> = files.map(Utf8PathBuf::as_path).chain([lock.as_path()]).collect();
    for package in packages.iter().filter(|package| package.starts_with(&root)) {
        if !files.contains(package.join("Cargo.toml").as_path()) {
            return Err(Unhashable::new(format!("git ignores the package in {package}")));
        }
    }
    let listed: Vec<Vec<Listed>> =
        files.into_iter().map(|path| resolve(&root, path)).collect::<Result<_, _>>()?;
    Ok(listed.concat())
}

/// Cargo's target folder, whose files are its own making; none where it is around one of `packages`, which says nothing of
/// the files in it.
fn made<'a>(target: &Utf8Path, mut packages: impl Iterator<Item = &'a Utf8PathBuf>) -> Option<Utf8PathBuf> {
    let target = real(target);
    (!packages.any(|package| package.starts_with(&target))).then_some(target)
}

/// Those of `paths` that git tracks; without git it tracks none.
pub(super) fn tracked<'a>(paths: impl IntoIterator<Item = &'a Utf8PathBuf>) -> BTreeSet<&'a Utf8Path> {
    let mut groups: BTreeMap<Utf8PathBuf, BTreeMap<Utf8PathBuf, &Utf8Path>> = BTreeMap::new();
    for path in paths {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { continue };
        let folder = real(folder);
        if let Some(top) = repository(&folder) {
            groups.entry(top).or_default().insert(folder.join(name), path);
        }
    }
    let mut tracked = BTreeSet::new();
    for (top, group) in groups {
        let wanted: Vec<Utf8PathBuf> = group.keys().cloned().collect();
        let listed = wanted.chunks(AT_ONCE).filter_map(|some| git(&top, some)).flatten();
        let listed =
            listed.filter(|entry| entry.is_tracked).filter_map(|entry| String::from_utf8(entry.path).ok());
        tracked.extend(listed.filter_map(|path| group.get(Utf8Path::new(&path))));
    }
    tracked
}

/// The folder of the repository that `folder` is in, under the name that the file system has for it.
#[must_use]
pub fn repository_of(folder: &Utf8Path) -> Option<Utf8PathBuf> {
    repository(&real(folder))
}

/// `folder` under the name that the file system has for it.
pub(super) fn real(folder: &Utf8Path) -> Utf8PathBuf {
    let real = folder.canonicalize_utf8().unwrap_or_else(|_| folder.to_owned());
    // Windows' own long form, which other programs do not take.
    real.as_str().strip_prefix(r"\\?\").map(Utf8PathBuf::from).unwrap_or(real)
}

/// The folders to list, by the repository that they are in. What is below `root` is listed with it, as the `.gitignore`
/// files above a package count too.
fn group(root: &Utf8Path, folders: BTreeSet<&Utf8Path>) -> BTreeMap<Option<Utf8PathBuf>, Vec<Utf8PathBuf>> {
    let mut groups: BTreeMap<Option<Utf8PathBuf>, Vec<Utf8PathBuf>> = BTreeMap::new();
    let roots = repository(root);
    for folder in folders {
        let top = repository(folder);
        let wanted = if folder.starts_with(root) && top == roots { root } else { folder };
        let group = groups.entry(top).or_default();
        // In their order, a folder comes before what is in it.
        if !group.iter().any(|above| wanted.starts_with(above)) {
            group.push(wanted.to_owned());
        }
    }
    groups
}

fn repository(folder: &Utf8Path) -> Option<Utf8PathBuf> {
    folder.ancestors().find(|folder| folder.join(".git").exists()).map(Utf8Path::to_owned)
}

/// Git, in the repository that it is started in.
pub(super) fn git_command() -> Command {
    let mut command = process::command("git");
    // Of a hook's own repository, they may be set.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
    command
}

/// What git lists in `folders` of the repository `top`; none when there is no git, or it refuses.
fn git(top: &Utf8Path, folders: &[Utf8PathBuf]) -> Option<Vec<Entry>> {
    let mut command = git_command();
    command.arg("-C").arg(top).args(["--literal-pathspecs", "ls-files", "-z", "-t", "--cached", "--others"]);
    command.args(["--exclude-per-directory=.gitignore", "--"]);
    for folder in folders {
        let inside = folder.strip_prefix(top).ok()?;
        command.arg(if inside.as_str().is_empty() { Utf8Path::new(".") } else { inside });
    }
    let output = command.output().ok().filter(|output| output.status.success())?;
    let entries = output.stdout.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
    // Each name comes after a letter and a space; `?` is for what is not tracked.
    let entry = |entry: &[u8]| {
        let name = entry.get(2..).unwrap_or_default();
        Entry {
            path: [top.as_str().as_bytes(), b"/", name].concat(),
            is_tracked: entry.first() != Some(&b'?'),
        }
    };
    Some(entries.map(entry).collect())
}

/// What git lists.
struct Entry {
    path: Vec<u8>,
    is_tracked: bool,
}

#[derive(Default)]
struct Found {
    paths: BTreeSet<Utf8PathBuf>,
    /// Those of them that git tracks.
    tracked: BTreeSet<Utf8PathBuf>,
    /// What cannot be listed, and why.
    trouble: Vec<(Utf8PathBuf, Unhashable)>,
}

impl Found {
    fn add(&mut self, listed: Vec<Entry>) {
        for Entry { path, is_tracked } in listed {
            match String::from_utf8(path) {
                // With a slash at its end, it is the folder of another repository.
                Ok(path) => {
                    let path = manifest::join(Utf8Path::new(""), &path);
                    if is_tracked {
                        self.tracked.insert(path.clone());
                    }
                    self.paths.insert(path);
                }
                Err(error) => self.nameless(&String::from_utf8_lossy(error.as_bytes())),
            }
        }
    }

    /// The folders that say that they need not be kept. One with a file that is tracked is kept, whatever it says.
    fn caches(&self) -> BTreeSet<&Utf8Path> {
        let tags = self.paths.iter().filter(|path| path.file_name() == Some(CACHE) && path.is_file());
        let folders = tags.filter_map(|path| path.parent());
        let is_kept = |folder: &Utf8Path| {
            let next = self.tracked.range(folder.to_owned()..).next();
            next.is_some_and(|path| path.starts_with(folder))
        };
        folders.filter(|folder| !is_kept(folder)).collect()
    }

    fn nameless(&mut self, path: &str) {
        let reason = Unhashable::new(format!("the name of {path} is not Unicode"));
        self.trouble.push((path.into(), reason));
    }

    fn walk(&mut self, folder: &Utf8Path, in_repository: bool, target: Option<&Utf8Path>) {
        let target = target.map(Utf8Path::to_owned);
        let walk = WalkBuilder::new(folder)
            .standard_filters(false)
            .git_ignore(true)
            .require_git(in_repository)
            .parents(in_repository)
            .filter_entry(move |entry| {
                is_searched(entry)
                    && target.as_ref().is_none_or(|target| entry.path() != target.as_std_path())
            })
            .build();
        for entry in walk {
            match entry.map(|entry| (entry.file_type(), Utf8PathBuf::from_path_buf(entry.into_path()))) {
                Ok((Some(kind), _)) if kind.is_dir() => {}
                Ok((_, Ok(path))) => drop(self.paths.insert(path)),
                Ok((_, Err(path))) => self.nameless(&path.to_string_lossy()),
                Err(error) => self.trouble.push((folder.to_owned(), Unhashable::from_error(&error))),
            }
        }
    }

    /// The paths by the innermost folder with a manifest that they are in; `folders` have one, whether listed or not.
    fn by_package<'a>(
        &'a self,
        folders: impl Iterator<Item = &'a Utf8PathBuf>,
    ) -> HashMap<&'a Utf8Path, Vec<&'a Utf8Path>> {
        let named = |name: &'static str| {
            let files = self.paths.iter().filter(move |path| path.file_name() == Some(name));
            files.filter(|path| path.is_file()).filter_map(|path| path.parent())
        };
        let packages: BTreeSet<&Utf8Path> =
            named("Cargo.toml").chain(folders.map(Utf8PathBuf::as_path)).collect();
        let mut caches = self.caches();
        caches.retain(|folder| !packages.contains(folder));
        let mut files: HashMap<&Utf8Path, Vec<&Utf8Path>> = HashMap::new();
        for path in &self.paths {
            let Some(package) = path.ancestors().skip(1).find(|folder| packages.contains(folder)) else {
                continue;
            };
            let inside = path.ancestors().skip(1).take_while(|folder| *folder != package);
            if !caches.is_empty() && inside.into_iter().any(|folder| caches.contains(folder)) {
                continue;
            }
            files.entry(package).or_default().push(path);
        }
        files
    }
}

/// The file `path` of the package in `folder`; nothing when it was deleted, and all files in it when it is a folder.
fn resolve(folder: &Utf8Path, path: &Utf8Path) -> Result<Vec<Listed>, Unhashable> {
    let Ok(link) = fs_err::symlink_metadata(path) else { return Ok(Vec::new()) };
    // A link that leads nowhere is a file whose content is where it would lead.
    let is_folder = link.is_dir() || (link.is_symlink() && path.is_dir());
    if is_folder { inside(folder, path) } else { Ok(vec![listed(folder, path)]) }
}

/// All files in `path`: another repository's folder, or a link's.
pub(super) fn inside(folder: &Utf8Path, path: &Utf8Path) -> Result<Vec<Listed>, Unhashable> {
    let walk = WalkBuilder::new(path)
        .standard_filters(false)
        .follow_links(true)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(is_searched)
        .build();
    let mut files = Vec::new();
    for entry in walk {
        let entry = entry.map_err(|error| Unhashable::from_error(&error))?;
        if entry.file_type().is_none_or(|kind| !kind.is_dir()) {
            let path = Utf8PathBuf::from_path_buf(entry.into_path()).map_err(|path| {
                Unhashable::new(format!("the name of {} is not Unicode", path.to_string_lossy()))
            })?;
            files.push(listed(folder, &path));
        }
    }
    Ok(files)
}

fn listed(folder: &Utf8Path, path: &Utf8Path) -> Listed {
    let inside = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<&str> = inside.components().map(|part| part.as_str()).collect();
    Listed { name: parts.join("/"), path: path.to_owned() }
}

/// Version control's folder and cargo's target folders hold nothing that is compiled.
fn is_searched(entry: &DirEntry) -> bool {
    entry.depth() == 0
        || (entry.file_name() != ".git"
            && (entry.file_type().is_none_or(|kind| !kind.is_dir()) || !entry.path().join(CACHE).is_file()))
}
