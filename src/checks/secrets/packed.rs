//! What stands inside archives, in bounded memory. Archives inside archives are not opened.

use std::io::{Cursor, Read};

use super::detect::{Hit, detector};
use super::findings::{self, Judged};
use super::foreign::Foreign;
use super::place::Place;
use super::text;
use crate::archive::{self, Fault, Format, Kind, Limits, Member, Visitor};
use crate::checks::Record;
use crate::finding::Origin;
use crate::location::Location;

/// Members with more bytes are named and not looked at.
const MAX_MEMBER: u64 = 16 << 20;

/// What was found in an archive.
#[derive(Default)]
pub struct Inside {
    /// Path of a member, its text and the hits in it.
    found: Vec<(String, Vec<u8>, Vec<Hit>)>,
    /// Members that could not be looked at, and why.
    unread: Vec<String>,
}

/// Looks at every member of an archive; `None` if the name is not one of an archive.
pub fn look(path: &str, bytes: &[u8], foreign: &Foreign) -> Option<Inside> {
    let format = Format::of(path)?;
    let mut look = Look { path, foreign, inside: Inside::default() };
    let size = bytes.len() as u64;
    if let Err(error) =
        archive::read_from(&mut Cursor::new(bytes), size, format, Limits::default(), &mut look)
    {
        look.inside.unread.push(error.to_string());
    }
    Some(look.inside)
}

struct Look<'l> {
    path: &'l str,
    foreign: &'l Foreign,
    inside: Inside,
}

impl Visitor for Look<'_> {
    fn member(&mut self, member: &Member, content: &mut dyn Read) -> std::io::Result<()> {
        if member.kind != Kind::File {
            return Ok(());
        }
        let name = String::from_utf8_lossy(&member.name).into_owned();
        let mut bytes = Vec::new();
        content.take(MAX_MEMBER + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_MEMBER {
            self.inside.unread.push(format!("`{name}` has more than {} MiB", MAX_MEMBER >> 20));
            return Ok(());
        }
        let Some(text) = text::of(&bytes) else { return Ok(()) };
        // As gitleaks writes it.
        let whole = format!("{}!{name}", self.path);
        let hits = self.foreign.with_own(detector().scan(&text), &text, &whole, "");
        if !hits.is_empty() {
            self.inside.found.push((name, text.into_owned(), hits));
        }
        Ok(())
    }

    fn fault(&mut self, fault: Fault) {
        let (Fault::Broken(what) | Fault::Ambiguous(what) | Fault::Bomb(what) | Fault::Unread(what)) = fault;
        self.inside.unread.push(what);
    }
}

/// Which version of an archive it is.
#[derive(Default)]
pub struct Version<'v> {
    /// The commit that brought it in; empty for the files as they are checked out.
    pub commit: &'v str,
    /// The same in words, behind a comma; empty as well.
    pub since: String,
    /// The same as data.
    pub origin: Option<Box<Origin>>,
}

/// Records what was found in an archive.
pub fn report(
    path: &str,
    inside: &Inside,
    version: &Version<'_>,
    foreign: &Foreign,
    salt: &str,
    record: &mut Record,
) {
    for reason in &inside.unread {
        record.not_verified(format!("`{path}`: {reason}"));
    }
    for (name, text, hits) in &inside.found {
        let whole = format!("{path}!{name}");
        let mut lines = text::Lines::of(text);
        for hit in hits {
            let value = text.get(hit.range.clone()).unwrap_or_default();
            if let Some(reason) = foreign.excepts_hit(hit, &mut lines, &whole, version.commit) {
                record.not_examined(reason);
                continue;
            }
            match findings::judge(hit, Place::of(name)) {
                Judged::Counted(reason) => record.not_examined(reason),
                Judged::Reported(severity) => {
                    let line = lines.line(hit.range.start);
                    let mut finding = findings::finding(hit, value, severity, Location::file(path), salt);
                    finding.message +=
                        &format!(" (line {line} of `{name}` in this archive{})", version.since);
                    finding.origin = version.origin.clone();
                    finding.ignorable = false;
                    record.push(finding);
                }
            }
        }
    }
}
