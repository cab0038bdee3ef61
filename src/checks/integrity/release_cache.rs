//! Releases that are built with files from a cache: whoever gets code into one run gets it into the release.

use super::documents::Repository;
use crate::checks::{Record, gates};
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::tree::Node;
use crate::workflow::model::{Job, Step, Workflow};

pub(super) static CACHE_IN_RELEASE: Rule = Rule {
    id: "integrity/cache-in-release",
    severity: Severity::Warning,
    category: Category::SupplyChain,
    summary: "a job that publishes is built with files from a cache that other runs fill",
    allow: None,
};

/// Rules that show where strangers' code gets into a run that may fill the caches of the default branch.
const WAYS_IN: [&str; 4] = [
    "integrity/untrusted-checkout",
    "integrity/template-injection",
    "integrity/command-injection",
    "integrity/environment-injection",
];

/// Actions that restore files unless they are told not to: the input, and the value that says so.
const BY_DEFAULT: [(&str, &str, &str); 6] = [
    ("actions/cache", "lookup-only", "true"),
    ("actions/cache/restore", "lookup-only", "true"),
    ("swatinem/rust-cache", "lookup-only", "true"),
    ("actions/setup-go", "cache", "false"),
    ("astral-sh/setup-uv", "enable-cache", "false"),
    ("gradle/actions/setup-gradle", "cache-disabled", "true"),
];

/// Actions that restore files when they are told to: the input that says so.
const WHEN_TOLD: [(&str, &str); 6] = [
    ("actions/setup-node", "cache"),
    ("actions/setup-python", "cache"),
    ("actions/setup-java", "cache"),
    ("actions/setup-dotnet", "cache"),
    ("ruby/setup-ruby", "bundler-cache"),
    ("pnpm/action-setup", "cache"),
];

/// Looks when all others have looked: whether they found a way in decides how bad it is.
pub(super) fn look_last(repository: &Repository<'_>, record: &mut Record) {
    let is_way_in =
        |finding: &&Finding| WAYS_IN.contains(&finding.rule.id) && finding.severity == Severity::Error;
    let way_in = record.findings.iter().filter(is_way_in).map(|finding| &finding.location).min().cloned();
    for document in repository.all() {
        let Some(workflow) = &document.workflow else { continue };
        for (job, publisher) in workflow.jobs.iter().zip(&document.publishers) {
            let Some(publisher) = publisher.as_ref().filter(|_| !is_without_caches(workflow, job)) else {
                continue;
            };
            let Some((node, how)) = job.steps.iter().find_map(restores) else { continue };
            let message = format!(
                "the job `{}` publishes (`{publisher}`), and takes files from a cache that other runs fill",
                job.id
            );
            let finding = Finding::new(&CACHE_IN_RELEASE, document.source.at_node(node), message)
                .help(format!("build what is published without it: {how}, or `cache-mode: none` on the job"))
                .subject(job.id);
            record.push(match &way_in {
                Some(place) => finding.related(place.clone(), "strangers get code into a run here"),
                None => finding.severity(Severity::Note),
            });
        }
    }
}

/// True if GitHub hands no caches to the job.
fn is_without_caches(workflow: &Workflow<'_>, job: &Job<'_>) -> bool {
    let mode = job.node.get("cache-mode").or_else(|| workflow.root.get("cache-mode"));
    mode.and_then(|mode| mode.text()).is_some_and(|mode| matches!(mode, "none" | "write-only"))
}

/// What the job publishes with.
pub(super) fn publishes(job: &Job<'_>) -> Option<String> {
    job.steps.iter().find_map(|step| {
        let Some(uses) = step.uses().and_then(|uses| uses.text()) else {
            return gates::publishing_command(step.run()?.text()?);
        };
        let pushes = step.is_action("docker/build-push-action")
            && step.input("push").and_then(|push| push.text()) == Some("true");
        (pushes || gates::publishes(uses)).then(|| uses.split('@').next().map(str::to_owned))?
    })
}

/// Where a step restores files, and how it is told not to.
fn restores<'t>(step: &Step<'t>) -> Option<(Node<'t>, String)> {
    let uses = step.uses()?;
    let input = |name: &str| step.input(name).and_then(|value| value.text()).map(str::trim);
    if let Some((_, name, off)) = BY_DEFAULT.iter().find(|(action, _, _)| step.is_action(action)) {
        // What an expression decides may be off for releases.
        let told = input(name).is_some_and(|value| value.eq_ignore_ascii_case(off) || value.contains("${{"));
        return (!told).then(|| (uses, format!("`{name}: {off}`")));
    }
    if let Some((_, name)) = WHEN_TOLD.iter().find(|(action, _)| step.is_action(action)) {
        let value = input(name).filter(|value| !matches!(*value, "" | "false") && !value.contains("${{"))?;
        return Some((step.input(name)?, format!("without `{name}: {value}`")));
    }
    let from = step.input("cache-from").filter(|_| step.is_action("docker/build-push-action"))?;
    from.text()?.contains("type=gha").then(|| (from, "without `cache-from`".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkout::Source;
    use crate::tree::Syntax;

    /// What the only job publishes with, and what it restores files with.
    fn said(steps: &str) -> (Option<String>, bool) {
        let text = format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}\n");
        let source = Source::new("x.yml", text);
        let workflow = Workflow::of(source.tree(Syntax::Yaml).root().unwrap());
        let job = &workflow.jobs[0];
        (publishes(job), job.steps.iter().any(|step| restores(step).is_some()))
    }

    #[test]
    fn what_publishes_and_what_restores() {
        let published = |command: &str| (Some(command.to_owned()), true);
        assert_eq!(
            said("      - uses: actions/setup-go@v6\n      - run: |\n          make\n          npm publish"),
            published("npm publish")
        );
        assert_eq!(
            said(
                "      - uses: actions/setup-node@v6\n        with: { cache: npm }\n      - uses: pypa/gh-action-pypi-publish@release/v1"
            ),
            published("pypa/gh-action-pypi-publish")
        );
        assert_eq!(
            said(
                "      - uses: docker/build-push-action@v6\n        with: { push: true, cache-from: type=gha }"
            ),
            published("docker/build-push-action")
        );
        for (steps, publishes) in [
            (
                "      - uses: actions/setup-go@v6\n        with: { cache: false }\n      - run: gem push a",
                true,
            ),
            ("      - uses: actions/setup-node@v6\n      - run: gh release create v1", true),
            (
                "      - uses: actions/cache@v5\n        with: { lookup-only: true, key: a, path: b }\n      - run: x",
                false,
            ),
            ("      - run: cargo publish --dry-run\n      - run: |\n          # npm publish", false),
        ] {
            let (by, restored) = said(steps);
            assert_eq!((by.is_some(), restored), (publishes, false), "{steps}");
        }
    }
}
