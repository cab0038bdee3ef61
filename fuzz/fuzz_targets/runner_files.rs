//! Step outputs: the runner reads back exactly what was meant, whatever stands in the file already. Fields: what
//! stands there, then keys and values in turn.
#![no_main]

use std::sync::OnceLock;

use ci_guard::runner::files::append_outputs;
use ci_guard_fuzz::folder::Folder;
use ci_guard_fuzz::{SEPARATOR, runner};
use libfuzzer_sys::fuzz_target;

static FOLDER: OnceLock<Folder> = OnceLock::new();

fuzz_target!(|text: &str| {
    let mut fields = text.split(SEPARATOR).map(str::to_owned);
    let earlier = fields.next().unwrap_or_default();
    let mut outputs = Vec::new();
    while let (Some(key), Some(value)) = (fields.next(), fields.next()) {
        outputs.push((key, value));
    }
    let folder = FOLDER.get_or_init(|| Folder::new("outputs"));
    let file = folder.write("output", earlier.as_bytes());
    let written = append_outputs(&file, &outputs);
    let now = std::fs::read_to_string(&file).expect("text remains text");
    assert!(now.starts_with(&earlier), "what stood there stays");
    if written.is_err() {
        assert_eq!(now, earlier, "what is refused changes nothing");
        assert!(outputs.iter().any(|(key, _)| !is_name(key)), "only names are refused: {written:?}");
        return;
    }
    // A file that is broken already, say by an open heredoc, is not ours to mend.
    if let Ok(before) = runner::pairs(&earlier) {
        let all: Vec<_> = before.into_iter().chain(outputs).collect();
        assert_eq!(runner::pairs(&now), Ok(all));
    }
});

/// Names that the runner can read. Others may be refused.
fn is_name(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}
