//! The `preflight` check: what a deploy needs is there, and looks like what it is for.

mod cause;
mod certificate;
mod credential;
mod entry;
mod format;
mod handover;
mod inside;
mod inspect;
mod keys;
mod kind;
mod kubeconfig;
mod masking;
mod pasted;
mod permit;
mod problem;
mod reasons;
mod required;
mod rules;
mod tool;
mod url;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::Deserialize;

use crate::checks::{Check, Context, Outcome, Record, Unit};
use crate::credentials::secret::Secret;
use crate::credentials::{providers, standin};
use crate::finding::Finding;
use crate::location::Location;
use crate::policy::Mode;
use crate::rule::{Rule, Severity};
use crate::settings::config::{After, When};
use entry::Entry;
use inspect::Surroundings;
use required::{EntryText, Required};
use rules::{ABSENT, MALFORMED_ENTRY, SAME_VALUE, UNKNOWN_ENVIRONMENT, WRONG_FORMAT};

pub(crate) use masking::masks;
pub(crate) use required::faults;
pub use required::secret_names;

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
    /// Required secrets and configuration by environment, an entry each: `NAME` or `NAME: kind`.
    pub secrets: BTreeMap<String, Vec<EntryText>>,
    /// Who may deploy to which environment, what, from where and when.
    pub environments: BTreeMap<String, permit::Permit>,
}

/// What the command line or the inputs say.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Preflight")]
#[group(skip)]
pub struct Arguments {
    /// Secret or variable that must be set: NAME or NAME: kind
    #[arg(long, value_name = "ENTRY")]
    pub required_secrets: Vec<String>,
    /// Environment that is deployed to; its entries in the settings are required as well
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Commit that is deployed now, for environments with `not-older`; `none` if nothing is
    #[arg(long, value_name = "SHA")]
    pub deployed_commit: Option<String>,
    /// Record a preflight that found all in order in the chain of the deployment lock, for `lock acquire --require-preflight`
    #[arg(long)]
    pub record_preflight: bool,
}

/// required secrets and configuration are there and look right, before a deploy starts
pub struct Preflight;

impl Check for Preflight {
    fn name(&self) -> &'static str {
        "preflight"
    }

    fn summary(&self) -> &'static str {
        "required secrets and configuration are there and look right, before a deploy starts"
    }

    fn unit(&self) -> Unit {
        Unit { one: "requirement", many: "requirements" }
    }

    fn rules(&self) -> &'static [&'static Rule] {
        rules::ALL
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
        let required = required::of(context.settings);
        about_entries(&required, record);
        let mut examined = examine(&required.entries, context, record);
        same_values(&required.entries, context, record);
        examined += required.needs.len();
        required.needs.iter().for_each(|need| tool::examine(need, context, record));
        if let Some((environment, permit)) = &required.permit {
            examined += permit.count();
            permit::examine(permit, environment, context, record);
        }
        let outcome = outcome(&required, examined, record);
        about_table(context, record);
        let errors = record.findings.iter().any(|finding| finding.severity == Severity::Error);
        let ready = !errors && record.not_verified.is_empty();
        record.output("ready", if ready { "true" } else { "false" });
        record.output("missing", reasons::missing(&required.needs, record).join("\n"));
        record.output("reasons", reasons::of(record).join("\n"));
        record.output("manifest-hash", required.hash.clone());
        Ok(outcome)
    }
}

fn outcome(required: &Required, examined: usize, record: &mut Record) -> Outcome {
    let nothing = required.entries.is_empty()
        && required.needs.is_empty()
        && required.permit.is_none()
        && required.malformed.is_empty()
        && required.unknown.is_none();
    if required.untrusted {
        record.not_verified(
            "the settings are those of a pull request whose base is not in the clone, so what they require was not \
             looked at; give the checkout step `fetch-depth: 2`",
        );
        return Outcome::Examined(examined);
    }
    if nothing && required.nothing_on_purpose {
        return Outcome::NotApplicable("the settings require nothing for this environment".to_owned());
    }
    if nothing {
        record.not_verified(match required.unselected.as_slice() {
            [] => {
                "nothing is required: give `required-secrets`, or `checks.preflight.secrets` in the settings"
                    .to_owned()
            }
            names => format!(
                "nothing is required without an environment: give `environment` one of {}",
                names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            ),
        });
    }
    Outcome::Examined(examined)
}

/// What is to be said about the list of what is required.
fn about_entries(required: &Required, record: &mut Record) {
    for (number, malformed) in &required.malformed {
        let message = format!("entry {number} of `required-secrets` {}", malformed.message);
        let location = match &malformed.name {
            Some(name) => Location::Secret { name: name.clone() },
            None => Location::Repository,
        };
        let finding = Finding::new(&MALFORMED_ENTRY, location, message);
        record.push(finding.help(&malformed.help).subject(number.to_string()));
    }
    if let Some((name, near)) = &required.unknown {
        let message = format!("the settings list no secrets for the environment `{name}`");
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("list them under `checks.preflight.secrets.{name}`; `[]` if there are none"),
        };
        record
            .push(Finding::new(&UNKNOWN_ENVIRONMENT, Location::Repository, message).help(help).subject(name));
    }
}

/// Formats change; a table that nobody has looked through for long may be wrong about them.
fn about_table(context: &Context<'_>, record: &mut Record) {
    const OLD: i32 = 180;
    let days = (context.settings.policy.today - providers::date()).get_days();
    if days > OLD {
        record.note(format!("the table of credential formats was last gone through {days} days ago; a newer ci-guard may know better"));
    }
}

/// Looks at each variable. Returns how many there are.
fn examine(entries: &[Entry], context: &Context<'_>, record: &mut Record) -> usize {
    let now = jiff::Timestamp::now().as_second() as f64;
    let deploys_to = context.settings.arguments.preflight.environment.as_deref();
    let around = Surroundings::new(context.environment, context.checkout.root(), now, deploys_to);
    for entry in entries {
        let name = entry.name.as_str();
        let location = || Location::Secret { name: name.to_owned() };
        let absent = |state: &str, cause: cause::Cause| {
            Finding::new(&ABSENT, location(), format!("`{name}` is {state}: {}", cause.why))
                .help(cause.repair)
        };
        match context.environment.get_os(name) {
            None if entry.optional => record.not_examined("optional and not set"),
            None => record.push(absent("not set", cause::of_unset(name, context))),
            Some(value) if value.is_empty() && entry.optional => record.not_examined("optional and not set"),
            Some(value) if value.is_empty() => record.push(absent("empty", cause::of_empty(name, context))),
            Some(value) => match value.to_str().map(Secret::of) {
                Some(value) => inspect_value(entry, &value, &around, context, record),
                None => {
                    let message = format!("the value of `{name}` is not UTF-8");
                    record.push(Finding::new(&WRONG_FORMAT, location(), message).help("store it in base64"));
                }
            },
        }
    }
    entries.iter().map(|entry| &entry.name).collect::<BTreeSet<_>>().len()
}

fn inspect_value(
    entry: &Entry,
    value: &Secret,
    around: &Surroundings<'_>,
    context: &Context<'_>,
    record: &mut Record,
) {
    let name = &entry.name;
    for problem in inspect::problems(entry, value.text(), around) {
        let message = format!("the value of `{name}` {}", problem.what);
        // Stand-ins are mended by storing the value; everything else says itself what to do.
        let help = if problem.help.is_empty() { cause::store_again(name, context) } else { problem.help };
        let finding = Finding::new(problem.rule, Location::Secret { name: name.clone() }, message);
        record.push(
            finding
                .severity(problem.severity)
                .help(help.replace("gh secret set NAME", &format!("gh secret set {name}"))),
        );
    }
    if masking::cannot_be_masked(entry, value.text()) {
        record.note(format!(
            "the value of `{name}` is too short or too common to be masked: a log that holds it shows it"
        ));
    }
}

/// Two secrets with one value: one of them was pasted into the wrong place, or losing one means losing both.
fn same_values(entries: &[Entry], context: &Context<'_>, record: &mut Record) {
    let mut first_with: BTreeMap<&str, &Entry> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| !masking::is_plain(entry)) {
        let Some(value) = context.environment.non_empty(&entry.name).map(str::trim) else { continue };
        if standin::of(value, &entry.name, false).is_some() {
            continue;
        }
        match first_with.get(value) {
            Some(first) if first.name != entry.name && !are_one_thing(first, entry) => {
                let message = format!("`{}` and `{}` have the same value", first.name, entry.name);
                let finding =
                    Finding::new(&SAME_VALUE, Location::Secret { name: entry.name.clone() }, message);
                record.push(
                    finding
                        .help("look which of them holds the other's value; give each a secret of its own")
                        .subject(&first.name),
                );
            }
            Some(_) => {}
            None => drop(first_with.insert(value, entry)),
        }
    }
}

/// True for two names of one credential, such as GH_TOKEN and GITHUB_TOKEN.
fn are_one_thing(one: &Entry, other: &Entry) -> bool {
    let ids = |entry: &Entry| -> BTreeSet<&str> {
        let hint = providers::by_name(&entry.name);
        hint.strict.iter().chain(&hint.loose).map(|row| row.id.as_str()).collect()
    };
    !ids(one).is_disjoint(&ids(other))
}
