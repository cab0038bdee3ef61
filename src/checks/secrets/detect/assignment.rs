//! Where a name is given a value: `API_KEY=…`, `"token": "…"`, `setProperty("secret", "…")`, `<password>…</…>`.

use std::ops::Range;

use ci_guard_scan::Bytes;

use super::window::Window;

/// Bytes of a name on each side of the word that was found in it.
const NAME: usize = 64;

/// Bytes of a value that are looked at.
const LONGEST: usize = 480;

static IN_NAME: Bytes = Bytes::alphanumeric_and(b"_-.");
static BEHIND_NAME: Bytes = Bytes::alphanumeric_and(b"_-. \t");
static CLOSING: Bytes = Bytes::of(b"'\"`\\]) ");
static OPERATOR: Bytes = Bytes::of(b"=:>?|,(");
static OPENING: Bytes = Bytes::of(b"'\"`\\ \t=(@&");
/// The text of an element may stand on a line of its own.
static OPENING_OF_ELEMENT: Bytes = Bytes::of(b"'\"`\\ \t=(@&\n\r{");
static UNQUOTED: Bytes = Bytes::graphic_but(b",;<>\"'`()[]{}\\&|");
static WORD: Bytes = Bytes::alphanumeric_and(b"_-");
static BETWEEN_WORDS: Bytes = Bytes::of(b" \t'\"=");
static SPACE: Bytes = Bytes::of(b" ");
static NAME_AND_VALUE: Bytes = Bytes::alphanumeric_and(b"_-.=+/");

/// A name and its value.
pub struct Assignment {
    /// Range of the name in the window.
    pub name: Range<usize>,
    /// Range of the value in the window.
    pub value: Range<usize>,
    /// True if the value stands in quotes.
    pub quoted: bool,
    /// True if only a space stands between the two: words in a row, most of the time.
    pub loose: bool,
}

/// The assignment whose name holds the anchor.
pub fn at(window: &Window<'_>) -> Option<Assignment> {
    let before = IN_NAME.back(window.text, window.start, NAME);
    let after = IN_NAME.ahead(window.text, window.end, NAME);
    let name = window.start - before..window.end + after;
    let mut at = name.end;
    at += BEHIND_NAME.ahead(window.text, at, 24);
    at += CLOSING.ahead(window.text, at, 4);
    let before_operator = at;
    let listed;
    (at, listed) = match operator(window, at) {
        Some(end) => (end, matches!(window.at(end - 1), b',' | b'(')),
        // An option and its value, or words in a row: `--token …`, `deepgram token …`.
        None if window.before(before_operator) == b' ' || window.at(name.end) == b' ' => {
            return in_a_row(window, name);
        }
        None => return None,
    };
    let mut assignment = value(window, name, at)?;
    if listed && !assignment.quoted {
        return None;
    }
    // A type or a scheme stands in front: `token: str = "…"`, `Authorization: Bearer …`.
    for _ in 0..2 {
        let word = window.part(assignment.value.clone());
        let end = assignment.value.end;
        let next = if is_scheme(word) && window.at(end) == b' ' {
            Some(end + 1)
        } else if !assignment.quoted && word.len() <= 24 && !word.iter().any(u8::is_ascii_digit) {
            let gap = end + SPACE.ahead(window.text, end, 3);
            (window.at(gap) == b'=' && window.at(gap + 1) != b'=').then_some(gap + 1)
        } else {
            None
        };
        let Some(next) = next else { break };
        assignment = value(window, assignment.name, next)?;
    }
    Some(assignment)
}

/// The end of a name, if it is a value itself: `vendor-secret-0024a29224affe29…`.
pub fn in_name(window: &Window<'_>) -> Option<Assignment> {
    let end = window.end + NAME_AND_VALUE.ahead(window.text, window.end, 200);
    let rest = window.part(window.end..end);
    // In what is drawn by lot, short words turn up by chance: `…b6pwD7O1…`.
    let by_chance = window.end - window.start < 4
        && window.before(window.start).is_ascii_digit()
        && window.at(window.end).is_ascii_alphanumeric();
    if rest.len() < 24 || window.at(end) == b'(' || by_chance {
        return None;
    }
    let before = NAME_AND_VALUE.back(window.text, window.start, NAME);
    // A path is no name.
    if window.part(window.start - before..end).contains(&b'/') {
        return None;
    }
    let uuid = rest.len().checked_sub(36).filter(|start| is_uuid(&rest[*start..]));
    let gap = match uuid {
        Some(start) => start.checked_sub(1)?,
        None => rest.iter().rposition(|byte| matches!(byte, b'-' | b'_' | b'.' | b'='))?,
    };
    let start = window.end + gap + 1;
    (end - start >= 20).then(|| Assignment {
        name: window.start - before..start - 1,
        value: start..end,
        quoted: false,
        loose: true,
    })
}

/// Five groups of hex digits.
fn is_uuid(text: &[u8]) -> bool {
    let groups = text.split(|byte| *byte == b'-');
    text.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
        && groups.map(<[u8]>::len).eq([8, 4, 4, 4, 12])
}

/// The words of a value that are long enough for a token: `"id 12, key …"`, `{AQAAABAAA …}`.
pub fn words<'w>(
    window: &'w Window<'_>,
    value: &Range<usize>,
) -> impl Iterator<Item = Range<usize>> + use<'w> {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.=+/~".contains(&byte);
    // An unquoted value ends at its first space: the rest of its line belongs to it.
    let stop = (value.start..window.text.len())
        .take(LONGEST)
        .find(|place| matches!(window.at(*place), b'\n' | b'<'))
        // The last line of a text ends with it.
        .unwrap_or(if window.text.len() - value.start < LONGEST { window.text.len() } else { value.end });
    let mut at = value.start;
    std::iter::from_fn(move || {
        while at < stop {
            let start = at;
            while at < stop && inner(window.at(at)) {
                at += 1;
            }
            let word = start..at;
            at += 1;
            if word.len() >= 20 {
                return Some(word);
            }
        }
        None
    })
}

/// A value that follows its name after a space.
fn in_a_row(window: &Window<'_>, name: Range<usize>) -> Option<Assignment> {
    let mut start = name.end;
    // The name may have more words.
    for _ in 0..3 {
        start += BETWEEN_WORDS.ahead(window.text, start, 4);
        let found = value(window, name.clone(), start)?;
        let text = window.part(found.value.clone());
        if text.len() >= 16 && text.iter().any(u8::is_ascii_digit) {
            return Some(Assignment { loose: !window.part(name).starts_with(b"--"), ..found });
        }
        let length = WORD.ahead(window.text, start, 24);
        if length == 0 {
            return None;
        }
        start += length;
    }
    None
}

/// The place behind `=`, `:`, `:=`, `=>`, `||`, `?=`, `,`, `>` or `(`.
fn operator(window: &Window<'_>, at: usize) -> Option<usize> {
    let end = at + OPERATOR.ahead(window.text, at, 3);
    let signs = window.part(at..end);
    let comparison = signs.starts_with(b"==") || signs == b"?" || signs == b"|" || window.before(at) == b'!';
    (!signs.is_empty() && !comparison).then_some(end)
}

fn value(window: &Window<'_>, name: Range<usize>, from: usize) -> Option<Assignment> {
    let start = match window.before(from) {
        b'>' => from + OPENING_OF_ELEMENT.ahead(window.text, from, 24),
        _ => from + OPENING.ahead(window.text, from, 8),
    };
    let quote = Some(window.before(start)).filter(|byte| matches!(byte, b'\'' | b'"' | b'`'));
    let end = ends(window, start, quote);
    // What is called or indexed is code.
    if end == start || (quote.is_none() && matches!(window.at(end), b'(' | b'[' | b'{')) {
        return None;
    }
    let mut end = end;
    if quote.is_none() {
        while end > start && matches!(window.at(end - 1), b'.' | b':' | b'!' | b'?') {
            end -= 1;
        }
    }
    Some(Assignment { name, value: start..end, quoted: quote.is_some(), loose: false })
}

fn ends(window: &Window<'_>, start: usize, quote: Option<u8>) -> usize {
    let rest = window.part(start..window.text.len());
    let rest = rest.get(..LONGEST).unwrap_or(rest);
    // In quotes, a scheme is told apart from what it announces: `"Bearer …"`.
    if let Some(length) = rest.iter().take(16).position(|byte| *byte == b' ')
        && is_scheme(&rest[..length])
    {
        return start + length;
    }
    let length = match quote {
        Some(quote) => {
            let stop = |byte: &u8| *byte == quote || matches!(byte, b'\\' | b'\n' | b'\r' | 0);
            rest.iter().position(stop).unwrap_or(rest.len())
        }
        None => UNQUOTED.ahead(rest, 0, LONGEST),
    };
    start + length
}

/// Schemes of an `Authorization` header.
fn is_scheme(word: &[u8]) -> bool {
    ["bearer", "basic", "token", "apikey", "bot"]
        .iter()
        .any(|scheme| word.eq_ignore_ascii_case(scheme.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value_of(text: &str, word: &str) -> Option<String> {
        let at_word = text.find(word).unwrap();
        let window = Window::around(text.as_bytes(), at_word..at_word + word.len());
        let found = at(&window)?;
        Some(String::from_utf8(window.part(found.value).to_vec()).unwrap())
    }

    #[test]
    fn values_are_found_in_many_languages() {
        for text in [
            "API_KEY=v4lue",
            "api_key: v4lue",
            "\"api_key\": \"v4lue\",",
            "apiKey := `v4lue`",
            "api_key => 'v4lue'",
            "let api_key: &str = \"v4lue\";",
            "set(\"api_key\", \"v4lue\")",
            "<api_key>v4lue</api_key>",
            "\\\"api_key\\\": \\\"v4lue\\\"",
            "api_key: str = 'v4lue'",
            "var api_key string = \"v4lue\"",
            "api_key: Bearer v4lue",
            "\"api_key\": \"Bearer v4lue\"",
            "config['api_key'] = 'v4lue'",
        ] {
            let word =
                ["apiKey", "API_KEY"].into_iter().find(|word| text.contains(word)).unwrap_or("api_key");
            assert_eq!(value_of(text, word).as_deref(), Some("v4lue"), "{text}");
        }
        for text in ["api_key = get()", "if api_key == 'x'", "api_key", "api_key !=  'x'", "api_key = "] {
            assert_eq!(value_of(text, "api_key"), None, "{text}");
        }
    }
}
