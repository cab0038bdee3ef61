//! Keeps the values of secrets out of everything that is shown, whatever text they turn up in.

use std::borrow::Cow;

use crate::environment::Environment;

/// Shorter values would black out half of every report, and are no secrets.
const SHORTEST: usize = 6;

/// Parts of variable names behind which people keep secrets.
const SECRET_NAMES: [&str; 9] =
    ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "API_KEY", "APIKEY", "PRIVATE_KEY", "CREDENTIAL", "ACCESS_KEY"];

/// Replaces known secret values by `***`.
#[derive(Clone, Default)]
pub struct Redactor {
    values: Vec<String>,
}

impl Redactor {
    /// Knows the values of the variables in `names`, and of those whose names say that they are secret.
    pub fn of<'n>(environment: &'n Environment, names: impl IntoIterator<Item = &'n str>) -> Redactor {
        let telling = environment.names().filter(|name| {
            let name = name.to_ascii_uppercase();
            // The input that lists names of secrets holds none.
            !name.starts_with("INPUT_REQUIRED") && SECRET_NAMES.iter().any(|part| name.contains(part))
        });
        let mut redactor = Redactor::default();
        for name in names.into_iter().chain(telling) {
            let Some(value) = environment.get(name) else { continue };
            // The name of a variable is no secret, and blacking it out would hide what a report is about.
            if environment.get_os(value.trim()).is_some() {
                continue;
            }
            // A secret of several lines turns up line by line.
            for part in std::iter::once(value).chain(value.lines()).map(str::trim) {
                if part.len() >= SHORTEST && !is_ordinary(part) {
                    redactor.values.push(part.to_owned());
                }
            }
        }
        redactor.values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        redactor.values.dedup();
        redactor
    }

    /// The values.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(String::as_str)
    }

    /// The text without the values.
    pub fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for value in &self.values {
            if text.contains(value.as_str()) {
                text = Cow::Owned(text.replace(value.as_str(), "***"));
            }
        }
        text
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} values)", self.values.len())
    }
}

/// Paths and switches stand in variables with telling names too (`…_TOKEN_PATH`, `…_PASSWORD_FILE=/run/…`).
fn is_ordinary(value: &str) -> bool {
    value.eq_ignore_ascii_case("disabled")
        || value.eq_ignore_ascii_case("enabled")
        || (value.starts_with('/')
            && !value.contains(char::is_whitespace)
            && std::path::Path::new(value).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_disappear_whole_and_by_line() {
        let environment = Environment::of(&[
            ("API_TOKEN", "hunter2-canary"),
            ("DEPLOY", "line-one\nline-two"),
            ("PLAIN", "visible"),
            ("OTHER_TOKEN", "OTHER_TOKEN"),
            ("INPUT_REQUIRED-SECRETS", "SOME_TOKEN\nMORE_TOKEN"),
        ]);
        let redactor = Redactor::of(&environment, ["DEPLOY"]);
        assert_eq!(redactor.clean("a hunter2-canary b line-two c visible"), "a *** b *** c visible");
        for text in ["`OTHER_TOKEN` is missing", "`SOME_TOKEN` is missing"] {
            assert_eq!(redactor.clean(text), text);
        }
        assert!(!format!("{redactor:?} {environment:?}").contains("hunter2"));
    }
}
