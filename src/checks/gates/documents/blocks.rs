//! Parts of a Markdown document between `<!-- ci-guard:NAME:begin -->` and `<!-- ci-guard:NAME:end -->`.

use std::ops::Range;

/// What stands between two marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Every workflow with what starts it and its jobs.
    Workflows,
    /// Every event with its filters.
    Triggers,
    /// Every secret with where it is used.
    Secrets,
    /// Every variable of the repository, organization or environment with where it is used.
    Variables,
}

impl Kind {
    /// The word in the mark.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Workflows => "workflows",
            Kind::Triggers => "triggers",
            Kind::Secrets => "secrets",
            Kind::Variables => "variables",
        }
    }

    fn of(name: &str) -> Option<Kind> {
        let all = [Kind::Workflows, Kind::Triggers, Kind::Secrets, Kind::Variables];
        all.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The word in the mark.
    pub name: String,
    /// What it means, if it is known.
    pub kind: Option<Kind>,
    /// The bytes of the opening mark.
    pub mark: Range<usize>,
    /// The bytes between the marks, line ends included; empty if the second one is missing.
    pub body: Range<usize>,
    /// True if the second mark is there.
    pub closed: bool,
}

/// The mark behind a part.
pub(super) fn end(name: &str) -> String {
    format!("<!-- ci-guard:{name}:end -->")
}

/// All parts of a document, those in code left out.
pub(super) fn find(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<usize> = None;
    let mut fenced = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let plain = line.trim();
        if plain.starts_with("```") || plain.starts_with("~~~") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        if let Some(block) = open.and_then(|index| blocks.get_mut(index))
            && plain == end(&block.name)
        {
            block.body = block.body.start..start;
            block.closed = true;
            open = None;
        } else if let Some(name) =
            plain.strip_prefix("<!-- ci-guard:").and_then(|rest| rest.strip_suffix(":begin -->"))
        {
            let from = start + line.find('<').unwrap_or(0);
            let block = Block {
                name: name.to_owned(),
                kind: Kind::of(name),
                mark: from..from + plain.len(),
                body: at..at,
                closed: false,
            };
            open = Some(blocks.len());
            blocks.push(block);
        }
    }
    blocks
}

/// Text without what Markdown does not care about: empty lines around it, spaces at the ends of lines.
pub(super) fn plain(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim().to_owned()
}

/// The document with every known part replaced; `None` if there is none.
pub(super) fn rewritten(text: &str, table: &dyn Fn(Kind) -> String) -> Option<String> {
    let mut result = String::new();
    let mut at = 0;
    let mut found = false;
    for block in find(text).into_iter().filter(|block| block.closed) {
        let Some(kind) = block.kind else { continue };
        found = true;
        result.push_str(&text[at..block.body.start]);
        result.push_str(&format!("\n{}\n", table(kind)));
        at = block.body.end;
    }
    result.push_str(&text[at..]);
    found.then_some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# A\n\n<!-- ci-guard:secrets:begin -->\nold\n<!-- ci-guard:secrets:end -->\n\n```\n<!-- ci-guard:triggers:begin -->\n```\n";

    #[test]
    fn parts_are_found_and_replaced() {
        let blocks = find(TEXT);
        assert_eq!(blocks.len(), 1);
        assert_eq!((blocks[0].kind, &TEXT[blocks[0].body.clone()]), (Some(Kind::Secrets), "old\n"));
        let new = rewritten(TEXT, &|_| "new\n".to_owned()).unwrap();
        assert!(new.contains("begin -->\n\nnew\n\n<!--"), "{new}");
        assert_eq!(rewritten(&new, &|_| "new\n".to_owned()), Some(new.clone()));
        assert_eq!(rewritten("# A\n", &|_| String::new()), None);
        assert!(!find("<!-- ci-guard:secrets:begin -->\n")[0].closed);
    }
}
