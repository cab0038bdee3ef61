//! Paths of reports, relative to the workspace.

use super::super::jobs::{JobFacts, StepFacts};

/// The folder that a step's script starts in, relative to the workspace; `None` where it cannot be told.
pub(super) fn folder(job: &JobFacts<'_, '_>, step: &StepFacts<'_, '_>) -> Option<String> {
    let defaults = ["defaults", "run", "working-directory"];
    let own = step.step.step.node.get("working-directory");
    let node = own
        .or_else(|| job.scene.job.node.at(&defaults))
        .or_else(|| job.scene.file.workflow.root.at(&defaults));
    match node.and_then(|node| node.text()) {
        None => Some(String::new()),
        Some(text) => normal("", text),
    }
}

/// A path from a folder, without `.` and `..`; `None` if it is none that can be compared: it leaves the workspace, or
/// a variable decides. Expressions stay as they are written.
pub(super) fn normal(folder: &str, path: &str) -> Option<String> {
    let path = path.trim();
    let (folder, path) = match path
        .strip_prefix("${{ github.workspace }}/")
        .or_else(|| path.strip_prefix("$GITHUB_WORKSPACE/"))
    {
        Some(rest) => ("", rest),
        None => (folder, path),
    };
    let outside = path.starts_with(['/', '~']) || path.contains(['*', '?', '`', '\\']);
    if path.is_empty() || outside || path.replace("${{", "").contains('$') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The last part of a path.
pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_from_the_workspace() {
        assert_eq!(normal("services/reflex", "../../a.json").as_deref(), Some("a.json"));
        assert_eq!(normal("services/arms/executor", "../../a.json").as_deref(), Some("services/a.json"));
        assert_eq!(normal("", "./a.xml").as_deref(), Some("a.xml"));
        assert_eq!(normal("x", "${{ github.workspace }}/a.xml").as_deref(), Some("a.xml"));
        assert_eq!(normal("", "t-${{ matrix.x }}.sarif").as_deref(), Some("t-${{ matrix.x }}.sarif"));
        for path in ["/tmp/a", "$OUT/a", "../a", "*.xml", ""] {
            assert_eq!(normal("", path), None, "{path}");
        }
    }
}
