//! Looks at one archive, member by member.

use std::collections::BTreeMap;
use std::io::{self, Read};

use globset::GlobSet;

use super::contents::Contents;
use super::nested::{self, Nesting};
use super::packages::{self, Package};
use super::paths::{Paths, Place};
use super::rules::{
    AMBIGUOUS_ARCHIVE, ARCHIVE_BOMB, BROKEN_ARCHIVE, DUPLICATE_MEMBER, ESCAPING_MEMBER, FORBIDDEN_MEMBER,
    LATE_TIME, MISSING_MEMBER, SPECIAL_MEMBER, WRITABLE_MEMBER,
};
use super::sink::{Allowed, Scope, Sink};
use super::{names, words};
use crate::archive::{Fault, Kind, Member, Visitor};
use crate::checks::secrets::place;
use crate::rule::Severity;

/// What all archives of a run are held to.
pub(super) struct Policy {
    pub allowed: Allowed,
    /// Members that the settings forbid.
    pub forbidden: GlobSet,
    /// Members that the settings ask for: pattern and matcher.
    pub required: Vec<(String, GlobSet)>,
    pub contents: Contents,
    /// `SOURCE_DATE_EPOCH`: no time may be later.
    pub epoch: Option<i64>,
    /// Seconds by which times without a zone may be off.
    pub slack: i64,
    pub identity: packages::Expected,
}

/// One archive under inspection.
pub(super) struct Inspector<'p> {
    policy: &'p Policy,
    pub sink: Sink,
    pub package: Package,
    paths: Paths,
    buffer: Vec<u8>,
    /// How many members are later than the epoch, and the latest.
    late: Option<(usize, i64, String)>,
    /// How many members everybody can write, and the first with its mode.
    writable: Option<(usize, String, u32)>,
    required: Vec<bool>,
    licensed: bool,
    pub members: usize,
    sound: bool,
    zoneless: bool,
    pub nesting: Nesting,
}

impl<'p> Inspector<'p> {
    /// For an archive, as reports show it, and its file name.
    pub fn new(policy: &'p Policy, shown: &str, file: &str, zoneless: bool) -> Inspector<'p> {
        Inspector {
            policy,
            sink: Sink::new(shown),
            package: Package::of(file),
            paths: Paths::default(),
            buffer: Vec::new(),
            late: None,
            writable: None,
            required: vec![false; policy.required.len()],
            licensed: false,
            members: 0,
            sound: true,
            zoneless,
            nesting: Nesting::default(),
        }
    }

    /// For an archive that stands in another one as `name`, with what is known so far.
    pub fn within(&mut self, name: &str, zoneless: bool) -> Inspector<'p> {
        let file = name.rsplit('/').next().unwrap_or(name);
        let mut inner = Inspector::new(self.policy, "", file, zoneless);
        inner.sink = std::mem::take(&mut self.sink);
        inner.sink.enter(name);
        inner.nesting = self.nesting.below(name);
        inner
    }

    fn scope(&self) -> Scope<'_> {
        Scope { allowed: &self.policy.allowed, around: &self.nesting.around }
    }

    fn place(&mut self, member: &Member, name: &str) {
        for place in self.paths.take(member, name) {
            let (rule, severity, message) = match place {
                Place::Escapes(how) => {
                    (&ESCAPING_MEMBER, ESCAPING_MEMBER.severity, format!("`{name}` leads out: {how}"))
                }
                Place::Twice => {
                    (&DUPLICATE_MEMBER, DUPLICATE_MEMBER.severity, format!("`{name}` stands in it twice"))
                }
                Place::Case(other) => (
                    &DUPLICATE_MEMBER,
                    Severity::Note,
                    format!("`{name}` and `{other}` are one name on Windows and macOS"),
                ),
            };
            let help = match rule.id == ESCAPING_MEMBER.id {
                true => "pack it anew from a folder without links that lead out",
                false => "pack it anew into a file that is not there yet, with one file of each name",
            };
            if !self.scope().lets_pass(rule, name) {
                self.sink.push_as(rule, severity, message, help);
            }
        }
    }

    fn mode(&mut self, member: &Member, name: &str) {
        if matches!(member.kind, Kind::Device | Kind::Fifo) && !self.scope().lets_pass(&SPECIAL_MEMBER, name)
        {
            let what = member.kind.as_str();
            self.sink.push(
                &SPECIAL_MEMBER,
                format!("`{name}` is {what}"),
                "ship files, folders and links only",
            );
        }
        let Some(mode) = member.mode.filter(|_| member.kind == Kind::File || member.kind == Kind::Folder)
        else {
            return;
        };
        let special = match member.kind {
            Kind::File if mode & 0o4000 != 0 => Some("set-uid"),
            Kind::File if mode & 0o2000 != 0 => Some("set-gid"),
            _ => None,
        };
        if let Some(special) = special.filter(|_| !self.scope().lets_pass(&SPECIAL_MEMBER, name)) {
            let message = format!("`{name}` is {special} (mode {mode:04o}): it runs as its owner");
            self.sink.push(&SPECIAL_MEMBER, message, "take the bit away before packing: `chmod u-s,g-s`");
        }
        if mode & 0o002 != 0 && mode & 0o1000 == 0 && !self.scope().lets_pass(&WRITABLE_MEMBER, name) {
            self.writable.get_or_insert_with(|| (0, name.to_owned(), mode)).0 += 1;
        }
    }

    fn name(&mut self, name: &str) {
        if self.scope().lets_pass(&FORBIDDEN_MEMBER, name) {
        } else if self.policy.forbidden.is_match(name) {
            let message = format!("`{name}` must not be shipped: the settings say so");
            self.sink.push(&FORBIDDEN_MEMBER, message, "leave it out of the package");
        } else if let Some((severity, why)) =
            names::forbidden(name).filter(|_| names::settings(name).is_none())
        {
            // What tests and examples hold is made up, as a rule.
            let made_up = place::Place::of(name) == place::Place::Example;
            let severity = if made_up { Severity::Note } else { severity };
            let message = format!("`{name}` must not be shipped: {why}");
            let help =
                "leave it out of the package; the packer's list of files or ignore file says what goes in";
            self.sink.push_as(&FORBIDDEN_MEMBER, severity, message, help);
        }
        for (found, (_, pattern)) in self.required.iter_mut().zip(&self.policy.required) {
            *found = *found || pattern.is_match(name);
        }
        self.licensed = self.licensed || names::is_licence(name);
    }

    /// A file of settings that may hold credentials: what it holds decides.
    fn settings(&mut self, name: &str, marks: &[&str], content: &[u8]) {
        let holds = |mark: &&str| memchr::memmem::find(content, mark.as_bytes()).is_some();
        let (severity, message) = match marks.iter().find(|mark| holds(mark)) {
            Some(mark) => {
                (Severity::Error, format!("`{name}` must not be shipped: it holds credentials (`{mark}`)"))
            }
            None => {
                (Severity::Note, format!("`{name}` is a file of settings, which stays at home as a rule"))
            }
        };
        let help = "leave it out of the package; the packer's list of files or ignore file says what goes in";
        if !self.scope().lets_pass(&FORBIDDEN_MEMBER, name) && !self.policy.forbidden.is_match(name) {
            self.sink.push_as(&FORBIDDEN_MEMBER, severity, message, help);
        }
    }

    fn time(&mut self, member: &Member, name: &str) {
        let slack = if self.zoneless { self.policy.slack } else { 0 };
        let (Some(epoch), Some(modified)) = (self.policy.epoch, member.modified) else { return };
        if modified <= epoch.saturating_add(slack) {
            return;
        }
        match &mut self.late {
            Some((number, latest, _)) => {
                *number += 1;
                *latest = (*latest).max(modified);
            }
            None => self.late = Some((1, modified, name.to_owned())),
        }
    }

    /// Says what only the whole shows.
    pub fn finish(mut self) -> Sink {
        if let Some((number, first, mode)) = self.writable.take() {
            let members = words::count(number, "member");
            let message =
                format!("{members} can be written by everybody, such as `{first}` (mode {mode:04o})");
            // Installers of packages set modes of their own.
            let severity = if self.package.is_found() { Severity::Note } else { WRITABLE_MEMBER.severity };
            let help = "take the bit away before packing: `chmod -R o-w`, or `tar --mode=go-w`";
            self.sink.push_as(&WRITABLE_MEMBER, severity, message, help);
        }
        if let Some((number, latest, first)) = self.late.take() {
            let latest =
                jiff::Timestamp::from_second(latest).map_or_else(|_| latest.to_string(), |t| t.to_string());
            let members = words::count(number, "member");
            let verb = if number == 1 { "is" } else { "are" };
            let message = format!(
                "{members} {verb} later than SOURCE_DATE_EPOCH, such as `{first}`; the latest is of {latest}"
            );
            let help =
                "let the packer take the time from SOURCE_DATE_EPOCH: `tar --mtime=@$SOURCE_DATE_EPOCH`";
            self.sink.push(&LATE_TIME, message, help);
        }
        // What a broken archive lacks may stand where it could not be read.
        if !self.sound {
            return self.sink;
        }
        // What settings, registries and tags ask for is asked of what is shipped, not of what stands in it.
        if self.nesting.is_inner() {
            self.package.judge(&packages::Expected::default(), &mut self.sink);
            return self.sink;
        }
        for (found, (pattern, _)) in self.required.iter().zip(&self.policy.required) {
            if !found {
                let message = format!("it holds no `{pattern}`, which the settings ask for");
                self.sink.push(&MISSING_MEMBER, message, "take the file into the package");
            }
        }
        if self.package.is_found() && !self.licensed {
            let help = "take the text of the licence into the package; recipients must get it";
            self.sink.push_as(&MISSING_MEMBER, Severity::Note, "it holds no text of a licence", help);
        }
        self.package.judge(&self.policy.identity, &mut self.sink);
        self.sink
    }
}

impl Visitor for Inspector<'_> {
    fn member(&mut self, member: &Member, content: &mut dyn Read) -> io::Result<()> {
        self.members += 1;
        let name = String::from_utf8_lossy(&member.name).into_owned();
        if !name.is_empty() {
            self.place(member, &name);
            self.name(&name);
        }
        self.mode(member, &name);
        self.time(member, &name);
        if member.kind != Kind::File && member.kind != Kind::Other {
            return Ok(());
        }
        let inner = nested::format(&name, member.kind);
        let settings = names::settings(&name);
        let keep = self.package.wants(&name).max(self.nesting.wants(inner));
        let keep = if settings.is_some() { keep.max(names::MAX_SETTINGS) } else { keep };
        let scope = Scope { allowed: &self.policy.allowed, around: &self.nesting.around };
        let contents = &self.policy.contents;
        let mut read = contents.read(&name, content, keep, &mut self.buffer, scope, &mut self.sink)?;
        self.nesting.count(read.size);
        if let Some(marks) = settings {
            self.settings(&name, marks, &read.kept);
        }
        if let Some(format) = inner {
            let kept = std::mem::take(&mut read.kept);
            nested::look(self, &name, format, (kept, read.size))?;
        }
        self.package.take(name, read);
        Ok(())
    }

    fn fault(&mut self, fault: Fault) {
        let build = "build it anew; if it came over a network, download it again";
        match fault {
            // What stands in an archive may be no archive, whatever its name is, and is shipped as it is.
            Fault::Broken(what) | Fault::Unread(what) if self.nesting.is_inner() => {
                self.sound = false;
                self.sink.not_examined(format!("archives within archives that cannot be read ({what})"));
            }
            Fault::Bomb(_) if self.nesting.is_spent() => self.sound = false,
            Fault::Broken(what) => {
                self.sound = false;
                self.sink.push(&BROKEN_ARCHIVE, what, build);
            }
            Fault::Bomb(what) => {
                self.sound = false;
                self.sink.push(&ARCHIVE_BOMB, what, "look at what the packer was given");
            }
            Fault::Ambiguous(what) => {
                let help =
                    "pack it anew with one tool, in one go; nothing may stand before, between or behind";
                self.sink.push(&AMBIGUOUS_ARCHIVE, what, help);
            }
            Fault::Unread(what) => {
                self.sound = false;
                self.sink.not_verified(format!("its inside is not verified: {what}"));
            }
        }
    }
}

/// The allowed members of each rule that lets some pass.
pub(super) fn allowed_of(patterns: BTreeMap<&'static str, Vec<String>>) -> (Allowed, Vec<String>) {
    let (mut allowed, mut wrong) = (Allowed::new(), Vec::new());
    for (rule, patterns) in patterns {
        match names::patterns(&patterns) {
            Ok(set) => drop(allowed.insert(rule, set)),
            Err(error) => wrong.push(format!("`rules.{rule}.allow`: {error:#}")),
        }
    }
    (allowed, wrong)
}
