//! Brings a report to everybody who waits for it: report files, step summary, outputs, and the log last, so that
//! the verdict that people read is the one that the process ends with.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::cli::{Color, Format, ReportArguments};
use crate::console::Console;
use crate::environment::Environment;
use crate::redact::Redactor;
use crate::report::{self, Exit, Report, Surroundings, annotations};
use crate::runner::{Runner, commands, files};

/// True if the outputs reach anybody: they are written for later steps, and part of the whole report.
pub fn brings_outputs(arguments: &ReportArguments, runner: &Runner) -> bool {
    let mut formats = arguments.output.iter().map(|(format, _)| *format).chain(arguments.format);
    runner.in_actions || formats.any(|format| format == Format::Json)
}

/// Delivers a report, and returns how the process ends.
pub fn deliver(
    mut report: Report,
    arguments: &ReportArguments,
    around: &Surroundings<'_>,
    console: &mut Console<'_>,
) -> Exit {
    let runner = around.runner;
    // Words about a wrong input repeat it.
    report.error = report.error.map(|words| around.redactor.clean(&words).into_owned());
    let mut errors = Vec::new();
    if runner.in_actions {
        keep_for_later_steps(&mut report, around, &mut errors);
    }
    for (format, path) in &arguments.output {
        note(&mut errors, report::render(&report, *format, around).and_then(|text| replace(path, &text)));
    }
    // Of nothing there is no statement, and then the process must not end well.
    if let Some(format) = arguments.format.filter(|format| *format == Format::InToto) {
        note(&mut errors, report::render(&report, format, around).map(drop));
    }
    if let Some(path) = &runner.summary_file {
        let room = usize::try_from(files::summary_room(path)).unwrap_or(usize::MAX);
        let markdown = report::summary(&report, around, room);
        note(&mut errors, files::append_summary(path, &markdown).context("the step summary"));
    }
    if !errors.is_empty() {
        report.exit = report.exit.or(Exit::NotVerified);
    }
    if runner.in_actions {
        let written = match &runner.output_file {
            Some(path) => files::append_outputs(path, &outputs(&report)).context("the outputs"),
            None => Err(anyhow::anyhow!("the outputs: GITHUB_OUTPUT is not set")),
        };
        note(&mut errors, written);
    }
    if !errors.is_empty() {
        report.exit = report.exit.or(Exit::NotVerified);
    }
    print(&report, arguments, around, console);
    for error in &errors {
        let message = format!("could not write {error}; the verdict is {}", report.verdict().as_str());
        complain(&message, runner, console);
    }
    report.exit
}

/// A run that failed before there were settings: the log and the outputs still say so.
pub fn failure(report: Report, environment: &Environment, console: &mut Console<'_>) -> Exit {
    let runner = Runner::of(environment);
    let redactor = Redactor::of(environment, []);
    let around = Surroundings { checkout: None, runner: &runner, redactor: &redactor, colour: false };
    let format = console.is_document_only().then_some(Format::Json);
    let arguments = ReportArguments { format, ..ReportArguments::default() };
    deliver(report, &arguments, &around, console)
}

/// True if the text report is to be coloured.
pub fn colour(arguments: &ReportArguments, environment: &Environment, console: &Console<'_>) -> bool {
    match arguments.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if environment.non_empty("NO_COLOR").is_some() => false,
        // The log of GitHub Actions is no terminal, and shows colours.
        Color::Auto => {
            console.is_terminal()
                || environment.get("GITHUB_ACTIONS") == Some("true")
                || environment.non_empty("CLICOLOR_FORCE").is_some()
        }
    }
}

fn print(report: &Report, arguments: &ReportArguments, around: &Surroundings<'_>, console: &mut Console<'_>) {
    let default = if around.runner.in_actions { Format::Github } else { Format::Text };
    let format = arguments.format.unwrap_or(default);
    let Ok(text) = report::render(report, format, around) else { return };
    match format {
        // Nothing was judged: what stands in for the report is an error message.
        Format::Text if report.error.is_some() => console.err(&text),
        Format::Text => console.out(&text),
        Format::Github => {
            // The log shows foreign text; none of it may become a command.
            let guarded = commands::guarded(&text);
            console.out(&guarded.unwrap_or_else(|_| text.replace("::", ": :")));
            console.out(&annotations::render(report, around));
        }
        Format::Json
        | Format::Sarif
        | Format::Markdown
        | Format::Junit
        | Format::Vex
        | Format::Gitleaks
        | Format::InToto => {
            console.document(&text);
            if around.runner.in_actions {
                console.keep_output_for_document();
                console.out(&annotations::render(report, around));
            }
        }
    }
}

fn complain(message: &str, runner: &Runner, console: &mut Console<'_>) {
    if runner.in_actions {
        console.out(&format!("::error title=ci-guard::{}\n", commands::escape_data(message)));
    } else {
        console.err(&format!("ci-guard: {message}\n"));
    }
}

/// The outputs of the action, in the order of its documentation.
fn outputs(report: &Report) -> Vec<(String, String)> {
    let mut all = report.outputs.clone();
    all.insert("verdict".into(), report.verdict().as_str().into());
    all.insert("findings".into(), report.open().count().to_string());
    all.insert("blocking".into(), report.blocking().count().to_string());
    all.into_iter().collect()
}

/// Writes the JSON report and the SARIF file to a folder that later steps can read.
fn keep_for_later_steps(report: &mut Report, around: &Surroundings<'_>, errors: &mut Vec<String>) {
    let Some(temp) = &around.runner.temp else { return };
    let written = (|| -> Result<(String, String)> {
        let folder = temp.join(commands::random_word()?);
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let json = folder.join("report.json");
        let sarif = folder.join("report.sarif");
        report.outputs.insert("report".into(), json.display().to_string());
        report.outputs.insert("sarif".into(), sarif.display().to_string());
        // Without the check there is nothing that such a list could be about.
        if report.checks.iter().any(|check| check.name == "vulnerabilities") {
            let vex = folder.join("vex.cdx.json");
            report.outputs.insert("vex".into(), vex.display().to_string());
            replace(&vex, &report::render(report, Format::Vex, around)?)?;
        }
        if !report.subjects.is_empty() {
            let gate = folder.join("gate.intoto.json");
            report.outputs.insert("gate".into(), gate.display().to_string());
            replace(&gate, &report::render(report, Format::InToto, around)?)?;
        }
        report.report_path = Some(json.display().to_string());
        replace(&json, &report::render(report, Format::Json, around)?)?;
        replace(&sarif, &report::render(report, Format::Sarif, around)?)?;
        Ok((json.display().to_string(), sarif.display().to_string()))
    })();
    if let Err(error) = written {
        for name in ["report", "sarif", "vex", "gate"] {
            report.outputs.remove(name);
        }
        report.report_path = None;
        errors.push(format!("{error:#}"));
    }
}

/// Writes a file so that readers see the old text or the new, never half of it.
pub fn replace(path: &Path, content: &(impl AsRef<[u8]> + ?Sized)) -> Result<()> {
    let content = content.as_ref();
    let write = || -> std::io::Result<()> {
        // A pipe or device that the user named is written to as it is.
        if fs::metadata(path).is_ok_and(|meta| !meta.is_file()) {
            return fs::write(path, content);
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = path.with_file_name(name);
        // What stands under that name is left over or was put there: it is never written through.
        let _ = fs::remove_file(&temporary);
        let create = || fs::File::create_new(&temporary)?.write_all(content);
        let result = create().and_then(|()| fs::rename(&temporary, path));
        if result.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        result
    };
    write().with_context(|| path.display().to_string())
}

fn note(errors: &mut Vec<String>, result: Result<()>) {
    if let Err(error) = result {
        errors.push(format!("{error:#}"));
    }
}
