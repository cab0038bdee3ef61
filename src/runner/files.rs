//! The runner's files: step outputs and the step summary.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::commands::random_word;

/// The runner drops a summary that is larger than this, in bytes (`AttachmentSizeLimit`).
pub const MAX_SUMMARY: u64 = 1024 * 1024;

/// The runner splits its files at LF; on Windows it also takes CRLF, which its own tools write there.
const LINE_END: &str = if cfg!(windows) { "\r\n" } else { "\n" };

/// Appends outputs to the file of `GITHUB_OUTPUT`, each as a heredoc whose delimiter nobody can guess, so that
/// no value can end early and set another output.
pub fn append_outputs(path: &Path, outputs: &[(String, String)]) -> Result<()> {
    let mut text = String::new();
    for (key, value) in outputs {
        text += &heredoc(key, value)?;
    }
    append(path, &text)
}

/// Appends Markdown to the file of `GITHUB_STEP_SUMMARY`.
pub fn append_summary(path: &Path, markdown: &str) -> Result<()> {
    append(path, markdown)
}

/// Bytes that may still be added to the summary of this step.
pub fn summary_room(path: &Path) -> u64 {
    let used = std::fs::metadata(path).map(|meta| meta.len()).unwrap_or(0);
    MAX_SUMMARY.saturating_sub(used)
}

/// `key<<delimiter`, the value's lines, `delimiter`.
fn heredoc(key: &str, value: &str) -> Result<String> {
    check_key(key)?;
    let delimiter = random_word()?;
    ensure!(!value.contains(&delimiter), "the value of output `{key}` contains its delimiter");
    Ok(format!("{key}<<{delimiter}{LINE_END}{value}{LINE_END}{delimiter}{LINE_END}"))
}

/// A key that the runner would read as something else is refused.
fn check_key(key: &str) -> Result<()> {
    // A `<` at the end would come before the one of `<<`, which is read first.
    let arrows = key.contains("<<") || key.ends_with('<');
    let bad = key.is_empty() || key.contains(['\n', '\r', '=', '\u{feff}']) || arrows;
    if bad || key.trim() != key {
        bail!("{key:?} cannot be the name of an output");
    }
    Ok(())
}

fn append(path: &Path, text: &str) -> Result<()> {
    let shown = path.display();
    let meta = std::fs::metadata(path).with_context(|| format!("cannot find {shown}"))?;
    ensure!(meta.is_file(), "{shown} is not a file");
    let mut file = OpenOptions::new()
        .append(true)
        .read(true)
        .open(path)
        .with_context(|| format!("cannot write {shown}"))?;
    let before = ends_mid_line(&mut file).with_context(|| format!("cannot read {shown}"))?;
    let whole = format!("{}{text}", if before { LINE_END } else { "" });
    file.write_all(whole.as_bytes()).with_context(|| format!("cannot write {shown}"))?;
    file.sync_data().or_else(ignore_unsupported).with_context(|| format!("cannot write {shown}"))
}

/// True if the file's last line has no end, so that ours would become part of it. What stands there already
/// must be text: the runner reads the whole file as UTF-8.
fn ends_mid_line(file: &mut std::fs::File) -> Result<bool> {
    use std::io::Read;
    let mut text = Vec::new();
    file.take(MAX_SUMMARY * 2).read_to_end(&mut text)?;
    ensure!(std::str::from_utf8(&text).is_ok(), "it is not UTF-8");
    Ok(text.last().is_some_and(|&byte| byte != b'\n'))
}

/// Some file systems cannot sync; the bytes were accepted all the same.
fn ignore_unsupported(error: std::io::Error) -> std::io::Result<()> {
    match error.kind() {
        std::io::ErrorKind::Unsupported | std::io::ErrorKind::InvalidInput => Ok(()),
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The runner's reader of key-value files (`EnvFileKeyValuePairs`): split at LF, CRLF on Windows only,
    /// `key=value` unless `<<` comes first.
    pub(crate) fn read_as_runner(text: &str) -> Result<Vec<(String, String)>, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.split_inclusive('\n').map(|line| {
            let body = line.strip_suffix('\n');
            let ended = body.is_some();
            let body = body.unwrap_or(line);
            (if cfg!(windows) { body.strip_suffix('\r').unwrap_or(body) } else { body }, ended)
        });
        let mut pairs = Vec::new();
        while let Some((line, _)) = lines.next() {
            if line.is_empty() {
                continue;
            }
            match (line.find('='), line.find("<<")) {
                (Some(equals), heredoc) if heredoc.is_none_or(|at| equals < at) => {
                    pairs.push((line[..equals].to_owned(), line[equals + 1..].to_owned()));
                }
                (_, Some(at)) => {
                    let (key, delimiter) = (&line[..at], &line[at + 2..]);
                    if key.is_empty() || delimiter.is_empty() {
                        return Err("empty key or delimiter".into());
                    }
                    let mut value: Vec<&str> = Vec::new();
                    loop {
                        match lines.next() {
                            Some((line, _)) if line == delimiter => break,
                            Some((line, true)) => value.push(line),
                            _ => return Err("no delimiter".into()),
                        }
                    }
                    pairs.push((key.to_owned(), value.join("\n")));
                }
                _ => return Err(format!("invalid line {line:?}")),
            }
        }
        Ok(pairs)
    }

    fn file(content: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output");
        std::fs::write(&path, content).unwrap();
        (folder, path)
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_stood_there_stays_and_does_not_swallow_ours() {
        let (_folder, path) = file(b"earlier=1");
        append_outputs(&path, &owned(&[("a", "x\ny")])).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(read_as_runner(&text).unwrap(), owned(&[("earlier", "1"), ("a", "x\ny")]));
    }

    #[test]
    fn bad_keys_are_refused() {
        for key in ["", "a=b", "a<<b", "a<", "a\nb", " a", "a\r"] {
            assert!(heredoc(key, "v").is_err(), "{key:?}");
        }
    }

    #[test]
    fn a_file_that_cannot_take_outputs_is_an_error_that_names_it() {
        let (folder, path) = file(b"\xff\xfe");
        let outputs = owned(&[("a", "b")]);
        let error = format!("{:#}", append_outputs(&path, &outputs).unwrap_err());
        assert!(error.contains("output") && error.contains("UTF-8"), "{error}");
        let error = format!("{:#}", append_outputs(&folder.path().join("none"), &outputs).unwrap_err());
        assert!(error.contains("none"), "{error}");
        let error = format!("{:#}", append_outputs(folder.path(), &outputs).unwrap_err());
        assert!(error.contains("not a file"), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn the_runner_reads_back_exactly_what_was_meant(
            pairs in proptest::collection::vec(("[a-zA-Z_][a-zA-Z0-9_-]{0,20}", "(?s)(\\PC|\n|\r|=|<<|ci-guard-|EOF){0,80}"), 1..6),
            earlier in proptest::option::of("[a-z]{1,5}=[a-z]{0,5}"),
        ) {
            let (_folder, path) = file(earlier.clone().unwrap_or_default().as_bytes());
            append_outputs(&path, &pairs).unwrap();
            let read = read_as_runner(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let skip = usize::from(earlier.is_some());
            assert_eq!(&read[skip..], &pairs[..]);
        }
    }
}
