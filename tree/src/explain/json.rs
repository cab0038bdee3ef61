//! The JSON parser's messages in a user's words. A message that is not listed stays as it is.

use super::{Place, Words, quoted};

pub(super) fn words(message: &str, place: &Place<'_>) -> Option<Words> {
    let token = &place.text[place.range.clone()];
    let first = place.char().unwrap_or(' ');
    Some(match message {
        "the file is empty" => Words::new(message).help("write `{}` or `[]`, or remove the file"),
        "comments are not allowed" => Words::new("JSON has no comments").help("remove the comment"),
        "trailing commas are not allowed" => Words::new("this comma has no entry behind it").help("remove it"),
        "expected comma" if first.is_ascii_digit() => {
            Words::new("a number cannot begin with `0`").help("remove the zero, or put the value in double quotes")
        }
        "expected comma" => Words::new("a comma is missing here").help("write `,` between the entries"),
        "expected colon after the string or word in object property" => {
            Words::new("a `:` is missing before this").help("write `\"key\": value`").at(place.first())
        }
        "expected string for object property" => {
            Words::new("a key must be in double quotes").help("write `\"key\": value`").at(place.first())
        }
        "single-quoted strings are not allowed" => Words::new("text must be in double quotes").help("use `\"`"),
        "unterminated object" => Words::new("this `{` is never closed").help("close it with `}`").at(place.first()),
        "unterminated array" => Words::new("this `[` is never closed").help("close it with `]`").at(place.first()),
        "unterminated string literal" => {
            Words::new("this text is never closed").help("add the closing `\"`").at(place.first())
        }
        "unterminated comment block" => {
            Words::new("this comment is never closed").help("add `*/`").at(place.first())
        }
        "text cannot contain more than one JSON value" => Words::new("text follows the end of the value")
            .help("a JSON file holds one value: remove what follows, or name the file `.jsonl` if each line is one")
            .at(place.first()),
        "a control character in a string must be escaped" => control(first),
        "invalid escape" => {
            Words::new(format!("{} is no escape in JSON", quoted(token))).help("write `\\\\` for a backslash")
        }
        "unexpected token in object" | "unexpected comma" if first == ',' => {
            Words::new("an entry is missing before this comma").help("remove the comma or write the entry")
        }
        "unexpected close brace" | "unexpected close bracket" => {
            let before = place.text[..place.range.start].trim_end();
            Words::new(format!("`{first}` cannot stand here")).help(if before.ends_with([':', ',']) {
                "write the value that is missing before it"
            } else {
                "close the other bracket that is open above first, or remove this one"
            })
        }
        "unexpected colon" | "unexpected token in object" => Words::new(format!("`{first}` cannot stand here")),
        "unexpected word" | "unexpected token" if first.is_alphabetic() => {
            // The word itself is not repeated: it may be a secret that lacks its quotes.
            Words::new("this is no JSON value").help("put text in double quotes")
        }
        "unexpected word" | "unexpected token" => Words::new(format!("`{first}` cannot stand here")),
        "expected four hex digits" => Words::new("`\\u` is not followed by four hexadecimal digits"),
        _ if message.contains("number") || message.contains("digit") => Words::new(format!("this is no number: {message}"))
            .help("write numbers as `1`, `-0.5` or `1e9`, and everything else in double quotes"),
        _ => return None,
    })
}

fn control(c: char) -> Words {
    match c {
        '\n' | '\r' => Words::new("a line break stands inside a text")
            .help("add the closing `\"`, or write `\\n` if the break is part of it"),
        '\t' => Words::new("a tab stands inside a text").help("write `\\t`"),
        _ => Words::new(format!("the control character U+{:04X} stands inside a text", u32::from(c)))
            .help("remove it, or write it as an escape"),
    }
}
