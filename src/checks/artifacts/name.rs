//! Names of artifacts, as checksum lists carry them: bytes, with `/` between folders.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::Path;

/// A name in a checksum list: relative to the list's folder, `/` between folders, not always UTF-8.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Vec<u8>);

/// Why a name is not followed to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsafe {
    /// It is empty, or names the folder itself.
    Empty,
    /// It starts at the root of the file system.
    Absolute,
    /// It leads up with `..`, with either kind of slash.
    Parent,
    /// It starts with a drive letter of Windows.
    Drive,
    /// It starts with a backslash: a root or a server on Windows.
    Backslash,
    /// It holds a NUL byte.
    Nul,
}

impl std::fmt::Display for Unsafe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Unsafe::Empty => "it names no file",
            Unsafe::Absolute => "it is absolute",
            Unsafe::Parent => "it leads up with `..`",
            Unsafe::Drive => "it starts with a drive letter",
            Unsafe::Backslash => "it starts with a backslash, which is a root on Windows",
            Unsafe::Nul => "it holds a NUL byte",
        })
    }
}

impl Name {
    /// A name as it stands in a file.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Name {
        Name(bytes.into())
    }

    /// The name of a relative path; `None` where the system's own form has no bytes for it.
    pub fn of_path(path: &Path) -> Option<Name> {
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt as _;
            Some(Name(path.as_os_str().as_bytes().to_vec()))
        }
        #[cfg(not(unix))]
        {
            Some(Name(path.to_str()?.replace('\\', "/").into_bytes()))
        }
    }

    /// The name of a file as its folder has it; `None` where the system's own form has no bytes for it.
    pub fn of_entry(name: OsString) -> Option<Name> {
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStringExt as _;
            Some(Name(name.into_vec()))
        }
        #[cfg(not(unix))]
        {
            Name::of_path(Path::new(&name))
        }
    }

    /// The relative path that it stands for; `None` where the system cannot have such a file.
    pub fn as_path(&self) -> Option<&Path> {
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt as _;
            Some(Path::new(std::ffi::OsStr::from_bytes(&self.0)))
        }
        #[cfg(not(unix))]
        {
            self.as_str().map(Path::new)
        }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, if it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The text; bytes that are no UTF-8 are replaced.
    pub fn to_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// The part behind the last `/`.
    pub fn last(&self) -> &[u8] {
        memchr::memrchr(b'/', &self.0).map_or(&self.0[..], |at| &self.0[at + 1..])
    }

    /// The folders in front of the last `/`; empty without one.
    pub fn folder(&self) -> &[u8] {
        parent(&self.0)
    }

    /// The name inside a folder.
    pub fn within(self, folder: &Name) -> Name {
        if folder.0.is_empty() { self } else { folder.join(&self) }
    }

    /// The name of something in this folder.
    pub fn join(&self, below: &Name) -> Name {
        let mut joined = Vec::with_capacity(self.0.len() + 1 + below.0.len());
        joined.extend_from_slice(&self.0);
        joined.push(b'/');
        joined.extend_from_slice(&below.0);
        Name(joined)
    }

    /// The same name without the folder in front of it, if it lies in it.
    pub fn below(&self, folder: &[u8]) -> Option<Name> {
        if folder.is_empty() {
            return Some(self.clone());
        }
        let rest = self.0.strip_prefix(folder)?.strip_prefix(b"/")?;
        Some(Name(rest.to_vec()))
    }

    /// The deepest folder that holds all these files; `None` without files.
    pub fn common_folder<'a>(names: impl Iterator<Item = &'a Name>) -> Option<Name> {
        let shared = |folder: &'a [u8], other: &'a [u8]| around(folder).find(|folder| holds(folder, other));
        names.map(Name::folder).reduce(|a, b| shared(a, b).unwrap_or_default()).map(Name::new)
    }

    /// True for what nearly every name is: letters, digits and a few marks, and folders that are folders. It is
    /// normal, whoever reads it.
    pub fn is_plain(&self) -> bool {
        // Bytes of a part of the name, and how many of them are dots: an empty part, `.` and `..` are no file's.
        let (mut length, mut dots) = (0, 0);
        for byte in &self.0 {
            match byte {
                b'/' if length == dots && dots <= 2 => return false,
                b'/' => (length, dots) = (0, 0),
                b'.' => (length, dots) = (length + 1, dots + 1),
                b'_' | b'-' | b'+' | b'@' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => length += 1,
                _ => return false,
            }
        }
        length != dots || dots > 2
    }

    /// The one spelling of a name: without `./` and doubled slashes. Names that could lead anywhere but below
    /// the list's folder, here or on Windows, are refused.
    pub fn normal(&self) -> Result<Name, Unsafe> {
        if self.is_plain() {
            return Ok(self.clone());
        }
        let bytes = &self.0;
        if bytes.contains(&0) {
            return Err(Unsafe::Nul);
        }
        if bytes.starts_with(b"/") {
            return Err(Unsafe::Absolute);
        }
        if bytes.split(|byte| matches!(byte, b'/' | b'\\')).any(|part| part == b"..") {
            return Err(Unsafe::Parent);
        }
        let parts: Vec<&[u8]> =
            bytes.split(|&byte| byte == b'/').filter(|part| !part.is_empty() && *part != b".").collect();
        if parts.is_empty() || bytes.ends_with(b"/") {
            return Err(Unsafe::Empty);
        }
        let normal = parts.join(&b'/');
        match normal.as_slice() {
            [b'\\', ..] => Err(Unsafe::Backslash),
            [letter, b':', ..] if letter.is_ascii_alphabetic() => Err(Unsafe::Drive),
            _ => Ok(Name(normal)),
        }
    }
}

fn parent(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).map_or(&[], |at| &path[..at])
}

/// A folder, the one around it, and so on up to the one without name.
fn around(folder: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(folder), |folder| match folder {
        [] => None,
        _ => Some(parent(folder)),
    })
}

/// True if `other` is this folder or lies in it.
fn holds(folder: &[u8], other: &[u8]) -> bool {
    folder.is_empty() || other.strip_prefix(folder).is_some_and(|rest| matches!(rest, [] | [b'/', ..]))
}

impl From<&str> for Name {
    fn from(text: &str) -> Name {
        Name(text.as_bytes().to_vec())
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.to_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_spelling() {
        for (given, normal) in [("./a", "a"), ("a//b", "a/b"), ("a/./b", "a/b"), ("a\\b", "a\\b"), ("-", "-")]
        {
            assert_eq!(Name::from(given).normal(), Ok(Name::from(normal)), "{given}");
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let cases = [
            ("/etc/passwd", Unsafe::Absolute),
            ("../x", Unsafe::Parent),
            ("a/../../x", Unsafe::Parent),
            ("a/..", Unsafe::Parent),
            ("..\\x", Unsafe::Parent),
            ("a\\..\\..\\x", Unsafe::Parent),
            ("C:\\x", Unsafe::Drive),
            ("c:x", Unsafe::Drive),
            ("\\\\server\\share", Unsafe::Backslash),
            ("a\0b", Unsafe::Nul),
            ("", Unsafe::Empty),
            (".", Unsafe::Empty),
            ("./", Unsafe::Empty),
            ("a/", Unsafe::Empty),
        ];
        for (name, reason) in cases {
            assert_eq!(Name::from(name).normal(), Err(reason), "{name}");
        }
        assert!(Name::from("..a/b..").normal().is_ok());
    }

    #[test]
    fn the_common_folder_is_cut_between_names() {
        let common = |names: &[&str]| {
            let names: Vec<Name> = names.iter().map(|&name| name.into()).collect();
            Name::common_folder(names.iter()).map(|name| name.to_string())
        };
        assert_eq!(common(&["dist/a", "dist/b"]).as_deref(), Some("dist"));
        assert_eq!(common(&["dist/x/a", "dist/xy/b"]).as_deref(), Some("dist"));
        assert_eq!(common(&["dist/a", "b"]).as_deref(), Some(""));
        assert_eq!(common(&["a/b/c/1", "a/b/2", "a/b/d/3"]).as_deref(), Some("a/b"));
        assert_eq!(common(&[]), None);
    }

    #[test]
    fn plain_names_are_those_of_nearly_every_file() {
        for name in ["a", "dist/a-1.0+x@y_z.tar.gz", ".h", "a/.h", "...", "a/.../b", "-"] {
            assert!(Name::from(name).is_plain(), "{name}");
        }
        for name in
            ["", ".", "..", "/", "/a", "a/", "a//b", "./a", "a/.", "a/../b", "a b", "ä", "a\\b", "a:b"]
        {
            assert!(!Name::from(name).is_plain(), "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_normal_name_stays_below_its_folder(name in "(?s)([a-c]|/|\\.|\\\\|:|\u{0}|\\PC){0,12}") {
            if let Ok(normal) = Name::from(&*name).normal() {
                let path = normal.as_path().unwrap();
                let ordinary = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
                assert!(ordinary && !path.as_os_str().is_empty(), "{name:?}");
                assert_eq!(normal.normal(), Ok(normal.clone()));
            } else {
                assert!(!Name::from(&*name).is_plain(), "{name:?}");
            }
        }
    }
}
