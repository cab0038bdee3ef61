//! Where a member would be written: names, links, and writes through links.

use std::collections::{HashMap, HashSet};

use crate::archive::{Kind, Member};

/// What the names of an archive come to so far.
#[derive(Debug, Default)]
pub(super) struct Paths {
    seen: HashSet<Box<str>>,
    folded: HashMap<Box<str>, Box<str>>,
    links: HashSet<Box<str>>,
}

/// What is wrong with a member's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It leads out, how.
    Escapes(String),
    /// The name stands twice.
    Twice,
    /// The name is another one's but for case.
    Case(String),
}

impl Paths {
    /// Takes in a member, and says what is wrong with its place.
    pub fn take(&mut self, member: &Member, name: &str) -> Vec<Place> {
        let mut wrong: Vec<Place> = Vec::new();
        if let Some(how) = escapes(name) {
            wrong.push(Place::Escapes(how.to_owned()));
        }
        let normal = normal(name);
        if let Some(link) = self.through(&normal) {
            wrong.push(Place::Escapes(format!("it would be written through the link `{link}`")));
        }
        if matches!(member.kind, Kind::Link | Kind::HardLink) {
            let target = String::from_utf8_lossy(&member.target);
            // A symbolic link is relative to its own folder, a hard link to the root of the archive.
            let base = match (member.kind, normal.rsplit_once('/')) {
                (Kind::Link, Some((folder, _))) => folder,
                _ => "",
            };
            if leads_out(base, &target) {
                wrong.push(Place::Escapes(format!("it is {} to `{target}`", member.kind.as_str())));
            }
        }
        if member.kind == Kind::Link {
            self.links.insert(normal.as_str().into());
        }
        if member.kind != Kind::Folder {
            if !self.seen.insert(normal.as_str().into()) {
                wrong.push(Place::Twice);
            } else if let Some(other) =
                self.folded.insert(normal.to_lowercase().into(), normal.as_str().into())
            {
                wrong.push(Place::Case(other.into()));
            }
        }
        wrong
    }

    /// The link among the folders of a name.
    fn through(&self, name: &str) -> Option<&str> {
        if self.links.is_empty() {
            return None;
        }
        let ends = name.match_indices('/').map(|(at, _)| &name[..at]);
        ends.filter_map(|folder| self.links.get(folder)).map(AsRef::as_ref).next()
    }
}

/// The name without `.` and doubled slashes. `..` stays: whether it leads anywhere depends on links.
fn normal(name: &str) -> String {
    let parts = name.split('/').filter(|part| !part.is_empty() && *part != ".");
    parts.collect::<Vec<_>>().join("/")
}

/// How a name leads out, on any system.
fn escapes(name: &str) -> Option<&'static str> {
    let bytes = name.as_bytes();
    if bytes.starts_with(b"/") || bytes.starts_with(b"\\") {
        return Some("its name is absolute");
    }
    if matches!(bytes, [letter, b':', ..] if letter.is_ascii_alphabetic()) {
        return Some("its name has a drive letter");
    }
    if name.split(['/', '\\']).any(|part| part == "..") {
        return Some("its name holds `..`");
    }
    if bytes.contains(&0) {
        return Some("its name holds a NUL, at which some readers end it");
    }
    None
}

/// True if a link from a folder leads out of the archive.
fn leads_out(base: &str, target: &str) -> bool {
    if target.starts_with(['/', '\\']) || matches!(target.as_bytes(), [_, b':', ..]) {
        return true;
    }
    let mut depth = base.split('/').filter(|part| !part.is_empty()).count();
    for part in target.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(kind: Kind, target: &str) -> Member {
        Member {
            name: Vec::new(),
            kind,
            mode: None,
            size: 0,
            modified: None,
            target: target.as_bytes().to_vec(),
        }
    }

    #[test]
    fn names_that_lead_out_are_told() {
        for name in
            ["/etc/passwd", "../x", "a/../../x", "C:\\x", "c:x", "\\\\host\\x", "a\\..\\..\\x", "a\0b"]
        {
            assert!(escapes(name).is_some(), "{name:?}");
        }
        for name in ["a/b", "./a", "a..b/c", "...", "a//b"] {
            assert_eq!(escapes(name), None, "{name:?}");
        }
    }

    #[test]
    fn links_may_stay_inside() {
        for (base, target) in [("", "../x"), ("a", "../../x"), ("a/b", "/x"), ("a", "b/../../../x")] {
            assert!(leads_out(base, target), "{base} {target}");
        }
        for (base, target) in [("a", "../b"), ("", "b"), ("a/b", "../../c"), ("", "a/../b")] {
            assert!(!leads_out(base, target), "{base} {target}");
        }
    }

    #[test]
    fn names_are_remembered() {
        let mut paths = Paths::default();
        assert_eq!(paths.take(&member(Kind::Link, "b"), "a/l"), []);
        assert!(matches!(paths.take(&member(Kind::File, ""), "a/l/x")[..], [Place::Escapes(_)]));
        assert_eq!(paths.take(&member(Kind::File, ""), "a/x"), []);
        assert_eq!(paths.take(&member(Kind::File, ""), "./a//x"), [Place::Twice]);
        assert_eq!(paths.take(&member(Kind::File, ""), "A/x"), [Place::Case("a/x".into())]);
        assert_eq!(paths.take(&member(Kind::Folder, ""), "d"), []);
        assert_eq!(paths.take(&member(Kind::Folder, ""), "d"), []);
    }
}
