//! The commands around a deploy. Each answers with a [`Said`], which becomes a report like that of a check.

pub mod claim;
pub mod desk;
pub mod health;
pub mod lock;
pub mod passed;
pub mod required;
pub mod rollback;
pub mod status;

use std::collections::BTreeMap;
use std::time::Instant;

use crate::checks::{Table, Unit};
use crate::cli::ReportArguments;
use crate::console::Console;
use crate::delivery;
use crate::environment::Environment;
use crate::policy::Mode;
use crate::redact::Redactor;
use crate::report::{CheckOutcome, CheckReport, Exit, Report, Surroundings, clean_table};
use crate::runner::Runner;
use crate::sorted::IntoMap as _;

/// The commands that have pages of their own, for `ci-guard explain`.
pub const PAGES: [&str; 5] = ["lock", "rollback", "health", "required", "status"];

/// What a command has to say.
#[derive(Default)]
pub struct Said {
    /// Lines for the reader.
    pub notes: Vec<String>,
    /// Tables for the reader.
    pub tables: Vec<Table>,
    /// Outputs of the action.
    pub outputs: Vec<(&'static str, String)>,
    /// How many things were looked at.
    pub examined: usize,
    /// Why it was no success, and how the process ends.
    pub stopped: Option<(Exit, String)>,
}

impl Said {
    /// A success with a line.
    pub fn note(text: impl Into<String>) -> Said {
        Said { notes: vec![text.into()], examined: 1, ..Said::default() }
    }

    /// Refused: the gate fails.
    pub fn refused(text: impl Into<String>) -> Said {
        Said::stopped(Exit::Fail, text)
    }

    /// It could not be looked at.
    pub fn not_verified(text: impl Into<String>) -> Said {
        Said::stopped(Exit::NotVerified, text)
    }

    /// The command was used in a way that cannot work.
    pub fn usage(text: impl Into<String>) -> Said {
        Said::stopped(Exit::Usage, text)
    }

    fn stopped(exit: Exit, text: impl Into<String>) -> Said {
        Said { stopped: Some((exit, text.into())), ..Said::default() }
    }

    /// With an output.
    pub fn output(mut self, name: &'static str, value: impl Into<String>) -> Said {
        self.outputs.push((name, value.into()));
        self
    }

    /// With a table.
    pub fn table(mut self, table: Table) -> Said {
        self.tables.push(table);
        self
    }
}

/// Runs a command and reports what it says.
pub fn report(
    (name, unit): (&'static str, Unit),
    arguments: &ReportArguments,
    environment: &Environment,
    console: &mut Console<'_>,
    run: impl FnOnce(&Runner, &mut Console<'_>) -> Said,
) -> Exit {
    let start = Instant::now();
    let runner = Runner::of(environment);
    let said = run(&runner, console);
    let redactor = Redactor::of(environment, []);
    let clean = |text: &String| redactor.clean(text).into_owned();
    let (exit, reason) = match &said.stopped {
        Some((exit, reason)) => (*exit, Some(reason.clone())),
        None => (Exit::Pass, None),
    };
    let check = CheckReport {
        name,
        outcome: match exit {
            Exit::Pass => CheckOutcome::Pass,
            Exit::Fail => CheckOutcome::Findings,
            Exit::Usage | Exit::NotVerified => CheckOutcome::NotVerified,
        },
        mode: Mode::Blocking,
        examined: said.examined,
        unit,
        reasons: Vec::new(),
        not_requested: None,
        not_examined: BTreeMap::new(),
        notes: said.notes.iter().map(clean).collect(),
        promotion: None,
        tables: said.tables.iter().map(|table| clean_table(table, &redactor)).collect(),
        duration: start.elapsed(),
    };
    let outputs = said.outputs.iter().map(|(name, value)| ((*name).to_owned(), clean(value)));
    let report = Report { checks: vec![check], outputs: outputs.into_map(), ..Report::failed(exit, "") };
    let report = Report { error: reason, ..report };
    let colour = delivery::colour(arguments, environment, console);
    let around = Surroundings { checkout: None, runner: &runner, redactor: &redactor, colour };
    delivery::deliver(report, arguments, &around, console)
}
