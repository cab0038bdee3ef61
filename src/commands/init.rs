//! `ci-guard init`: first settings from what the repository holds today, and a workflow that runs ci-guard.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result, anyhow, bail};

use crate::checkout::Checkout;
use crate::checks::checksum::Target;
use crate::checks::{self, Check, Context, lockfile};
use crate::cli::{CheckArguments, InitCommand, SettingsArguments};
use crate::console::Console;
use crate::delivery;
use crate::engine::{self, Run};
use crate::environment::Environment;
use crate::redact::Redactor;
use crate::report::{self, CheckOutcome, Exit, Report};
use crate::runner::Runner;
use crate::settings;

const WORKFLOW: &str = ".github/workflows/ci-guard.yml";

/// The checkout action that the workflow uses: the commit of v5.0.0.
const CHECKOUT: &str = "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0";

/// Runs the command.
pub fn run(command: &InitCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    match write(command, environment) {
        Ok(said) => {
            console.out(&said);
            Exit::Pass
        }
        Err(error) => {
            delivery::failure(Report::failed(Exit::Usage, format!("{error:#}")), environment, console)
        }
    }
}

/// Writes both files or, if one of them must not be written, none. Returns what there is to say.
fn write(command: &InitCommand, environment: &Environment) -> Result<String> {
    if command.uses.chars().any(char::is_control) || command.uses.trim().is_empty() {
        bail!("--uses names no action");
    }
    let root = command.target.root.clone().unwrap_or_else(|| ".".into());
    let checkout = Checkout::open(&root)?;
    let files = [
        (target(settings_path(&checkout), &checkout, command.force)?, settings_text(&checkout, environment)?),
        (target(WORKFLOW, &checkout, command.force)?, workflow_text(&command.uses)),
    ];
    let mut said = String::new();
    for (target, text) in &files {
        let folder = target.path.parent().unwrap_or(&target.path);
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        delivery::replace(&target.path, text)?;
        let _ = writeln!(said, "wrote {}", target.shown);
    }
    said.push_str(
        "\nBoth start advisory: nothing fails yet. Read them, commit them, and make a check blocking when it \
         is clean.\n",
    );
    if !is_pinned(&command.uses) {
        let _ = writeln!(said, "Pin `{}` in {WORKFLOW} to the commit of a release.", command.uses);
    }
    Ok(said)
}

/// Where settings are, or would be, read from.
fn settings_path(checkout: &Checkout) -> &'static str {
    let [first, ..] = settings::DEFAULT_PATHS;
    settings::DEFAULT_PATHS.into_iter().find(|path| checkout.root().join(path).exists()).unwrap_or(first)
}

/// The place of a file that may be written.
fn target(path: &str, checkout: &Checkout, force: bool) -> Result<Target> {
    let target = Target::of(path, checkout.root())
        .ok_or_else(|| anyhow!("{path} lies outside the repository: a folder on its way is a link"))?;
    match fs::symlink_metadata(&target.path) {
        Ok(meta) if !meta.is_file() => bail!("{path} is there and no regular file"),
        Ok(_) if !force => bail!("{path} is there; --force overwrites it"),
        _ => Ok(target),
    }
}

/// The settings file: what each check finds today, as comments, and the lockfiles as required ones.
fn settings_text(checkout: &Checkout, environment: &Environment) -> Result<String> {
    let report = first_look(checkout, environment)?;
    let mut text = String::from(
        "# Settings of ci-guard. `ci-guard schema` prints what may stand here, `ci-guard explain CHECK` shows\n\
         # what a check looks for.\nversion: 1\n\n\
         # Findings are reported and stop nothing, until a check is `blocking`, or from a day on with\n\
         # `blocking-from: 2027-01-15`.\nmode: advisory\n\nchecks:\n",
    );
    for check in &report.checks {
        let clean = if check.outcome == CheckOutcome::Pass { ", so it can be blocking" } else { "" };
        let examined = check.unit.count(check.examined);
        let words = report::outcome_words(&report, check);
        let _ = writeln!(text, "  # {examined}: {words}{clean}\n  {}:\n    mode: advisory", check.name);
        let required = if check.name == "lockfile" { lockfile::paths(checkout) } else { Vec::new() };
        if !required.is_empty() {
            text.push_str("    # Their absence is a finding.\n    required:\n");
        }
        for path in required {
            let _ = writeln!(text, "      - {}", quoted(&path));
        }
    }
    Ok(text)
}

/// The default checks under default settings.
fn first_look(checkout: &Checkout, environment: &Environment) -> Result<Report> {
    let runner = Runner::default();
    let options = SettingsArguments { no_config: true, ..SettingsArguments::default() };
    let settings = settings::load(&options, CheckArguments::default(), checkout, &runner)
        .map_err(|_| anyhow!("the default settings could not be read"))?;
    let planned: Vec<&'static dyn Check> =
        checks::DEFAULT.iter().filter_map(|name| checks::named(name)).collect();
    let context =
        Context { checkout, settings: &settings, environment, runner: &runner, wants_outputs: false };
    let mut runs = engine::run(&planned, &context);
    let judgement = settings.policy.judge(runs.iter_mut().map(Run::evidence).collect());
    Ok(Report::new(&runs, judgement, &settings.policy, &Redactor::of(environment, [])))
}

fn workflow_text(uses: &str) -> String {
    format!(
        "name: ci-guard\n\
         on:\n\
         \x20 push:\n\
         \x20 pull_request:\n\
         permissions: {{}}\n\
         jobs:\n\
         \x20 guard:\n\
         \x20   runs-on: ubuntu-24.04\n\
         \x20   timeout-minutes: 10\n\
         \x20   permissions:\n\
         \x20     contents: read\n\
         \x20   steps:\n\
         \x20     - uses: {CHECKOUT}\n\
         \x20       with:\n\
         \x20         # The base commit too: settings and exceptions are read from it.\n\
         \x20         fetch-depth: 2\n\
         \x20         persist-credentials: false\n\
         \x20     - uses: {}\n",
        uses.trim()
    )
}

/// True if the action is named by a commit.
fn is_pinned(uses: &str) -> bool {
    let name = uses.split(" #").next().unwrap_or(uses).trim();
    name.rsplit_once('@')
        .is_some_and(|(_, commit)| commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A path as a YAML scalar.
fn quoted(path: &str) -> String {
    let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
    let starts_well = path.starts_with(|c: char| c.is_ascii_alphabetic());
    if plain && starts_well { path.to_owned() } else { serde_json::Value::from(path).to_string() }
}
