//! What commits bring in: a pull request, the whole history, or what is staged.

use std::borrow::Cow;
use std::collections::HashSet;

use anyhow::Result;

use super::detect::{Hit, detector};
use super::findings::{self, Judged};
use super::foreign::{self, Foreign};
use super::place::Place;
use super::{excluded, text, tree, versions};
use crate::checkout::arrivals::{Arrival, Arrivals, Places, Reader};
use crate::checkout::{Git, MAX_TEXT_FILE};
use crate::checks::{Context, Outcome, Record};
use crate::location::{Location, Span};
use crate::parallel;
use crate::settings::Base;

/// What came of a blob.
enum Verdict {
    Clean,
    Binary,
    Unread(String),
    Hits(Vec<Spotted>),
}

/// Something that was found, and its value: texts are not kept, there are thousands.
struct Spotted {
    hit: Hit,
    value: Vec<u8>,
    span: Span,
    /// Its line, and the one above.
    lines: (String, String),
}

/// From so many blobs on, only what versions differ in is looked through.
const MANY: usize = 2_000;

/// Blobs that one worker takes one after the other, versions of a file among them.
const RUN: usize = 64;

/// Looks at what a pull request, or the commits since a base, bring in.
pub fn diff(context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
    let tip_only = |reason: &str, record: &mut Record| {
        record.note(format!(
            "coverage: the files as they are, and no commits before (tip-only): {reason}; give the checkout step \
             `fetch-depth: 0`"
        ));
        tree::look(context, record)
    };
    let Some(git) = context.checkout.git() else {
        return tip_only("the checkout is no git repository", record);
    };
    let since = context.settings.arguments.secrets.since.as_deref();
    let base = match (since, &context.settings.base) {
        (Some(name), _) => match git.commit_of(name) {
            Some(commit) => commit,
            None => anyhow::bail!("there is no commit `{name}` in this clone"),
        },
        (None, Base::Commit(commit)) => commit.clone(),
        (None, Base::Missing(reason)) => return tip_only(reason, record),
        (None, Base::WorkTree) => {
            anyhow::bail!("`--scan diff` outside of a pull request needs `--since COMMIT`")
        }
    };
    let Some(head) = head(context, git) else { return tip_only("there is no commit yet", record) };
    let whole = if git.is_shallow() { None } else { git.arrivals_between(&base, &head).ok() };
    let arrivals = match whole {
        Some(arrivals) => {
            record.note(format!(
                "coverage: every blob of {} commits since {} (complete)",
                arrivals.commits,
                short(&base)
            ));
            arrivals
        }
        None => match git.arrivals_of_trees(&base, &head) {
            Ok(arrivals) => {
                record.note(format!(
                    "coverage: what the files differ in since {}, without the commits between (net-diff): history is \
                     missing; give the checkout step `fetch-depth: 0`",
                    short(&base)
                ));
                arrivals
            }
            Err(error) => return tip_only(&format!("{error:#}"), record),
        },
    };
    look(context, git, &arrivals, &Since { base: Some(&base), head: Some(&head) }, record)
}

/// Looks at every blob that any ref reaches.
pub fn history(context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
    let Some(git) = context.checkout.git() else {
        anyhow::bail!("there is no history: the checkout is no git repository");
    };
    if git.is_shallow() {
        record.not_verified("history is cut off (shallow clone); give the checkout step `fetch-depth: 0`");
    }
    let arrivals = git.arrivals_of_history()?;
    let kind = if git.is_shallow() { "shallow" } else { "complete" };
    record.note(format!("coverage: every blob of {} commits, all refs ({kind})", arrivals.commits));
    let head = git.head();
    look(context, git, &arrivals, &Since { base: None, head: head.as_deref() }, record)
}

/// Looks at what the next commit would bring in.
pub fn staged(context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
    let Some(git) = context.checkout.git() else {
        anyhow::bail!("nothing is staged: the checkout is no git repository");
    };
    let arrivals = git.arrivals_staged()?;
    if arrivals.blobs.is_empty() {
        return Ok(Outcome::NotApplicable("nothing is staged".to_owned()));
    }
    let head = git.head();
    look(context, git, &arrivals, &Since { base: head.as_deref(), head: None }, record)
}

/// The commits that something is compared with.
struct Since<'c> {
    /// What it has is known.
    base: Option<&'c str>,
    /// Where its places are those of today; `None`: everywhere.
    head: Option<&'c str>,
}

/// The commit that a pull request ends in.
fn head(context: &Context<'_>, git: &Git) -> Option<String> {
    let sha = context.runner.sha.as_str();
    if context.runner.is_proposal()
        && context.settings.arguments.secrets.since.is_none()
        && git.has_commit(sha)
    {
        return Some(sha.to_owned());
    }
    git.head()
}

fn look(
    context: &Context<'_>,
    git: &Git,
    arrivals: &Arrivals,
    since: &Since<'_>,
    record: &mut Record,
) -> Result<Outcome> {
    let exclude = excluded(context)?;
    let foreign = Foreign::read(context, record);
    let mut chosen: Vec<&Arrival> = Vec::with_capacity(arrivals.blobs.len());
    for arrival in &arrivals.blobs {
        if !exclude.is_empty() && exclude.matched_path_or_any_parents(&*arrival.path, false).is_ignore() {
            record.not_examined("excluded by the settings");
        } else {
            chosen.push(arrival);
        }
    }
    // Versions of a file are stored as differences to one another: neighbours are read quickly.
    chosen.sort_by(|a, b| a.path.cmp(&b.path));
    let many = chosen.len() > MANY;
    // What the last commit has is looked through whole: the places of its lines count.
    let mut places: Option<Places> =
        since.head.filter(|_| many).map(|head| git.places(head).unwrap_or_default());
    let runs: Vec<&[&Arrival]> = chosen.chunks(if many { RUN } else { 1 }).collect();
    let today = places.as_ref();
    let verdicts = parallel::map_with(
        &runs,
        || git.reader(),
        |reader, run| {
            let mut before: Option<(&str, Vec<u8>)> = None;
            let mut verdicts = Vec::with_capacity(run.len());
            for arrival in *run {
                let known = before.take().filter(|(path, _)| *path == &*arrival.path).map(|(_, text)| text);
                let known = known.filter(|_| today.is_none_or(|places| places.of(arrival).is_none()));
                let (verdict, text) = examine(reader, arrival, known.as_deref());
                before = text.map(|text| (&*arrival.path, text));
                verdicts.push(verdict);
            }
            verdicts
        },
    );
    let mut seen = HashSet::new();
    let mut examined = 0;
    for (arrival, verdict) in chosen.iter().zip(verdicts.into_iter().flatten()) {
        match verdict {
            Verdict::Clean => examined += 1,
            Verdict::Binary => record.not_examined("a binary file"),
            Verdict::Unread(reason) => record.not_verified(format!("`{}`: {reason}", arrival.path)),
            Verdict::Hits(spotted) => {
                examined += 1;
                let places = since
                    .head
                    .map(|head| &*places.get_or_insert_with(|| git.places(head).unwrap_or_default()));
                let old = since.base.map(|base| values_at(git, base, &arrival.path)).unwrap_or_default();
                let news = News { arrival, places, old, foreign: &foreign };
                report(context, git, &news, &spotted, &mut seen, record);
            }
        }
    }
    Ok(Outcome::Examined(examined))
}

/// What a blob holds that the version before it does not, and its text.
fn examine(reader: &Reader, arrival: &Arrival, before: Option<&[u8]>) -> (Verdict, Option<Vec<u8>>) {
    let bytes = match reader.read(arrival, MAX_TEXT_FILE) {
        Ok(bytes) => bytes,
        Err(reason) => return (Verdict::Unread(reason), None),
    };
    let other = match text::of(&bytes) {
        None => return (Verdict::Binary, None),
        Some(Cow::Owned(text)) => Some(text),
        Some(Cow::Borrowed(_)) => None,
    };
    let text = other.unwrap_or(bytes);
    let hits = before.map_or_else(|| detector().scan(&text), |before| versions::new_hits(before, &text));
    if hits.is_empty() {
        return (Verdict::Clean, Some(text));
    }
    let spot = |hit: Hit| Spotted {
        value: text.get(hit.range.clone()).unwrap_or_default().to_vec(),
        span: text::span(&text, hit.range.clone()),
        lines: text::lines(&text, hit.range.start),
        hit,
    };
    (Verdict::Hits(hits.into_iter().map(spot).collect()), Some(text))
}

/// A blob with something in it.
struct News<'n> {
    arrival: &'n Arrival,
    /// Where the last commit has its blobs; `None` if the blob is where it arrived.
    places: Option<&'n Places>,
    /// What looked like a secret at its path before.
    old: HashSet<Vec<u8>>,
    /// What other tools' files except.
    foreign: &'n Foreign,
}

/// Records what a blob brings in that its path did not have before.
fn report(
    context: &Context<'_>,
    git: &Git,
    news: &News<'_>,
    spotted: &[Spotted],
    seen: &mut HashSet<(Box<str>, String)>,
    record: &mut Record,
) {
    let arrival = news.arrival;
    let today = news.places.map_or(Some(&*arrival.path), |places| places.of(arrival));
    let path = today.unwrap_or(&arrival.path);
    for Spotted { hit, value, span, lines } in spotted {
        if news.old.contains(value) {
            continue;
        }
        let asked = foreign::Place {
            path,
            commit: arrival.commit.as_deref().unwrap_or_default(),
            line: span.line,
            lines: (&lines.0, &lines.1),
            secret: value,
        };
        if let Some(reason) = news.foreign.excepts(&asked) {
            record.not_examined(reason);
            continue;
        }
        let severity = match findings::judge(hit, Place::of(path)) {
            Judged::Counted(reason) => {
                record.not_examined(reason);
                continue;
            }
            Judged::Reported(severity) => severity,
        };
        let span = *span;
        let location = today.map_or_else(|| Location::file(path), |path| Location::span(path, span));
        let mut finding =
            findings::finding(hit, value, severity, location, &context.settings.checks.secrets.salt);
        // The same secret in many versions of a file is one leak.
        let subject = finding.subject.clone().unwrap_or_default();
        if !seen.insert((path.into(), subject)) {
            continue;
        }
        if today.is_none() {
            finding.ignorable = false;
            finding.message += &since_when(git, arrival, span.line);
        }
        record.push(finding);
    }
}

/// Where something stood that is not there any more.
fn since_when(git: &Git, arrival: &Arrival, line: u32) -> String {
    let commit = arrival.commit.as_deref().unwrap_or_default();
    let day = git.day_of(commit).map(|day| format!(" of {day}")).unwrap_or_default();
    format!(" (line {line} in commit {}{day}, not in the last one)", short(commit))
}

/// Everything that looked like a secret in a file of a commit.
fn values_at(git: &Git, commit: &str, path: &str) -> HashSet<Vec<u8>> {
    let Ok(bytes) = git.blob(commit, path) else { return HashSet::new() };
    let Some(text) = text::of(&bytes) else { return HashSet::new() };
    detector().scan(&text).into_iter().filter_map(|hit| Some(text.get(hit.range)?.to_vec())).collect()
}

fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}
