//! The runner's own reading of files and log lines (`FileCommandManager.cs`, `ActionCommand.cs`), to hold ours
//! against.

/// Pairs of a file of `GITHUB_OUTPUT`: lines end at LF, `key=value` unless `<<` comes first.
pub fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.split_inclusive('\n').map(|line| match line.strip_suffix('\n') {
        Some(line) => (line, true),
        None => (line, false),
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
                    return Err("an empty key or delimiter".into());
                }
                let mut value = Vec::new();
                loop {
                    match lines.next() {
                        Some((line, _)) if line == delimiter => break,
                        Some((line, true)) => value.push(line),
                        _ => return Err("the delimiter never comes".into()),
                    }
                }
                pairs.push((key.to_owned(), value.join("\n")));
            }
            _ => return Err(format!("a line that is no pair: {line:?}")),
        }
    }
    Ok(pairs)
}

/// A command of a log line: name, properties, data.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    pub name: String,
    pub properties: Vec<(String, String)>,
    pub data: String,
}

/// Reads `::name key=value,…::data`, the newer form.
pub fn command(line: &str) -> Option<Command> {
    let (head, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let property = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        let value = value.replace("%3A", ":").replace("%2C", ",");
        Some((key.to_owned(), unescaped(&value)))
    };
    let properties = properties.split(',').filter_map(property).collect();
    Some(Command { name: name.to_owned(), properties, data: unescaped(data) })
}

fn unescaped(text: &str) -> String {
    text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
}

/// True if the runner acts on something in this line. `stopped` is the word that resumes commands.
pub fn acts_on(line: &str, stopped: Option<&str>) -> bool {
    let trimmed = line.trim_start();
    match stopped {
        Some(word) => trimmed.starts_with(&format!("::{word}::")) || line.contains(&format!("##[{word}]")),
        None => trimmed.starts_with("::") || line.contains("##["),
    }
}

/// The lines of a log that the runner acts on, what stands between `stop-commands` and its end left out.
pub fn commands_in(log: &str) -> Vec<String> {
    let mut stopped: Option<String> = None;
    let mut found = Vec::new();
    for line in log.split(['\n', '\r']) {
        if !acts_on(line, stopped.as_deref()) {
            continue;
        }
        match (&stopped, line.trim_start().strip_prefix("::stop-commands::")) {
            (Some(_), _) => stopped = None,
            (None, Some(word)) => stopped = Some(word.to_owned()),
            (None, None) => found.push(line.to_owned()),
        }
    }
    assert_eq!(stopped, None, "commands are stopped and never resumed");
    found
}
