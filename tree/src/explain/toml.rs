//! The TOML parser's messages in a user's words. A message that is not listed stays as it is.

use super::{Place, Words};

pub(super) fn words(message: &str, place: &Place<'_>) -> Option<Words> {
    Some(match message {
        "string values must be quoted, expected literal string" => match place.range.is_empty() {
            true => Words::new("a value is missing here").help("write one behind the `=`"),
            false => Words::new("this is no value that TOML knows")
                .help("put text in quotes; items and entries are separated with commas"),
        },
        "key with no value, expected `=`" => Words::new("this key has no value").help("write `key = value`"),
        "unexpected key or value, expected newline, `#`" => {
            Words::new("text follows the end of the line's value").help("put each key on a line of its own")
        }
        "invalid unquoted key, expected letters, numbers, `-`, `_`" if place.char() == Some(':') => {
            Words::new("`:` cannot stand behind a key").help("write `key = value`")
        }
        "invalid unquoted key, expected letters, numbers, `-`, `_`" => {
            Words::new("a key holds characters that must be in quotes").help("write `\"key\" = value`")
        }
        "duplicate key" => Words::new("this key stands twice in the same table"),
        "invalid basic string, expected `\"`"
        | "invalid multi-line basic string, expected `\"`"
        | "invalid literal string, expected `'`"
        | "invalid multi-line literal string, expected `'`" => {
            Words::new("a quote in this line is never closed").help("add the closing quote")
        }
        "unclosed table, expected `]`" => Words::new("a `]` is missing here").help("write `[table]`"),
        "unclosed array table, expected `]`" => Words::new("a `]` is missing here").help("write `[[table]]`"),
        "unclosed array, expected `]`" => {
            Words::new("an array is never closed").help("close the `[` above with `]`")
        }
        "unclosed inline table, expected `}`" => {
            Words::new("an inline table is never closed").help("close the `{` above with `}`")
        }
        _ => return None,
    })
}
