//! The YAML parser's messages in a user's words. A message that is not listed stays as it is.

use super::{Place, Words};
use crate::yaml::INSIDE_BRACKET;

pub(super) fn words(message: &str, place: &Place<'_>) -> Option<Words> {
    let (message, opened) = match message.split_once(INSIDE_BRACKET) {
        Some((message, line)) => (message, Some(line)),
        None => (message, None),
    };
    let known = if message.contains(" tab") || message.starts_with("tab") {
        tab(place)
    } else if message.contains("bracket") {
        bracket(message, place)?
    } else if message.contains("quote") || message.contains("surrogate") {
        quote(message, place)?
    } else if message.contains("tag") || message.contains("handle") {
        Words::new("this tag is malformed").help("put the value in quotes if the `!` is part of it")
    } else {
        opened.and_then(|line| unclosed(message, line)).or_else(|| structure(message, place))?
    };
    Some(known)
}

/// What cannot stand inside a bracket that is still open: mostly the bracket is at fault.
fn unclosed(message: &str, line: &str) -> Option<Words> {
    let telling =
        message.starts_with("while parsing a flow") || message == "illegal placement of ':' indicator";
    telling.then(|| {
        let words =
            format!("the bracket that line {line} opens is not closed before this, or a `,` is missing");
        Words::new(words).help("close the bracket, or quote a text that has brackets or `: ` in it")
    })
}

fn tab(place: &Place<'_>) -> Words {
    let words =
        Words::new("a tab stands in the indentation").help("indent with spaces; YAML allows no tabs there");
    // The parser names the token before or behind the tab.
    let from = place.line_start();
    let indentation =
        |line: &str| line.find('\t').filter(|&at| line[..at].trim_matches(['\u{feff}', ' ']).is_empty());
    let mut start = from;
    for line in place.text[from..].split_inclusive('\n').take(100) {
        if let Some(at) = indentation(line) {
            return words.at(start + at..start + at + 1);
        }
        start += line.len();
    }
    Words::new("a tab stands where YAML allows none").help("use spaces")
}

fn bracket(message: &str, place: &Place<'_>) -> Option<Words> {
    let open = place.char().unwrap_or('[');
    let close = if open == '{' { '}' } else { ']' };
    Some(if message.starts_with("unclosed") {
        Words::new(format!("this `{open}` is never closed"))
            .help(format!("close it with `{close}`, or quote the value if the `{open}` is part of it"))
    } else if message.starts_with("mismatched") {
        Words::new(format!("this `{open}` is closed by the wrong bracket"))
            .help(format!("close it with `{close}`"))
    } else if message.starts_with("misplaced") {
        Words::new(format!("this `{open}` closes nothing"))
            .help("remove it, or quote the value that it is part of")
    } else {
        return None;
    })
}

fn quote(message: &str, place: &Place<'_>) -> Option<Words> {
    let twice = "inside single quotes an apostrophe is written `''`";
    Some(match message {
        "unclosed quote" if place.char() == Some('\'') => {
            Words::new("this quote is never closed").help(format!("add the closing `'`; {twice}"))
        }
        "unclosed quote" => Words::new("this quote is never closed").help("add the closing `\"`"),
        "invalid trailing content after single-quoted scalar" => Words::new("text follows the closing quote")
            .help(format!("put the whole value in quotes; {twice}")),
        "invalid trailing content after double-quoted scalar" => Words::new("text follows the closing quote")
            .help("put the whole value in quotes; inside double quotes a quote is written `\\\"`"),
        "while parsing a quoted scalar, found unknown escape character" => unknown_escape(place),
        "while scanning a quoted scalar, found unexpected document indicator" => {
            Words::new("this quote is not closed before the document ends").help("add the closing quote")
        }
        _ if message.contains("hexadecimal")
            || message.contains("surrogate")
            || message.contains("Unicode") =>
        {
            Words::new("an escape in this text names no character")
                .help("write `\\\\` for a backslash, or use single quotes, which have no escapes")
        }
        _ => return None,
    })
}

fn unknown_escape(place: &Place<'_>) -> Words {
    const ESCAPES: &str = "0abt\tnvfre \"/\\N_LPxuU\r\n";
    let help = "write `\\\\` for a backslash, or use single quotes, which have no escapes";
    let mut rest = place.after().char_indices();
    while let Some((at, c)) = rest.next() {
        if c != '\\' {
            continue;
        }
        let Some((_, escaped)) = rest.next() else { break };
        if !ESCAPES.contains(escaped) {
            let start = place.range.start + at;
            let message = format!("`\\{escaped}` is no escape in YAML");
            return Words::new(message).help(help).at(start..start + 1 + escaped.len_utf8());
        }
    }
    Words::new("an escape in this text is unknown").help(help)
}

fn structure(message: &str, place: &Place<'_>) -> Option<Words> {
    let c = place.char().unwrap_or(' ');
    Some(match message {
        "mapping values are not allowed in this context" => colon(place),
        "illegal placement of ':' indicator" => {
            Words::new("this `:` cannot stand here").help("quote a text that has `: ` in it")
        }
        "while parsing a block mapping, did not find expected key" => match place.line().trim_start() {
            line if line.starts_with("- ") => Words::new("a `-` item stands where a key is expected")
                .help("indent it under the key that it belongs to"),
            _ => Words::new("the indentation of this line fits no line above")
                .help("align it with the keys that it belongs to"),
        },
        "while parsing a block collection, did not find expected '-' indicator" => {
            Words::new("a key stands where a `-` item is expected")
                .help("indent it under the item that it belongs to, or begin it with `- `")
        }
        "block sequence entries are not allowed in this context" => {
            Words::new("a `-` item cannot begin here")
                .help("put each item on a line of its own, or quote the value if the `-` is part of it")
        }
        "\"-\" is only valid inside a block" => Words::new("a `-` item cannot stand inside brackets")
            .help("separate the items with commas, or quote a text that begins with `- `"),
        "simple key expected ':'" | "simple key is no longer valid" => {
            Words::new("this line is no `key: value`")
                .help("add the `:`, or indent the line if it continues the text above")
        }
        "did not find expected <document start>" => Words::new("this line belongs to nothing above it")
            .help("align it with the first key of the file, or put `---` above it if a new document begins"),
        "unexpected EOF while parsing an implicit flow mapping" if c == ',' => {
            Words::new("a value is missing before this `,`").help("remove the comma or write the value")
        }
        "while scanning a block scalar, did not find expected comment or line break" => {
            Words::new(format!("text follows this `{c}`")).help("begin the text on the next line")
        }
        "wrongly indented line in block scalar" => {
            Words::new("this line is indented less than the text above")
                .help("indent it as far as the text above")
        }
        "comments must be separated from other tokens by whitespace" => {
            Words::new("this `#` needs a space before it")
                .help("write ` #`, or quote the value if the `#` is part of it")
        }
        "a BOM must not appear inside a document" => {
            Words::new("a byte-order mark stands inside the text").help("remove the invisible character")
        }
        _ if message.contains("anchor or alias") => {
            Words::new(format!("a value cannot begin with `{c}`")).help("put it in quotes")
        }
        _ if message.starts_with("unexpected character") && c.is_control() => {
            Words::new(format!("the control character U+{:04X} is not allowed", u32::from(c)))
                .help("remove it")
        }
        _ if message.starts_with("unexpected character") && c == '`' => {
            Words::new("a value cannot begin with a backtick").help("put it in quotes")
        }
        _ if message.starts_with("unexpected character") => {
            Words::new(format!("a value cannot begin with `{c}`")).help("put it in quotes")
        }
        _ => return None,
    })
}

/// A `:` where no value can begin: the commonest error of all, with three causes.
fn colon(place: &Place<'_>) -> Words {
    let words = Words::new("this `:` cannot stand here");
    let key = place.before_in_line().trim_start().trim_start_matches("- ");
    if key.contains(": ") || key.ends_with(['"', '\'']) {
        return words.help("put the value in quotes: a text with `: ` in it needs them");
    }
    let indent = |line: &str| line.len() - line.trim_start().len();
    match place.line_above() {
        Some(above) if !above.contains(": ") && !above.trim_end().ends_with(':') && above.contains(':') => {
            words.help("write a space behind the `:` in the line above")
        }
        Some(above) if indent(place.line()) > indent(above) && above.contains(": ") => words.help(
            "indent the line like the one above, which has its value already, or quote it if it is text",
        ),
        Some(above) if !above.contains(':') => words.help("the line above is no `key: value`: add its `:`"),
        _ => words.help("mend the indentation of this line, or quote a text that has `: ` in it"),
    }
}
