//! Files that somebody names, wherever they lie, and standard input.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;

use anyhow::Result;

use super::detect::detector;
use super::foreign::Foreign;
use super::{Found, Told, packed, report, text};
use crate::checkout::MAX_TEXT_FILE;
use crate::checks::{Context, Outcome, Record};

/// What standard input is called in reports.
const STANDARD_INPUT: &str = "stdin";

/// Looks at each of them.
pub fn look(context: &Context<'_>, record: &mut Record) -> Result<Outcome> {
    let (arguments, salt) = (&context.settings.arguments.secrets, &context.settings.checks.secrets.salt);
    let foreign = Foreign::read(context, record);
    let mut examined = 0;
    for file in &arguments.scan_file {
        let (path, read) = match file.to_str() {
            Some("-") => (STANDARD_INPUT.to_owned(), bounded(&mut stdin().lock())),
            _ => (named(file, context), open(file).and_then(|mut file| bounded(&mut file))),
        };
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(error) => {
                record.not_verified(format!("`{path}`: {error}"));
                continue;
            }
        };
        if arguments.scan_archives
            && let Some(inside) = packed::look(&path, &bytes, &foreign)
        {
            examined += 1;
            packed::report(&path, &inside, &packed::Version::default(), &foreign, salt, record);
            continue;
        }
        let Some(text) = text::of(&bytes) else {
            record.not_examined("a binary file");
            continue;
        };
        examined += 1;
        let hits = foreign.with_own(detector().scan(&text), &text, &path, "");
        let found = Found { path: &path, text: &text, hits };
        report(&found, &foreign, salt, &mut Told::new(), record);
    }
    Ok(Outcome::Examined(examined))
}

/// The path as the repository has it, or as it was written.
fn named(file: &Path, context: &Context<'_>) -> String {
    let inside = || {
        let whole = file.canonicalize().ok()?;
        Some(whole.strip_prefix(context.checkout.root().canonicalize().ok()?).ok()?.to_path_buf())
    };
    inside().unwrap_or_else(|| file.to_owned()).display().to_string().replace('\\', "/")
}

fn open(file: &Path) -> std::io::Result<File> {
    let opened = File::open(file)?;
    // A folder can be opened and not read: that is said before.
    if opened.metadata()?.is_dir() {
        return Err(std::io::Error::other("it is a folder; `--root` looks at all of it"));
    }
    Ok(opened)
}

/// All of it, if that is not too much.
fn bounded(from: &mut dyn Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_TEXT_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_TEXT_FILE {
        return Err(std::io::Error::other(format!("it has more than {} MiB", MAX_TEXT_FILE >> 20)));
    }
    Ok(bytes)
}
