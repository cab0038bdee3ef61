//! The history of runs: whatever stands in the file, it is read whole or the first line that is wrong is told, and a
//! line that is added to a sound history keeps it sound.
#![no_main]

use ci_guard::history::History;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let lines = text.split_inclusive('\n').count();
    let history = match History::parse(text) {
        Ok(history) => history,
        Err(broken) => return assert!((1..=lines).contains(&(broken.line as usize)) && !broken.why.is_empty()),
    };
    assert_eq!(history.lines.len(), lines);
    // Every beginning of a history is one, and what is cut off within a line is none.
    let Some(last) = history.lines.last() else { return };
    let whole = text.trim_end_matches(['\n', '\r']);
    assert!(History::parse(whole).is_err());
    let start = whole.rfind('\n').map_or(0, |end| end + 1);
    let before = History::parse(&text[..start]).expect("a beginning");
    assert_eq!(before.previous(), last.previous);
    let mut next = last.clone();
    next.previous = history.previous();
    next.run.push('x');
    let next = serde_json::to_string(&next).expect("a line");
    assert_eq!(History::parse(&format!("{text}{next}\n")).map(|history| history.lines.len()), Ok(lines + 1));
});
