//! `ci-guard checksum`

use crate::cli::ChecksumCommand;
use crate::console::Console;
use crate::environment::Environment;
use crate::report::Exit;

/// Runs the command.
pub fn run(_command: ChecksumCommand, _environment: &Environment, _console: &mut Console<'_>) -> Exit {
    Exit::Usage
}
