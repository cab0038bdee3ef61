//! `ci-guard explain RULE`: the rule's own page in the terminal.

use crate::checks;
use crate::cli::ExplainCommand;
use crate::console::Console;
use crate::pages;
use crate::report::Exit;
use crate::settings::nearest;

/// Runs the command.
pub fn run(command: &ExplainCommand, console: &mut Console<'_>) -> Exit {
    let name = command.name.as_str();
    if let Some(rule) = checks::rule(name) {
        let (severity, category) = (rule.severity.as_str(), rule.category.as_str());
        let mut page = format!("# {}\n\n{severity} · {category} · {}\n\n", rule.id, rule.summary);
        page += rule.docs().trim();
        if let Some(what) = rule.allow {
            page += &format!("\n\n## Settings\n\n`rules.{}.allow`: {what}.", rule.id);
        }
        console.document(&format!("{}\n", without_test_marks(&page)));
        return Exit::Pass;
    }
    if let Some(check) = checks::named(name) {
        let rules: String =
            check.rules().iter().map(|rule| format!("- `{}`: {}\n", rule.id, rule.summary)).collect();
        console.document(&format!("{}\n\n## Rules\n\n{rules}", without_test_marks(check.docs().trim())));
        return Exit::Pass;
    }
    if name == "checksum" {
        let rules = checks::checksum::RULES;
        let rules: String = rules.iter().map(|rule| format!("- `{}`: {}\n", rule.id, rule.summary)).collect();
        let page = without_test_marks(pages::of("checksum/checksum").trim());
        console.document(&format!("{page}\n\n## Rules\n\n{rules}"));
        return Exit::Pass;
    }
    if super::deploy::PAGES.contains(&name) {
        console.document(&format!("{}\n", pages::of(&format!("commands/{name}")).trim()));
        return Exit::Pass;
    }
    let pages = super::deploy::PAGES.into_iter();
    let known =
        pages.chain(checks::rules().map(|rule| rule.id)).chain(checks::ALL.iter().map(|check| check.name()));
    let hint = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`ci-guard rules` lists them all".to_owned(),
    };
    console.err(&format!("ci-guard: there is no rule or check `{name}`; {hint}\n"));
    Exit::Usage
}

/// Examples carry, behind the language, the file that they stand for: shown as a title.
fn without_test_marks(page: &str) -> String {
    let line = |line: &str| match line.strip_prefix("```").and_then(|info| info.split_once(" file=")) {
        Some((language, file)) => format!("{file}:\n```{language}"),
        None => line.to_owned(),
    };
    page.lines().map(line).collect::<Vec<_>>().join("\n")
}
