//! go.sum, beside its go.mod.

mod imports;
mod manifest;

use std::borrow::Cow;
use std::ops::Range;

use crate::checkout::Source;
use crate::tree::Syntax;

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
        let packages = lines(project.source.text()).map(package).collect::<Result<_, _>>()?;
        // What needs what stands in the go.mod of each module.
        Ok(Lock { packages, roots: Vec::new() })
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let Some(source) = project.text(&project.beside("go.mod")) else {
            report.not_examined("go.sum without a go.mod beside it");
            return Declared::default();
        };
        let manifest = Manifest::read(source.text());
        let mut known: Vec<(&str, &str)> =
            lock.packages.iter().map(|package| (&*package.name, &*package.version)).collect();
        // Go writes them nearly in this order; many more are recorded than are looked up.
        known.sort();
        let lacks = |module: &str, version: &str| known.binary_search(&(module, version)).is_err();
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

/// The lines that are not empty, with their places.
fn lines(text: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut start = 0;
    text.split_inclusive('\n')
        .map(move |line| {
            let at = start;
            start += line.len();
            (line.trim_end(), at..at + line.trim_end().len())
        })
        .filter(|(line, _)| !line.is_empty())
}

/// `module version[/go.mod] h1:hash`
fn package((line, place): (&str, Range<usize>)) -> Result<Package<'_>, Unreadable> {
    let mut words = line.split_ascii_whitespace();
    let (Some(module), Some(version), Some(hash), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Unreadable::malformed("a line has not the three parts of go.sum", place));
    };
    let (algorithm, digest) = hash.split_once(':').unwrap_or((hash, ""));
    // `h1` is SHA-256 over the hashes of all files.
    let algorithm = if algorithm == "h1" { "sha256" } else { algorithm };
    let file = File {
        url: None,
        name: "",
        hashes: vec![Hash { algorithm, digest, encoding: Encoding::Base64, place: place.clone() }],
        needs_hash: true,
        place: place.clone(),
    };
    Ok(Package {
        name: Cow::Borrowed(module),
        version: Cow::Borrowed(version),
        origin: Origin::Registry(""),
        files: vec![file],
        needs: Vec::new(),
        place,
    })
}
