//! The `reports` check: what other tools reported is there, and good enough.

mod age;
mod bars;
mod changed;
mod detect;
mod file;
pub mod format;
mod judge;
pub mod model;
mod options;
mod place;
pub mod read;
pub mod refusal;
mod rules;

use anyhow::Result;

use crate::checks::{Check, Context, Outcome, Record, Unit};
use crate::finding::Finding;
use crate::masking::masked;
use crate::rule::Rule;

pub(crate) use age::words as age_words;
pub use format::{Format, Input};
pub use options::{Arguments, Options};

/// what other tools reported is there, and good enough
pub struct Reports;

impl Check for Reports {
    fn name(&self) -> &'static str {
        "reports"
    }

    fn summary(&self) -> &'static str {
        "tests, coverage and scans of other tools were reported, and are good enough"
    }

    fn unit(&self) -> Unit {
        Unit { one: "report", many: "reports" }
    }

    fn rules(&self) -> &'static [&'static Rule] {
        rules::ALL
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
        let settings = context.settings;
        let groups = options::groups(&settings.arguments.reports, &settings.checks.reports);
        let groups = groups.map_err(anyhow::Error::msg)?;
        if groups.is_empty() {
            record.not_verified(
                "no report is asked for: give `reports`, or `checks.reports.files` in the settings",
            );
            return Ok(Outcome::Examined(0));
        }
        let examined = judge::judge(&groups, context, record);
        for finding in &mut record.findings {
            // Who writes a report could write an ignore comment into it.
            finding.ignorable = false;
            mask(finding, context);
        }
        record.tables.iter_mut().flat_map(|table| table.rows.iter_mut().flatten()).for_each(hide);
        record.notes.iter_mut().chain(&mut record.not_verified).for_each(hide);
        Ok(Outcome::Examined(examined))
    }
}

/// Takes credentials out of a finding: failures quote what the program under test printed.
fn mask(finding: &mut Finding, context: &Context<'_>) {
    hide(&mut finding.message);
    finding.help.iter_mut().for_each(hide);
    finding.related.iter_mut().for_each(|(_, message)| hide(message));
    let place = finding.location.in_file().and_then(|(path, span)| Some((path, span?.line)));
    let source = place.and_then(|(path, line)| Some((context.checkout.read(path).ok()?, line)));
    let shown = source.as_ref().and_then(|(source, line)| source.line(*line));
    finding.show_source &= shown.is_none_or(|line| masked(line) == line);
}

fn hide(text: &mut String) {
    let clean = masked(text);
    if clean != *text {
        *text = clean;
    }
}

/// The evidence in a text, of whatever format it is. Public for fuzzing.
pub fn read_any(bytes: &[u8]) -> Result<(Format, model::Evidence), refusal::Refusal> {
    let format = detect::detect(&bytes[..bytes.len().min(detect::HEAD)])?;
    format.read(Input::Whole(bytes)).map(|evidence| (format, evidence))
}
