//! Workflow commands: the runner reads back what was meant, and foreign text never becomes a command. Fields: title,
//! file, message.
#![no_main]

use ci_guard::location::Span;
use ci_guard::runner::commands::{Annotation, Level, MAX_MESSAGE, guarded};
use ci_guard::runner::masks::Masks;
use ci_guard_fuzz::{fields, runner};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let [title, file, message] = fields(text);
    annotation(title, file, message);
    let mut masks = Masks::default();
    let added = masks.add(text);
    for mask in masks.commands() {
        let lines: Vec<&str> = mask.split(['\n', '\r']).collect();
        let [line] = lines[..] else { panic!("a mask is one line: {lines:?}") };
        let read = runner::command(line).expect("a command");
        assert_eq!((read.name.as_str(), &read.properties[..]), ("add-mask", &[][..]));
        assert!(!read.data.trim().is_empty());
    }
    if added {
        let mut read = masks.commands().filter_map(|mask| runner::command(&mask));
        assert!(read.any(|mask| text.contains(&mask.data)), "a line of the secret itself is masked");
    }
    let log = guarded(text).expect("random bytes");
    assert_eq!(runner::commands_in(&log), [""; 0]);
});

fn annotation(title: &str, file: &str, message: &str) {
    let span = Span { line: 3, column: 2, end_line: 3, end_column: 9 };
    let annotation = Annotation {
        level: Level::Warning,
        title: title.to_owned(),
        message: message.to_owned(),
        file: Some(file.to_owned()),
        span: Some(span),
    };
    let line = annotation.to_string();
    assert!(!line.contains(['\n', '\r']));
    let read = runner::command(&line).expect("a command");
    assert_eq!(read.name, "warning");
    let property = |name: &str| {
        let mut values =
            read.properties.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "no text adds a property");
        value
    };
    assert_eq!(read.properties.len(), 6);
    assert_eq!(property("title"), Some(title));
    assert_eq!(property("file"), Some(file));
    assert_eq!((property("line"), property("endColumn")), (Some("3"), Some("9")));
    // The runner shows the message again, on a line of its own.
    assert!(!read.data.contains("##["));
    assert!(read.data.encode_utf16().count() <= MAX_MESSAGE);
    let kept = read.data.strip_suffix('…').unwrap_or(&read.data);
    assert!(message.replace("##[", "#\u{200b}#[").starts_with(kept));
}
