//! Which lockfiles are the project's own, and which are passed over.

use crate::checkout::{Checkout, Entry};

use super::format::Format;
use super::formats;
use super::paths;

/// Folders with other people's code.
const VENDORED: [&str; 6] =
    ["vendor", "third_party", "third-party", "node_modules", "site-packages", "bower_components"];

/// Folders with material for tests. Lockfiles there are often broken on purpose.
const FIXTURES: [&str; 18] = [
    "test",
    "tests",
    "testing",
    "testdata",
    "test-data",
    "test_data",
    "test-fixtures",
    "test_fixtures",
    "test-resources",
    "test_resources",
    "testfixtures",
    "fixture",
    "fixtures",
    "__fixtures__",
    "__tests__",
    "__snapshots__",
    "spec",
    "testsuite",
];

/// What becomes of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is the project's own.
    Own,
    /// It is other people's code.
    Vendored,
    /// It is material for tests.
    Fixture,
}

/// Whether a path is the project's own, by the folders that it lies in.
pub fn standing(path: &str) -> Standing {
    let (folder, _) = paths::split(path);
    let mut result = Standing::Own;
    for part in folder.split('/') {
        if VENDORED.contains(&part) {
            return Standing::Vendored;
        }
        let broken_example = part.contains("invalid") || part.contains("broken");
        if FIXTURES.contains(&part) || broken_example {
            result = Standing::Fixture;
        }
    }
    result
}

/// A lockfile of the repository.
pub struct Found<'c> {
    /// The file.
    pub entry: &'c Entry,
    /// Its format, or nothing where there is no reader yet.
    pub format: Option<&'static dyn Format>,
}

/// All lockfiles of the repository that are its own, sorted by path, and those that are passed over with the
/// reason.
pub fn lockfiles(checkout: &Checkout) -> (Vec<Found<'_>>, Vec<(&str, &'static str)>) {
    let (mut own, mut passed_over) = (Vec::new(), Vec::new());
    for entry in &checkout.listing().files {
        let (_, name) = paths::split(&entry.path);
        let format = formats::ALL.iter().copied().find(|format| format.is_lockfile(&entry.path, checkout));
        if format.is_none() && !formats::is_unread(name) {
            continue;
        }
        match standing(&entry.path) {
            Standing::Own => own.push(Found { entry, format }),
            Standing::Vendored => passed_over.push((&*entry.path, "lockfiles in vendored code")),
            Standing::Fixture => passed_over.push((&*entry.path, "lockfiles below folders for tests")),
        }
    }
    (own, passed_over)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_say_whose_a_file_is() {
        assert_eq!(standing("uv.lock"), Standing::Own);
        assert_eq!(standing("examples/web/package-lock.json"), Standing::Own);
        assert_eq!(standing("examples/invalid-lock/uv.lock"), Standing::Fixture);
        assert_eq!(standing("tests/cases/a/uv.lock"), Standing::Fixture);
        assert_eq!(standing("tests/vendor/uv.lock"), Standing::Vendored);
        assert_eq!(standing("a/test-fixtures/deno/corrupt/deno.lock"), Standing::Fixture);
        assert_eq!(standing("contest/uv.lock"), Standing::Own);
        assert_eq!(standing("vendor"), Standing::Own);
    }
}
