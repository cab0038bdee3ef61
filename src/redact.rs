//! Keeps the values of secrets out of everything that is shown, whatever text they turn up in.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use crate::environment::Environment;
use crate::excerpt;
use crate::masking::{self, Known};

/// Bytes before and behind a place of a long text in which credentials are looked for: a private key is no longer.
const AROUND: usize = 64 << 10;

/// Shorter values would black out half of every report, and are no secrets.
const SHORTEST: usize = 6;

/// Parts of variable names behind which people keep secrets.
const SECRET_NAMES: [&str; 9] =
    ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "API_KEY", "APIKEY", "PRIVATE_KEY", "CREDENTIAL", "ACCESS_KEY"];

/// Replaces known secret values by `***`, also where they stand in base64, hex or percent-encoding.
#[derive(Clone, Default)]
pub struct Redactor {
    values: Vec<String>,
    /// What encoders make of them; made when the first text is cleaned.
    encoded: Arc<OnceLock<Known>>,
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
                redactor.add(part);
            }
        }
        // What stands between user and host of an address is a password, whatever the variable is called.
        for value in environment.names().filter_map(|name| environment.get(name)) {
            let password = password_in(value).unwrap_or_default();
            redactor.add(password);
            redactor.add(&percent_encoding::percent_decode_str(password).decode_utf8_lossy());
        }
        crate::sorted::by_key(&mut redactor.values, |value| std::cmp::Reverse(value.len()));
        redactor.values.dedup();
        redactor
    }

    fn add(&mut self, value: &str) {
        if value.len() >= SHORTEST && !is_ordinary(value) {
            self.values.push(value.to_owned());
        }
    }

    /// The values.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(String::as_str)
    }

    /// The text without the values, and without what is a credential by its format: files that are quoted hold some.
    pub fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.without_values(text) {
            Cow::Borrowed(text) => masking::without_credentials(text),
            Cow::Owned(text) => Cow::Owned(masking::without_credentials(&text).into_owned()),
        }
    }

    /// What stands around a character of a text, cleaned, and how many characters stand before that: a file may be one
    /// line. Nothing that is shown of it lies as far from the character.
    pub fn clean_around(&self, text: &str, character: usize) -> (String, usize) {
        let text = self.without_values(text);
        let at = text.char_indices().nth(character).map_or(text.len(), |(at, _)| at);
        let from = at - excerpt::tail(&text[..at], AROUND).len();
        let to = at + excerpt::head(&text[at..], AROUND).len();
        let clean = masking::without_credentials(&text[from..to]);
        (clean.into_owned(), text[..from].chars().count())
    }

    /// The text without the values.
    pub fn without_values<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for value in &self.values {
            if text.contains(value.as_str()) {
                text = Cow::Owned(text.replace(value.as_str(), "***"));
            }
        }
        if self.values.is_empty() {
            return text;
        }
        let encoded = self.encoded.get_or_init(|| Known::encoded(self.values()));
        let mut found = encoded.find(text.as_bytes(), 0);
        if found.is_empty() {
            return text;
        }
        crate::sorted::by_key(&mut found, |range| (range.start, std::cmp::Reverse(range.end)));
        let (mut clean, mut end) = (String::new(), 0);
        for range in found {
            if range.start >= end {
                clean += text.get(end..range.start).unwrap_or_default();
                clean += "***";
            }
            end = end.max(range.end);
        }
        clean += text.get(end..).unwrap_or_default();
        Cow::Owned(clean)
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} values)", self.values.len())
    }
}

/// The password in `scheme://user:password@host`.
fn password_in(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#', ' ', '\n']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    Some(user.split_once(':')?.1)
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

    #[test]
    fn of_a_text_as_long_as_a_file_what_stands_around_a_place_is_cleaned() {
        let redactor = Redactor::of(&Environment::of(&[("API_TOKEN", "hunter2-canary")]), []);
        let token = ["ghp_", "9cQ2vXt4LrB7mZk1WsYd8HnJ5aEfG6uPoTqR"].concat();
        let near = format!("é{token} hunter2-canary");
        let (far, character) = ("ö".repeat(AROUND), AROUND + 2);
        for (text, character, skipped) in [
            (near.clone(), 3, 0),
            (format!("{far}{near}{far}"), character, AROUND / 2 + 2),
            (format!("{far}{near}{far}{near}{far}"), character, AROUND / 2 + 2),
        ] {
            let (clean, before) = redactor.clean_around(&text, character);
            assert!(!clean.contains(&token) && !clean.contains("hunter2"), "{before}");
            assert!(clean.contains("é*** ***") && clean.len() <= 2 * AROUND);
            assert_eq!(before, skipped);
        }
        assert_eq!(redactor.clean_around("short", 100), ("short".to_owned(), 0));
    }

    #[test]
    fn what_encoders_make_of_values_disappears_as_well() {
        let secret = "hunter2/canary+value";
        let environment = Environment::of(&[
            ("API_TOKEN", secret),
            ("DATABASE", "postgres://app:pa%2Fss-word@db.example/x"),
        ]);
        let redactor = Redactor::of(&environment, []);
        let encoded = data_encoding::BASE64.encode(format!("x-access-token:{secret}").as_bytes());
        let core = data_encoding::BASE64.encode(&secret.as_bytes()[..18]);
        for form in [
            secret.to_owned(),
            encoded,
            core,
            data_encoding::HEXUPPER.encode(secret.as_bytes()),
            "hunter2%2fcanary%2bvalue".to_owned(),
            "pa%2Fss-word".to_owned(),
            "pa/ss-word".to_owned(),
        ] {
            let text = redactor.clean(&format!("ä {form} ö")).into_owned();
            assert!(text.starts_with("ä ") && text.ends_with(" ö") && text.contains("***"), "{text}");
            assert!(!text.contains(form.as_str()), "{form}: {text}");
        }
        assert_eq!(redactor.clean("nothing"), "nothing");
    }
}
