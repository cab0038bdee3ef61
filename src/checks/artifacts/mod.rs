//! The `artifacts` check: what is shipped is what was built.

mod beside;
mod claims;
pub(crate) mod companion;
mod expected;
pub mod inside;
pub mod list;
pub mod manifest;
pub mod name;
pub(crate) mod place;
mod reading;
mod rules;
mod sources;
pub mod statement;
mod uploads;
mod verify;
pub(crate) mod walk;
pub(crate) mod words;

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Deserialize;

use crate::checks::{Check, Context, Outcome, Record, Unit};
use crate::finding::Finding;
use crate::policy::Mode;
use crate::rule::{Rule, Severity};
use crate::settings::config::{After, When};
use beside::Beside;
use claims::Claims;
use sources::Source;

/// Findings of one rule that are told one by one.
const MAX_FINDINGS: usize = 500;

/// Settings of the check.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// Mode of the check; absent: that of the whole file.
    pub mode: Option<Mode>,
    /// When the check becomes blocking: a day, or a milestone.
    pub blocking_from: Option<When>,
    /// Members of archives that must not be shipped, such as `*.map`; without `/` a pattern means the last part.
    pub forbidden_members: Vec<String>,
    /// Members that every archive must hold, such as `LICENSE*`; without `/` a pattern means the last part.
    pub required_members: Vec<String>,
    /// Clean runs after which the check becomes blocking.
    pub blocking_after: Option<After>,
}

/// What the command line or the inputs say.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Artifacts")]
#[group(skip)]
pub struct Arguments {
    /// Checksum list, such as dist/SHA256SUMS: `check artifacts` verifies it, `checksum` writes it
    #[arg(long, value_name = "FILE")]
    pub checksums: Option<String>,
    /// Manifest of the artifacts in JSON: `check artifacts` verifies it, or an in-toto Statement; `checksum` writes it
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<String>,
    /// File that must be among the verified artifacts, as a pattern
    #[arg(long, value_name = "PATTERN")]
    pub expect: Vec<String>,
    /// Files beside the artifacts that no list names are errors
    #[arg(long)]
    pub strict: bool,
    /// Folder of a second build, whose artifacts must be the same byte for byte
    #[arg(long, value_name = "DIR")]
    pub rebuilt: Option<String>,
    /// Git tag whose version the packages must carry [default: the tag that the run is for]
    #[arg(long, value_name = "TAG")]
    pub release_tag: Option<String>,
    /// Workflow artifact that the run must have uploaded, with its digest if it is known; needs `actions: read`
    #[arg(long, value_name = "NAME[=sha256:DIGEST]")]
    pub uploaded: Vec<String>,
    /// Days for which such artifacts must be kept from now on
    #[arg(long, value_name = "DAYS", requires = "uploaded")]
    pub kept_days: Option<u32>,
    /// The run that uploaded them [default: this run]
    #[arg(long, value_name = "RUN", requires = "uploaded")]
    pub run_id: Option<u64>,
    /// Release whose assets must be what is listed, by its tag; needs `contents: read`, and `write` for drafts
    #[arg(long, value_name = "TAG")]
    pub release: Option<String>,
}

/// what is shipped is what was built
pub struct Artifacts;

impl Check for Artifacts {
    fn name(&self) -> &'static str {
        "artifacts"
    }

    fn summary(&self) -> &'static str {
        "what is shipped is what was built"
    }

    fn unit(&self) -> Unit {
        Unit { one: "artifact", many: "artifacts" }
    }

    fn rules(&self) -> &'static [&'static Rule] {
        &rules::ALL
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
        let (arguments, checkout) = (&context.settings.arguments.artifacts, context.checkout);
        let sources = sources::find(arguments, checkout, record);
        let mut claims = Claims::default();
        sources.iter().for_each(|source| claims.read(source, record));
        let mut beside = Beside::look(&sources, &claims, checkout, arguments.strict);
        beside.singles.iter().for_each(|single| claims.read(single, record));
        claims.record_unproven(record);
        claims.record_differences(record);
        let empty = context.allowed(&rules::EMPTY_FILE, record);
        let verified = verify::verify(&claims, &|name| empty.is_match(name), &mut beside, record);
        expected::record_missing(&arguments.expect, &sources, &claims, &mut beside, checkout, record);
        beside.record(arguments.strict, record);
        inside::look(&verified.sound, context, record);
        let uploads = uploads::look(&claims, context, record);
        if verified.artifacts > 0 {
            record.note(agreement(&verified, claims.iter().count(), &sources));
        } else if uploads == 0 && record.not_verified.is_empty() && record.findings.iter().all(is_note) {
            record.not_verified("nothing was verified");
        }
        shorten(record);
        // Who can change an artifact can change the list beside it: its comments excuse nothing.
        record.findings.iter_mut().for_each(|finding| finding.ignorable = false);
        Ok(Outcome::Examined(verified.examined + uploads))
    }
}

/// Keeps a hostile list from filling every report: of one rule, so many findings are told one by one.
fn shorten(record: &mut Record) {
    let mut left: BTreeMap<&str, (usize, Option<Finding>)> = BTreeMap::new();
    record.findings.retain(|finding| {
        let (number, rest) = left.entry(finding.rule.id).or_default();
        *number += 1;
        if *number <= MAX_FINDINGS {
            return true;
        }
        match rest {
            Some(rest) => rest.severity = rest.severity.max(finding.severity),
            None => *rest = Some(finding.clone()),
        }
        false
    });
    for (number, rest) in left.into_values() {
        if let Some(mut rest) = rest {
            let others = number - MAX_FINDINGS - 1;
            rest.message = format!("{}; and {} like it", rest.message, words::count(others, "more finding"));
            record.findings.push(rest);
        }
    }
}

fn is_note(finding: &Finding) -> bool {
    finding.severity == Severity::Note
}

fn agreement(verified: &verify::Verified, claimed: usize, sources: &[Source]) -> String {
    let number = match verified.artifacts == claimed {
        true => words::count(claimed, "artifact"),
        false => format!("{} of {}", verified.artifacts, words::count(claimed, "artifact")),
    };
    let names: Vec<&str> = sources.iter().map(|source| source.shown.as_str()).collect();
    let verb = if verified.artifacts == 1 { "holds" } else { "hold" };
    format!("{number} ({}) {verb} what is listed in {}", words::size(verified.bytes), words::some(&names))
}
