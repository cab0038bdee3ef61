//! `ci-guard document`: rewrites the parts of documents that repeat what the workflows say.

use crate::checkout::Checkout;
use crate::checks::gates;
use crate::cli::gates::DocumentCommand;
use crate::console::Console;
use crate::delivery;
use crate::environment::Environment;
use crate::report::{Exit, Report};
use crate::workflow::library::Library;

/// Runs the command.
pub fn run(command: &DocumentCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    let failed = |exit: Exit, message: String, console: &mut Console<'_>| {
        delivery::failure(Report::failed(exit, message), environment, console)
    };
    let root = command.target.root.clone().unwrap_or_else(|| ".".into());
    let checkout = match Checkout::open(&root) {
        Ok(checkout) => checkout,
        Err(error) => return failed(Exit::Usage, format!("{error:#}"), console),
    };
    let library = Library::of(&checkout);
    let (files, broken) = library.files();
    if let Some(path) = broken.first().copied().or(library.unreadable.first().map(|(path, _)| path.as_str()))
    {
        return failed(
            Exit::NotVerified,
            format!("{path} cannot be read, so the tables would be wrong"),
            console,
        );
    }
    let mut said = "no document has marks for it; `ci-guard explain gates/stale-document` shows them\n";
    let mut number = 0;
    for path in gates::documents(&checkout, &command.files) {
        let Ok(source) = checkout.read(&path) else {
            if command.files.contains(&path) {
                return failed(Exit::Usage, format!("there is no document {path}"), console);
            }
            continue;
        };
        let Some(text) = gates::document(source.text(), &files) else { continue };
        said = "every document says what the workflows say\n";
        if text == source.text() {
            continue;
        }
        if let Err(error) = delivery::replace(&checkout.root().join(&path), &text) {
            return failed(Exit::NotVerified, format!("could not write {path}: {error:#}"), console);
        }
        console.out(&format!("rewrote {path}\n"));
        number += 1;
    }
    if number == 0 {
        console.out(said);
    }
    Exit::Pass
}
