//! The shape of `.github/dependabot.yml`, version 2, as GitHub's options reference has it.

use super::{ANY, BOOL, NON_EMPTY, NUMBER, ONE_OR_MORE, TEXT, TEXTS};
use super::{Field, Map, Shape, Type, fixed, may, must, open, plain};

/// A dependabot file.
pub static ROOT: Type = plain(Shape::Map(&ROOT_MAP));

static ROOT_MAP: Map = fixed(
    "dependabot.yml",
    &[
        must("version", &VERSION),
        must("updates", &UPDATES),
        may("registries", &REGISTRIES),
        may("multi-ecosystem-groups", &MULTI_GROUPS),
        may("enable-beta-ecosystems", &BOOL),
    ],
);
static VERSION: Type = plain(Shape::Checked(version_fault));

fn version_fault(version: &str) -> Option<String> {
    (version != "2").then(|| "`version` must be 2".to_owned())
}

static UPDATES: Type = plain(Shape::List(&UPDATE));
static UPDATE: Type = plain(Shape::Map(&UPDATE_MAP));
static UPDATE_MAP: Map = Map { one_of: &["directory", "directories"], ..fixed("an update", UPDATE_FIELDS) };
static UPDATE_FIELDS: &[Field] = &[
    must("package-ecosystem", &ECOSYSTEM),
    may("directory", &NON_EMPTY),
    may("directories", &TEXTS),
    may("schedule", &SCHEDULE),
    may("allow", &ANY),
    may("assignees", &ONE_OR_MORE),
    may("commit-message", &COMMIT_MESSAGE),
    may("cooldown", &COOLDOWN),
    may("enable-beta-ecosystems", &BOOL),
    may("exclude-paths", &TEXTS),
    may("groups", &GROUPS),
    may("ignore", &ANY),
    may("insecure-external-code-execution", &EXECUTION),
    may("labels", &TEXTS),
    may("milestone", &NUMBER),
    may("multi-ecosystem-group", &NON_EMPTY),
    may("open-pull-requests-limit", &NUMBER),
    may("patterns", &TEXTS),
    may("pull-request-branch-name", &BRANCH_NAME),
    may("rebase-strategy", &REBASE),
    may("registries", &ONE_OR_MORE),
    may("reviewers", &ONE_OR_MORE),
    may("target-branch", &NON_EMPTY),
    may("vendor", &BOOL),
    may("versioning-strategy", &VERSIONING),
];
static ECOSYSTEM: Type = plain(Shape::Checked(ecosystem_fault));

/// Ecosystems of GitHub's reference, as of 2026-08. An unknown one is an error only when it is nearly a known one.
pub const ECOSYSTEMS: [&str; 39] = [
    "asdf",
    "bazel",
    "bun",
    "bundler",
    "cargo",
    "composer",
    "conda",
    "deno",
    "devcontainers",
    "docker",
    "docker-compose",
    "dotnet-sdk",
    "elm",
    "github-actions",
    "gitsubmodule",
    "gomod",
    "gradle",
    "helm",
    "julia",
    "maven",
    "mise",
    "mix",
    "nix",
    "npm",
    "nuget",
    "opentofu",
    "pip",
    "pip-compile",
    "pipenv",
    "pnpm",
    "poetry",
    "pre-commit",
    "pub",
    "rust-toolchain",
    "swift",
    "terraform",
    "uv",
    "vcpkg",
    "yarn",
];

fn ecosystem_fault(name: &str) -> Option<String> {
    if ECOSYSTEMS.contains(&name) {
        return None;
    }
    let near = crate::settings::nearest(name, ECOSYSTEMS)?;
    Some(format!("there is no ecosystem `{name}`; did you mean `{near}`?"))
}

static SCHEDULE: Type = plain(Shape::Map(&SCHEDULE_MAP));
static SCHEDULE_MAP: Map = fixed(
    "`schedule`",
    &[
        must("interval", &INTERVAL),
        may("day", &DAY),
        may("time", &NON_EMPTY),
        may("timezone", &NON_EMPTY),
        may("cronjob", &NON_EMPTY),
    ],
);
static INTERVAL: Type =
    plain(Shape::Known(&["daily", "weekly", "monthly", "quarterly", "semiannually", "yearly", "cron"]));
static DAY: Type =
    plain(Shape::Known(&["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]));

static COMMIT_MESSAGE: Type = plain(Shape::Map(&COMMIT_MESSAGE_MAP));
static COMMIT_MESSAGE_MAP: Map = fixed(
    "`commit-message`",
    &[may("prefix", &TEXT), may("prefix-development", &TEXT), may("include", &TEXT)],
);

static COOLDOWN: Type = plain(Shape::Map(&COOLDOWN_MAP));
static COOLDOWN_MAP: Map = fixed(
    "`cooldown`",
    &[
        may("default-days", &NUMBER),
        may("semver-major-days", &NUMBER),
        may("semver-minor-days", &NUMBER),
        may("semver-patch-days", &NUMBER),
        may("include", &TEXTS),
        may("exclude", &TEXTS),
    ],
);

static GROUPS: Type = plain(Shape::Map(&GROUPS_MAP));
static GROUPS_MAP: Map = open("`groups`", &GROUP);
static GROUP: Type = plain(Shape::Map(&GROUP_MAP));
static GROUP_MAP: Map = fixed(
    "a group",
    &[
        may("applies-to", &APPLIES_TO),
        may("dependency-type", &DEPENDENCY_TYPE),
        may("patterns", &TEXTS),
        may("exclude-patterns", &TEXTS),
        may("update-types", &TEXTS),
        may("group-by", &NON_EMPTY),
    ],
);
static APPLIES_TO: Type = plain(Shape::Known(&["version-updates", "security-updates"]));
static DEPENDENCY_TYPE: Type = plain(Shape::Known(&["development", "production"]));
static EXECUTION: Type = plain(Shape::Known(&["allow", "deny"]));
static BRANCH_NAME: Type = plain(Shape::Map(&BRANCH_NAME_MAP));
static BRANCH_NAME_MAP: Map = fixed("`pull-request-branch-name`", &[may("separator", &NON_EMPTY)]);
static REBASE: Type = plain(Shape::Known(&["auto", "disabled"]));
static VERSIONING: Type =
    plain(Shape::Known(&["auto", "increase", "increase-if-necessary", "lockfile-only", "widen"]));

static REGISTRIES: Type = plain(Shape::Map(&REGISTRIES_MAP));
static REGISTRIES_MAP: Map = open("`registries`", &REGISTRY);
static REGISTRY: Type = plain(Shape::Map(&REGISTRY_MAP));
static REGISTRY_MAP: Map = Map { fields: &[must("type", &NON_EMPTY)], ..open("a registry", &ANY) };

static MULTI_GROUPS: Type = plain(Shape::Map(&MULTI_GROUPS_MAP));
static MULTI_GROUPS_MAP: Map = open("`multi-ecosystem-groups`", &ANY);
