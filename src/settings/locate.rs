//! Where the settings come from: the file that is checked out, and the one that the base has.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::read::Loaded;
use super::{Base, BaseFile, DEFAULT_PATHS};
use crate::checkout::{Checkout, ReadError, Source};
use crate::cli::SettingsArguments;
use crate::tree::Text;

/// The settings file as the base has it; `None` if what is checked out counts. A pull request can move the file, so
/// all places are looked at on the base's side.
pub(super) fn reviewed(
    options: &SettingsArguments,
    proposed: Option<&Loaded>,
    base: &Base,
    checkout: &Checkout,
) -> Option<BaseFile> {
    if options.no_config {
        return None;
    }
    let named = proposed.filter(|_| options.config.is_some()).map(|loaded| loaded.source.path());
    let places: Vec<&str> = match named {
        // A file outside of the repository is none that a pull request could change.
        Some(path) if Path::new(path).is_absolute() => return None,
        Some(path) => vec![path],
        None => DEFAULT_PATHS.to_vec(),
    };
    let mut found = None;
    for path in places {
        match base.file(checkout, path)? {
            BaseFile::Absent => found = found.or(Some(BaseFile::Absent)),
            file => return Some(file),
        }
    }
    found
}

/// The settings file that is checked out, if there is one.
pub(super) fn proposed(options: &SettingsArguments, checkout: &Checkout) -> Result<Option<Source>> {
    if options.no_config {
        return Ok(None);
    }
    if let Some(path) = &options.config {
        let shown = path.display().to_string();
        let full = path.canonicalize().with_context(|| format!("cannot read the settings file {shown}"))?;
        if let Ok(inside) = full.strip_prefix(checkout.root()) {
            let inside = inside.to_string_lossy().replace('\\', "/");
            let read = checkout.read_bytes(&inside, 1 << 20).map_err(anyhow::Error::new);
            let text = Text::try_from(read?).context("it is not UTF-8");
            return Ok(Some(Source::new(&inside, text.with_context(|| shown)?)));
        }
        let text = std::fs::read_to_string(&full).with_context(|| format!("cannot read {shown}"))?;
        return Ok(Some(Source::new(&full.to_string_lossy(), text)));
    }
    for path in DEFAULT_PATHS {
        match checkout.read_bytes(path, 1 << 20) {
            Ok(bytes) => {
                let text = Text::try_from(bytes).with_context(|| format!("{path} is not UTF-8"))?;
                return Ok(Some(Source::new(path, text)));
            }
            Err(ReadError::Missing) => {}
            Err(error) => return Err(anyhow::Error::new(error).context(format!("cannot read {path}"))),
        }
    }
    Ok(None)
}
