//! What came along when a value was copied: line ends, spaces, quotes, its own name, characters that nobody sees.

use std::borrow::Cow;

use crate::rule::Severity;

/// Something that came along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extra {
    /// What it is, to follow "the value of `NAME`".
    pub what: &'static str,
    /// How it comes about, and what to do.
    pub help: &'static str,
    /// How sure it is that it does not belong there.
    pub severity: Severity,
}

/// What a value is expected to be, as far as this file cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// A document of several lines: a key, a certificate, JSON, a kubeconfig.
    pub document: bool,
    /// A URL, where percent-encoding belongs.
    pub url: bool,
    /// The format of the value is known, so that it is clear what does not belong to it.
    pub known: bool,
}

const NEWLINE: Extra = error(
    "ends with a line break",
    "`echo` and editors add one; store it with `printf %s \"$VALUE\" | gh secret set NAME`",
);
const SPACE: Extra = error("begins or ends with a space", "copy it again, without what stands around it");
const QUOTES: Extra = error(
    "is wrapped in quotes",
    "quotes belong to a shell or .env file, not to the value; store it without them",
);
const ASSIGNMENT: Extra = error("is a whole line `NAME=value`", "store only what stands after the `=` sign");
const HEADER: Extra = error(
    "begins with the word of an HTTP header, such as `Bearer`",
    "store only the token; whoever sends it adds the word",
);
const INVISIBLE: Extra = error(
    "holds a character that cannot be seen: a byte-order mark, a zero-width or no-break space",
    "copy it again from its source, not from a chat, document or web page",
);
const SMART_QUOTES: Extra =
    error("holds typographic quotes", "copy it again from its source, not from a chat or document");
const ANSI: Extra = error(
    "holds the colour codes of a terminal",
    "have the command that made it print without colours, or copy it by hand",
);
const CONTROL: Extra = error("holds a control character", "copy it again from its source");
const CRLF: Extra = error(
    "has the line ends of Windows",
    "OpenSSH and others refuse such a key; store it with `tr -d '\\r' < FILE | gh secret set NAME`",
);
const INDENTED: Extra = error(
    "has spaces in front of its lines",
    "they came along from a YAML file; store the file itself with `gh secret set NAME < FILE`",
);
const ONE_LINE: Extra = error(
    "has `\\n` in two characters where lines should end",
    "it was copied out of JSON or .env; store the file itself with `gh secret set NAME < FILE`",
);
const ENCODED: Extra = error(
    "is percent-encoded, as in a URL",
    "decode it first: `%2F` is `/`, `%2B` is `+`, `%3D` is `=`, `%40` is `@`",
);

const fn error(what: &'static str, help: &'static str) -> Extra {
    Extra { what, help, severity: Severity::Error }
}

/// What came along with the value of the variable `name`, and the value without it.
pub fn of<'v>(value: &'v str, name: &str, expected: Expected) -> (Vec<Extra>, Cow<'v, str>) {
    let mut extras = Vec::new();
    let trimmed = value.trim();
    let several_lines = trimmed.contains('\n');
    let document = expected.document || several_lines || trimmed.starts_with("-----BEGIN ");
    let mut clean = Cow::Borrowed(value);
    if value.contains("\u{1b}[") {
        extras.push(ANSI);
    } else if value.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        extras.push(CONTROL);
    }
    if document {
        clean = document_extras(value, expected, &mut extras);
    } else {
        line_extras(&mut clean, name, &mut extras);
    }
    let invisible = |c: char| matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{a0}');
    // Inside a document they may stand in a text; at its start they keep programs from reading it.
    if if document { value.starts_with(invisible) } else { value.contains(invisible) } {
        extras.push(INVISIBLE);
        clean = Cow::Owned(clean.replace(invisible, ""));
    }
    let smart = |c: char| matches!(c, '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}');
    let around = clean.starts_with(smart) && clean.ends_with(smart);
    if around || (expected.known && !document && clean.contains(smart)) {
        extras.push(SMART_QUOTES);
        clean = Cow::Owned(clean.replace(smart, ""));
    }
    let encoded = ["%2F", "%2B", "%3D", "%40", "%2f", "%2b", "%3d"].iter().any(|code| clean.contains(code));
    if encoded && !document && !expected.url && !clean.contains("://") && !clean.contains(char::is_whitespace)
    {
        // A password may well look like this.
        let severity = if expected.known { Severity::Error } else { Severity::Note };
        extras.push(Extra { severity, ..ENCODED });
    }
    (extras, clean)
}

fn line_extras(clean: &mut Cow<'_, str>, name: &str, extras: &mut Vec<Extra>) {
    // A carriage return alone is what is left of a line end of Windows.
    if clean.ends_with(['\n', '\r']) {
        extras.push(NEWLINE);
        *clean = Cow::Owned(clean.trim_end_matches(['\n', '\r']).to_owned());
    }
    if clean.trim() != clean.as_ref() {
        extras.push(SPACE);
        *clean = Cow::Owned(clean.trim().to_owned());
    }
    if let Some(value) = assigned(clean, name) {
        extras.push(ASSIGNMENT);
        *clean = Cow::Owned(value.to_owned());
    }
    if let Some(inside) = quoted(clean) {
        extras.push(QUOTES);
        *clean = Cow::Owned(inside.to_owned());
    }
    if let Some(token) = after_header(clean) {
        extras.push(HEADER);
        *clean = Cow::Owned(token.to_owned());
    }
}

fn document_extras<'v>(value: &'v str, expected: Expected, extras: &mut Vec<Extra>) -> Cow<'v, str> {
    let mut clean = Cow::Borrowed(value);
    let pem = value.contains("-----BEGIN ");
    if !pem {
        return clean;
    }
    if let Some(inside) = quoted(value.trim()) {
        extras.push(QUOTES);
        clean = Cow::Owned(inside.to_owned());
    }
    if clean.contains('\r') {
        extras.push(CRLF);
        clean = Cow::Owned(clean.replace("\r\n", "\n").replace('\r', "\n"));
    }
    // A key inside JSON has its line ends in this form, and there they belong.
    let inside_json = value.trim_start().starts_with('{');
    let written_out = clean.contains("-----\\n") || clean.contains("\\n-----");
    if written_out && !inside_json {
        // Some programs want a key in one line and put the lines back themselves.
        let severity = if expected.known { Severity::Error } else { Severity::Warning };
        extras.push(Extra { severity, ..ONE_LINE });
        clean = Cow::Owned(clean.replace("\\r", "").replace("\\n", "\n"));
    }
    let indented = |line: &str| line.starts_with([' ', '\t']) && !line.trim().is_empty();
    // Only the marker tells: what stands around a key in a kubeconfig is indented by right.
    let marked = |line: &str| indented(line) && line.trim().starts_with("-----");
    let begins = clean.trim_start().starts_with("-----BEGIN ");
    if begins && clean.lines().any(marked) {
        extras.push(INDENTED);
        let lines: Vec<&str> = clean.lines().map(str::trim).collect();
        clean = Cow::Owned(lines.join("\n"));
    }
    clean
}

/// What stands inside a pair of quotes.
fn quoted(text: &str) -> Option<&str> {
    ['"', '\'', '`'].iter().find_map(|quote| {
        let inside = text.strip_prefix(*quote)?.strip_suffix(*quote)?;
        (!inside.is_empty()).then_some(inside)
    })
}

/// What `NAME=…` or `export NAME=…` assigns, if it is this variable that is assigned.
fn assigned<'v>(text: &'v str, name: &str) -> Option<&'v str> {
    let (exported, rest) = match text.strip_prefix("export ").or_else(|| text.strip_prefix("set ")) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    };
    let (key, value) = rest.split_once('=')?;
    let key = key.trim().trim_start_matches("$env:");
    let is_name = key.len() >= 3 && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    // What ends in `=` is base32 or base64; what has `;` is a connection string.
    let something = !value.trim_matches('=').is_empty();
    let own = key.eq_ignore_ascii_case(name)
        || name.to_ascii_uppercase().ends_with(&format!("_{}", key.to_ascii_uppercase()));
    let constant =
        key.contains('_') && !key.contains(|c: char| c.is_ascii_lowercase()) && !value.contains(';');
    (is_name && something && (exported || own || constant)).then_some(value.trim())
}

/// The token after `Bearer`, `Basic`, `token` or the name of a header.
fn after_header(text: &str) -> Option<&str> {
    let lower = text.get(..text.len().min(40)).unwrap_or(text).to_ascii_lowercase();
    let mut rest = text;
    for header in ["authorization:", "proxy-authorization:", "x-api-key:", "api-key:", "private-token:"] {
        if lower.starts_with(header) {
            rest = text.get(header.len()..)?.trim_start();
        }
    }
    let found_header = rest.len() != text.len();
    let (word, token) = rest.split_once(char::is_whitespace).unwrap_or(("", rest));
    let is_scheme = ["bearer", "basic", "token"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme));
    let token = token.trim();
    let one_word = token.len() >= 8 && !token.contains(char::is_whitespace);
    ((is_scheme && one_word) || (found_header && !token.is_empty())).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: Expected = Expected { document: false, url: false, known: true };
    const ANYTHING: Expected = Expected { document: false, url: false, known: false };
    const DOCUMENT: Expected = Expected { document: true, url: false, known: true };

    fn found(value: &str, expected: Expected) -> Vec<&'static str> {
        of(value, "API_KEY", expected).0.iter().map(|extra| extra.what).collect()
    }

    #[test]
    fn what_came_along_is_named_and_taken_off() {
        let cases = [
            ("abc123\n", NEWLINE, "abc123"),
            ("abc123\r\n", NEWLINE, "abc123"),
            (" abc123", SPACE, "abc123"),
            ("\"abc123\"", QUOTES, "abc123"),
            ("'abc123'", QUOTES, "abc123"),
            ("API_KEY=abc123", ASSIGNMENT, "abc123"),
            ("export FOO=abc123", ASSIGNMENT, "abc123"),
            ("OTHER_NAME=abc123", ASSIGNMENT, "abc123"),
            ("Bearer abc12345", HEADER, "abc12345"),
            ("Authorization: Bearer abc12345", HEADER, "abc12345"),
            ("x-api-key: abc123", HEADER, "abc123"),
            ("\u{feff}abc123", INVISIBLE, "abc123"),
            ("abc\u{200b}123", INVISIBLE, "abc123"),
            ("abc\u{a0}123", INVISIBLE, "abc123"),
            ("\u{201c}abc123\u{201d}", SMART_QUOTES, "abc123"),
        ];
        for (value, extra, clean) in cases {
            let (extras, cleaned) = of(value, "API_KEY", TOKEN);
            assert_eq!(extras, [extra], "{value:?}");
            assert_eq!(cleaned, clean, "{value:?}");
        }
        assert_eq!(found("\u{1b}[31mabc\u{1b}[0m", TOKEN), [ANSI.what]);
        assert_eq!(found("abc\u{7}", TOKEN), [CONTROL.what]);
        assert_eq!(found("abc%2Fdef%3D", TOKEN), [ENCODED.what]);
        assert_eq!(of("API_KEY='abc'\n", "API_KEY", TOKEN).1, "abc");
    }

    #[test]
    fn keys_lose_their_lines_in_many_ways() {
        let key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n";
        assert_eq!(found(key, DOCUMENT), [""; 0]);
        assert_eq!(found(&key.replace('\n', "\r\n"), DOCUMENT), [CRLF.what]);
        assert_eq!(of(&key.replace('\n', "\\n"), "K", DOCUMENT), (vec![ONE_LINE], key.into()));
        assert_eq!(found(&key.replace('\n', "\n  "), DOCUMENT), [INDENTED.what]);
        assert_eq!(found(&format!("'{key}'"), DOCUMENT), [QUOTES.what]);
        assert_eq!(of(&key.replace('\n', "\\n"), "K", ANYTHING).0[0].severity, Severity::Warning);
        let json = format!("{{\"private_key\": \"{}\"}}", key.replace('\n', "\\n"));
        assert_eq!(found(&json, DOCUMENT), [""; 0]);
    }

    #[test]
    fn values_that_only_look_like_it_are_left_alone() {
        for value in [
            "JBSWY3DPEHPK3PXP====",
            "ABCDEF==",
            "HOST=db;PORT=5432;PWD=x",
            "DefaultEndpointsProtocol=https;AccountName=x",
            "correct horse battery staple",
            "token ring",
            "it\u{2019}s fine",
            "postgres://u:p%40ss@host/db",
            "a=b",
        ] {
            assert_eq!(found(value, ANYTHING), [""; 0], "{value:?}");
        }
        assert_eq!(found("{\n  \"a\": 1\n}\n", ANYTHING), [""; 0]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_cleaned(value in "(?s)(\\PC|[\"'=% \u{feff}]|\r|\n|-----BEGIN |Bearer ){0,40}", document: bool, known: bool) {
            let _ = of(&value, "NAME", Expected { document, url: false, known });
        }
    }
}
