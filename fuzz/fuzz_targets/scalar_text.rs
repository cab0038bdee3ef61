//! Where a part of a scalar's value is written in the file. Four bytes say which part; the rest is YAML.
#![no_main]

use ci_guard::checkout::Source;
use ci_guard::tree::{Node, Style, Syntax};
use ci_guard::workflow::scalar_text::source_range;
use ci_guard_fuzz::inside;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, u16, &str)| {
    let (from, to, text) = input;
    let source = Source::new("x.yml", text.to_owned());
    for node in source.tree(Syntax::Yaml).nodes().filter(Node::is_scalar).take(200) {
        let length = node.text().map_or(0, str::len);
        // Parts of the value, and now and then one that lies beyond it.
        let (from, to) = (usize::from(from) % (length + 2), usize::from(to) % (length + 2));
        let part = from.min(to)..from.max(to);
        let place = source_range(&source, node, part.clone());
        inside(text, &place);
        let whole = node.range();
        assert!(whole.start <= place.start && place.end <= whole.end, "{place:?} of {whole:?}");
        let _ = source.span(place.clone());
        if let Some(wanted) = as_written(&source, node).and_then(|value| value.get(part)) {
            assert_eq!(&text[place], wanted);
        }
    }
});

/// The value, where it is written as it is: on one line, without quotes, escapes or folding.
fn as_written<'t>(source: &'t Source, node: Node<'t>) -> Option<&'t str> {
    let plain = node.style() == Style::Plain && !node.is_alias();
    let written = &source.text()[node.range()];
    node.text().filter(|value| plain && *value == written)
}
