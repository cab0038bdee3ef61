//! The packages against OSV itself.

use std::collections::BTreeSet;

use super::judge;
use super::subjects::{Subject, Subjects};
use crate::advisory::osv::online::{PUBLIC, Query, ask};
use crate::checks::{Context, Record};
use crate::fetch::Fetcher;
use crate::report::count;
use crate::sorted::IntoSet as _;

/// Faults that are told; the rest is counted.
const MAX_FAULTS: usize = 5;

/// Asks about every package, and judges the answers.
pub(super) fn judge(subjects: &Subjects, context: &Context<'_>, record: &mut Record) {
    let arguments = &context.settings.arguments.vulnerabilities;
    let named = arguments.osv_url.as_ref().or(context.settings.checks.vulnerabilities.osv_url.as_ref());
    let fetcher = Fetcher::of(context.environment);
    let queries: BTreeSet<Query> = subjects.all.iter().flat_map(queries).into_set();
    let matches = ask(&fetcher, named.map_or(PUBLIC, String::as_str), &queries);
    fetcher.finish();
    for fault in matches.faults.iter().take(MAX_FAULTS) {
        record.not_verified(fault);
    }
    if let Some(more) = matches.faults.len().checked_sub(MAX_FAULTS).filter(|more| *more > 0) {
        record.not_verified(format!("{} of OSV", count(more, "more fault")));
    }
    record.note(format!("OSV has {} about these packages", count(matches.looked_at, "record")));
    judge::judge(subjects, &matches, context, record);
}

/// OSV tells capitals apart, and people do not: both spellings are asked about.
fn queries(subject: &Subject) -> Vec<Query> {
    let query = |name: &str| Query {
        ecosystem: subject.ecosystem.to_owned(),
        name: name.to_owned(),
        version: subject.version.clone(),
    };
    let mut queries = vec![query(&subject.name)];
    let written = subject.location.name().rsplit_once('@').map_or("", |(name, _)| name);
    if written != subject.name && written.eq_ignore_ascii_case(&subject.name) {
        queries.push(query(written));
    }
    queries
}
