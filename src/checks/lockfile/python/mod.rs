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

/// Where the tools download from when nobody tells them otherwise.
pub const PUBLIC_HOSTS: &[&str] = &["pypi.org", "files.pythonhosted.org"];

/// A project name as PEP 503 normalises it: lower case, runs of `-`, `_` and `.` become one `-`.
/// Extras and dependency groups follow the same rule (PEP 685, PEP 735).
pub fn normalised(name: &str) -> String {
    let mut result = String::with_capacity(name.len());
    for c in name.trim().chars() {
        match c {
            '-' | '_' | '.' if result.as_bytes().last() == Some(&b'-') => {}
            '-' | '_' | '.' => result.push('-'),
            c if c.is_ascii() => result.push(c.to_ascii_lowercase()),
            c => result.extend(c.to_lowercase()),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_normalised() {
        assert_eq!(super::normalised("Foo._-Bar"), "foo-bar");
        assert_eq!(super::normalised("PyYAML"), "pyyaml");
    }
}
