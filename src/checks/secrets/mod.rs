//! The `secrets` check: no credential stands where others can read it.

mod commits;
pub(crate) mod detect;
mod files;
pub(crate) mod findings;
mod foreign;
mod messages;
mod news;
mod packed;
pub(crate) mod place;
mod rules;
pub(crate) mod text;
mod tree;
mod versions;

use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::Result;
use serde::Deserialize;

use crate::checkout::Checkout;
use crate::checks::{Check, Context, Outcome, Record, Unit};
use crate::policy::Mode;
use crate::rule::{Rule, Severity};
use crate::settings::config::{After, When};
use crate::settings::{Base, Fault};
use crate::tree::Node;

use detect::Hit;
use findings::Judged;
use foreign::Foreign;
use place::Place;

/// Settings of the check.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// Mode of the check; absent: that of the whole file.
    pub mode: Option<Mode>,
    /// When the check becomes blocking: a day, or a milestone.
    pub blocking_from: Option<When>,
    /// Clean runs after which the check becomes blocking.
    pub blocking_after: Option<After>,
    /// Files to leave alone, as in a `.gitignore` at the root of the repository.
    pub exclude: Vec<String>,
    /// Any text, the same for good: fingerprints of secrets are mixed with it, so that nobody can look them up.
    pub salt: String,
}

/// What the command line or the inputs say.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Secrets")]
#[group(skip)]
pub struct Arguments {
    /// Look at files that git does not track as well, if it does not ignore them
    #[arg(long)]
    pub untracked: bool,
    /// Where to look for secrets [default: diff on pull requests, else tree and the commits of a push]
    #[arg(long, value_enum)]
    pub scan: Option<Scan>,
    /// Commit or branch whose secrets are known, for --scan diff outside of pull requests
    #[arg(long, value_name = "COMMIT")]
    pub since: Option<String>,
    /// File to look at instead of the repository's, - for standard input; may be repeated
    #[arg(long, value_name = "FILE")]
    pub scan_file: Vec<PathBuf>,
    /// Look into archives as well (zip, tar, gzip, xz, zstd), not into those inside them
    #[arg(long)]
    pub scan_archives: bool,
}

/// Where secrets are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Scan {
    /// The files as they are checked out
    Tree,
    /// What the commits of a pull request bring in
    Diff,
    /// Every version of every file that any ref reaches
    History,
    /// What the next commit would bring in
    Staged,
}

/// no token, key or password stands where others can read it
pub struct Secrets;

impl Check for Secrets {
    fn name(&self) -> &'static str {
        "secrets"
    }

    fn summary(&self) -> &'static str {
        "no token, key or password stands where others can read it"
    }

    fn unit(&self) -> Unit {
        Unit { one: "file", many: "files" }
    }

    fn rules(&self) -> &'static [&'static Rule] {
        rules::ALL
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
        let arguments = &context.settings.arguments.secrets;
        if !arguments.scan_file.is_empty() {
            return files::look(context, record);
        }
        let proposal = context.settings.base != Base::WorkTree || arguments.since.is_some();
        let Some(scan) = arguments.scan.or(proposal.then_some(Scan::Diff)) else {
            let outcome = tree::look(context, record)?;
            commits::pushed(context, record)?;
            return Ok(outcome);
        };
        match scan {
            Scan::Tree => tree::look(context, record),
            Scan::Diff => commits::diff(context, record),
            Scan::History => commits::history(context, record),
            Scan::Staged => commits::staged(context, record),
        }
    }
}

/// A text in which something was found.
struct Found<'t> {
    /// Path relative to the repository root.
    path: &'t str,
    /// The text.
    text: &'t [u8],
    /// What was found.
    hits: Vec<Hit>,
}

/// Folders of tests, with the kinds of which one was told there.
type Told = HashSet<(String, &'static str)>;

/// Records what was found in a text that is checked out.
fn report(found: &Found<'_>, foreign: &Foreign, salt: &str, told: &mut Told, record: &mut Record) {
    let file = Place::of(found.path);
    let folder = found.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut lines = text::Lines::of(found.text);
    for hit in &found.hits {
        if let Some(reason) = foreign.excepts_hit(hit, &mut lines, found.path, "") {
            record.not_examined(reason);
            continue;
        }
        let place = findings::surroundings(hit, file, || lines.around(hit.range.start).0);
        match findings::judge(hit, place) {
            Judged::Counted(reason) => record.not_examined(reason),
            // Tests hold many keys, and one of them says enough.
            Judged::Reported(Severity::Note)
                if place == Place::Example && !told.insert((folder.to_owned(), hit.kind.id())) =>
            {
                record.not_examined("one more of its kind in a folder of tests, examples or documentation");
            }
            Judged::Reported(severity) => {
                let value = found.text.get(hit.range.clone()).unwrap_or_default();
                let location = findings::place(hit, found.path, lines.span(hit.range.clone()));
                record.push(findings::finding(hit, value, severity, location, salt));
            }
        }
    }
}

/// The files that the settings leave out.
fn excluded(context: &Context<'_>) -> Result<ignore::gitignore::Gitignore> {
    super::files::excluded(&context.settings.checks.secrets.exclude)
}

/// True if git tells tracked files from others.
fn knows_tracked(checkout: &Checkout) -> bool {
    checkout.listing().files.iter().any(|entry| entry.tracked)
}

/// Patterns of the settings that cannot be read.
pub(crate) fn faults(options: &Options, root: Node<'_>, faults: &mut Vec<Fault>) {
    let nodes = root.at(&["checks", "secrets", "exclude"]).map(|list| list.items().collect::<Vec<_>>());
    for (pattern, node) in options.exclude.iter().zip(nodes.unwrap_or_default()) {
        if super::files::excluded(std::slice::from_ref(pattern)).is_err() {
            faults.push(Fault::new(node.range(), format!("`{pattern}` is no pattern")));
        }
    }
}
