//! The GitHub Actions runner: where we run and what for, and its protocol of commands and files.
//!
//! Facts are those of actions/runner 2.336 (`FileCommandManager.cs`, `ActionCommand.cs`, `GlobalContext`).

pub mod commands;
pub mod files;
pub mod masks;

use std::path::PathBuf;

use serde_json::Value;

use crate::environment::Environment;

/// What the runner told us about this run. Outside of Actions everything is empty.
#[derive(Clone, Debug, Default)]
pub struct Runner {
    /// True inside a step of GitHub Actions.
    pub in_actions: bool,
    /// Name of the event, such as `pull_request`.
    pub event_name: String,
    /// The event's payload, or null.
    pub event: Value,
    /// The commit that the run is for.
    pub sha: String,
    /// The ref that the run is for, such as `refs/pull/7/merge`.
    pub git_ref: String,
    /// `owner/name`.
    pub repository: String,
    /// `https://github.com`, or the enterprise server.
    pub server_url: String,
    /// Who started the run, such as `dependabot[bot]`.
    pub actor: String,
    /// Id of the job as the workflow file has it.
    pub job: String,
    /// `owner/name/.github/workflows/ci.yml@refs/heads/main`
    pub workflow_ref: String,
    /// Number of the run.
    pub run_id: String,
    /// Attempt of the run.
    pub run_attempt: String,
    /// The workspace folder.
    pub workspace: Option<PathBuf>,
    /// Folder for files that later steps may read.
    pub temp: Option<PathBuf>,
    /// The file that outputs are written to.
    pub output_file: Option<PathBuf>,
    /// The file that the step summary is written to.
    pub summary_file: Option<PathBuf>,
    /// `Linux`, `macOS` or `Windows`.
    pub os: String,
    /// `X64`, `ARM64`, …
    pub arch: String,
}

/// Events whose checkout holds what somebody proposes, not what has been merged.
const PROPOSALS: [&str; 5] = [
    "pull_request",
    "pull_request_target",
    "pull_request_review",
    "pull_request_review_comment",
    "merge_group",
];

/// The event payload is written by GitHub and far smaller than this, in bytes.
const MAX_EVENT: u64 = 32 << 20;

impl Runner {
    /// Reads the runner's variables.
    pub fn of(environment: &Environment) -> Runner {
        let text = |name: &str| environment.get(name).unwrap_or_default().to_owned();
        let path = |name: &str| environment.get_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let in_actions = environment.get("GITHUB_ACTIONS") == Some("true");
        if !in_actions {
            return Runner::default();
        }
        Runner {
            in_actions,
            event_name: text("GITHUB_EVENT_NAME"),
            event: path("GITHUB_EVENT_PATH").and_then(|path| read_event(&path)).unwrap_or(Value::Null),
            sha: text("GITHUB_SHA"),
            git_ref: text("GITHUB_REF"),
            repository: text("GITHUB_REPOSITORY"),
            server_url: text("GITHUB_SERVER_URL"),
            actor: text("GITHUB_ACTOR"),
            job: text("GITHUB_JOB"),
            workflow_ref: text("GITHUB_WORKFLOW_REF"),
            run_id: text("GITHUB_RUN_ID"),
            run_attempt: text("GITHUB_RUN_ATTEMPT"),
            workspace: path("GITHUB_WORKSPACE"),
            temp: path("RUNNER_TEMP"),
            output_file: path("GITHUB_OUTPUT"),
            summary_file: path("GITHUB_STEP_SUMMARY"),
            os: text("RUNNER_OS"),
            arch: text("RUNNER_ARCH"),
        }
    }

    /// True if the checkout holds a proposal: the settings then count as the base has them.
    pub fn is_proposal(&self) -> bool {
        PROPOSALS.contains(&self.event_name.as_str())
    }

    /// True if the run is for a pull request from another repository. GitHub withholds secrets from it, unless the
    /// event is `pull_request_target`, which runs what the base has.
    pub fn is_from_fork(&self) -> bool {
        let repository = |side: &str| self.event.pointer(&format!("/pull_request/{side}/repo/full_name"));
        // A fork that was deleted has no repository any more.
        self.event.pointer("/pull_request/head").is_some()
            && self.event_name != "pull_request_target"
            && repository("head") != repository("base")
    }

    /// The path of the workflow file that runs, if it is one of this repository.
    pub fn workflow_path(&self) -> Option<&str> {
        let path = self.workflow_ref.strip_prefix(self.repository.as_str())?.strip_prefix('/')?;
        path.split_once('@').map(|(path, _)| path)
    }

    /// True if the run is one of a GitHub Enterprise Server, not of github.com or of data residency.
    pub fn is_on_enterprise_server(&self) -> bool {
        let url = self.server_url.as_str();
        !url.is_empty() && url != "https://github.com" && !url.ends_with(".ghe.com")
    }

    /// A page of the repository's settings, such as `secrets/actions`; `None` outside of Actions.
    pub fn settings_url(&self, page: &str) -> Option<String> {
        let known = !self.repository.is_empty() && !self.server_url.is_empty();
        known.then(|| format!("{}/{}/settings/{page}", self.server_url, self.repository))
    }

    /// The page of this run's attempt; `None` outside of Actions.
    pub fn run_url(&self) -> Option<String> {
        let known = self.in_actions && !self.run_id.is_empty() && !self.repository.is_empty();
        known.then(|| {
            let Runner { server_url, repository, run_id, run_attempt, .. } = self;
            format!("{server_url}/{repository}/actions/runs/{run_id}/attempts/{run_attempt}")
        })
    }

    /// The base commit as the event names it.
    pub fn base_sha(&self) -> Option<&str> {
        let base = match self.event_name.as_str() {
            "merge_group" => self.event.pointer("/merge_group/base_sha"),
            _ => self.event.pointer("/pull_request/base/sha"),
        };
        base.and_then(Value::as_str)
    }

    /// The web page of a file at the commit of this run, without line; `None` outside of Actions.
    pub fn blob_url(&self, path: &str) -> Option<String> {
        if self.repository.is_empty() || self.server_url.is_empty() || self.sha.is_empty() {
            return None;
        }
        let path = crate::report::escape::url_path(path);
        Some(format!("{}/{}/blob/{}/{path}", self.server_url, self.repository, self.sha))
    }
}

fn read_event(path: &std::path::Path) -> Option<Value> {
    let meta = std::fs::metadata(path).ok()?;
    if !meta.is_file() || meta.len() > MAX_EVENT {
        return None;
    }
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runner(event_name: &str, event: Value) -> Runner {
        Runner { event_name: event_name.into(), event, repository: "org/repo".into(), ..Runner::default() }
    }

    #[test]
    fn a_fork_is_another_repository() {
        let pull = |head: Value| serde_json::json!({"pull_request": {"head": {"repo": head}, "base": {"repo": {"full_name": "org/repo"}}}});
        let from = |name: &str| pull(serde_json::json!({"full_name": name}));
        assert!(runner("pull_request", from("me/repo")).is_from_fork());
        assert!(runner("pull_request", pull(Value::Null)).is_from_fork());
        assert!(!runner("pull_request", from("org/repo")).is_from_fork());
        assert!(!runner("pull_request_target", from("me/repo")).is_from_fork());
        assert!(!runner("push", Value::Null).is_from_fork());
    }

    #[test]
    fn the_workflow_file_is_one_of_this_repository() {
        let path = |text: &str| {
            Runner { workflow_ref: text.into(), ..runner("push", Value::Null) }
                .workflow_path()
                .map(str::to_owned)
        };
        assert_eq!(
            path("org/repo/.github/workflows/ci.yml@refs/heads/a@b").as_deref(),
            Some(".github/workflows/ci.yml")
        );
        assert_eq!(path("org/other/.github/workflows/ci.yml@refs/heads/main"), None);
        assert_eq!(path(""), None);
    }
}
