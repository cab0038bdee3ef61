//! The policy that the settings ask for: modes, waivers, baseline.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::review::Notes;
use super::{Base, BaseFile, Config, config, glob};
use crate::checkout::{Checkout, ReadError, Source};
use crate::cli::SettingsArguments;
use crate::policy::{ModeSetting, Policy, Waiver};
use crate::rule::Severity;
use crate::tree::Syntax;

pub(super) fn policy(
    options: &SettingsArguments,
    config: &Config,
    source: Option<&Source>,
    checkout: &Checkout,
    base: &Base,
    notes: &mut Notes,
) -> Result<Policy> {
    let setting =
        |mode, when: Option<&config::When>| ModeSetting { mode, blocking_from: when.map(Into::into) };
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
            .map(|(n, mode, when)| (n.to_owned(), setting(mode, when)))
            .collect(),
        rules: config
            .rules
            .iter()
            .map(|(id, rule)| (id.clone(), setting(rule.mode, rule.blocking_from.as_ref())))
            .collect(),
        milestones: config.milestones.iter().map(|(name, milestone)| (name.clone(), milestone.0)).collect(),
        fail_on: options.fail_on.or(config.fail_on).map_or(Severity::Warning, Into::into),
        fail_on_not_verified: config.on_not_verified != Some(config::OnNotVerified::Report),
        waivers: source.map(|source| waivers(config, source)).transpose()?.unwrap_or_default(),
        baseline,
        baseline_path: config.baseline.clone(),
        today: jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date(),
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
