//! `ci-guard init`

use crate::cli::InitCommand;
use crate::console::Console;
use crate::report::Exit;

/// Runs the command.
pub fn run(_command: &InitCommand, _console: &mut Console<'_>) -> Exit {
    Exit::Usage
}
