//! What a mix.exs asks for, as far as it is written out.

use std::borrow::Cow;
use std::ops::Range;

use super::parts;

/// Something that mix.exs asks for.
pub struct Asked<'m> {
    /// The name.
    pub name: &'m str,
    /// The requirement, if one is written.
    pub requirement: Option<&'m str>,
    /// The folder that it is taken from.
    pub path: Option<&'m str>,
    /// In a folder of this repository: not in the lockfile.
    pub beside: bool,
    /// Where.
    pub place: Range<usize>,
}

/// The literal tuples of the function `deps`, and whether there is nothing else in it.
pub fn asked(text: &str) -> (Vec<Asked<'_>>, bool) {
    let Some(head) = ["defp deps do", "def deps do", "defp deps() do", "def deps() do"]
        .iter()
        .find_map(|head| text.find(head))
    else {
        return (Vec::new(), !text.contains("deps:"));
    };
    let indent = text[..head].rfind('\n').map_or(0, |line| head - line - 1);
    let end = format!("\n{}end", " ".repeat(indent));
    let body_end = text[head..].find(&end).map_or(text.len(), |at| head + at);
    let body = &text[head..body_end];
    let mut result = Vec::new();
    let (mut at, mut rest_of_code) = (0, String::new());
    while let Some(c) = body[at..].chars().next() {
        let rest = &body[at..];
        match c {
            '#' => at += rest.find('\n').unwrap_or(rest.len()),
            '"' => at += 1 + rest[1..].find('"').map_or(rest.len() - 1, |end| end + 1),
            '{' if rest.starts_with("{:") => {
                let length = tuple(rest);
                let inner = &rest[2..length - usize::from(rest[..length].ends_with('}'))];
                result.push(one(inner, head + at..head + at + length));
                at += length;
            }
            c => {
                rest_of_code.push(c);
                at += c.len_utf8();
            }
        }
    }
    // Anything but a list of tuples may decide which of them count.
    const COMPUTED: [&str; 8] = ["++", " if ", "\nif ", "Enum.", "case ", "unless ", "cond ", "for "];
    (result, !COMPUTED.iter().any(|word| rest_of_code.contains(word)))
}

/// All repositories that a manifest names, in whatever function.
pub fn repositories(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    code.flat_map(|line| {
        let on_github = options(line, "github:").filter_map(quoted).map(|name| format!("github:{name}"));
        options(line, "git:").filter_map(quoted).map(Cow::Borrowed).chain(on_github.map(Cow::Owned))
    })
}

/// The length of a tuple with its braces.
fn tuple(text: &str) -> usize {
    let (mut depth, mut quoted) = (0_usize, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

fn one(inner: &str, place: Range<usize>) -> Asked<'_> {
    let name_end = inner.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(inner.len());
    let parts = parts(inner);
    let requirement = parts.get(1).and_then(|part| part.strip_prefix('"')?.strip_suffix('"'));
    let path = option(inner, "path:");
    let beside = path.or_else(|| option(inner, "in_umbrella:")).is_some();
    Asked { name: &inner[..name_end], requirement, path: path.and_then(quoted), beside, place }
}

/// What stands behind the name of an option, each time.
fn options<'m>(text: &'m str, name: &'static str) -> impl Iterator<Item = &'m str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let found = text.match_indices(name).filter(move |(at, _)| !text[..*at].ends_with(is_word));
    found.map(move |(at, _)| text[at + name.len()..].trim_start())
}

/// What stands behind the name of an option first.
pub fn option<'m>(text: &'m str, name: &'static str) -> Option<&'m str> {
    options(text, name).next()
}

/// The text in quotes that this begins with.
pub fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.split('"').next()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::super::model::comparable_url;
    use super::*;

    #[test]
    fn what_is_asked_for_is_read() {
        let text = "defmodule A do\n  defp deps do\n    # for example\n    [\n      {:jason, \"~> 1.4\"}, # x\n      {:b, in_umbrella: true},\n      {:c, git: \"https://x.example/c.git\", tag: \"1\"},\n      {:d,\n       github: \"o/d\",\n       app: false},\n      {:e, path: \"../e\"}\n    ]\n  end\nend\n";
        let (all, complete) = asked(text);
        assert!(complete && !asked(&text.replace("    ]", "    ] ++ more()")).1);
        assert_eq!(all.len(), 5);
        assert_eq!(all[0].requirement, Some("~> 1.4"));
        assert!(all[1].beside);
        let urls: Vec<String> = repositories(text).map(|url| comparable_url(&url)).collect();
        assert_eq!(urls, ["x.example/c", "github.com/o/d"]);
        let one_line =
            repositories("[{:a, git: \"https://x.example/a\"}, {:b, git: \"https://x.example/b\"}]");
        assert_eq!(one_line.count(), 2);
        assert_eq!((all[4].path, all[4].beside), (Some("../e"), true));
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "(defp deps do\n|\\{:|\"a\":|hex|[{}\\[\\],\" é:\n]){0,16}") {
            for one in asked(&text).0 {
                let _ = &text[one.place];
            }
        }
    }
}
