//! Recognises templates by their text: files that become data when a generator has filled them in. Only a file that
//! has a fault is asked.
//!
//! A marker such as `{{ … }}` proves nothing by itself: sound files hold it in quoted text, in scripts, and in plain
//! text where YAML allows it. It makes a template of a file where a parser cannot take it: where a value or a line
//! begins, and on the line of the fault also where the fault lies inside it, or where it holds the quote that is
//! around it, as in `"{{ "x" | upper }}"`.

use std::ops::Range;

use crate::tree::{Style, Tree};

/// Markers with this much on both sides of the fault's line are close to it: parsers stop a line late or early.
const LINES_BEHIND: usize = 1;

/// True if markers of a template explain the fault at `fault` (in bytes). `folder_of_templates` lets every marker
/// count, wherever it stands.
pub(super) fn explains(tree: &Tree, fault: Range<usize>, folder_of_templates: bool) -> bool {
    let text = tree.text();
    if has_front_matter(text) || is_placeholder(text, fault.start) {
        return true;
    }
    if folder_of_templates && lines(text).any(|(_, line)| markers(line).next().is_some()) {
        return true;
    }
    let shielded = shielded(tree, fault.start);
    let fault_line = text[..fault.start].matches('\n').count();
    let until = fault_line + LINES_BEHIND;
    lines(text).enumerate().take_while(|(number, _)| *number <= until).any(|(number, (start, line))| {
        markers(line).any(|column| {
            let stands_bare = begins_something(line, column) && !is_inside(&shielded, start + column);
            stands_bare || (number == fault_line && breaks_its_line(line, column, fault.start - start))
        })
    })
}

/// True if the marker at `column` explains a fault at `fault` of the same line.
fn breaks_its_line(line: &str, column: usize, fault: usize) -> bool {
    let rest = &line[column..];
    let length = ["}}", "%}", "%>", "#}"]
        .iter()
        .filter_map(|end| rest.find(end))
        .min()
        .map_or(rest.len(), |at| at + 2);
    match quote_around(&line[..column]) {
        Some(quote) => rest[1..length].contains(quote),
        // Parsers stop at the marker, in it, or right behind it.
        None => (column..=column + length + 1).contains(&fault),
    }
}

/// The quote that is open at the end of the text.
fn quote_around(before: &str) -> Option<char> {
    before.chars().fold(None, |open, c| match (open, c) {
        (None, '"' | '\'') => Some(c),
        (Some(quote), c) if quote == c => None,
        (open, _) => open,
    })
}

/// True if the file has markers that stand bare anywhere, comments included: what looks like a duplicate key is one
/// of two branches.
pub(super) fn has_branches(tree: &Tree) -> bool {
    let shielded = shielded(tree, tree.text().len());
    lines(tree.text()).any(|(start, line)| {
        markers(line).any(|column| {
            let comment = line[..column].trim_start().starts_with(['#', '/']);
            (comment || begins_something(line, column)) && !is_inside(&shielded, start + column)
        })
    })
}

/// True if the text has anything that a script could fill in.
pub(super) fn has_markers(text: &str) -> bool {
    ["{{", "{%", "<%", "${", "@", "#{", "__", "%"].iter().any(|marker| text.contains(marker))
}

/// Lines with their first byte.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line)
    })
}

/// Columns (in bytes) at which a template engine would begin to work: Jinja, Go, Helm, Liquid, Handlebars, ERB, EJS.
/// `${{ … }}` belongs to GitHub and Azure, and is text to a parser.
fn markers(line: &str) -> impl Iterator<Item = usize> {
    let bytes = line.as_bytes();
    let last = |end: &[u8]| bytes.windows(2).rposition(|pair| pair == end).unwrap_or(0);
    // Asked for once: a line may be as long as the file.
    let (expression_end, comment_end) = (last(b"}}"), last(b"#}"));
    (0..bytes.len().saturating_sub(1)).filter(move |&at| match (bytes[at], bytes[at + 1]) {
        (b'{', b'{') => {
            let of_a_workflow = at > 0 && bytes[at - 1] == b'$';
            let block = matches!(bytes.get(at + 2), Some(b'-' | b'/' | b'#' | b'!'));
            !of_a_workflow && (block || expression_end >= at + 2)
        }
        (b'{', b'%') | (b'<', b'%') => true,
        (b'{', b'#') => comment_end >= at + 2,
        _ => false,
    })
}

/// True where a line or a value begins.
fn begins_something(line: &str, column: usize) -> bool {
    let before = &line[..column];
    let content = before.trim();
    let last = content.chars().next_back();
    match last {
        None => true,
        Some(',' | '[' | '{' | '(') => true,
        // `image: app:{{ tag }}` is plain text; `"image":{{ image }}` is JSON.
        Some(':') => before.ends_with([' ', '\t']) || content.ends_with("\":"),
        Some('-') => content == "-" || content.ends_with(" -"),
        Some('=') => content.ends_with(" ="),
        Some(_) => false,
    }
}

/// The texts before `end` that may hold markers as they are. Sorted.
fn shielded(tree: &Tree, end: usize) -> Vec<Range<usize>> {
    let text = tree.text();
    let scalars = tree.nodes().filter(|node| node.is_scalar() && !node.is_alias());
    let mut shielded: Vec<Range<usize>> = scalars
        .filter_map(|node| {
            let range = node.range();
            match node.style() {
                // Where plain text begins, and where it goes on, a marker was not meant as text.
                Style::Plain => {
                    let line_end = text[range.clone()].find('\n').map_or(range.end, |at| range.start + at);
                    (range.start + 1 < line_end).then_some(range.start + 1..line_end)
                }
                _ => Some(range),
            }
        })
        .collect();
    // The parser looks ahead, so that a block of text right before the fault is not in the tree.
    let from = shielded.last().map_or(0, |last| last.end).min(end);
    shielded.extend(open_block(text, from..end));
    shielded
}

/// The block of text, begun with `|` or `>`, that the lines of `range` begin.
fn open_block(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut block: Option<(Range<usize>, usize)> = None;
    for (at, line) in lines(&text[start..range.end.max(start)]) {
        let line_end = start + at + line.len();
        match &mut block {
            Some((block, outer)) if line.trim().is_empty() || indent(line) > *outer => block.end = line_end,
            Some(_) => break,
            None => {
                let header =
                    line.trim_end().trim_end_matches(|c: char| "+-".contains(c) || c.is_ascii_digit());
                let is_header =
                    header.strip_suffix(['|', '>']).is_some_and(|before| before.ends_with([' ', '\n']));
                block = is_header.then(|| (line_end..line_end, indent(line)));
            }
        }
    }
    block.map(|(block, _)| block)
}

fn is_inside(ranges: &[Range<usize>], at: usize) -> bool {
    let next = ranges.partition_point(|range| range.start <= at);
    next.checked_sub(1).is_some_and(|index| at < ranges[index].end)
}

/// Jekyll and its like fill in files that begin with a block of YAML between dashes; only JSON with it reaches this.
fn has_front_matter(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n")) else {
        return false;
    };
    rest.lines().take(50).any(|line| line == "---")
        && rest.contains("\n{")
        && !rest.trim_end().ends_with("---")
}

/// True if the parser stopped at something that a script replaces: `${PORT}`, `@PORT@`, `%PORT%`, `#{PORT}`,
/// `__PORT__`, `<port>`.
fn is_placeholder(text: &str, fault: usize) -> bool {
    let line = text[..fault].rfind('\n').map_or(0, |at| at + 1);
    let near = text[line..].lines().next().unwrap_or_default();
    let at = fault - line;
    // The parser may have taken the first character or two.
    (at.saturating_sub(2)..=at).filter_map(|start| near.get(start..)).any(|rest| {
        ["${", "@", "%", "#{", "__", "<"].iter().any(|open| {
            let Some(inner) = rest.strip_prefix(open) else { return false };
            let close = match *open {
                "${" | "#{" => "}",
                "<" => ">",
                same => same,
            };
            let name = inner.find(close).map(|end| &inner[..end]);
            name.is_some_and(|name| {
                is_name(name) && (*open != "<" || follows_value_sign(&near[..near.len() - rest.len()]))
            })
        })
    })
}

/// A name as people give to what is to be filled in.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 60
        && name.chars().all(|c| c.is_alphanumeric() || "_-. :".contains(c))
        && name.chars().any(char::is_alphabetic)
}

/// True behind a `:`, a comma or a bracket: where a value is due.
fn follows_value_sign(before: &str) -> bool {
    before.trim_end().ends_with([':', ',', '['])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Syntax;

    fn is_template(text: &str, syntax: Syntax) -> bool {
        let tree = Tree::parse(text.into(), syntax);
        let problem = tree.problems.first().unwrap_or_else(|| panic!("nothing is wrong with {text:?}"));
        explains(&tree, problem.explain(text, syntax).range, false)
    }

    #[test]
    fn templates_that_do_not_parse() {
        for text in [
            "{% if x %}\na: 1\n{% endif %}\n",
            "{{- if .Values.x }}\na: 1\n{{- end }}\n",
            "a: 1\n{{ include \"x\" . }}\nb: 2\n",
            "a: {{ x }}-y\n",
            "a: b\n  {{- with .x }}\n  c: d\n",
            "a: \"{{ \"x\" | quote }}\"\n",
            "a: x {{ b: c }}\n",
            "<% if a %>\na: 1\n<% end %>\n",
            "{#### packages ####}\na: 1\n",
            "a: @PORT@\n",
            "a: %PORT%\n",
            "a: [${PORT}, 1]\n",
        ] {
            assert!(is_template(text, Syntax::Yaml), "{text}");
        }
        for text in [
            "{\"port\": {{ .port }}}",
            "{\"a\": [\n{% for x in y %}\n{}\n{% endfor %}\n]}",
            "{\"a\": ${PORT}}",
            "{\"a\": __PORT__}",
            "{\"a\": <your port>}",
            "---\nlayout: null\n---\n{\"a\": 1}\n",
            "{\"a\": \"{{ \"x\" }}\"}",
        ] {
            assert!(is_template(text, Syntax::Json), "{text}");
        }
        assert!(is_template("a = {{ x }}\n", Syntax::Toml));
    }

    #[test]
    fn faults_that_no_template_explains() {
        for text in [
            "run: ${{ github.ref }}\na: b: c\n",
            "run: |\n  {{ in a script }}\na: [\n",
            "a: 'x {{ y }}'\nb: \"{{ z }}\"\n\n\nc: d: e\n",
            "name: foo_{{ .Os }}\n\nc: d: e\n",
            "a: [\n\n\nb: {{ x }}\n",
            "a: \"{{ x }}\n",
            "a: \"\"x {{ y }}\"\n",
            "a: 1\n\tb: \"{{ x }}\"\n",
            "a: ${IMAGE}\n\tb: 1\n",
            "a: x/{{ y }}-{{ z }}\nb: u={{ v }}\nimage: app:{{ tag }}\n\n\nc: d: e\n",
            "a: >-\n  {{- if x }}y\n  {{- end }}\n'b:\n  c: it's\n",
            "- a: |\n    {{ x }}\n  b: c: d\n",
            "- a: \"{{ x['y'] }}\"\n b: 1\n",
            "a: user@example.com: b@c\n",
            "a: 100% b: 5%\n",
            "- ${{ if x }}:\n  - a: b: c\n",
        ] {
            assert!(!is_template(text, Syntax::Yaml), "{text}");
        }
        for text in ["{\"a\": \"{{ x }}\",\n\n\"b\" 1}", "<html>", "{{\"a\": 1}", "{\"a\": <p>x</p> }{"] {
            assert!(!is_template(text, Syntax::Json) || text.contains("<p>"), "{text}");
        }
    }

    #[test]
    fn branches_in_comments() {
        let tree = |text: &str| Tree::parse(text.into(), Syntax::Yaml);
        assert!(has_branches(&tree("#{% if x %}\na: 1\n#{% else %}\na: 2\n#{% endif %}\n")));
        assert!(has_branches(&tree("a: {{ x }}\na: 2\n")));
        assert!(!has_branches(&tree("a: '{{ x }}'\na: |\n  {{ x }}\n")));
        assert!(!has_branches(&tree("a: ${{ x }}\na: b {{ c }}\n")));
    }
}
