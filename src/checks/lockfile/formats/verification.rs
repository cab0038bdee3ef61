//! verification-metadata.xml of Gradle: the checksums of everything that a build downloads.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::checkout::Source;
use crate::finding::Finding;
use crate::rule::Severity;
use crate::tree::Syntax;

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package};
use super::super::paths;
use super::super::report::{Report, repair};
use super::super::rules::hashes::MISSING_HASH;

/// verification-metadata.xml.
pub struct Verification;

/// Where it lies below the root of a build.
const PATH: &str = "gradle/verification-metadata.xml";

/// Elements that hold a checksum, by the name of its algorithm.
const CHECKSUMS: [&str; 4] = ["md5", "sha1", "sha256", "sha512"];

impl Format for Verification {
    fn ecosystem(&self) -> &'static str {
        "maven"
    }

    fn tool(&self) -> &'static str {
        "gradle"
    }

    fn names(&self) -> &'static [&'static str] {
        &["verification-metadata.xml"]
    }

    fn is_lockfile(&self, path: &str, _checkout: &crate::checkout::Checkout) -> bool {
        path == PATH || path.strip_suffix(PATH).is_some_and(|before| before.ends_with('/'))
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
        "gradle --write-verification-metadata sha256 help"
    }

    fn repair_at(&self, path: &str) -> String {
        // The build lies above the folder `gradle`.
        repair(self.repair(), paths::split(paths::split(path).0).0)
    }

    fn records_more(&self) -> bool {
        true
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        Ok(read(project.source.text())?.lock)
    }

    fn sync(&self, _lock: &Lock<'_>, _project: &Project<'_>, _report: &mut Report<'_>) -> Declared {
        // What a build downloads only Gradle knows; what is locked is looked up from gradle.lockfile.
        Declared::default()
    }
}

/// What the file says.
struct Metadata<'s> {
    lock: Lock<'s>,
    /// False if poms and the like are taken without a checksum, and with them modules that are nothing else.
    verifies: bool,
    /// True if some artifacts are trusted by rules, without a checksum.
    trusts: bool,
}

/// Reports modules of a gradle.lockfile for which no checksum is kept, where the build keeps checksums.
pub fn covers(lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    let found = paths::ancestors(project.folder).find_map(|above| project.text(&paths::file_in(above, PATH)));
    let Some(source) = found else { return };
    // The file itself is judged under its own name.
    let Ok(metadata) = read(source.text()) else { return };
    if metadata.trusts || !metadata.verifies {
        return report.not_examined(
            "checksums of locked modules where verification-metadata.xml trusts some by rules, or all metadata",
        );
    }
    let known: HashSet<(&str, &str)> =
        metadata.lock.packages.iter().map(|package| (&*package.name, &*package.version)).collect();
    let missing: Vec<&Package<'_>> = lock
        .packages
        .iter()
        .filter(|package| !known.contains(&(&*package.name, &*package.version)))
        .collect();
    let Some(first) = missing.first() else { return };
    let more = match missing.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "`{}:{}`{more} is locked, and `{}` keeps no checksum for it, so gradle refuses it",
        first.name,
        first.version,
        source.path()
    );
    report.push(
        Finding::new(&MISSING_HASH, project.source.at(first.place.clone()), message)
            .severity(Severity::Warning)
            .help(
                "run `gradle --write-verification-metadata sha256 help`, review what it adds, and commit it",
            )
            .subject("verification metadata"),
    );
}

fn read(text: &str) -> Result<Metadata<'_>, Unreadable> {
    // The reader does not count a byte order mark.
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut reader = Reader::from_str(&text[mark..]);
    let place = |at: u64| usize::try_from(at).map_or(text.len(), |at| (mark + at).min(text.len()));
    let mut metadata = Metadata { lock: Lock::default(), verifies: true, trusts: false };
    let mut begun = false;
    let mut in_file = false;
    let mut setting = false;
    loop {
        let at = place(reader.buffer_position());
        let event = reader.read_event().map_err(|error| {
            let at = place(reader.error_position());
            let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            Unreadable::malformed(format!("no valid XML: {error}"), at..at)
        })?;
        match event {
            Event::Start(start) | Event::Empty(start) => {
                let whole = at..place(reader.buffer_position());
                let name = start.name();
                let name: &str = name.as_ref();
                let name = name.rsplit(':').next().unwrap_or(name);
                match name {
                    "verification-metadata" => begun = true,
                    "verify-metadata" => setting = true,
                    name => started(name, &start, (text, whole), &mut metadata, &mut in_file)?,
                }
            }
            Event::Text(body) if setting => {
                metadata.verifies = body.trim() != "false";
                setting = false;
            }
            Event::End(end) if end.name().as_ref() == "artifact" => in_file = false,
            Event::Eof => break,
            _ => {}
        }
    }
    if !begun {
        return Err(Unreadable::malformed("the file holds no verification metadata", 0..0));
    }
    if !text.trim_end().ends_with('>') || !text.contains("</verification-metadata>") {
        let end = text.trim_end().len();
        return Err(Unreadable::malformed("the element `verification-metadata` is not closed", end..end));
    }
    Ok(metadata)
}

/// What an element says that begins here.
fn started<'s>(
    name: &str,
    start: &BytesStart<'_>,
    (text, whole): (&'s str, Range<usize>),
    metadata: &mut Metadata<'s>,
    in_file: &mut bool,
) -> Result<(), Unreadable> {
    match name {
        "trust" if is_documentation(start, text) => {}
        "trust" | "trusted-key" | "trusting" => metadata.trusts = true,
        "component" => {
            *in_file = false;
            metadata.lock.packages.push(component(start, text, whole)?);
        }
        "artifact" => {
            let Some(package) = metadata.lock.packages.last_mut() else { return Ok(()) };
            let name = attribute(start, "name", text).map_or("", |range| &text[range]);
            package.files.push(File { url: None, name, hashes: Few::none(), needs_hash: true, place: whole });
            *in_file = true;
        }
        _ => {
            let file = metadata.lock.packages.last_mut().filter(|_| *in_file);
            let Some(file) = file.and_then(|package| package.files.last_mut()) else { return Ok(()) };
            if name == "pgp" {
                file.needs_hash = false;
            } else {
                hash(name, start, text, file);
            }
        }
    }
    Ok(())
}

fn component<'s>(
    start: &BytesStart<'_>,
    text: &'s str,
    place: Range<usize>,
) -> Result<Package<'s>, Unreadable> {
    let value = |name: &str| attribute(start, name, text).map(|range| &text[range]);
    let (Some(group), Some(name), Some(version)) = (value("group"), value("name"), value("version")) else {
        return Err(Unreadable::malformed("a component has no group, name or version", place));
    };
    Ok(Package {
        name: Cow::Owned(format!("{group}:{name}")),
        version: Cow::Borrowed(version),
        origin: Origin::Registry(""),
        files: Few::none(),
        needs: Vec::new(),
        place,
    })
}

/// Adds a checksum; `also-trust` belongs to the one around it.
fn hash<'s>(name: &str, start: &BytesStart<'_>, text: &'s str, file: &mut File<'s>) {
    let algorithm = match name {
        "also-trust" => file.hashes.last().map(|hash| hash.algorithm),
        name => CHECKSUMS.into_iter().find(|known| *known == name),
    };
    let (Some(algorithm), Some(place)) = (algorithm, attribute(start, "value", text)) else { return };
    let digest = &text[place.clone()];
    file.hashes.push(Hash { algorithm, digest, encoding: Encoding::Hex, place });
}

/// True if a rule is about sources and documentation, which only editors download.
fn is_documentation(start: &BytesStart<'_>, text: &str) -> bool {
    let value = |name: &str| attribute(start, name, text).map_or("", |range| &text[range]);
    let file = value("file");
    [".*-javadoc", ".*-sources", ".*javadoc", ".*sources"].iter().any(|begins| {
        file.strip_prefix(begins).is_some_and(|end| ["[.]jar", "\\.jar", ".jar"].contains(&end))
    })
}

/// Where the value of an attribute stands in the text.
fn attribute(start: &BytesStart<'_>, name: &str, text: &str) -> Option<Range<usize>> {
    let mut attributes = start.attributes();
    let found = attributes.with_checks(false).flatten().find(|own| own.key.as_ref() == name)?;
    let from = (found.value.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let range = from..from + found.value.len();
    text.get(range.clone()).is_some_and(|own| *own == *found.value).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<verification-metadata xmlns="https://schema.gradle.org/dependency-verification">
   <configuration>
      <verify-metadata>true</verify-metadata>
   </configuration>
   <components>
      <component group="com.x" name="a" version="1.0">
         <artifact name="a-1.0.jar">
            <sha256 value="aa" origin="Generated by Gradle">
               <also-trust value="bb"/>
            </sha256>
         </artifact>
         <artifact name="a-1.0.pom">
            <pgp value="cc"/>
         </artifact>
      </component>
   </components>
</verification-metadata>
"#;

    #[test]
    fn components_and_their_checksums_are_read() {
        let metadata = read(TEXT).unwrap();
        let package = &metadata.lock.packages[0];
        assert_eq!((&*package.name, &*package.version), ("com.x:a", "1.0"));
        let digests: Vec<&str> = package.files[0].hashes.iter().map(|hash| hash.digest).collect();
        assert_eq!(digests, ["aa", "bb"]);
        assert!(!package.files[1].needs_hash && metadata.verifies && !metadata.trusts);
        assert!(TEXT[package.place.clone()].starts_with("<component"));
        let marked = format!("\u{feff}{TEXT}");
        let place = read(&marked).unwrap().lock.packages[0].place.clone();
        assert!(marked[place].starts_with("<component"));
    }

    #[test]
    fn a_file_that_ends_early_is_refused() {
        assert!(read(&TEXT[..400]).is_err());
        assert!(read("").is_err());
        assert!(read("<project/>").is_err());
    }
}
