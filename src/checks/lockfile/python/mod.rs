//! What Python's lockfile formats share: names, versions, environment markers and requirements as the PEPs have
//! them.

pub mod algebra;
pub mod beside;
mod domain;
pub mod files;
pub mod marker;
pub mod project;
pub mod ranges;
pub mod requirement;
pub mod version;

use std::borrow::Cow;

/// Where the tools download from when nobody tells them otherwise.
pub const PUBLIC_HOSTS: &[&str] = &["pypi.org", "files.pythonhosted.org"];

/// A project name as PEP 503 normalises it: lower case, runs of `-`, `_` and `.` become one `-`.
/// Extras and dependency groups follow the same rule (PEP 685, PEP 735).
pub fn normalised(name: &str) -> String {
    normal(name).into_owned()
}

/// The same, of a name that mostly is so already.
pub fn normal(name: &str) -> Cow<'_, str> {
    let mut last = 0;
    let mut is_normal = |byte: u8| {
        let before = std::mem::replace(&mut last, byte);
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || (byte == b'-' && before != b'-')
    };
    if name.bytes().all(&mut is_normal) {
        return Cow::Borrowed(name);
    }
    let mut result = String::with_capacity(name.len());
    for c in name.trim().chars() {
        match c {
            '-' | '_' | '.' if result.as_bytes().last() == Some(&b'-') => {}
            '-' | '_' | '.' => result.push('-'),
            c if c.is_ascii() => result.push(c.to_ascii_lowercase()),
            c => result.extend(c.to_lowercase()),
        }
    }
    Cow::Owned(result)
}

/// True if the name is `normal` once it is normalised.
pub fn is_normalised(name: &str, normal: &str) -> bool {
    let is_same = |(a, b): (u8, u8)| a.to_ascii_lowercase() == b || (b == b'-' && matches!(a, b'_' | b'.'));
    let (bytes, normal_bytes) = (name.as_bytes(), normal.as_bytes());
    // Most names are as long before as after.
    (bytes.len() == normal_bytes.len()
        && bytes.iter().copied().zip(normal_bytes.iter().copied()).all(is_same))
        || normalised(name) == normal
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{is_normalised, normal, normalised};

    #[test]
    fn names_are_normalised() {
        assert_eq!(normalised("Foo._-Bar"), "foo-bar");
        assert_eq!(normalised("PyYAML"), "pyyaml");
        for name in ["a--b", "a b", "A", "\u{e9}", " a"] {
            assert!(matches!(normal(name), Cow::Owned(_)), "{name:?}");
        }
        for name in ["", "a", "a-b-2", "-a-"] {
            assert!(matches!(normal(name), Cow::Borrowed(_)), "{name:?}");
        }
        for name in ["Foo._-Bar", "PyYAML", "a.b_c", "a-b", " É "] {
            assert!(is_normalised(name, &normalised(name)), "{name}");
        }
        assert!(!is_normalised("foo_bar", "foobar") && !is_normalised("foo", "fou"));
    }
}
