//! How this machine's package managers are configured: which servers they ask, and with which credentials.
//!
//! Two kinds of files are read. Those of the user and the machine may name servers and credentials. Those in the
//! repository, which a pull request can change, may name servers with TLS, never a credential; on a pull request they
//! are read as the base has them.

mod cargo;
mod composer;
mod go;
mod netrc;
mod npm;
mod nuget;
mod python;
mod ruby;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::checkout::Checkout;
use crate::environment::Environment;
use crate::settings::{Base, BaseFile};
use crate::tree::{Syntax, Tree};

use cargo::Cargo;
use composer::Composer;
use go::Go;
use netrc::Netrc;
use npm::Npm;
use nuget::NuGet;
use python::Python;
use ruby::Ruby;

/// A configuration file is far smaller than this, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// How this machine's package managers are configured.
pub struct Clients<'a> {
    environment: &'a Environment,
    checkout: &'a Checkout,
    base: &'a Base,
    cargo: OnceLock<Cargo>,
    python: OnceLock<Python>,
    go: OnceLock<Go>,
    ruby: OnceLock<Ruby>,
    composer: OnceLock<Composer>,
    nuget: OnceLock<NuGet>,
    npm: Mutex<HashMap<String, Arc<Npm>>>,
}

impl<'a> Clients<'a> {
    /// The configuration of the process's user, for this repository.
    pub fn of(environment: &'a Environment, checkout: &'a Checkout, base: &'a Base) -> Clients<'a> {
        Clients {
            environment,
            checkout,
            base,
            cargo: OnceLock::new(),
            python: OnceLock::new(),
            go: OnceLock::new(),
            ruby: OnceLock::new(),
            composer: OnceLock::new(),
            nuget: OnceLock::new(),
            npm: Mutex::default(),
        }
    }

    pub(super) fn cargo(&self) -> &Cargo {
        self.cargo.get_or_init(|| Cargo::of(self))
    }

    pub(super) fn python(&self) -> &Python {
        self.python.get_or_init(|| Python::of(self))
    }

    pub(super) fn go(&self) -> &Go {
        self.go.get_or_init(|| Go::of(self))
    }

    pub(super) fn ruby(&self) -> &Ruby {
        self.ruby.get_or_init(|| Ruby::of(self))
    }

    pub(super) fn composer(&self) -> &Composer {
        self.composer.get_or_init(|| Composer::of(self))
    }

    pub(super) fn nuget(&self) -> &NuGet {
        self.nuget.get_or_init(|| NuGet::of(self))
    }

    pub(super) fn npm(&self, folder: &str) -> Arc<Npm> {
        let mut known = self.npm.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(folder.to_owned()).or_insert_with(|| Arc::new(Npm::of(self, folder))).clone()
    }

    /// A variable that is set and not empty.
    fn variable(&self, name: &str) -> Option<&'a str> {
        self.environment.non_empty(name)
    }

    /// The user's folder.
    fn home(&self) -> Option<PathBuf> {
        self.variable("HOME").or_else(|| self.variable("USERPROFILE")).map(PathBuf::from)
    }

    /// The user's folder for configuration.
    fn config_home(&self) -> Option<PathBuf> {
        let named = self.variable("XDG_CONFIG_HOME").or_else(|| self.variable("APPDATA")).map(PathBuf::from);
        named.or_else(|| Some(self.home()?.join(".config")))
    }

    /// A file of the repository, as whoever reviews it has seen it.
    fn reviewed(&self, path: &str) -> Option<String> {
        match self.base.file(self.checkout, path) {
            Some(BaseFile::Text(_, text)) => Some(text),
            Some(BaseFile::Absent | BaseFile::Unknown) => None,
            None => self.checkout.read(path).ok().map(|source| source.text().to_owned()),
        }
    }

    fn netrc(&self) -> Netrc {
        Netrc::of(self)
    }
}

/// A file of the user or the machine.
fn file(path: &Path) -> Option<String> {
    let meta = std::fs::metadata(path).ok()?;
    if !meta.is_file() || meta.len() > MAX_FILE {
        return None;
    }
    std::fs::read_to_string(path).ok()
}

/// A file in TOML, YAML or JSON; what is broken says nothing.
fn tree(text: &str, syntax: Syntax) -> Tree {
    Tree::parse(text.into(), syntax)
}

/// An address of the repository's own files: it must be one with TLS, and without a user in it.
fn is_safe(url: &str) -> bool {
    let authority =
        url.strip_prefix("https://").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or(rest));
    authority.is_some_and(|authority| !authority.is_empty() && !authority.contains('@'))
}

/// An address without user and password, and these.
fn split_user(url: &str) -> (String, Option<(String, String)>) {
    let Some((scheme, rest)) = url.split_once("://") else { return (url.to_owned(), None) };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let Some((user, host)) = authority.rsplit_once('@') else { return (url.to_owned(), None) };
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    let plain = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    (format!("{scheme}://{host}{path}"), Some((plain(name), plain(password))))
}

/// Two addresses of one index: the same but for a final `/`.
fn is_same(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}
