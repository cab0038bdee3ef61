//! Whether what bun.lock holds under a name is what a manifest asks for.

use super::super::super::model::{Lock, Origin, comparable_url};
use super::super::super::node::edges::{Edge, Kind};
use super::super::super::node::spec::{Spec, is_range, satisfies};
use super::super::super::node::workspace::Workspace;
use super::super::super::paths;
use super::entries::Entries;

/// Why something that is locked does not fit.
pub enum Misfit {
    /// The version lies outside of the range.
    Version(String),
    /// Something else, in words that follow "asked for as … and".
    Other(String),
}

/// What is locked, and the folders of the project.
pub struct Locked<'c, 's> {
    /// The entries of the lockfile.
    pub entries: &'c Entries<'s>,
    /// The same in the common model.
    pub lock: &'c Lock<'s>,
    /// The members of the workspace.
    pub workspaces: &'c [Workspace],
}

impl Locked<'_, '_> {
    /// Why the entry is not what `spec` asks for. `recorded` is what the lockfile says was asked for; nothing if it
    /// does not know the dependency.
    pub fn misfit(
        &self,
        edge: &Edge<'_>,
        spec: &str,
        recorded: Option<&str>,
        index: usize,
    ) -> Option<Misfit> {
        let is_changed = recorded != Some(spec);
        if let Some(rest) = spec.strip_prefix("workspace:") {
            return self.member_misfit(edge.name, rest, is_changed);
        }
        let asked = Spec::of(spec);
        if self.entries.all[index].is_workspace() {
            return self.workspace_misfit(edge, &asked, is_changed);
        }
        let is_peer = edge.kind == Kind::Peer || edge.kind == Kind::OptionalPeer;
        match &asked {
            _ if is_peer && !is_changed => None,
            // bun asks the registry for what is not said.
            Spec::Range(_) if recorded.is_none() && spec.trim().is_empty() => Some(tag()),
            Spec::Range(range) => self.registry_misfit(edge.name, Some(range), is_changed, index),
            Spec::Tag if recorded.is_none() => Some(tag()),
            Spec::Tag => self.registry_misfit(edge.name, None, is_changed, index),
            Spec::Alias(name, inner) => match &**inner {
                Spec::Range(range) => self.registry_misfit(name, Some(range), is_changed, index),
                _ if recorded.is_none() => Some(tag()),
                _ => self.registry_misfit(name, None, is_changed, index),
            },
            _ if !is_changed => None,
            _ => self.elsewhere_misfit(&asked, recorded, index),
        }
    }

    /// `workspace:` takes a member of the project, whose version must be in the range.
    fn member_misfit(&self, name: &str, rest: &str, is_changed: bool) -> Option<Misfit> {
        let aliased = rest.rfind('@').filter(|at| *at > 0).map(|at| (&rest[..at], &rest[at + 1..]));
        let (name, range) = aliased.unwrap_or((name, rest));
        // A path says which member it is.
        if !is_changed && rest.contains('/') || rest.contains('/') && aliased.is_none() {
            return None;
        }
        let Some(version) = self.member_version(name) else {
            return Some(Misfit::Other(format!("the project has no workspace `{name}`")));
        };
        let is_any = matches!(range, "" | "*" | "^" | "~") || !is_range(range);
        if is_any || satisfies(&version, range) == Some(true) {
            return None;
        }
        Some(Misfit::Other(format!("the workspace is {}", shown(&version))))
    }

    /// A folder of the project also stands for versions of its name, if its own is one of them.
    fn workspace_misfit(&self, edge: &Edge<'_>, asked: &Spec, is_changed: bool) -> Option<Misfit> {
        let must_fit = matches!(edge.kind, Kind::Prod | Kind::Dev);
        match asked {
            Spec::Tag => None,
            Spec::Range(_) if !must_fit => None,
            Spec::Range(range) => {
                let version = self.member_version(edge.name)?;
                let fits = range.trim() == "*" || satisfies(&version, range) == Some(true);
                (!fits).then(|| Misfit::Other(format!("the workspace is {}", shown(&version))))
            }
            _ if is_changed => Some(Misfit::Other("locked as a workspace".to_owned())),
            _ => None,
        }
    }

    /// The version of a member: empty if it has none; nothing if there is no such member.
    fn member_version(&self, name: &str) -> Option<String> {
        let member = self.workspaces.iter().find(|member| member.name == name)?;
        let version = member.root().and_then(|root| root.get("version")?.as_str());
        Some(version.unwrap_or_default().to_owned())
    }

    /// A package of the registry, whose version must be in the range if there is one.
    fn registry_misfit(
        &self,
        name: &str,
        range: Option<&str>,
        is_changed: bool,
        index: usize,
    ) -> Option<Misfit> {
        let package = &self.lock.packages[index];
        if is_changed && package.version.is_empty() {
            return Some(Misfit::Other("not locked from the registry".to_owned()));
        }
        if is_changed && package.name != name {
            return Some(Misfit::Other(format!("locked as `{}`", package.title())));
        }
        let range = range.filter(|range| satisfies(&package.version, range) == Some(false))?;
        (!package.version.is_empty()).then(|| Misfit::Version(range.to_owned()))
    }

    /// Folders, archives and repositories, where another one is asked for than was.
    fn elsewhere_misfit(&self, asked: &Spec, recorded: Option<&str>, index: usize) -> Option<Misfit> {
        let package = &self.lock.packages[index];
        let same = !matches!(package.origin, Origin::Registry(_))
            && recorded.is_some_and(|recorded| is_same(asked, &Spec::of(recorded)));
        (!same).then(|| Misfit::Other(format!("locked as `{}`", self.entries.all[index].title)))
    }
}

fn is_same(one: &Spec, other: &Spec) -> bool {
    let path = |path: &str| paths::normal("", path);
    match (one, other) {
        (Spec::Folder(one), Spec::Folder(other)) | (Spec::Archive(one), Spec::Archive(other)) => {
            path(one) == path(other)
        }
        (Spec::Remote(one), Spec::Remote(other)) => comparable_url(one) == comparable_url(other),
        // Only the server knows whether two names are one commit.
        (Spec::Git(one, _), Spec::Git(other, _)) => one.eq_ignore_ascii_case(other),
        _ => one == other,
    }
}

fn tag() -> Misfit {
    Misfit::Other("only the registry knows what that is".to_owned())
}

fn shown(version: &str) -> &str {
    if version.is_empty() { "without a version" } else { version }
}
