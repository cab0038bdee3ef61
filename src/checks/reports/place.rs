//! From a path that a tool wrote, perhaps on another machine, to a file of the repository.

use std::cell::RefCell;
use std::collections::HashMap;

use super::model::tests::Mentioned;
use crate::checkout::Checkout;
use crate::location::{Location, Span};

/// Files of one name beyond which a path is not searched for.
const MAX_NAMESAKES: usize = 2_000;

/// Folders of what is installed: a file in them is none of the repository, whatever its name.
const FOREIGN: [&str; 8] =
    ["site-packages", "dist-packages", "node_modules", ".cargo", "rustlib", "rustc", ".m2", "node:internal"];

/// Finds files of the repository by paths of tools.
pub struct Places<'c> {
    checkout: &'c Checkout,
    /// Paths of the repository by their last part.
    by_name: HashMap<&'c str, Vec<&'c str>>,
    known: RefCell<HashMap<String, Option<&'c str>>>,
}

impl<'c> Places<'c> {
    /// Looks at the listing once.
    pub fn new(checkout: &'c Checkout) -> Places<'c> {
        let mut by_name: HashMap<&str, Vec<&str>> = HashMap::new();
        for entry in &checkout.listing().files {
            let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
            by_name.entry(name).or_default().push(&entry.path);
        }
        Places { checkout, by_name, known: RefCell::default() }
    }

    /// The repository's file that a tool means, if there is exactly one that it can mean.
    pub fn find(&self, path: &str) -> Option<&'c str> {
        if let Some(known) = self.known.borrow().get(path) {
            return *known;
        }
        let found = self.search(path);
        self.known.borrow_mut().insert(path.to_owned(), found);
        found
    }

    fn search(&self, path: &str) -> Option<&'c str> {
        let root = self.checkout.root().to_string_lossy().replace('\\', "/");
        let path = path.replace('\\', "/");
        let path = path.strip_prefix("file://").unwrap_or(&path);
        let inside = path.strip_prefix(root.as_str()).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path);
        let wanted: Vec<&str> = inside.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let inside = wanted.join("/");
        if wanted.iter().any(|part| *part == ".." || FOREIGN.contains(part)) {
            return None;
        }
        let namesakes = self.by_name.get(*wanted.last()?)?;
        if namesakes.len() > MAX_NAMESAKES {
            return namesakes.iter().copied().find(|known| *known == inside);
        }
        // The file that agrees in the most folders from the end; of two none.
        let agreeing =
            |known: &str| known.rsplit('/').zip(wanted.iter().rev()).take_while(|(a, b)| a == *b).count();
        let is_whole = |known: &str, count: usize| count == known.split('/').count() || count == wanted.len();
        let mut scored: Vec<(usize, &'c str)> = namesakes
            .iter()
            .map(|known| (agreeing(known), *known))
            .filter(|(n, known)| is_whole(known, *n))
            .collect();
        crate::sorted::by(&mut scored, |a, b| b.0.cmp(&a.0).then(a.1.len().cmp(&b.1.len())));
        match scored.as_slice() {
            [(_, only)] => Some(only),
            [(first, path), (second, other), ..]
                if first > second || path.len() < other.len() && *path == inside =>
            {
                Some(path)
            }
            _ => scored.iter().map(|(_, known)| *known).find(|known| *known == inside),
        }
    }

    /// The place in the repository, if the file is one of it.
    pub fn locate(&self, mentioned: &Mentioned) -> Option<Location> {
        let path = self.find(&mentioned.path)?;
        Some(match mentioned.line {
            Some(line) => line_of(path, line),
            None => Location::file(path),
        })
    }
}

/// A whole line of a file.
pub fn line_of(path: &str, line: u32) -> Location {
    Location::span(path, Span { line, column: 1, end_line: line, end_column: 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_other_machines_are_found() {
        let folder = tempfile::tempdir().unwrap();
        for path in [
            "src/a.py",
            "b/src/a.py",
            "java/src/main/java/com/acme/Foo.java",
            "x/util.js",
            "y/util.js",
            "only.c",
        ] {
            let place = folder.path().join(path);
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            std::fs::write(place, "").unwrap();
        }
        let checkout = Checkout::open(folder.path()).unwrap();
        let places = Places::new(&checkout);
        let root = checkout.root().display().to_string();
        for (path, found) in [
            ("src/a.py", Some("src/a.py")),
            ("./src/a.py", Some("src/a.py")),
            ("b/src/a.py", Some("b/src/a.py")),
            (&format!("{root}/b/src/a.py"), Some("b/src/a.py")),
            ("/builds/org/r/src/a.py", Some("src/a.py")),
            ("/builds/org/r/b/src/a.py", Some("b/src/a.py")),
            (r"D:\a\r\r\x\util.js", Some("x/util.js")),
            ("com/acme/Foo.java", Some("java/src/main/java/com/acme/Foo.java")),
            ("Foo.java", Some("java/src/main/java/com/acme/Foo.java")),
            ("github.com/org/r/only.c", Some("only.c")),
            ("util.js", None),
            ("../only.c", None),
            ("other/Foo.java", None),
            ("/usr/lib/python3/os.py", None),
            ("", None),
        ] {
            assert_eq!(places.find(path), found, "{path}");
        }
    }
}
