//! go.sum, beside its go.mod.

mod builds;
mod imports;
mod known;
mod manifest;
mod refused;
mod sound;
mod words;
mod workspace;

use std::borrow::Cow;
use std::cell::LazyCell;
use std::ops::Range;

use crate::checkout::Source;
use crate::checks::Record;
use crate::tree::Syntax;

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package, algorithm_and_digest};
use super::super::report::Report;
use imports::Imported;
use known::{Known, MANIFEST};
use manifest::{Manifest, Required};
use workspace::Files;

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

    fn is_sound(&self, text: &str) -> bool {
        sound::is(text)
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let text = project.source.text();
        let mut packages = Vec::with_capacity(memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1);
        for (line, place) in lines(text) {
            packages.push(package(line, place)?);
        }
        // What needs what stands in the go.mod of each module.
        Ok(Lock { packages, ..Lock::default() })
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let Some(source) = project.text(&project.beside("go.mod")) else {
            report.not_examined("go.sum without a go.mod beside it");
            return Declared::default();
        };
        let files = Files::around(project);
        if files.as_ref().is_some_and(|files| files.is_too_large) {
            report.not_verified("go.work uses more modules than are looked at");
            return Declared::default();
        }
        let workspace = files.as_ref().map(Files::read);
        if let Some(workspace) = &workspace {
            workspace.judge(project, report);
        }
        // Beside a go.work that does not use it, a module is looked at as with `GOWORK=off`.
        let workspace = workspace.filter(|workspace| workspace.member(project.folder).is_some());
        let alone;
        let members = workspace.as_ref().map_or(&[][..], |workspace| &workspace.members);
        let manifest = match members.iter().find(|member| member.folder == project.folder) {
            Some(member) => &member.manifest,
            None => {
                alone = Manifest::read(source.text(), project.folder);
                &alone
            }
        };
        refused::judge(manifest, &source, report);
        refused::folders(manifest, &source, project, workspace.is_some(), report);
        let imported = imports::compare(manifest, members, project, report);
        let text = project.source.text();
        let known = if lock.is_sound { Known::InOrder(text) } else { Known::sorted(text) };
        let shared = LazyCell::new(|| workspace.as_ref().map(|all| all.sums(project)).unwrap_or_default());
        for required in manifest.required() {
            let recorded = known.versions(required.module);
            let holds = |version: &str| {
                recorded.hold(version) || shared.contains(&format!("{} {version}", required.module))
            };
            let lacks_manifest = !recorded.hold_manifest(required.version)
                && !holds(&format!("{}{MANIFEST}", required.version));
            // The archive of a module is only needed if something of it is imported. That is so of what is
            // required directly, and of what is listed since Go lists what is imported anywhere.
            let needs_archive = required.direct || manifest.lists_all();
            let lacks_archive = needs_archive && !holds(required.version);
            if !lacks_manifest && !lacks_archive {
                continue;
            }
            let what = if lacks_manifest { "the hash of its go.mod" } else { "its hash" };
            let place = source.at(required.place.clone());
            let message = format!(
                "`{} {}` is required, and the lockfile lacks {what}",
                required.module, required.version
            );
            match why_accepted(manifest, &required, imported.as_ref(), workspace.is_some()) {
                Some(why) => report.drift(place, format!("{message}; {why}")),
                None if holds(required.version) => {
                    report.drift(place, format!("{message}; `go mod download` adds it"))
                }
                None => report.out_of_sync(place, message),
            }
            .subject(required.module);
        }
        Declared::default()
    }

    fn wants_lock(&self, manifest: &Source, project: &Project<'_>) -> bool {
        let manifest = Manifest::read(manifest.text(), project.folder);
        manifest.required().next().is_some()
    }

    fn refuses_none(&self, manifest: &Source, project: &Project<'_>) -> bool {
        // Modules in other folders may be examples that nobody builds, or part of a workspace.
        let may_do_without = !project.folder.is_empty()
            || project.checkout.contains("vendor/modules.txt")
            || Files::around(project).is_some();
        if may_do_without {
            return false;
        }
        let manifest = Manifest::read(manifest.text(), project.folder);
        let mut unused = Record::default();
        let mut report = Report::new(&mut unused, self, "go.sum", project.folder);
        let imported = imports::compare(&manifest, &[], project, &mut report);
        imported.is_some_and(|imported| manifest.required().any(|it| imported.usually.contains(it.of)))
    }
}

/// Why Go accepts that a hash is missing. Where only that of a go.mod is, `go mod download` adds it as well, since
/// that file lies in the archive whose hash is known.
fn why_accepted(
    manifest: &Manifest<'_>,
    required: &Required<'_>,
    imported: Option<&Imported<'_>>,
    is_in_workspace: bool,
) -> Option<&'static str> {
    if is_in_workspace {
        return Some("in the workspace Go adds it to go.work.sum");
    }
    // Of a module that nobody imports Go looks at nothing.
    let imported = imported.filter(|imported| !imported.usually.contains(required.of))?;
    match imported.sometimes.contains(required.of) {
        _ if !manifest.lists_all() => None,
        true => Some("only tests or some builds import it"),
        false => required.direct.then_some("nothing of it is imported"),
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

/// Module, version and hash of a line.
fn three(line: &str) -> Option<[&str; 3]> {
    parts(line).or_else(|| words(line))
}

/// `module version[/go.mod] h1:hash`
fn package(line: &str, place: Range<usize>) -> Result<Package<'_>, Unreadable> {
    let Some([module, version, hash]) = three(line) else {
        return Err(Unreadable::malformed("a line has not the three parts of go.sum", place));
    };
    let (algorithm, digest) = algorithm_and_digest(hash);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_three_parts_whatever_stands_between_them() {
        for line in ["m v1 h1:AA=", "m\tv1  h1:AA= "] {
            assert_eq!(
                parts(line.trim_end()).or_else(|| words(line)),
                Some(["m", "v1", "h1:AA="]),
                "{line:?}"
            );
        }
        for line in ["m v1", "m v1 h1:AA= x", "m  v1", ""] {
            assert_eq!(parts(line).or_else(|| words(line)), None, "{line:?}");
        }
        let places: Vec<_> = lines("a b c\r\n\n d e f").collect();
        assert_eq!(places, [("a b c", 0..5), (" d e f", 8..14)]);
    }
}
