//! What dependabot is told to look at, and what there is: a folder without manifest, and manifests that nobody updates.

use super::Scene;
use super::documents::Document;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};

pub(super) static DEPENDABOT_MISSING: Rule = Rule {
    id: "integrity/dependabot-missing",
    severity: Severity::Note,
    category: Category::SupplyChain,
    summary: "the repository has packages that dependabot is not told of",
    allow: None,
};

pub(super) static DEPENDABOT_NOTHING_THERE: Rule = Rule {
    id: "integrity/dependabot-nothing-there",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "dependabot is told to update what is not there",
    allow: None,
};

/// Files whose presence in a folder makes it one of an ecosystem, and the ecosystems that update them (GitHub's
/// "Dependabot supported ecosystems", 2026-08).
const MANIFESTS: [(&[&str], &[&str]); 12] = [
    (&["Cargo.toml"], &["cargo"]),
    (&["package.json"], &["npm", "bun", "pnpm", "yarn"]),
    (&["go.mod"], &["gomod"]),
    (&["Gemfile"], &["bundler"]),
    (&["composer.json"], &["composer"]),
    (&["pom.xml"], &["maven"]),
    (&["uv.lock"], &["uv", "pip"]),
    (&["mix.exs"], &["mix"]),
    (&["pubspec.yaml"], &["pub"]),
    (&["Package.swift"], &["swift"]),
    (&[".gitmodules"], &["gitsubmodule"]),
    (&["Dockerfile"], &["docker"]),
];

pub(super) fn look(document: &Document<'_>, scene: &Scene<'_>, record: &mut Record) {
    if !document.source.path().starts_with(".github/dependabot.") {
        return;
    }
    let Some((key, list)) = document.root.entry("updates").filter(|(_, list)| list.is_seq()) else { return };
    let mut known: Vec<&str> = Vec::new();
    for update in list.items() {
        let Some(node) = update.get("package-ecosystem") else { continue };
        let name = node.text().unwrap_or_default();
        known.push(name);
        let Some(folder) = update.get("directory").and_then(|folder| folder.text()) else { continue };
        let folder = folder.trim_matches('/');
        let Some((files, _)) = MANIFESTS.iter().find(|(_, names)| names[0] == name) else { continue };
        // Docker also updates files of other names, and a branch may hold other files.
        if name == "docker" || update.get("target-branch").is_some() || folder.contains('*') {
            continue;
        }
        let at = |file: &str| if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") };
        if !files.iter().any(|file| scene.repository.has_file(&at(file))) {
            let message =
                format!("there is no `{}` in `/{folder}`: dependabot fails on this update", files[0]);
            let finding = Finding::new(&DEPENDABOT_NOTHING_THERE, document.source.at_node(node), message);
            record.push(finding.subject(format!("{name} {folder}")));
        }
    }
    let missing = MANIFESTS.iter().filter(|(files, names)| {
        files.iter().any(|file| scene.repository.has_file(file))
            && !names.iter().any(|name| known.contains(name))
    });
    let mut missing: Vec<String> =
        missing.map(|(files, names)| format!("`{}` ({})", names[0], files[0])).collect();
    let workflows = scene.repository.all().iter().any(|document| document.workflow.is_some());
    if workflows && !known.contains(&"github-actions") {
        missing.push("`github-actions` (the workflows)".to_owned());
    }
    if !missing.is_empty() {
        let message = format!("dependabot is not told of {}", missing.join(", "));
        let finding = Finding::new(&DEPENDABOT_MISSING, document.source.at_node(key), message);
        record.push(
            finding.help("add an update for each, or say in a comment what updates them").subject("updates"),
        );
    }
}
