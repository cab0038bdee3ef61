//! Makes foreign text harmless for each medium: terminals, Markdown, XML, URLs.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// For terminals and logs: one line, no control characters, nothing that reorders or hides text, nothing that the
/// runner takes for a command.
pub fn line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => shown.push(' '),
            c if is_deceptive(c) => drop(write!(shown, "\\u{{{:x}}}", c as u32)),
            c => shown.push(c),
        }
    }
    crate::runner::commands::break_old_commands(&shown)
}

/// Control characters, and those that reverse, hide or join what stands around them.
pub fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{061c}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// For Markdown: text stays text. Pairs of backticks stay code spans, since messages quote with them.
pub fn markdown(text: &str) -> String {
    let text = line(text);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return markdown_text(&text);
    }
    let mut result = String::with_capacity(text.len() + 16);
    for (index, part) in parts.iter().enumerate() {
        match (index % 2, part.is_empty()) {
            (0, _) => result += &markdown_text(part),
            (_, true) => result += "\\`\\`",
            (_, false) => result += &code_span(part),
        }
    }
    result
}

/// A code span, usable inside a table.
pub fn code(text: &str) -> String {
    code_span(&line(text))
}

fn code_span(text: &str) -> String {
    // A bar ends a table cell even in a code span, and readers differ in how it is escaped there. What looks like
    // HTML is kept from becoming it even where text before it pairs with our backticks.
    if text.contains(['|', '<', '>', '&']) {
        let entity =
            |c: char| if c.is_ascii_punctuation() { format!("&#{};", c as u32) } else { c.to_string() };
        return format!("<code>{}</code>", text.chars().map(entity).collect::<String>());
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn markdown_text(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '<' => result += "&lt;",
            '>' => result += "&gt;",
            '&' => result += "&amp;",
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '$' => result.extend(['\\', c]),
            // A mention or reference would be linked, and people notified.
            '@' | '#' => result.extend([c, '\u{2060}']),
            c => result.push(c),
        }
    }
    // A bare address would become a link.
    result.replace("://", ":\u{2060}//").replace("www.", "www\u{2060}.")
}

/// For XML text and attributes. Characters that XML cannot hold are replaced.
pub fn xml(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '<' => result += "&lt;",
            '>' => result += "&gt;",
            '&' => result += "&amp;",
            '"' => result += "&quot;",
            '\n' => result += "&#10;",
            c if (c.is_control() && c != '\t') || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                result.push('\u{fffd}')
            }
            c => result.push(c),
        }
    }
    result
}

const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b']')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'(')
    .add(b')')
    .add(b':')
    .add(b'@')
    .add(b'*');

/// A repository path as part of a URL or relative URI.
pub fn url_path(path: &str) -> String {
    utf8_percent_encode(path, PATH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_keep_their_code_and_lose_their_power() {
        assert_eq!(
            markdown("use `ab` <b>x</b> @me *x*"),
            "use `ab` &lt;b&gt;x&lt;/b&gt; @\u{2060}me \\*x\\*"
        );
        assert_eq!(markdown("odd ` tick <x>"), "odd \\` tick &lt;x&gt;");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("a|b"), "<code>a&#124;b</code>");
        assert_eq!(line("a\u{1b}[31m\nb\u{202e}"), "a\\u{1b}[31m\\u{a}b\\u{202e}");
        assert_eq!(line("##[error]x"), "#\u{200b}#[error]x");
    }

    #[test]
    fn xml_holds_only_what_it_can() {
        assert_eq!(xml("<a b=\"c\">\u{0}\u{1b}&\n"), "&lt;a b=&quot;c&quot;&gt;\u{fffd}\u{fffd}&amp;&#10;");
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_out_of_a_table_cell(text in "(?s)(\\PC|\n|\\||`|<|\\\\){0,40}") {
            let cell = markdown(&text);
            assert!(!cell.contains('\n'));
            let mut escaped = false;
            for c in cell.chars() {
                assert!(c != '|' || escaped, "{cell:?}");
                escaped = c == '\\' && !escaped;
            }
        }
    }
}
