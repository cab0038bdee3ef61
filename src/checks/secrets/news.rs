//! What blobs that came in hold: which of it is new, where it stands today, and since when.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use anyhow::Result;

use super::commits::short;
use super::detect::{Hit, detector};
use super::findings::{self, Judged};
use super::foreign::Foreign;
use super::messages;
use super::packed::{self, Inside};
use super::place::Place;
use super::versions::Version;
use super::{excluded, text};
use crate::checkout::arrivals::{Arrival, Arrivals, Places, Reader};
use crate::checkout::{Git, MAX_TEXT_FILE};
use crate::checks::{Context, Outcome, Record};
use crate::finding::Origin;
use crate::location::Location;
use crate::parallel;

/// The commits that something is compared with.
pub struct Since<'c> {
    /// What it has is known.
    pub base: Option<&'c str>,
    /// Where its places are those of today; `None`: everywhere.
    pub head: Option<&'c str>,
    /// True if what the last commit has is looked at elsewhere.
    pub gone_only: bool,
}

/// What came of a blob.
enum Verdict {
    Binary,
    Text(Vec<Spotted>),
    Archive(Inside),
}

/// Something that was found, and its value: texts are not kept, there are thousands.
struct Spotted {
    hit: Hit,
    value: Box<[u8]>,
}

/// Looks through blobs that came in, and records what is new in them.
pub fn look(
    context: &Context<'_>,
    git: &Git,
    arrivals: &Arrivals,
    since: &Since<'_>,
    record: &mut Record,
) -> Result<Outcome> {
    let exclude = excluded(context)?;
    let mut chosen: Vec<&Arrival> = Vec::with_capacity(arrivals.blobs.len());
    for arrival in &arrivals.blobs {
        if !exclude.is_empty() && exclude.matched_path_or_any_parents(&*arrival.path, false).is_ignore() {
            record.not_examined("excluded by the settings");
        } else {
            chosen.push(arrival);
        }
    }
    crate::sorted::by(&mut chosen, |a, b| a.path.cmp(&b.path));
    let foreign = Foreign::read(context, record);
    let archives = context.settings.arguments.secrets.scan_archives;
    let verdicts = git.look_through(&chosen, MAX_TEXT_FILE, Version::look, |arrival, version, bytes| {
        if archives && let Some(inside) = packed::look(&arrival.path, bytes, &foreign) {
            return Verdict::Archive(inside);
        }
        if version.is_binary() {
            return Verdict::Binary;
        }
        Verdict::Text(spotted(version, bytes, arrival, &foreign))
    });
    let mut examined = 0;
    let (mut found, mut inside) = (Vec::new(), Vec::new());
    for (arrival, verdict) in chosen.iter().zip(verdicts) {
        match verdict {
            Ok(Verdict::Binary) => record.not_examined("a binary file"),
            Ok(Verdict::Archive(content)) => {
                examined += 1;
                inside.push((*arrival, content));
            }
            Err(reason) => record.not_verified(format!("`{}`: {reason}", arrival.path)),
            Ok(Verdict::Text(spotted)) => {
                examined += 1;
                if !spotted.is_empty() {
                    found.push((*arrival, spotted));
                }
            }
        }
    }
    messages::report(&arrivals.messages, git, &foreign, &context.settings.checks.secrets.salt, record);
    if !found.is_empty() || !inside.is_empty() {
        let places = since.head.map(|head| git.places(arrivals, head).unwrap_or_default());
        let news = News {
            context,
            git,
            reader: git.reader(),
            places,
            base: since.base,
            gone_only: since.gone_only,
            foreign,
        };
        news.report(&found, record);
        inside.iter().for_each(|(arrival, inside)| news.unpack(arrival, inside, record));
    }
    Ok(Outcome::Examined(examined))
}

fn spotted(version: &Version, bytes: &[u8], arrival: &Arrival, foreign: &Foreign) -> Vec<Spotted> {
    // Nothing is found in most of them.
    if version.is_clean() && !foreign.has_own_rules() {
        return Vec::new();
    }
    let text = text::of(bytes).unwrap_or_default();
    let commit = arrival.commit.as_deref().unwrap_or_default();
    let hits = foreign.with_own(version.hits(), &text, &arrival.path, commit);
    let value = |hit: &Hit| text.get(hit.range.clone()).unwrap_or_default().into();
    hits.into_iter().map(|hit| Spotted { value: value(&hit), hit }).collect()
}

/// What is asked while blobs are reported.
struct News<'n> {
    context: &'n Context<'n>,
    git: &'n Git,
    reader: Reader<'n>,
    /// Where the last commit has its blobs; `None` if every blob is where it arrived.
    places: Option<Places>,
    /// The commit whose secrets are known.
    base: Option<&'n str>,
    gone_only: bool,
    foreign: Foreign,
}

/// Values that look like secrets.
type Values = HashSet<Box<[u8]>>;

/// A secret of a kind in a file: in many versions of the file it is one leak.
type Leak<'f> = (&'f str, &'static str, &'f [u8]);

impl News<'_> {
    /// Records what the base did not have: first what the last commit still has, where it stands there.
    fn report(&self, found: &[(&Arrival, Vec<Spotted>)], record: &mut Record) {
        let mut first: HashMap<Leak<'_>, &Arrival> = HashMap::new();
        for (arrival, spotted) in found {
            for Spotted { hit, value } in spotted {
                first.entry((self.path(arrival), hit.kind.id(), value)).or_insert(arrival);
            }
        }
        let known = self.values_at_base(found);
        let mut seen: HashSet<Leak<'_>> = HashSet::new();
        let is_today = |arrival: &Arrival| self.today(arrival).is_some();
        let (today, before): (Vec<_>, Vec<_>) = found.iter().partition(|(arrival, _)| is_today(arrival));
        for (arrival, spotted) in today.into_iter().chain(before) {
            let path = self.path(arrival);
            let (bytes, text) = (OnceCell::new(), OnceCell::new());
            let read = || bytes.get_or_init(|| self.reader.read(arrival, MAX_TEXT_FILE).unwrap_or_default());
            let text = || -> &[u8] { text.get_or_init(|| text::of(read()).unwrap_or_default()) };
            let mut lines = None;
            for Spotted { hit, value } in spotted {
                let leak = (path, hit.kind.id(), &**value);
                let is_old = known.get(&*arrival.path).is_some_and(|old| old.contains(value));
                if is_old || seen.contains(&leak) {
                    continue;
                }
                let line = || lines.get_or_insert_with(|| text::Lines::of(text())).around(hit.range.start).0;
                let place = findings::surroundings(hit, Place::of(path), line);
                let severity = match findings::judge(hit, place) {
                    Judged::Counted(reason) => {
                        seen.insert(leak);
                        record.not_examined(reason);
                        continue;
                    }
                    Judged::Reported(severity) => severity,
                };
                let lines = lines.get_or_insert_with(|| text::Lines::of(text()));
                let commit = arrival.commit.as_deref().unwrap_or_default();
                if let Some(reason) = self.foreign.excepts_hit(hit, lines, path, commit) {
                    record.not_examined(reason);
                    continue;
                }
                seen.insert(leak);
                let span = lines.span(hit.range.clone());
                let today = self.today(arrival);
                if today.is_some() && self.gone_only {
                    continue;
                }
                let location =
                    today.map_or_else(|| Location::file(path), |path| findings::place(hit, path, span));
                let salt = &self.context.settings.checks.secrets.salt;
                let mut finding = findings::finding(hit, value, severity, location, salt);
                if today.is_none() {
                    finding.ignorable = false;
                    finding.origin = self.origin(arrival, span.line);
                    finding.message +=
                        &format!(" (line {} in {}, not in the last one)", span.line, words(&finding.origin));
                } else if self.places.is_some()
                    && let Some(arrival) = first.get(&leak)
                {
                    finding.origin = self.origin(arrival, span.line);
                    if finding.origin.is_some() {
                        finding.message += &format!(" (since {})", words(&finding.origin));
                    }
                }
                record.push(finding);
            }
        }
    }

    /// Records what stands in an archive that came in.
    fn unpack(&self, arrival: &Arrival, inside: &Inside, record: &mut Record) {
        let today = self.today(arrival).is_some();
        if today && self.gone_only {
            return;
        }
        let origin = self.origin(arrival, 0);
        let since = match (&origin, today) {
            (_, false) => format!(", {}, not in the last one", words(&origin)),
            (Some(_), true) => format!(", since {}", words(&origin)),
            (None, true) => String::new(),
        };
        let version =
            packed::Version { commit: arrival.commit.as_deref().unwrap_or_default(), since, origin };
        let salt = &self.context.settings.checks.secrets.salt;
        packed::report(self.path(arrival), inside, &version, &self.foreign, salt, record);
    }

    /// Where the last commit has the blob.
    fn today<'a>(&'a self, arrival: &'a Arrival) -> Option<&'a str> {
        self.places.as_ref().map_or(Some(&*arrival.path), |places| places.of(arrival))
    }

    fn path<'a>(&'a self, arrival: &'a Arrival) -> &'a str {
        self.today(arrival).unwrap_or(&arrival.path)
    }

    /// The commit that brought a blob in.
    fn origin(&self, arrival: &Arrival, line: u32) -> Option<Box<Origin>> {
        let commit = arrival.commit.as_deref()?.to_owned();
        let date = self.git.time_of(&commit);
        Some(Box::new(Origin { commit, date, line }))
    }

    /// Everything that looked like a secret in the files of the base, by their paths.
    fn values_at_base<'f>(&self, found: &[(&'f Arrival, Vec<Spotted>)]) -> HashMap<&'f str, Values> {
        let Some(base) = self.base else { return HashMap::new() };
        let mut paths: Vec<&str> = found.iter().map(|(arrival, _)| &*arrival.path).collect();
        paths.dedup();
        let values = |reader: &Reader<'_>, path: &&str| {
            let bytes = reader.file(base, path).unwrap_or_default();
            let text = text::of(&bytes).unwrap_or_default();
            detector().scan(&text).into_iter().filter_map(|hit| Some(text.get(hit.range)?.into())).collect()
        };
        let values = parallel::each_with(&paths, || self.git.reader(), values);
        paths.into_iter().zip(values).collect()
    }
}

/// The commit and its day.
pub(super) fn words(origin: &Option<Box<Origin>>) -> String {
    let Some(origin) = origin else { return "an earlier version".to_owned() };
    let day = origin.date.map(|date| format!(" of {}", date.to_zoned(jiff::tz::TimeZone::UTC).date()));
    format!("commit {}{}", short(&origin.commit), day.unwrap_or_default())
}
