//! `[options]` of uv.lock against uv's settings: how was resolved, and what was too new.

use std::collections::BTreeMap;

use jiff::{Span, Timestamp, civil};

use crate::tree::Node;

use super::super::super::format::Project;
use super::super::super::python::normalised;
use super::super::super::report::Report;
use super::settings::{Era, Settings, is_before};
use super::sync::tell;
use crate::sorted::IntoMap as _;

/// Modes: the setting, the lockfile's key, and what holds when neither says anything.
const MODES: [(&str, &str, &str); 3] = [
    ("resolution", "resolution-mode", "highest"),
    ("prerelease", "prerelease-mode", "if-necessary-or-explicit"),
    ("fork-strategy", "fork-strategy", "requires-python"),
];

/// Settings with which uv resolves anew whatever the lockfile says.
const RENEWING: [&str; 3] = ["upgrade", "upgrade-package", "refresh"];

/// Compares, and reports what differs.
pub fn compare(
    root: Node<'_>,
    settings: &Settings,
    era: Era,
    project: &Project<'_>,
    report: &mut Report<'_>,
) {
    let options = root.get("options");
    let kept = |key: &str| options.and_then(|options| options.get(key));
    for (key, locked_key, default) in MODES {
        let (wanted, locked) = (settings.get(key), kept(locked_key));
        // Newer versions also take a table by package, which no lockfile of version 1 had to say.
        if wanted.is_some_and(|node| !node.is_scalar()) {
            continue;
        }
        let default = if era == Era::New { renamed(default) } else { default };
        let text = |node: Option<Node<'_>>| {
            node.and_then(|node| node.text().map(str::to_owned)).unwrap_or(default.to_owned())
        };
        let (mut ours, theirs) = (text(wanted), text(locked));
        if era == Era::New {
            ours = renamed(&ours).to_owned();
        }
        if ours != theirs {
            let message = format!("`{key}` is `{ours}`, and the lockfile was resolved with `{theirs}`");
            let place = place(settings, key, wanted, project, report);
            let told = report.out_of_sync(place, message).subject(key);
            if let Some(node) = locked {
                told.related(project.source.at_node(node), "the lockfile");
            }
        }
    }
    let cutoff = Cutoff { settings, era, project };
    cutoff.compare(
        "exclude-newer",
        settings.get("exclude-newer"),
        kept("exclude-newer"),
        kept("exclude-newer-span"),
        report,
    );
    cutoff.packages(kept("exclude-newer-package"), report);
    for key in RENEWING {
        let Some(node) = settings.get(key) else { continue };
        let active = node.as_bool() == Some(true) || node.items().len() > 0;
        if active {
            report.not_verified(format!(
                "`{key}` is set, so uv asks the index anew whatever the lockfile says"
            ));
        }
    }
}

/// uv 0.13 takes one mode of pre-releases for another, in settings and as what holds without them, and does not so
/// in lockfiles.
fn renamed(mode: &str) -> &str {
    if mode == "if-necessary-or-explicit" { "if-necessary" } else { mode }
}

/// Where a setting is written; where it is not, the file that it would stand in, or the lockfile.
fn place(
    settings: &Settings,
    key: &str,
    node: Option<Node<'_>>,
    project: &Project<'_>,
    report: &Report<'_>,
) -> crate::location::Location {
    match (settings.source_of(key), node) {
        (Some(source), Some(node)) => source.at_node(node),
        _ => {
            match project.source.tree(crate::tree::Syntax::Toml).root().and_then(|root| root.entry("options"))
            {
                Some((key, _)) => project.source.at(key.range()),
                None => crate::location::Location::file(report.path()),
            }
        }
    }
}

struct Cutoff<'a> {
    settings: &'a Settings,
    era: Era,
    project: &'a Project<'a>,
}

/// A point in time, or a distance from now.
enum Moment {
    Absolute(Timestamp),
    /// A day without a time: the machine's time zone decides when it ends.
    Day(civil::Date),
    Relative(Span),
    Other(String),
}

impl Moment {
    fn of(text: &str) -> Moment {
        let text = text.trim();
        if let Ok(timestamp) = text.parse() {
            Moment::Absolute(timestamp)
        } else if let Ok(day) = text.parse() {
            Moment::Day(day)
        } else if let Ok(span) = text.parse() {
            Moment::Relative(span)
        } else {
            Moment::Other(text.to_owned())
        }
    }
}

/// How a setting stands to what is locked.
#[derive(PartialEq, Eq)]
enum Verdict {
    Same,
    /// The setting admits more than the lockfile; uv before 0.13 minds.
    Later,
    Different,
}

fn verdict(wanted: &Moment, locked: &Moment) -> Verdict {
    /// Time zones lie at most this far from UTC, in seconds.
    const ZONES: i64 = 15 * 3600;
    const DAY: i64 = 24 * 3600;
    let order = |wanted: i64, locked: i64| match wanted.cmp(&locked) {
        std::cmp::Ordering::Less => Verdict::Different,
        std::cmp::Ordering::Equal => Verdict::Same,
        std::cmp::Ordering::Greater => Verdict::Later,
    };
    match (wanted, locked) {
        (Moment::Absolute(wanted), Moment::Absolute(locked)) => {
            if wanted == locked {
                Verdict::Same
            } else {
                order(wanted.as_millisecond(), locked.as_millisecond())
            }
        }
        (Moment::Day(day), Moment::Absolute(locked)) => {
            let Ok(start) = day.to_zoned(jiff::tz::TimeZone::UTC) else { return Verdict::Different };
            let (end, locked) = (start.timestamp().as_second() + DAY, locked.as_second());
            if (end - locked).abs() <= ZONES { Verdict::Same } else { order(end, locked) }
        }
        (Moment::Relative(wanted), Moment::Relative(locked)) => {
            let same = wanted.fieldwise() == locked.fieldwise()
                || days(wanted).is_some_and(|d| days(locked) == Some(d));
            if same { Verdict::Same } else { Verdict::Different }
        }
        (Moment::Other(wanted), Moment::Other(locked)) if wanted == locked => Verdict::Same,
        _ => Verdict::Different,
    }
}

/// A span of whole weeks and days in days.
fn days(span: &Span) -> Option<i64> {
    let rest =
        span.get_years() == 0 && span.get_months() == 0 && span.get_hours() == 0 && span.get_minutes() == 0;
    rest.then(|| i64::from(span.get_weeks()) * 7 + i64::from(span.get_days()))
}

impl Cutoff<'_> {
    fn compare(
        &self,
        name: &str,
        wanted: Option<Node<'_>>,
        locked: Option<Node<'_>>,
        span: Option<Node<'_>>,
        report: &mut Report<'_>,
    ) {
        let (message, verdict) = match (wanted, locked.or(span)) {
            (None, None) => return,
            (Some(_), None) => {
                (format!("`{name}` is set, and the lockfile was resolved without"), Verdict::Different)
            }
            (None, Some(_)) if name == "exclude-newer" && environment(self.project).is_some() => {
                let path = environment(self.project).unwrap_or_default();
                return report.not_verified(format!(
                    "`{path}` sets UV_EXCLUDE_NEWER, so what the lockfile was resolved with was not compared"
                ));
            }
            (None, Some(_)) => (
                format!("the lockfile was resolved with `{name}`, which is no longer set"),
                Verdict::Different,
            ),
            (Some(wanted), Some(kept)) => {
                let theirs = span.unwrap_or(kept);
                let (ours_text, theirs_text) = (shown(wanted), shown(theirs));
                let verdict = verdict(&Moment::of(&ours_text), &Moment::of(&theirs_text));
                (
                    format!("`{name}` is `{ours_text}`, and the lockfile was resolved with `{theirs_text}`"),
                    verdict,
                )
            }
        };
        let strict_only = match verdict {
            Verdict::Same => return,
            Verdict::Later => true,
            Verdict::Different => false,
        };
        let key = name.split('.').next().unwrap_or(name);
        let place = place(self.settings, key, wanted, self.project, report);
        let Some(told) = tell(report, self.era, strict_only, place, message) else { return };
        let told = told.subject(name);
        if let Some(node) = span.or(locked) {
            told.related(self.project.source.at_node(node), "the lockfile");
        }
    }

    fn packages(&self, locked: Option<Node<'_>>, report: &mut Report<'_>) {
        let table = |node: Option<Node<'_>>| -> BTreeMap<String, ()> {
            let entries = node.into_iter().flat_map(|table| table.entries());
            entries.filter_map(|(key, _)| Some((normalised(key.text()?), ()))).into_map()
        };
        // uv learnt this setting in 0.8.
        let is_unknown = is_before(self.project, self.settings.get("required-version"), [0, 8]) == Some(true);
        let wanted = self.settings.get("exclude-newer-package").filter(|_| !is_unknown);
        let mut names = table(wanted);
        names.extend(table(locked));
        for name in names.keys() {
            let (ours, theirs) = (value_for(wanted, name), value_for(locked, name));
            let timestamp =
                theirs.and_then(|node| if node.is_map() { node.get("timestamp") } else { Some(node) });
            let span = theirs.and_then(|node| node.get("span"));
            self.compare(&format!("exclude-newer-package.{name}"), ours, timestamp, span, report);
        }
    }
}

/// A workflow or action that sets the time by a variable, which no file of the project then says.
fn environment(project: &Project<'_>) -> Option<String> {
    let is_pipeline =
        |path: &str| path.starts_with(".github/") && (path.ends_with(".yml") || path.ends_with(".yaml"));
    let sets =
        |path: &str| project.text(path).is_some_and(|source| source.text().contains("UV_EXCLUDE_NEWER"));
    project.checkout.files(is_pipeline).map(|entry| entry.path.to_string()).find(|path| sets(path))
}

fn value_for<'t>(node: Option<Node<'t>>, name: &str) -> Option<Node<'t>> {
    let (_, value) = node?.entries().find(|(key, _)| key.text().map(normalised).as_deref() == Some(name))?;
    Some(value)
}

fn shown(node: Node<'_>) -> String {
    node.text().unwrap_or_default().to_owned()
}
