//! The policy that the settings ask for: modes, waivers, baseline.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::review::Notes;
use super::{Base, BaseFile, Config, config, glob};
use crate::checkout::{Checkout, ReadError, Source};
use crate::cli::SettingsArguments;
use crate::finding::Finding;
use crate::history::History;
use crate::history::place::{self, Change, Past, Place};
use crate::history::progress::Progress;
use crate::location::{Location, Span};
use crate::policy::{BROKEN_HISTORY, ModeSetting, Policy, Promotion, REWRITTEN_HISTORY, Waiver};
use crate::rule::Severity;
use crate::sorted::IntoMap as _;
use crate::tree::Syntax;

pub(super) fn policy(
    options: &SettingsArguments,
    config: &Config,
    source: Option<&Source>,
    checkout: &Checkout,
    base: &Base,
    notes: &mut Notes,
) -> Result<Policy> {
    let now = jiff::Timestamp::now();
    let fail_on = options.fail_on.or(config.fail_on).map_or(Severity::Warning, Into::into);
    let past = config.history.as_ref().map(|place| past(place, checkout, base, notes));
    let setting = |name: &str, (mode, when, after): config::Setting<'_>| ModeSetting {
        mode,
        blocking_from: when.map(Into::into),
        promotion: after.map(|after| match past.as_ref().and_then(Option::as_ref) {
            Some(history) => Promotion::Counted(Progress::of(history, name, after.into(), fail_on, now)),
            None => Promotion::Unknown,
        }),
    };
    let baseline = match &config.baseline {
        Some(path) => read_baseline(path, checkout, base, notes)?,
        None => BTreeMap::new(),
    };
    Ok(Policy {
        forced_mode: options.mode.map(Into::into),
        default_mode: config.mode.unwrap_or_default(),
        checks: config
            .checks
            .modes()
            .into_iter()
            .map(|(name, own)| (name.to_owned(), setting(name, own)))
            .into_map(),
        rules: config
            .rules
            .iter()
            .map(|(id, rule)| {
                let own = (rule.mode, rule.blocking_from.as_ref(), rule.blocking_after.as_ref());
                (id.clone(), setting(id, own))
            })
            .into_map(),
        milestones: config.milestones.iter().map(|(name, milestone)| (name.clone(), milestone.0)).into_map(),
        fail_on,
        fail_on_not_verified: config.on_not_verified != Some(config::OnNotVerified::Report),
        waivers: source.map(|source| waivers(config, source)).transpose()?.unwrap_or_default(),
        baseline,
        baseline_path: config.baseline.clone(),
        today: now.to_zoned(jiff::tz::TimeZone::UTC).date(),
    })
}

fn waivers(config: &Config, source: &Source) -> Result<Vec<Waiver>> {
    let tree = source.tree(Syntax::Yaml);
    let nodes = tree.root().and_then(|root| root.get("waivers"));
    let nodes: Vec<_> = nodes.map(|node| node.items().collect()).unwrap_or_default();
    let waiver = |(text, node): (&config::WaiverText, &crate::tree::Node<'_>)| {
        Ok(Waiver {
            rule: text.rule.clone(),
            matcher: glob(&text.path)?.compile_matcher(),
            reason: text.reason.clone(),
            approved_by: text.approved_by.clone(),
            expires: text.expires.0,
            location: source.at_node(*node),
        })
    };
    config.waivers.iter().zip(&nodes).map(waiver).collect()
}

/// The history of runs, as far as it can be relied on.
fn past(place: &Place, checkout: &Checkout, base: &Base, notes: &mut Notes) -> Option<History> {
    let location = match place {
        Place::File(path) => Location::file(path),
        Place::Branch(_) => Location::Artifact { name: place.to_string() },
    };
    match place::load(place, checkout, base) {
        Past::Known(history, change) => {
            match change {
                Change::None => {}
                Change::Added => {
                    notes.change(&place.to_string(), "this pull request adds to the history of runs");
                }
                Change::Rewritten => notes.findings.push(
                    Finding::new(
                        &REWRITTEN_HISTORY,
                        location,
                        "runs were taken out of the history, or changed",
                    )
                    .help("restore the file as it was; the history is only ever appended to")
                    .subject("rewritten"),
                ),
            }
            Some(history)
        }
        Past::Broken(broken) => {
            let message = format!(
                "the history of runs is broken: {broken}; what `blocking-after` counts is taken as reached"
            );
            notes.findings.push(
                Finding::new(&BROKEN_HISTORY, line_of(location, broken.line), message)
                    .help("restore it from the last commit in which it was whole")
                    .subject("broken"),
            );
            None
        }
        Past::Unknown(why) => {
            notes.not_verified.push(format!("{why}; what `blocking-after` counts is taken as reached"));
            None
        }
    }
}

fn line_of(location: Location, line: u32) -> Location {
    match location {
        Location::File { path, .. } => {
            let span = Span { line, column: 1, end_line: line, end_column: 2 };
            Location::File { path, span: Some(span) }
        }
        other => other,
    }
}

/// The file that `--write-baseline` writes.
#[derive(Debug, serde::Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Version of this format.
    pub version: u32,
    /// Rule ids by fingerprint.
    pub findings: BTreeMap<String, String>,
}

fn read_baseline(
    path: &str,
    checkout: &Checkout,
    base: &Base,
    notes: &mut Notes,
) -> Result<BTreeMap<String, String>> {
    let own = match checkout.read(path) {
        Ok(source) => Some(source.text().to_owned()),
        Err(ReadError::Missing) => None,
        Err(error) => {
            return Err(anyhow::Error::new(error).context(format!("cannot read the baseline {path}")));
        }
    };
    let text = match base.file(checkout, path) {
        None => {
            own.with_context(|| format!("the settings name the baseline {path}; there is no such file"))?
        }
        Some(BaseFile::Text(_, text)) => {
            if own.as_ref() != Some(&text) {
                notes.change(path, "this pull request changes the baseline");
            }
            text
        }
        Some(_) => return Ok(BTreeMap::new()),
    };
    let baseline: Baseline = serde_json::from_str(&text).with_context(|| format!("{path} is no baseline"))?;
    Ok(baseline.findings)
}
