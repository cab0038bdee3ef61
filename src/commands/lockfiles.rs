//! `ci-guard lockfiles`: the lockfiles of the repository with their hashes, to print or to keep for review.

use crate::checkout::Checkout;
use crate::checks::lockfile::{KEPT, kept_hashes};
use crate::cli::LockfilesCommand;
use crate::console::Console;
use crate::delivery;
use crate::environment::Environment;
use crate::report::{Exit, Report};

/// Runs the command.
pub fn run(command: &LockfilesCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    let failed = |exit: Exit, message: String, console: &mut Console<'_>| {
        delivery::failure(Report::failed(exit, message), environment, console)
    };
    let root = command.target.root.clone().unwrap_or_else(|| ".".into());
    let checkout = match Checkout::open(&root) {
        Ok(checkout) => checkout,
        Err(error) => return failed(Exit::Usage, format!("{error:#}"), console),
    };
    let text = match kept_hashes(&checkout) {
        Ok(text) => text,
        Err(why) => return failed(Exit::NotVerified, why, console),
    };
    if !command.write {
        console.document(&text);
        return Exit::Pass;
    }
    let path = checkout.root().join(KEPT);
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    if let Err(error) = folder.map_err(anyhow::Error::from).and_then(|()| delivery::replace(&path, &text)) {
        return failed(Exit::NotVerified, format!("could not write {KEPT}: {error:#}"), console);
    }
    console.out(&format!("wrote {} hashes to {KEPT}\n", text.lines().count()));
    Exit::Pass
}
