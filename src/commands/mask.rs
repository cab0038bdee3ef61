//! `ci-guard mask`: a filter for logs and whatever else is to be published.

use std::fs::File;
use std::io::{ErrorKind, Read};

use crate::cli::MaskCommand;
use crate::console::Console;
use crate::environment::Environment;
use crate::masking::{Filter, Known};
use crate::redact::Redactor;
use crate::report::Exit;

/// Bytes that are read at a time.
const PIECE: usize = 64 << 10;

/// Runs the command. Nothing is written but the filtered stream.
pub fn run(command: &MaskCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    if let Some(name) = command.secret.iter().find(|name| environment.non_empty(name).is_none()) {
        console.err(&format!("ci-guard: the variable `{name}` is not set, so its value cannot be masked\n"));
        return Exit::Usage;
    }
    let redactor = Redactor::of(environment, command.secret.iter().map(String::as_str));
    let named = command.secret.iter().filter_map(|name| environment.get(name));
    let known = Known::of(redactor.values().chain(named));
    if known.refused > 0 && !command.secret.is_empty() {
        let number = known.refused;
        console.err(&format!("ci-guard: {number} values are too short or too common to be masked\n"));
    }
    let filter = Filter::new(known);
    let outcome = match &command.file {
        None => copy(&mut std::io::stdin().lock(), filter, console),
        Some(path) => File::open(path).and_then(|mut file| copy(&mut file, filter, console)),
    };
    match outcome {
        Ok(()) => Exit::Pass,
        Err(error) => {
            console.err(&format!("ci-guard: the stream could not be filtered to its end: {error}\n"));
            Exit::NotVerified
        }
    }
}

fn copy(from: &mut dyn Read, mut filter: Filter, console: &mut Console<'_>) -> std::io::Result<()> {
    let mut piece = vec![0; PIECE];
    let mut ready = Vec::with_capacity(PIECE * 2);
    loop {
        let length = match from.read(&mut piece) {
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        match length {
            0 => filter.finish(&mut ready),
            _ => filter.push(&piece[..length], &mut ready),
        }
        console.bytes(&ready)?;
        ready.clear();
        if length == 0 {
            return Ok(());
        }
    }
}
