//! Names of artifacts, as checksum lists carry them: bytes, with `/` between folders.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

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

    /// The relative path that it stands for; `None` where the system cannot have such a file.
    pub fn to_path(&self) -> Option<PathBuf> {
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt as _;
            Some(std::ffi::OsStr::from_bytes(&self.0).into())
        }
        #[cfg(not(unix))]
        {
            Some(self.as_str()?.into())
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
        self.0.rsplit(|&byte| byte == b'/').next().unwrap_or_default()
    }

    /// The folders in front of the last `/`; empty without one.
    pub fn folder(&self) -> &[u8] {
        self.0.iter().rposition(|&byte| byte == b'/').map_or(&[], |at| &self.0[..at])
    }

    /// The name inside a folder.
    pub fn within(&self, folder: &Name) -> Name {
        match folder.0.is_empty() {
            true => self.clone(),
            false => Name([&folder.0[..], b"/", &self.0].concat()),
        }
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
        let parts = |name: &'a Name| -> Vec<&'a [u8]> {
            name.folder().split(|&byte| byte == b'/').filter(|part| !part.is_empty()).collect()
        };
        let shared = |a: Vec<&'a [u8]>, b: Vec<&'a [u8]>| -> Vec<&'a [u8]> {
            a.into_iter().zip(b).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
        };
        names.map(parts).reduce(shared).map(|parts| Name(parts.join(&b'/')))
    }

    /// True for what nearly every name is: letters, digits and a few marks, and folders that are folders. It is
    /// normal, whoever reads it.
    pub fn is_plain(&self) -> bool {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-+@/".contains(byte);
        self.0.iter().all(plain)
            && self
                .0
                .split(|&byte| byte == b'/')
                .all(|part| !part.is_empty() && part != b"." && part != b"..")
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
        assert_eq!(common(&[]), None);
    }

    proptest::proptest! {
        #[test]
        fn a_normal_name_stays_below_its_folder(name in "(?s)([a-c]|/|\\.|\\\\|:|\u{0}|\\PC){0,12}") {
            if let Ok(normal) = Name::from(&*name).normal() {
                let path = normal.to_path().unwrap();
                let ordinary = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
                assert!(ordinary && !path.as_os_str().is_empty(), "{name:?}");
                assert_eq!(normal.normal(), Ok(normal.clone()));
            } else {
                assert!(!Name::from(&*name).is_plain(), "{name:?}");
            }
        }
    }
}
