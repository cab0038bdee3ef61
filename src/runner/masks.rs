//! What the runner must keep out of the log for a secret to stay out of it.
//!
//! The runner masks a string wherever it stands, and what its own encoders make of it. Its base64 encoders hit only
//! where the end of the text around the secret happens to fit; it knows neither hex nor the alphabet of base64 for
//! URLs; and it takes a value of several lines apart into lines, so that a `{` alone blacks out every `{`. So we
//! never hand it several lines at once, and hand it the encoded forms as well.

use std::collections::BTreeSet;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use zeroize::Zeroize as _;

use super::commands::escape_data;

/// Fewer characters than this are never masked: they would turn up everywhere.
pub const SHORTEST: usize = 4;

/// Bytes from which on encoded forms are masked: shorter ones are too few letters.
const SHORTEST_ENCODED: usize = 6;

/// Bytes up to which encoded forms are masked. Nobody logs more than this in one line, and the commands would
/// fill the log themselves.
const LONGEST_ENCODED: usize = 16 << 10;

/// Words that stand in every log. Masking one of them makes the log unreadable, and the runner drops every job
/// output that holds it.
const COMMON: &[&str] = &[
    "true",
    "false",
    "null",
    "none",
    "yes",
    "test",
    "testing",
    "prod",
    "production",
    "staging",
    "stage",
    "preview",
    "development",
    "default",
    "main",
    "master",
    "root",
    "admin",
    "user",
    "username",
    "password",
    "secret",
    "token",
    "name",
    "localhost",
    "postgres",
    "mysql",
    "redis",
    "github",
    "actions",
    "latest",
    "stable",
    "info",
    "debug",
    "warn",
    "warning",
    "error",
    "http",
    "https",
    "json",
    "yaml",
    "text",
    "public",
    "private",
    "linux",
    "ubuntu",
    "windows",
    "macos",
    "build",
    "deploy",
    "release",
    "apiversion: v1",
    "kind: config",
];

/// Strings to mask, each once. They are as secret as what they were made from: no `Debug`, wiped at the end.
#[derive(Default)]
pub struct Masks {
    strings: BTreeSet<String>,
}

impl Masks {
    /// Adds a secret: its lines and its encoded forms. False if it is too short or too common to be masked.
    pub fn add(&mut self, secret: &str) -> bool {
        let whole = secret.trim();
        let mut added = false;
        for line in whole.lines().map(str::trim) {
            added |= self.insert(line.to_owned());
        }
        self.add_encoded(whole);
        added
    }

    /// Adds only what encoders make of a secret.
    pub fn add_encoded(&mut self, secret: &str) {
        let bytes = secret.as_bytes();
        if (SHORTEST_ENCODED..=LONGEST_ENCODED).contains(&bytes.len()) && !is_common(secret) {
            self.insert(HEXLOWER.encode(bytes));
            self.insert(HEXUPPER.encode(bytes));
            self.insert(BASE64URL_NOPAD.encode(bytes));
            for core in base64_cores(bytes) {
                self.insert(core);
            }
        }
    }

    /// The commands, one a line, without their line ends.
    pub fn commands(&self) -> impl Iterator<Item = String> + '_ {
        self.strings.iter().map(|string| format!("::add-mask::{}", escape_data(string)))
    }

    /// The strings themselves.
    pub fn strings(&self) -> impl Iterator<Item = &str> {
        self.strings.iter().map(String::as_str)
    }

    /// True if a text holds one of the strings.
    #[cfg(test)]
    fn hide_in(&self, text: &str) -> bool {
        self.strings.iter().any(|string| text.contains(string.as_str()))
    }

    fn insert(&mut self, string: String) -> bool {
        let fits = string.chars().count() >= SHORTEST && !is_common(&string) && !is_ornament(&string);
        if fits {
            self.strings.insert(string);
        }
        fits
    }
}

impl Drop for Masks {
    fn drop(&mut self) {
        while let Some(mut string) = self.strings.pop_first() {
            string.zeroize();
        }
    }
}

/// True for words that are not masked because they stand in every log.
pub fn is_common(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    // Few digits are a port, a year, a count.
    COMMON.contains(&lower.as_str()) || (text.len() < 6 && text.chars().all(|c| c.is_ascii_digit()))
}

/// Lines that consist of brackets, and the first and last lines of keys.
fn is_ornament(line: &str) -> bool {
    line.chars().all(|c| "{}[](),;:\"'-=*#. ".contains(c))
        || (line.starts_with("-----") && line.ends_with("-----"))
}

/// The part of base64 that is the same whatever stands before and after the bytes: for each of the three places
/// that they can begin at within a group of three, the groups that they fill alone.
fn base64_cores(bytes: &[u8]) -> Vec<String> {
    let mut cores = Vec::new();
    for shift in 0..3 {
        let Some(rest) = bytes.get(shift..) else { continue };
        let core = &rest[..rest.len() / 3 * 3];
        if core.len() >= SHORTEST_ENCODED {
            cores.push(BASE64_NOPAD.encode(core));
            cores.push(BASE64URL_NOPAD.encode(core));
        }
    }
    cores
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE64, BASE64URL};

    use super::*;

    fn masks(secret: &str) -> Masks {
        let mut masks = Masks::default();
        assert!(masks.add(secret));
        masks
    }

    /// What the runner's own encoders make of a secret (`ValueEncoders.cs`): base64 of the whole, and without its
    /// first one or two bytes.
    fn runner_alone(secret: &str, text: &str) -> bool {
        let bytes = secret.as_bytes();
        text.contains(secret) || (0..3).any(|shift| text.contains(&BASE64.encode(&bytes[shift..])))
    }

    #[test]
    fn base64_is_masked_whatever_stands_around_the_secret() {
        let secrets = ["hunter2-real-secret-1", "hunter2-real-secret-22", "another secret of 24 chr"];
        let (mut cases, mut missed_by_runner) = (0, 0);
        for secret in secrets {
            let masks = masks(secret);
            for prefix in ["", "u:", "us:", "user:"] {
                for suffix in ["", ":x", "@host"] {
                    let text = format!("{prefix}{secret}{suffix}");
                    cases += 1;
                    missed_by_runner += usize::from(!runner_alone(secret, &BASE64.encode(text.as_bytes())));
                    assert!(masks.hide_in(&BASE64.encode(text.as_bytes())), "{text}");
                    assert!(masks.hide_in(&BASE64URL.encode(text.as_bytes())), "{text}");
                    assert!(masks.hide_in(&HEXLOWER.encode(text.as_bytes())), "{text}");
                }
            }
        }
        assert_eq!((cases, missed_by_runner), (36, 12));
    }

    #[test]
    fn lines_are_masked_one_by_one_and_ornaments_never() {
        let masks = masks("-----BEGIN KEY-----\nMIIEabc\n  second-line \n{\n}\nxyz\n-----END KEY-----\n");
        let strings: Vec<&str> = masks.strings.iter().map(String::as_str).collect();
        for line in ["MIIEabc", "second-line"] {
            assert!(strings.contains(&line), "{line}");
        }
        for line in ["{", "}", "xyz", "-----BEGIN KEY-----", "-----END KEY-----"] {
            assert!(!strings.contains(&line), "{line}");
        }
        assert!(masks.commands().all(|command| command.lines().count() == 1));
    }

    #[test]
    fn what_stands_everywhere_is_not_masked() {
        for value in ["", "abc", "true", "Production", "8080", "12345", "  ", "----"] {
            let mut masks = Masks::default();
            assert!(!masks.add(value), "{value}");
            assert_eq!(masks.commands().count(), 0, "{value}");
        }
        assert!(masks("a%b\rc").commands().any(|command| command == "::add-mask::a%25b%0Dc"));
    }

    proptest::proptest! {
        #[test]
        fn no_mask_is_short_or_of_several_lines(secret in "(?s)(\\PC|\n|\r){0,60}") {
            let mut masks = Masks::default();
            masks.add(&secret);
            for string in &masks.strings {
                proptest::prop_assert!(string.chars().count() >= SHORTEST && !string.contains('\n'));
            }
        }

        #[test]
        fn every_encoding_is_covered(
            secret in "[!-~]{8,40}", before in "[!-~]{0,7}", after in "[!-~]{0,7}",
        ) {
            proptest::prop_assume!(!is_ornament(&secret) && !is_common(&secret));
            let text = format!("{before}{secret}{after}");
            let masks = masks(&secret);
            proptest::prop_assert!(masks.hide_in(&BASE64.encode(text.as_bytes())));
            proptest::prop_assert!(masks.hide_in(&BASE64URL.encode(text.as_bytes())));
            proptest::prop_assert!(masks.hide_in(&HEXUPPER.encode(text.as_bytes())));
        }
    }
}
