//! gradle.lockfile, and those of build scripts and settings.

use std::borrow::Cow;

use crate::checkout::{Checkout, Source};
use crate::tree::Syntax;

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, File, Lock, Origin, Package};
use super::super::paths;
use super::super::report::{Report, repair};
use super::verification;

/// gradle.lockfile.
pub struct Gradle;

/// Lockfiles of the classpaths of build scripts and settings, which lie beside that of the project.
const OF_SCRIPTS: [&str; 2] = ["buildscript-gradle.lockfile", "settings-gradle.lockfile"];

impl Format for Gradle {
    fn ecosystem(&self) -> &'static str {
        "maven"
    }

    fn tool(&self) -> &'static str {
        "gradle"
    }

    fn names(&self) -> &'static [&'static str] {
        &["gradle.lockfile"]
    }

    fn is_lockfile(&self, path: &str, _checkout: &Checkout) -> bool {
        let name = paths::split(path).1;
        name == "gradle.lockfile" || OF_SCRIPTS.contains(&name)
    }

    fn manifest(&self) -> &'static str {
        "build.gradle"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        None
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        &["repo.maven.apache.org", "repo1.maven.org", "plugins.gradle.org"]
    }

    fn repair(&self) -> &'static str {
        "gradle dependencies --write-locks"
    }

    fn repair_at(&self, path: &str) -> String {
        let (folder, name) = paths::split(path);
        let command = match OF_SCRIPTS.contains(&name) {
            true => "gradle buildEnvironment --write-locks",
            false => self.repair(),
        };
        repair(command, folder)
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let mut lock = Lock::default();
        let mut ended = false;
        let text = project.source.text();
        let mut start = 0;
        for physical in text.split_inclusive('\n') {
            let at = start;
            start += physical.len();
            let line = physical.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let place = at..at + physical.trim_end().len();
            let broken = || Unreadable::malformed("a line is none that Gradle writes", place.clone());
            let (left, _) = line.split_once('=').ok_or_else(broken)?;
            if left == "empty" {
                ended = true;
                continue;
            }
            let parts: Vec<&str> = left.split(':').collect();
            let [_, _, version] = parts.as_slice() else { return Err(broken()) };
            if version.ends_with('+') || version.contains(['[', '(']) || version.starts_with("latest.") {
                return Err(Unreadable::malformed("a locked version is a range", place));
            }
            let name = &left[..left.len() - version.len() - 1];
            lock.packages.push(Package {
                name: Cow::Borrowed(name),
                version: Cow::Borrowed(version),
                origin: Origin::Registry(""),
                files: Few::One(File {
                    url: None,
                    name: "",
                    hashes: Few::none(),
                    needs_hash: false,
                    place: place.clone(),
                }),
                needs: Vec::new(),
                place,
            });
        }
        if !ended {
            let end = text.trim_end().len();
            return Err(Unreadable::malformed(
                "the line `empty=` is missing; the file may be cut off",
                end..end,
            ));
        }
        Ok(lock)
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        verification::covers(lock, project, report);
        report.not_verified(
            "the build script is code, and only Gradle knows what it asks for; it was not compared",
        );
        Declared::default()
    }
}
