//! go.sum, beside its go.mod.

mod imports;
mod manifest;

use std::borrow::Cow;
use std::ops::Range;

use crate::checkout::Source;
use crate::tree::Syntax;

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package};
use super::super::report::Report;
use manifest::Manifest;

/// go.sum.
pub struct Go;

impl Format for Go {
    fn ecosystem(&self) -> &'static str {
        "go"
    }

    fn tool(&self) -> &'static str {
        "go"
    }

    fn names(&self) -> &'static [&'static str] {
        &["go.sum"]
    }

    fn manifest(&self) -> &'static str {
        "go.mod"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        None
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        &["proxy.golang.org", "sum.golang.org"]
    }

    fn repair(&self) -> &'static str {
        "go mod tidy"
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let text = project.source.text();
        let mut packages = Vec::with_capacity(memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1);
        for (line, place) in lines(text) {
            packages.push(package(line, place)?);
        }
        // What needs what stands in the go.mod of each module.
        Ok(Lock { packages, roots: Vec::new() })
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let Some(source) = project.text(&project.beside("go.mod")) else {
            report.not_examined("go.sum without a go.mod beside it");
            return Declared::default();
        };
        let manifest = Manifest::read(source.text());
        let known = Known::of(lock);
        let lacks = |module: &str, version: &str| !known.holds(module, version);
        for required in manifest.required() {
            let of_manifest = format!("{}/go.mod", required.version);
            let lacks_manifest = lacks(required.module, &of_manifest);
            // The archive of a module is only needed if something of it is imported; what is required
            // directly is.
            let lacks_archive = required.direct && lacks(required.module, required.version);
            if !lacks_manifest && !lacks_archive {
                continue;
            }
            let what = if lacks_manifest { "the hash of its go.mod" } else { "its hash" };
            let message = format!(
                "`{} {}` is required, and the lockfile lacks {what}",
                required.module, required.version
            );
            report.out_of_sync(source.at(required.place.clone()), message).subject(required.module);
        }
        imports::compare(&manifest, project, report);
        Declared::default()
    }

    fn wants_lock(&self, manifest: &Source, _project: &Project<'_>) -> bool {
        let manifest = Manifest::read(manifest.text());
        manifest.required().next().is_some()
    }
}

/// The modules of a lockfile by name: many more are recorded than are looked up.
struct Known<'l>(Vec<&'l Package<'l>>);

impl<'l> Known<'l> {
    fn of(lock: &'l Lock<'_>) -> Known<'l> {
        let mut packages: Vec<&Package<'_>> = lock.packages.iter().collect();
        // Go writes them in this order.
        if !packages.is_sorted_by(|a, b| a.name <= b.name) {
            crate::sorted::by_bytes(&mut packages, |package| package.name.as_bytes());
        }
        Known(packages)
    }

    fn holds(&self, module: &str, version: &str) -> bool {
        let first = self.0.partition_point(|package| *package.name < *module);
        let same = self.0[first..].iter().take_while(|package| package.name == module);
        same.into_iter().any(|package| package.version == version)
    }
}

/// The lines that are not empty, with their places.
fn lines(text: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
    ends.map(move |end| {
        let at = std::mem::replace(&mut start, (end + 1).min(text.len()));
        let line = text[at..end].trim_ascii_end();
        (line, at..at + line.len())
    })
    .filter(|(line, _)| !line.is_empty())
}

/// The parts of a line between single spaces, as Go writes them; `None` if there are not three.
fn parts(line: &str) -> Option<[&str; 3]> {
    if memchr::memchr3(b'\t', b'\r', b'\x0c', line.as_bytes()).is_some() {
        return None;
    }
    let mut spaces = memchr::memchr_iter(b' ', line.as_bytes());
    let (Some(first), Some(second), None) = (spaces.next(), spaces.next(), spaces.next()) else {
        return None;
    };
    let parts = [&line[..first], &line[first + 1..second], &line[second + 1..]];
    parts.iter().all(|part| !part.is_empty()).then_some(parts)
}

/// The same with any space.
fn words(line: &str) -> Option<[&str; 3]> {
    let mut words = line.split_ascii_whitespace();
    let three = [words.next()?, words.next()?, words.next()?];
    words.next().is_none().then_some(three)
}

/// `module version[/go.mod] h1:hash`
fn package(line: &str, place: Range<usize>) -> Result<Package<'_>, Unreadable> {
    let Some([module, version, hash]) = parts(line).or_else(|| words(line)) else {
        return Err(Unreadable::malformed("a line has not the three parts of go.sum", place));
    };
    let (algorithm, digest) = hash.split_once(':').unwrap_or((hash, ""));
    // `h1` is SHA-256 over the hashes of all files.
    let algorithm = if algorithm == "h1" { "sha256" } else { algorithm };
    let file = File {
        url: None,
        name: "",
        hashes: Few::One(Hash { algorithm, digest, encoding: Encoding::Base64, place: place.clone() }),
        needs_hash: true,
        place: place.clone(),
    };
    Ok(Package {
        name: Cow::Borrowed(module),
        version: Cow::Borrowed(version),
        origin: Origin::Registry(""),
        files: Few::One(file),
        needs: Vec::new(),
        place,
    })
}
