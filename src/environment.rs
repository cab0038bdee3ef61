//! The process's variables, read once. Only this file reads them.

use crate::sorted::IntoMap as _;
use std::collections::BTreeMap;
use std::ffi::OsString;

/// The process's variables. Values are never shown: the type has no `Debug` of them.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, OsString>,
}

impl Environment {
    /// The variables of this process. Names that are not UTF-8 are of no use to anybody here.
    pub fn of_process() -> Environment {
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        Environment { variables: variables.into_map() }
    }

    /// The variables of a test.
    pub fn of(variables: &[(&str, &str)]) -> Environment {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), OsString::from(value));
        Environment { variables: variables.iter().map(pair).into_map() }
    }

    /// The value, if it is set and UTF-8.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name)?.to_str()
    }

    /// The value as the system gave it.
    pub fn get_os(&self, name: &str) -> Option<&OsString> {
        self.variables.get(name)
    }

    /// The value, if it is set, UTF-8 and not empty.
    pub fn non_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
