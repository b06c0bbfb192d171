//! Which packages a function is made of: the lock file's graph, with a folder for each package that comes from one.

use std::collections::{BTreeSet, HashMap};

use camino::{Utf8Path, Utf8PathBuf};
use toml::Table;

use super::Unhashable;
use super::lock::{Lock, Locked};
use super::manifest::{Declared, Manifest};
use super::manifests::{self, Home};
use crate::workspace::Workspace;

/// The graph, as far as it was asked for.
pub(super) struct Graph {
    lock: Lock,
    nodes: Vec<Option<Node>>,
    manifests: HashMap<Utf8PathBuf, Option<Manifest>>,
}

struct Node {
    /// What a build of it needs.
    dependencies: Vec<usize>,
    folder: Option<Utf8PathBuf>,
    trouble: Option<Unhashable>,
}

/// Everything that one package is made of, itself included.
#[derive(Default)]
pub(super) struct Reach<'a> {
    /// From registries and repositories.
    pub(super) remote: Vec<&'a Locked>,
    /// From folders.
    pub(super) local: Vec<(&'a Utf8Path, &'a Manifest)>,
}

/// Where packages may be that are in folders.
pub(super) struct Places<'a> {
    pub(super) workspace: &'a Workspace,
    /// The root manifest.
    pub(super) root: &'a Table,
    /// The folders of patches, each with its package's name.
    pub(super) patched: Vec<(String, Utf8PathBuf)>,
}

impl Graph {
    /// Follows the graph of `lock` from each of `starts`, the folders of members.
    pub(super) fn load(lock: Lock, places: &Places<'_>, starts: &BTreeSet<&Utf8Path>) -> Self {
        let nodes = std::iter::repeat_with(|| None).take(lock.len()).collect();
        let mut graph = Self { lock, nodes, manifests: HashMap::new() };
        let mut queue: Vec<(usize, Option<Utf8PathBuf>)> = Vec::new();
        for member in places.workspace.members.iter().filter(|member| starts.contains(member.root())) {
            let number = graph.lock.local(&member.name, &member.version);
            queue.extend(number.map(|number| (number, Some(member.root().to_owned()))));
        }
        while let Some((number, folder)) = queue.pop() {
            if graph.nodes[number].is_some() {
                continue;
            }
            let node = match folder {
                Some(folder) => graph.local(number, folder, places, &mut queue),
                None => graph.remote(number, places, &mut queue),
            };
            graph.nodes[number] = Some(node);
        }
        graph
    }

    /// What the package in `folder` is made of.
    pub(super) fn reach(&self, name: &str, folder: &Utf8Path) -> Result<Reach<'_>, Unhashable> {
        let start = self
            .nodes
            .iter()
            .position(|node| node.as_ref().is_some_and(|node| node.folder.as_deref() == Some(folder)));
        let start = start.ok_or_else(|| outdated(&format!("it does not have package `{name}` as it is")))?;
        let mut reach = Reach::default();
        let mut seen = vec![false; self.nodes.len()];
        let mut queue = vec![start];
        while let Some(number) = queue.pop() {
            let Some(node) = self.nodes[number].as_ref().filter(|_| !seen[number]) else { continue };
            seen[number] = true;
            if let Some(trouble) = &node.trouble {
                return Err(trouble.clone());
            }
            match node.folder.as_deref().map(|folder| (folder, self.manifests.get(folder))) {
                Some((folder, Some(Some(manifest)))) => reach.local.push((folder, manifest)),
                _ => reach.remote.push(self.lock.get(number)),
            }
            queue.extend(&node.dependencies);
        }
        Ok(reach)
    }

    /// The folders of all packages that come from one.
    pub(super) fn folders(&self) -> BTreeSet<Utf8PathBuf> {
        self.nodes.iter().flatten().filter_map(|node| node.folder.clone()).collect()
    }

    /// A package from a registry or a repository; one that it depends on may be patched by one in a folder.
    fn remote(
        &mut self,
        number: usize,
        places: &Places<'_>,
        queue: &mut Vec<(usize, Option<Utf8PathBuf>)>,
    ) -> Node {
        let dependencies = self.lock.get(number).dependencies.clone();
        let mut node = Node { dependencies, folder: None, trouble: None };
        self.place(&mut node, &[], places, queue);
        node
    }

    fn local(
        &mut self,
        number: usize,
        folder: Utf8PathBuf,
        places: &Places<'_>,
        queue: &mut Vec<(usize, Option<Utf8PathBuf>)>,
    ) -> Node {
        self.read(&folder, places);
        let locked = self.lock.get(number);
        let Some(Some(manifest)) = self.manifests.get(&folder) else {
            let reason = format!("{folder}/Cargo.toml is not understood");
            return Node { dependencies: Vec::new(), folder: None, trouble: Some(Unhashable::new(reason)) };
        };
        let declared: HashMap<&str, &Declared> =
            manifest.declared.iter().map(|one| (one.name.as_str(), one)).collect();
        let all = locked.dependencies.iter().copied();
        let dependencies: Vec<usize> =
            all.filter(|other| declared.contains_key(self.lock.get(*other).name.as_str())).collect();
        let is_member = places.workspace.members.iter().any(|member| member.root() == folder);
        let others: Vec<&Locked> = dependencies.iter().map(|other| self.lock.get(*other)).collect();
        // Of a package that is no member, the lock file has only the optional dependencies that are turned on.
        let needed = |one: &&Declared| is_member || !one.is_optional;
        let missing =
            manifest.declared.iter().filter(needed).find(|one| !others.iter().any(|other| fits(one, other)));
        let trouble = missing.map(|one| {
            outdated(&format!("it does not have `{}` as package `{}` needs it", one.name, locked.name))
        });
        let folders: Vec<(String, Utf8PathBuf)> = manifest
            .declared
            .iter()
            .filter_map(|one| Some((one.name.clone(), one.folder.clone()?)))
            .collect();
        let mut node = Node { dependencies, folder: Some(folder), trouble };
        self.place(&mut node, &folders, places, queue);
        node
    }

    /// Queues what `node` depends on, after finding its folder where it comes from one: it may be in one of `folders`.
    fn place(
        &mut self,
        node: &mut Node,
        folders: &[(String, Utf8PathBuf)],
        places: &Places<'_>,
        queue: &mut Vec<(usize, Option<Utf8PathBuf>)>,
    ) {
        for number in node.dependencies.clone() {
            let locked = self.lock.get(number);
            if locked.source.is_some() {
                queue.push((number, None));
                continue;
            }
            let (name, version) = (locked.name.clone(), locked.version.to_string());
            let members = &places.workspace.members;
            let members = members.iter().map(|member| (&member.name, member.root()));
            let all = folders.iter().chain(&places.patched).map(|(name, folder)| (name, folder.as_path()));
            let mut named = all.chain(members).filter(|(of, _)| **of == name);
            if let Some((_, folder)) = named.find(|(_, folder)| self.is(folder, &name, &version, places)) {
                queue.push((number, Some(folder.to_owned())));
            } else {
                let what = format!("it has {name} {version}, which is in no folder that the manifests name");
                node.trouble = Some(outdated(&what));
            }
        }
    }

    /// Whether there is this package in `folder`.
    fn is(&mut self, folder: &Utf8Path, name: &str, version: &str, places: &Places<'_>) -> bool {
        self.read(folder, places);
        let manifest = self.manifests.get(folder).and_then(Option::as_ref);
        manifest.is_some_and(|manifest| manifest.name == name && manifest.version == version)
    }

    fn read(&mut self, folder: &Utf8Path, places: &Places<'_>) {
        if !self.manifests.contains_key(folder) {
            let home = Home { workspace: places.workspace, root: places.root };
            let manifest = manifests::load(folder, &home);
            self.manifests.insert(folder.to_owned(), manifest);
        }
    }
}

/// Whether `locked` can be what `declared` asks for. A package that comes from a folder can be a patch of any.
fn fits(declared: &Declared, locked: &Locked) -> bool {
    declared.name == locked.name
        && declared.requirement.as_ref().is_none_or(|requirement| requirement.matches(&locked.version))
        && (locked.source.is_none() || (declared.folder.is_none() && (locked.is_git || !declared.is_git)))
}

fn outdated(what: &str) -> Unhashable {
    Unhashable::new(format!("Cargo.lock is not up to date: {what}"))
}
