//! Where the list and the manifest are written: never through a link out of the repository.

use std::path::{Component, Path, PathBuf};

use crate::checks::artifacts::name::Name;

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where it is written; its folder is without links as far as it exists.
    pub path: PathBuf,
    /// As reports show it: relative to the root where it lies in it.
    pub shown: String,
}

impl Target {
    /// The place that a user means. `given` is relative to `root`, which is canonical, or absolute. `None` if it
    /// lies in the root by its name and elsewhere in truth, or is no file's name.
    pub fn of(given: &str, root: &Path) -> Option<Target> {
        let mut path = PathBuf::new();
        for part in root.join(given).components() {
            match part {
                Component::ParentDir => drop(path.pop()),
                Component::CurDir => {}
                other => path.push(other),
            }
        }
        let (folder, name) = (path.parent()?, path.file_name()?);
        let there = folder.ancestors().find(|folder| folder.exists())?;
        let real = there.canonicalize().ok()?;
        if folder.starts_with(root) && !real.starts_with(root) {
            return None;
        }
        let path = real.join(folder.strip_prefix(there).ok()?).join(name);
        let shown = match path.strip_prefix(root).ok().and_then(Path::to_str) {
            Some(inside) => inside.replace('\\', "/"),
            None => path.display().to_string(),
        };
        Some(Target { path, shown })
    }

    /// Its path relative to the root, if it lies in it.
    pub fn in_root(&self, root: &Path) -> Option<Name> {
        Name::of_path(self.path.strip_prefix(root).ok()?)
    }

    /// What stands in front of a name in the list in the paths of artifacts, or behind them: how names relative
    /// to the root become names relative to this file's folder. `None` if nothing of the root lies below it.
    pub fn relation(&self, root: &Path) -> Option<Relation> {
        let folder = self.path.parent()?;
        if let Ok(inside) = folder.strip_prefix(root) {
            return Some(Relation::Inside(Name::of_path(inside)?));
        }
        Some(Relation::Around(Name::of_path(root.strip_prefix(folder).ok()?)?))
    }
}

/// Where the list's folder lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relation {
    /// In the root: at this path.
    Inside(Name),
    /// Around the root, which has this path in it.
    Around(Name),
}

impl Relation {
    /// The name in the list of a path in the root; `None` if it would have to lead up.
    pub fn name_of(&self, path: &Name) -> Option<Name> {
        match self {
            Relation::Inside(folder) => path.below(folder.as_bytes()),
            Relation::Around(root) => Some(root.join(path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_down_from_the_list() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("repo");
        std::fs::create_dir_all(root.join("dist")).unwrap();
        let name = |list: &str, path: &str| {
            let relation = Target::of(list, &root).unwrap().relation(&root)?;
            relation.name_of(&path.into()).map(|name| name.to_string())
        };
        assert_eq!(name("dist/SHA256SUMS", "dist/a").as_deref(), Some("a"));
        assert_eq!(name("SHA256SUMS", "dist/a").as_deref(), Some("dist/a"));
        assert_eq!(name("../SHA256SUMS", "dist/a").as_deref(), Some("repo/dist/a"));
        assert_eq!(name("dist/SHA256SUMS", "a"), None);
        assert_eq!(name("/SHA256SUMS", "a").map(|name| name.ends_with("repo/a")), Some(true));
        assert_eq!(Target::of("new/folder/x", &root).unwrap().shown, "new/folder/x");
        assert_eq!(Target::of("/", &root), None);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_a_link_out_of_the_root() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::os::unix::fs::symlink("/tmp", root.join("out")).unwrap();
        assert_eq!(Target::of("out/SHA256SUMS", &root), None);
        assert_eq!(Target::of("out/new/SHA256SUMS", &root), None);
        assert!(Target::of("/tmp/SHA256SUMS", &root).is_some());
    }
}
