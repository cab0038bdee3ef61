//! Values that stand for a secret and are none: placeholders, examples of documentations, fillers.

use super::Doubt;
use crate::credentials::standin;

/// Words that nobody finds in a real secret of this length.
const WORDS: &[&str] = &[
    "example",
    "dummy",
    "fake",
    "sample",
    "placeholder",
    "changeme",
    "redacted",
    "notreal",
    "not-real",
    "not_real",
    "invalid",
    "yourtoken",
    "your_",
    "your-",
    "mytoken",
    "testtoken",
    "test-token",
    "test_token",
    "insert",
    "deadbeef",
    "abcdef12345",
    "1234567890",
    "0123456789",
    "abcdefghij",
    "foobar",
    "xxxx",
    "0000000",
    "1111111",
    "aaaaaa",
    "asdf",
    "secret-",
    "password",
    "canary",
    "hunter2",
    "lorem",
    "<",
    "${",
    "{{",
    "%s",
    "...",
    "****",
];

/// Words for what readers are to write in its place, whichever digits stand for the letters.
const YOURS: &[&str] = &["yourpass", "yoursecret", "yourtoken", "securepass"];

/// Public keys and tokens that documentations print.
const PUBLISHED: &[&str] = &[
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq",
    "dGhlIHNhbXBsZSBub25jZQ",
    "wJalrXUtnFEMI/K7MDENG",
    "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    "4eC39HqLyjWDarjtT1zdp7dc",
];

/// Why a value is no secret, if it looks like that.
pub fn doubt(value: &[u8]) -> Option<Doubt> {
    let text = std::str::from_utf8(value).ok()?;
    if standin::of(text, "", false).is_some() || PUBLISHED.iter().any(|known| text.contains(known)) {
        return Some(Doubt::Placeholder);
    }
    let lower = text.to_ascii_lowercase();
    let spelled: String = lower.chars().map(letter).collect();
    let word =
        WORDS.iter().any(|word| lower.contains(word)) || YOURS.iter().any(|word| spelled.contains(word));
    (word || is_sequence(lower.as_bytes())).then_some(Doubt::Placeholder)
}

/// What somebody means who writes `y0uRp4$$w0rD`.
fn letter(c: char) -> char {
    match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        c => c,
    }
}

/// Six and more characters in their order, or the same one six times.
fn is_sequence(text: &[u8]) -> bool {
    let run = |step: u8| {
        let mut length = 1;
        text.windows(2).any(|pair| {
            let [a, b] = pair else { return false };
            length =
                if b.is_ascii_alphanumeric() && a.checked_add(step) == Some(*b) { length + 1 } else { 1 };
            length >= 6
        })
    };
    run(0) || run(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fillers_are_seen() {
        for text in [
            "AKIAIOSFODNN7EXAMPLE",
            "abcdefgh-kX9",
            "x1111111y",
            "your-api-key",
            "y0uRp4$$w0rD",
            "s3cUreP4$$w0rD",
            "ghp_xxxxxxxxxxxx",
            "${TOKEN}",
        ] {
            assert!(doubt(text.as_bytes()).is_some(), "{text}");
        }
        for text in ["kX9vQ2mZ7pLw4RtB8sJd", "P4$$w0rD!9x", "9f86d081884c7d659a2feaa0c55ad015"] {
            assert!(doubt(text.as_bytes()).is_none(), "{text}");
        }
    }
}
