//! Scores the `lockfile` check against verdicts of the real tools: small projects, each with one mutation.
//!
//! The material is an archive that `LOCKFILE_CASES` names: `lockfile/<ecosystem>/<case>/` and
//! `lockfile/verdicts.json`. Without it the test says that it skipped. It holds for every case whether the tool's
//! own frozen check accepted it, and which findings a careful guard raises.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support;

/// Rules of which a refused case must raise one, and an accepted one none.
const REFUSALS: [&str; 8] = [
    "out-of-sync",
    "missing",
    "unparsable",
    "merge-conflict",
    "unsupported-version",
    "version-unsatisfied",
    "name-mismatch",
    "malformed-hash",
];

/// Folders of cases, and the ecosystem that they count for.
const ECOSYSTEMS: [(&str, &str); 22] = [
    ("uv", "uv"),
    ("uv2", "uv"),
    ("uv-0.5.31", "uv 0.5.31"),
    ("cargo", "cargo"),
    ("npm", "npm"),
    ("poetry", "poetry"),
    ("pdm", "pdm"),
    ("pipenv", "pipenv"),
    ("pip", "pip"),
    ("pylock", "pylock"),
    ("pnpm8", "pnpm 8"),
    ("pnpm9", "pnpm 9"),
    ("pnpm10", "pnpm 10"),
    ("pnpm12", "pnpm 12"),
    ("yarn1", "yarn 1"),
    ("yarn4", "yarn 4"),
    ("bun", "bun"),
    ("deno", "deno"),
    ("composer", "composer"),
    ("go", "go"),
    ("bundler", "bundler"),
    ("nix", "nix"),
];

/// Cases that nobody can decide from the files alone, and why.
const UNDECIDABLE: [(&str, &str); 1] =
    // Which modules an indirect requirement stands for is written in another module's go.mod.
    [("go", "indirect-removed")];

/// What has to agree, in per cent: all sync cases together, each ecosystem, and the expected findings.
const ALL_SYNC: f64 = 98.0;
const EACH_SYNC: f64 = 95.0;
const FINDINGS: f64 = 95.0;

/// Verdicts of this old version are judged apart: it lacks settings that its cases use.
const OLD_SYNC: f64 = 90.0;

#[derive(Default)]
struct Score {
    right: usize,
    all: usize,
    wrong: Vec<String>,
}

impl Score {
    fn count(&mut self, right: bool, name: impl FnOnce() -> String) {
        self.all += 1;
        if right {
            self.right += 1;
        } else {
            self.wrong.push(name());
        }
    }

    fn percent(&self) -> f64 {
        if self.all == 0 { 100.0 } else { self.right as f64 * 100.0 / self.all as f64 }
    }
}

#[test]
fn verdicts_agree_with_the_real_tools() {
    let Some(archive) = archive() else {
        println!("skipped: LOCKFILE_CASES names no archive with verdicts of the real tools");
        return;
    };
    let folder = support::Folder::new();
    let unpacked = Command::new("tar").arg("xJf").arg(&archive).current_dir(folder.path()).status();
    if !unpacked.is_ok_and(|status| status.success()) {
        println!("skipped: tar and xz are needed to unpack {}", archive.display());
        return;
    }
    let cases = folder.path().join("lockfile");
    let verdicts: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(cases.join("verdicts.json")).unwrap()).unwrap();
    HASHED_MANIFESTS.iter().for_each(|ecosystem| restore_registry(&cases.join(ecosystem)));
    let (mut sync, mut findings) = (BTreeMap::<&str, Score>::new(), BTreeMap::<&str, Score>::new());
    for verdict in verdicts.as_array().unwrap() {
        let text = |key: &str| verdict[key].as_str().unwrap();
        let Some((_, ecosystem)) = ECOSYSTEMS.iter().find(|(name, _)| *name == text("ecosystem")) else {
            continue;
        };
        if UNDECIDABLE.contains(&(text("ecosystem"), text("case"))) {
            continue;
        }
        let raised = raised(&cases.join(text("ecosystem")).join(text("case")));
        let in_sync = verdict["in_sync"].as_bool().unwrap();
        let refused = REFUSALS.iter().any(|rule| raised.contains(*rule));
        let name = || format!("{}/{}: in sync {in_sync}, raised {raised:?}", text("ecosystem"), text("case"));
        if text("category") == "sync" {
            sync.entry(ecosystem).or_default().count(refused != in_sync, name);
            continue;
        }
        let expected: Vec<&str> = verdict["expected_findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|finding| rule(finding.as_str().unwrap()))
            .collect();
        let all_there = expected.iter().all(|wanted| {
            // A merge conflict is why the file cannot be parsed, and the better thing to say.
            raised.contains(*wanted) || (*wanted == "unparsable" && raised.contains("merge-conflict"))
        });
        // Only the registry knows what else is wrong with these; the tool saw it when it had downloaded the file.
        let needs_registry = expected.len() < verdict["expected_findings"].as_array().unwrap().len()
            || text("tool_outcome").starts_with("detected")
            || text("tool_outcome").starts_with("network-failure");
        let right = all_there && (in_sync || refused || needs_registry);
        findings.entry(ecosystem).or_default().count(right, name);
    }
    report(&sync, &findings);
}

#[expect(clippy::print_stdout, reason = "the score is what a reader wants to see")]
fn report(sync: &BTreeMap<&str, Score>, findings: &BTreeMap<&str, Score>) {
    println!("{:<10} {:>12} {:>12}", "ecosystem", "sync", "findings");
    let cell =
        |score: Option<&Score>| score.map_or(String::new(), |score| format!("{}/{}", score.right, score.all));
    for ecosystem in sync.keys() {
        println!("{ecosystem:<10} {:>12} {:>12}", cell(sync.get(ecosystem)), cell(findings.get(ecosystem)));
    }
    for wrong in sync.values().chain(findings.values()).flat_map(|score| &score.wrong) {
        println!("differs: {wrong}");
    }
    let is_current = |name: &&&str| **name != "uv 0.5.31";
    let total = |scores: &BTreeMap<&str, Score>| {
        let current = scores.iter().filter(|(name, _)| is_current(name));
        let (right, all) =
            current.fold((0, 0), |(right, all), (_, score)| (right + score.right, all + score.all));
        right as f64 * 100.0 / all as f64
    };
    assert!(total(sync) >= ALL_SYNC, "{:.1} % of the sync verdicts agree", total(sync));
    assert!(total(findings) >= FINDINGS, "{:.1} % of the expected findings are raised", total(findings));
    for (name, score) in sync {
        let bound = if is_current(&name) { EACH_SYNC } else { OLD_SYNC };
        assert!(score.percent() >= bound, "{:.1} % of the sync verdicts of {name} agree", score.percent());
    }
}

/// The rule that an expected finding stands for; `None` for those that only the registry can raise.
fn rule(finding: &str) -> Option<&str> {
    match finding {
        "hash-mismatch-registry" => None,
        // The hash is not one that the uv.lock beside the file knows.
        "hash-not-published" => Some("hash-changed"),
        "derived-file-drift" | "graph:missing-root-dependency" => Some("out-of-sync"),
        "filename-version-mismatch" => Some("name-mismatch"),
        finding if finding.starts_with("registry:") => None,
        "parse-error" => Some("unparsable"),
        "lock-missing" => Some("missing"),
        "graph:unreachable-package" => Some("unreachable-package"),
        "sync:locked-version-unsatisfied" => Some("version-unsatisfied"),
        "sync:source-mismatch" => Some("out-of-sync"),
        same => Some(same),
    }
}

/// Ecosystems whose tools keep a hash of the manifest, the names of its registries included. Their cases were
/// judged with the public registry, and the names were replaced afterwards.
const HASHED_MANIFESTS: [&str; 3] = ["poetry", "pipenv", "composer"];

/// Puts the public registry back into the files of a case.
fn restore_registry(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            restore_registry(&path);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let text = text.replace("https://pypi.example/", "https://pypi.org/");
            std::fs::write(&path, text.replace("packagist.example", "packagist.org")).unwrap();
        }
    }
}

/// The rules that a case raises, without the name of the check.
fn raised(case: &Path) -> BTreeSet<String> {
    let settings = support::Folder::new();
    // The cases name registries that do not exist.
    let file = settings.write(
        "ci-guard.yml",
        "version: 1\nchecks: { lockfile: { allowed-hosts: ['*.example', pypi.org] } }\n",
    );
    let config = format!("--config={}", file.display());
    let run = support::run(case, &["check", "lockfile", "--format=json", &config], &[]);
    assert!(run.code == 0 || run.code == 3, "{}: exit code {}\n{}", case.display(), run.code, run.err);
    let ids = run.json()["findings"].clone();
    let ids = ids.as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap().to_owned());
    ids.filter_map(|id| id.strip_prefix("lockfile/").map(str::to_owned)).collect()
}

fn archive() -> Option<PathBuf> {
    std::env::var_os("LOCKFILE_CASES").map(PathBuf::from).filter(|archive| archive.is_file())
}
