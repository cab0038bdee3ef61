//! What common commands do with text: pass it on, take the harm out of it, run it, or bring it in.

use super::{Kind, Origin, Taint, Writer, sources};
use crate::checks::integrity::reach::Events;
use crate::workflow::shell_words::{Command, Word};
use crate::workflow::wrappers::{self, base_name};

/// What of its surroundings a command prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passes {
    /// Nothing that outsiders write, or nothing that is known.
    Nothing,
    /// What it reads.
    Input,
    /// What it reads, and the files that are named.
    InputAndFiles,
    /// Its arguments.
    Arguments,
}

/// What of its surroundings a command prints.
pub fn passes(command: &Command) -> Passes {
    let Some(name) = command.program() else { return Passes::Nothing };
    let has = |text: &str| command.words.iter().any(|word| word.text().contains(text));
    let option = |short: char| {
        command.words.iter().any(|word| {
            let text = word.text();
            text.starts_with('-') && !text.starts_with("--") && text.contains(short)
        })
    };
    match name {
        "echo" => Passes::Arguments,
        "printf" if has("%q") || has("%d") => Passes::Nothing,
        "printf" => Passes::Arguments,
        // Only the characters that are named are left.
        "tr" if option('d') && option('c') => Passes::Nothing,
        "sed" | "perl" if has("[^") => Passes::Nothing,
        "jq" if has("@sh") || has("@uri") || has("@base64") || has("length") => Passes::Nothing,
        "base64" if !option('d') && !has("--decode") => Passes::Nothing,
        "grep" | "egrep" if option('q') || option('c') || option('o') => Passes::Nothing,
        "cat" | "head" | "tail" | "tac" | "sed" | "awk" | "gawk" | "cut" | "grep" | "egrep" | "fgrep"
        | "sort" | "uniq" | "jq" | "yq" | "paste" | "fold" | "column" | "base64" => Passes::InputAndFiles,
        "tr" | "tee" | "xargs" | "rev" | "fmt" | "envsubst" | "iconv" | "perl" | "read" => Passes::Input,
        "basename" | "dirname" | "expr" | "realpath" => Passes::Arguments,
        _ => Passes::Nothing,
    }
}

/// True if no more than one word comes out of the command for each line: `awk '{print $2}'`, `cut -d' ' -f1`.
pub fn takes_a_word(command: &Command) -> bool {
    let words = || command.words.iter().skip(1).map(Word::text);
    match command.name() {
        Some("awk" | "gawk") => words().any(|word| {
            let field =
                word.trim().strip_prefix("{print $").or_else(|| word.trim().strip_prefix("{ print $"));
            field.is_some_and(|rest| {
                rest.trim_end_matches(['}', ';', ' ']).bytes().all(|byte| byte.is_ascii_digit())
            })
        }),
        Some("cut") => {
            words().any(|word| word == "-d " || word == " ") && !words().any(|word| word.contains(','))
        }
        _ => false,
    }
}

/// True if every line that comes out begins with what the script says: `grep '^Signed-off-by:'`.
pub fn begins_lines(command: &Command) -> bool {
    let begins = |word: &Word| {
        let text = word.text();
        let start = text.strip_prefix('^').unwrap_or_default();
        start.chars().take_while(|c| c.is_ascii_alphanumeric()).count() > 2
    };
    matches!(command.name(), Some("grep" | "egrep")) && command.words.iter().any(begins)
}

/// What a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// What it reads.
    Input,
    /// One of its words.
    Argument(usize),
    /// Its words from this one on.
    Arguments(usize),
}

/// What a command runs as code, and the command as a reader knows it.
pub fn runs(command: &Command) -> Option<(String, Runs)> {
    const SHELLS: [&str; 7] = ["bash", "sh", "zsh", "dash", "ksh", "pwsh", "powershell"];
    const INTERPRETERS: [(&str, &str); 7] = [
        ("python", "-c"),
        ("python3", "-c"),
        ("node", "-e"),
        ("perl", "-e"),
        ("ruby", "-e"),
        ("php", "-r"),
        ("deno", "eval"),
    ];
    let literal = |index: usize| command.words.get(index).and_then(Word::literal).unwrap_or_default();
    let start = command.behind(&[wrappers::Kind::Starter]);
    let name = command.words.get(start)?.literal().map(base_name)?;
    if name == "eval" {
        return Some(("eval".to_owned(), Runs::Arguments(start + 1)));
    }
    for index in 0..command.words.len() {
        let program = base_name(literal(index));
        let flag = literal(index + 1);
        // `-c`, `-lc`, `-exc`
        let script = SHELLS.contains(&program)
            && flag.starts_with('-')
            && !flag.starts_with("--")
            && (flag.ends_with('c') || flag.eq_ignore_ascii_case("-command"));
        if script || INTERPRETERS.contains(&(program, flag)) {
            // Only the script itself is code; what follows it are its arguments.
            return Some((format!("{program} {flag}"), Runs::Argument(index + 2)));
        }
    }
    let alone = command.words.len() == start + 1 || matches!(literal(start + 1), "-s" | "-");
    if SHELLS.contains(&name) && alone && (!command.piped_from.is_empty() || !command.here.is_empty()) {
        return Some((name.to_owned(), Runs::Input));
    }
    if name == "ssh" && command.words.len() > start + 2 {
        return Some(("ssh".to_owned(), Runs::Arguments(start + 2)));
    }
    None
}

/// What a command brings in by itself: the event's file, GitHub's answers, messages of commits.
pub fn source(command: &Command, input: &Option<Taint>) -> Option<Taint> {
    let literal = |index: usize| command.words.get(index).and_then(Word::literal).unwrap_or_default();
    match (command.name()?, literal(1)) {
        ("jq" | "yq", _) => {
            let whole = |taint: &Taint| taint.origins.iter().any(|origin| origin.name == "github.event");
            let reads_event = command.words.iter().any(|word| word.names("GITHUB_EVENT_PATH"))
                || command.reads.iter().any(|word| word.names("GITHUB_EVENT_PATH"))
                || input.as_ref().is_some_and(whole);
            if !reads_event {
                return None;
            }
            let filter = command.words.iter().filter_map(Word::literal).find(|text| text.starts_with('.'))?;
            event_path(filter).and_then(|path| sources::of(&path))
        }
        ("cat", _) if command.words.iter().any(|word| word.names("GITHUB_EVENT_PATH")) => {
            sources::of("github.event")
        }
        ("gh", "pr" | "issue") if matches!(literal(2), "view" | "list") => answer(command),
        ("git", "log" | "show") => {
            let formats = ["%s", "%B", "%b", "%an", "%ae", "%cn", "%ce", "%f"];
            let names = |word: &Word| {
                let text = word.text();
                (text.contains("--format") || text.contains("--pretty"))
                    && formats.iter().any(|format| text.contains(format))
            };
            command.words.iter().any(names).then(|| {
                Taint::of(Origin {
                    name: "the commit that `git` shows".to_owned(),
                    kind: Kind::TEXT,
                    writer: Writer::Outsider,
                    events: Events::listed("push,pull_request,merge_group"),
                })
            })
        }
        _ => None,
    }
}

/// `.issue.title // ""` → `github.event.issue.title`
fn event_path(filter: &str) -> Option<String> {
    let path: String = filter
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '[' | ']'))
        .collect::<String>()
        .to_lowercase();
    let parts = path.split(['.', '[', ']']).filter(|part| !part.is_empty());
    let parts = parts.map(|part| if part.bytes().all(|b| b.is_ascii_digit()) { "*" } else { part });
    let path = parts.collect::<Vec<_>>().join(".");
    (!path.is_empty()).then(|| format!("github.event.{path}"))
}

/// What `gh pr view` and its like answer.
fn answer(command: &Command) -> Option<Taint> {
    const FIELDS: [(&str, Kind); 8] = [
        ("title", Kind::LINE),
        ("body", Kind::TEXT),
        ("comments", Kind::TEXT),
        ("headRefName", Kind(2 | 4)),
        ("headRefOid", Kind::CODE),
        ("headRepository", Kind::CODE),
        ("commits", Kind::TEXT),
        ("files", Kind::LINE),
    ];
    let text = |flags: &[&str]| {
        let at = command.words.iter().position(|word| flags.contains(&word.text().as_str()))?;
        command.words.get(at + 1).map(Word::text)
    };
    let fields = text(&["--json"])?;
    let filter = text(&["--jq", "-q"]);
    let named = |field: &str| fields.split(',').any(|name| name.trim() == field);
    let shown = |field: &str| filter.as_ref().is_none_or(|filter| filter.contains(field));
    let found: Vec<_> = FIELDS.iter().filter(|(field, _)| named(field) && shown(field)).collect();
    let kind = found.iter().fold(Kind::default(), |kind, (_, own)| kind.or(*own));
    let name = found.first()?.0;
    Some(Taint::of(Origin {
        name: format!("the `{name}` that `gh` gives"),
        kind,
        writer: Writer::Outsider,
        events: Events::ALL,
    }))
}
