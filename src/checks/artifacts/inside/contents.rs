//! What stands in the contents of members: secrets, and folders of the machine that built them.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::rules::{BUILD_PATH, SECRET_INSIDE};
use super::sink::{Scope, Sink};
use crate::checks::secrets::detect;
use crate::checks::secrets::findings::{self, Judged};
use crate::checks::secrets::{place, text};
use crate::rule::Severity;

/// Bytes of a content that are looked at together.
const CHUNK: usize = 1 << 20;

/// Bytes that are looked at twice, so that nothing is missed where two parts meet.
const OVERLAP: usize = 8 << 10;

/// Folders in which the machines of GitHub build: below the home of their user, and on Windows on a disk of their own.
fn of_runners() -> impl Iterator<Item = String> {
    let homes = ["/home", "/Users"].into_iter().map(|homes| format!("{homes}/runner/work/"));
    homes.chain(["D:\\a\\".to_owned()])
}

/// What contents are looked through for.
pub(super) struct Contents {
    /// Folders that only the machine that built it has.
    folders: Vec<String>,
    salt: String,
}

/// What a content came to.
pub(super) struct Content {
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// Bytes.
    pub size: u64,
    /// The content itself, if it was to be kept.
    pub kept: Vec<u8>,
}

/// Ends of names of source code in which texts have quotes.
const QUOTING: [&str; 16] = [
    ".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".s", ".asm", ".rs", ".go", ".java", ".kt", ".cs", ".swift",
    ".js", ".ts",
];

fn quotes_texts(member: &str) -> bool {
    let lower = member.to_ascii_lowercase();
    QUOTING.iter().any(|end| lower.ends_with(end))
}

fn is_quoted(bytes: &[u8], start: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    before.is_some_and(|byte| b"\"'`".contains(byte))
}

impl Contents {
    /// `own` are the folders of this machine.
    pub fn new(own: impl Iterator<Item = String>, salt: &str) -> Contents {
        // A short folder such as `/src` stands in many files that were not built in it.
        let own = own.filter(|folder| folder.len() >= 12 && folder.matches(['/', '\\']).count() >= 3);
        let folders = of_runners().chain(own).collect();
        Contents { folders, salt: salt.to_owned() }
    }

    /// Reads a content to its end, and keeps the first `keep` bytes.
    pub fn read(
        &self,
        member: &str,
        content: &mut dyn Read,
        keep: usize,
        buffer: &mut Vec<u8>,
        scope: Scope<'_>,
        sink: &mut Sink,
    ) -> io::Result<Content> {
        let mut hash = Sha256::new();
        let (mut size, mut line, mut kept) = (0, 1, Vec::new());
        let (mut binary, mut told) = (false, false);
        buffer.clear();
        loop {
            let before = buffer.len();
            let read = content.take((CHUNK) as u64).read_to_end(buffer)?;
            let fresh = &buffer[before..];
            hash.update(fresh);
            size += read as u64;
            if kept.len() < keep {
                kept.extend_from_slice(&fresh[..fresh.len().min(keep - kept.len())]);
            }
            if before == 0 {
                binary = text::is_binary(buffer);
            }
            if !told && read > 0 {
                told = self.folder(member, buffer, scope, sink);
            }
            if !binary && read > 0 {
                self.secrets(member, buffer, (before, line), scope, sink);
            }
            if read < CHUNK {
                break;
            }
            let cut = buffer.len().saturating_sub(OVERLAP);
            line += memchr::memchr_iter(b'\n', &buffer[..cut]).count();
            buffer.drain(..cut);
        }
        Ok(Content { sha256: hash.finalize().into(), size, kept })
    }

    /// Tells of a folder of the machine that built the content; once a member.
    fn folder(&self, member: &str, bytes: &[u8], scope: Scope<'_>, sink: &mut Sink) -> bool {
        let finds = |folder: &&String| memchr::memmem::find(bytes, folder.as_bytes()).is_some();
        let Some(folder) = self.folders.iter().find(finds) else { return false };
        if !scope.lets_pass(&BUILD_PATH, member) {
            let help = "map the folder away: `--remap-path-prefix` of rustc, `-ffile-prefix-map` of C compilers, \
                        `-trimpath` of Go";
            let named = match of_runners().any(|known| known == *folder) {
                true => "a build folder of GitHub's runners".to_owned(),
                false => format!("the build folder `{folder}`"),
            };
            sink.push(&BUILD_PATH, format!("`{member}` names {named}"), help);
        }
        true
    }

    fn secrets(
        &self,
        member: &str,
        bytes: &[u8],
        (before, first): (usize, usize),
        scope: Scope<'_>,
        sink: &mut Sink,
    ) {
        // The metadata of Python's packages repeats the README.
        let readme = ["METADATA", "PKG-INFO"].iter().any(|last| member.ends_with(last));
        let place = if readme { place::Place::Example } else { place::Place::of(member) };
        for hit in detect::detector().scan(bytes) {
            // What lies in the part that was looked at before is told already.
            if hit.range.end <= before {
                continue;
            }
            if matches!(hit.kind, detect::Kind::Generic)
                && quotes_texts(member)
                && !is_quoted(bytes, hit.range.start)
            {
                sink.not_examined("in archives: what stands in source code without quotes, and is a name");
                continue;
            }
            let severity = match findings::judge(&hit, place) {
                Judged::Reported(severity) if severity > Severity::Note => severity,
                Judged::Reported(_) => {
                    sink.not_examined(
                        "in archives: what looks like a secret in a test, an example or documentation",
                    );
                    continue;
                }
                Judged::Counted(reason) => {
                    sink.not_examined(reason);
                    continue;
                }
            };
            if scope.lets_pass(&SECRET_INSIDE, member) {
                continue;
            }
            let line = first + memchr::memchr_iter(b'\n', &bytes[..hit.range.start]).count();
            let value = bytes.get(hit.range.clone()).unwrap_or_default();
            let what = findings::described(&hit, value);
            // The same secret keeps its fingerprint when lines move.
            let id = findings::content_id(value, &self.salt);
            let message = format!("line {line} of `{member}` holds {what} (known as {id})");
            let help = "revoke it, and build anew without it: whoever downloads the archive has it";
            sink.push_as(&SECRET_INSIDE, severity, message, help);
        }
    }
}
