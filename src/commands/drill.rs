//! `ci-guard drill`: plants a fault for every rule in a copy of this repository, and shows that it is caught.

use std::path::Path;

use serde_json::json;

use crate::checkout::Checkout;
use crate::cli::gates::{DrillCommand, DrillFormat};
use crate::cli::{CheckArguments, SettingsArguments};
use crate::console::Console;
use crate::delivery;
use crate::drill::{self, Difference, Earlier, Fault, Outcome};
use crate::environment::Environment;
use crate::policy::{Mode, Policy};
use crate::report::pretty;
use crate::report::{Exit, Report};
use crate::rule::Rule;
use crate::runner::Runner;
use crate::settings::{self, LoadError};

/// Runs the command.
pub fn run(command: &DrillCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    let root = command.target.root.clone().unwrap_or_else(|| ".".into());
    let rules = drill::declared(&command.only);
    if rules.is_empty() {
        let message = format!("there is no rule or check {}", command.only.join(", "));
        return delivery::failure(Report::failed(Exit::Usage, message), environment, console);
    }
    let policy = match policy(&root, environment) {
        Ok(policy) => policy,
        Err(message) => return delivery::failure(Report::failed(Exit::Usage, message), environment, console),
    };
    let earlier = match command.compare.as_deref().map(Earlier::read).transpose() {
        Ok(earlier) => earlier,
        Err(error) => {
            return delivery::failure(
                Report::failed(Exit::Usage, format!("{error:#}")),
                environment,
                console,
            );
        }
    };
    let off = |rule: &Rule| policy.rule_mode(rule) == Mode::Off;
    let faults: Vec<Fault> = rules.iter().map(|rule| drill::run(rule, &root, off(rule))).collect();
    let wanted = |rule: &str| drill::is_wanted(rule, &command.only);
    let difference = earlier.map(|earlier| earlier.compare(&faults, &wanted));
    let shown = match command.format {
        DrillFormat::Text => text(&faults) + &compared(difference.as_ref()),
        DrillFormat::Markdown => markdown(&faults) + &compared(difference.as_ref()),
        DrillFormat::Json => pretty(&document(rules.len(), &faults, difference.as_ref())),
    };
    console.document(&shown);
    if difference.is_some_and(|difference| !difference.lost.is_empty()) {
        return Exit::Fail;
    }
    exit(&faults)
}

/// What differs from the earlier drill, as a list that reads alike in a log and in Markdown.
fn compared(difference: Option<&Difference>) -> String {
    let Some(difference) = difference else { return String::new() };
    let mut text = format!(
        "\nSince the earlier drill: {} no longer caught, {} newly caught\n",
        difference.lost.len(),
        difference.gained.len()
    );
    if difference.lost.is_empty() && difference.gained.is_empty() {
        return text;
    }
    text.push('\n');
    for lost in &difference.lost {
        let now = lost.outcome.map_or("there is no such rule any more", Outcome::as_str);
        text.push_str(&format!("- `{}`: was caught, now: {now}\n", lost.rule));
    }
    difference.gained.iter().for_each(|rule| text.push_str(&format!("- `{rule}`: newly caught\n")));
    text
}

/// The policy of the repository's own settings.
fn policy(root: &Path, environment: &Environment) -> Result<Policy, String> {
    let checkout = Checkout::open(root).map_err(|error| format!("{error:#}"))?;
    let runner = Runner::of(environment);
    match settings::load(&SettingsArguments::default(), CheckArguments::default(), &checkout, &runner) {
        Ok(settings) => Ok(settings.policy),
        Err(LoadError::Unreadable(error)) => Err(format!("{error:#}")),
        Err(LoadError::Invalid(_)) => {
            Err("the settings file is not valid; `ci-guard check` says why".to_owned())
        }
    }
}

fn count(faults: &[Fault], outcome: Outcome) -> usize {
    faults.iter().filter(|fault| fault.outcome == outcome).count()
}

/// A fault that was missed fails; one that was not measured proves nothing, and neither do none at all.
fn exit(faults: &[Fault]) -> Exit {
    let executed = faults.len() - count(faults, Outcome::NotApplicable);
    if count(faults, Outcome::Missed) > 0 {
        Exit::Fail
    } else if count(faults, Outcome::NotMeasured) > 0 || executed == 0 {
        Exit::NotVerified
    } else {
        Exit::Pass
    }
}

fn headline(faults: &[Fault]) -> String {
    let number = |outcome| count(faults, outcome);
    format!(
        "{} faults: {} caught, {} missed, {} not measured, {} not applicable",
        faults.len(),
        number(Outcome::Caught),
        number(Outcome::Missed),
        number(Outcome::NotMeasured),
        number(Outcome::NotApplicable)
    )
}

fn detail(fault: &Fault) -> String {
    let place = fault.place.as_deref().or(fault.reason.as_deref()).unwrap_or_default();
    place.to_owned()
}

fn text(faults: &[Fault]) -> String {
    let width = faults.iter().map(|fault| fault.rule.len()).max().unwrap_or(0);
    let line =
        |fault: &Fault| format!("{:14}  {:width$}  {}\n", fault.outcome.as_str(), fault.rule, detail(fault));
    let lines: String = faults.iter().map(line).collect();
    format!("{lines}\n{}\n", headline(faults))
}

fn markdown(faults: &[Fault]) -> String {
    let line = |fault: &Fault| {
        let blocks = if fault.blocking { "yes" } else { "no" };
        format!(
            "| `{}` | {} | {blocks} | {} |\n",
            fault.rule,
            fault.outcome.as_str(),
            detail(fault).replace('|', "\\|")
        )
    };
    let lines: String = faults.iter().map(line).collect();
    format!(
        "{}\n\n| rule | fault | blocks | where, or why not |\n|---|---|---|---|\n{lines}",
        headline(faults)
    )
}

fn document(declared: usize, faults: &[Fault], difference: Option<&Difference>) -> serde_json::Value {
    let mut document = json!({
        "declared": declared,
        "executed": faults.len() - count(faults, Outcome::NotApplicable),
        "caught": count(faults, Outcome::Caught),
        "missed": count(faults, Outcome::Missed),
        "not-measured": count(faults, Outcome::NotMeasured),
        "not-applicable": count(faults, Outcome::NotApplicable),
        "faults": faults,
    });
    if let Some(difference) = difference {
        document["compared"] = json!(difference);
    }
    document
}
