//! The parser's words for what is wrong with YAML, in words that say what to do.

/// A message and, where one is known, the mend.
pub fn yaml_advice(message: &str) -> (String, Option<String>) {
    let lower = message.to_lowercase();
    let has = |part: &str| lower.contains(part);
    let (words, help) = match () {
        () if has("tab") => ("a tab stands where only spaces may", "indent with spaces"),
        () if has("mapping values are not allowed") || has("placement of ':'") => (
            "a `:` with a space behind it makes a mapping, and none may begin here",
            "quote the text that holds the `:`, or check the indentation of this line and the one above",
        ),
        () if has("simple key") => (
            "a key without its `:`, or text that belongs to the line above",
            "add the `:`, or indent the text below its key",
        ),
        () if has("quoted") && (has("unclosed") || has("end of") || has("eof")) => {
            ("a quote is opened and never closed", "close it")
        }
        () if has("indentation") => ("the indentation fits no level above", "align it with the lines above"),
        () if has("unclosed") || has("flow") && has("expected") => {
            ("a bracket is opened and not closed, or a `,` is missing", "close it, or quote the text")
        }
        _ => return (message.to_owned(), None),
    };
    (words.to_owned(), Some(help.to_owned()))
}
