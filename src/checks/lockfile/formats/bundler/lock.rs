//! The lines of Gemfile.lock.

use std::ops::Range;

use super::super::super::format::Unreadable;
use super::super::super::model::Place;
use super::version::{Requirement, Version};

/// What a Gemfile.lock says.
#[derive(Debug, Default)]
pub struct Lockfile<'s> {
    /// Where gems come from.
    pub sources: Vec<Source<'s>>,
    /// What the Gemfile asked for.
    pub dependencies: Vec<Dependency<'s>>,
    /// Hashes, by name and version with platform; nothing if the section is not there.
    pub checksums: Option<Vec<Checksum<'s>>>,
    /// True if it says for which systems it was made.
    pub has_platforms: bool,
    /// The Ruby that it was made for, as written, and where.
    pub ruby: Option<(&'s str, Place)>,
    /// The bundler that wrote it.
    pub bundler: Option<&'s str>,
    /// Where the dependencies begin.
    pub heading: usize,
}

/// What kind of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A registry.
    Gem,
    /// A repository of git.
    Git,
    /// A folder.
    Path,
    /// What a plugin provides.
    Plugin,
}

/// A source with its gems.
#[derive(Debug)]
pub struct Source<'s> {
    /// What kind.
    pub kind: Kind,
    /// `remote`, `revision`, `branch`, …, in order.
    pub options: Vec<(&'s str, &'s str, Place)>,
    /// Its gems.
    pub specs: Vec<Spec<'s>>,
    /// True once the list of gems has begun.
    has_begun: bool,
}

impl<'s> Source<'s> {
    /// The first option of a name.
    pub fn option(&self, name: &str) -> Option<&'s str> {
        self.options.iter().find(|(key, ..)| *key == name).map(|(_, value, _)| *value)
    }
}

/// A gem.
#[derive(Debug)]
pub struct Spec<'s> {
    /// Its name.
    pub name: &'s str,
    /// Its version with the platform, as written.
    pub version: &'s str,
    /// What it needs, each with its conditions.
    pub needs: Vec<(&'s str, &'s str)>,
    /// Where.
    pub place: Place,
}

/// Something that the Gemfile asked for.
#[derive(Debug)]
pub struct Dependency<'s> {
    /// The gem.
    pub name: &'s str,
    /// Conditions, as written.
    pub conditions: &'s str,
    /// True if the Gemfile names its source.
    pub pinned: bool,
    /// Where.
    pub place: Place,
}

/// A line of hashes.
#[derive(Debug)]
pub struct Checksum<'s> {
    /// The gem.
    pub name: &'s str,
    /// Its version with the platform.
    pub version: &'s str,
    /// Algorithm, digest and place of each.
    pub hashes: Vec<(&'s str, &'s str, Place)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Source,
    Dependencies,
    Checksums,
    Platforms,
    Ruby,
    Bundler,
    Other,
}

/// The version without the platform: a version holds no `-`.
pub fn without_platform(version: &str) -> &str {
    version.split('-').next().unwrap_or(version)
}

/// Reads it.
pub fn read(text: &str) -> Result<Lockfile<'_>, Unreadable> {
    let mut lock = Lockfile::default();
    let mut section = None;
    let mut has_dependencies = false;
    let mut start = 0;
    for physical in text.split_inclusive('\n') {
        let at = start;
        start += physical.len();
        let line = physical.trim_end_matches(['\r', '\n']);
        let content = line.trim_start_matches(' ');
        if content.trim_ascii().is_empty() {
            continue;
        }
        let indent = line.len() - content.len();
        let place = at + indent..at + line.len();
        // Bundler passes over lines with a mark before them or blanks behind them, and misses what they say.
        let is_read = !matches!(section, Some(Section::Other | Section::Ruby | Section::Bundler));
        if content.starts_with('\u{feff}') || (content.ends_with([' ', '\t']) && (is_read || indent == 0)) {
            return Err(Unreadable::malformed("a line has signs around it that bundler never writes", place));
        }
        if indent == 0 {
            section = Some(heading(content, &place, &mut lock)?);
            if section == Some(Section::Dependencies) {
                has_dependencies = true;
                lock.heading = place.start;
            }
            continue;
        }
        let broken = || Unreadable::malformed("a line is none that bundler writes", place.clone());
        match section {
            Some(Section::Source) => source_line(content, indent, &place, &mut lock).ok_or_else(broken)?,
            Some(Section::Dependencies) => {
                lock.dependencies.push(dependency(content, &place).ok_or_else(broken)?)
            }
            Some(Section::Checksums) => {
                let line = checksum(content, &place).ok_or_else(broken)?;
                lock.checksums.get_or_insert_default().push(line);
            }
            Some(Section::Platforms) => lock.has_platforms = true,
            Some(Section::Bundler) => lock.bundler = Some(content.trim_ascii_end()),
            Some(Section::Ruby) => lock.ruby = Some((content.trim_ascii_end(), place)),
            Some(Section::Other) => {}
            None => return Err(broken()),
        }
    }
    if !has_dependencies {
        let end = text.trim_end().len();
        return Err(Unreadable::malformed(
            "the section DEPENDENCIES is missing; the file may be cut off",
            end..end,
        ));
    }
    Ok(lock)
}

fn heading<'s>(
    content: &'s str,
    place: &Range<usize>,
    lock: &mut Lockfile<'s>,
) -> Result<Section, Unreadable> {
    let kind = match content {
        "GEM" => Kind::Gem,
        "GIT" => Kind::Git,
        "PATH" => Kind::Path,
        "PLUGIN SOURCE" => Kind::Plugin,
        "DEPENDENCIES" => return Ok(Section::Dependencies),
        "PLATFORMS" => return Ok(Section::Platforms),
        "RUBY VERSION" => return Ok(Section::Ruby),
        "BUNDLED WITH" => return Ok(Section::Bundler),
        "CHECKSUMS" => {
            lock.checksums.get_or_insert_default();
            return Ok(Section::Checksums);
        }
        // Later versions of bundler add sections, and older ones pass over them.
        other if other.bytes().all(|b| b.is_ascii_uppercase() || b == b' ') => return Ok(Section::Other),
        _ => return Err(Unreadable::malformed("a line is none that bundler writes", place.clone())),
    };
    lock.sources.push(Source { kind, options: Vec::new(), specs: Vec::new(), has_begun: false });
    Ok(Section::Source)
}

fn source_line<'s>(
    content: &'s str,
    indent: usize,
    place: &Range<usize>,
    lock: &mut Lockfile<'s>,
) -> Option<()> {
    let source = lock.sources.last_mut()?;
    match indent {
        2 => {
            let (key, value) = content.split_once(':')?;
            source.has_begun |= key == "specs";
            if key != "specs" {
                source.options.push((key, value.trim(), place.clone()));
            }
        }
        4 if source.has_begun => {
            let (name, version) = named(content)?;
            Version::parse(without_platform(version))?;
            source.specs.push(Spec { name, version, needs: Vec::new(), place: place.clone() });
        }
        6 => source.specs.last_mut()?.needs.push(conditioned(content.trim_end_matches('!'))?),
        _ => return None,
    }
    Some(())
}

/// `name (inside)` or `name`.
fn named(text: &str) -> Option<(&str, &str)> {
    let Some((name, rest)) = text.split_once(' ') else { return Some((text, "")) };
    Some((name, rest.strip_prefix('(')?.strip_suffix(')')?))
}

/// The same with conditions that RubyGems can read.
fn conditioned(text: &str) -> Option<(&str, &str)> {
    let (name, conditions) = named(text)?;
    Requirement::parse((!conditions.is_empty()).then_some(conditions))?;
    Some((name, conditions))
}

fn dependency<'s>(content: &'s str, place: &Range<usize>) -> Option<Dependency<'s>> {
    let bare = content.strip_suffix('!');
    let (name, conditions) = conditioned(bare.unwrap_or(content))?;
    Some(Dependency { name, conditions, pinned: bare.is_some(), place: place.clone() })
}

/// `name (version) sha256=…,sha512=…`; without hashes for what has no archive.
fn checksum<'s>(content: &'s str, place: &Range<usize>) -> Option<Checksum<'s>> {
    let (head, hashes) = match content.find(')') {
        Some(end) => content.split_at(end + 1),
        None => return None,
    };
    let (name, version) = named(head)?;
    let mut all = Vec::new();
    for hash in hashes.split([' ', ',']).filter(|hash| !hash.is_empty()) {
        let (algorithm, digest) = hash.split_once('=')?;
        let start = place.start + (hash.as_ptr() as usize - content.as_ptr() as usize);
        all.push((algorithm, digest, start..start + hash.len()));
    }
    Some(Checksum { name, version, hashes: all })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_read() {
        let text = "GIT\n  remote: https://x.example/a.git\n  revision: 0123\n  specs:\n    a (1.0)\n\nGEM\n  remote: https://rubygems.org/\n  specs:\n    b (1.0-x86_64-linux)\n      c (>= 1, < 3)\n    c (2.0)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  a!\n  b (~> 1.0)\n\nCHECKSUMS\n  b (1.0-x86_64-linux) sha256=ab\n  a (1.0)\n\nBUNDLED WITH\n   2.6.1\n";
        let lock = read(text).unwrap();
        assert_eq!(lock.sources.len(), 2);
        assert_eq!(lock.sources[1].specs[0].needs, [("c", ">= 1, < 3")]);
        assert!(lock.dependencies[0].pinned && lock.dependencies[1].conditions == "~> 1.0");
        let checksums = lock.checksums.unwrap();
        let (algorithm, digest, place) = &checksums[0].hashes[0];
        assert_eq!((*algorithm, *digest, &text[place.clone()]), ("sha256", "ab", "sha256=ab"));
        assert!(lock.has_platforms);
        assert!(read("GEM\n  specs:\n").is_err() && read("gibberish here\n").is_err());
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "(GEM\n|DEPENDENCIES\n|CHECKSUMS\n|[ a(),=!:é\n]){0,12}") {
            let _ = read(&text);
        }
    }
}
