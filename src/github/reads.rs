//! What is read, one function for each question.

use super::model::*;
use super::{Error, GitHub, segment};

/// Deployments that are looked through for one that succeeded.
const DEPLOYMENTS: usize = 30;

impl GitHub {
    /// Commit statuses, newest first. Needs `statuses: read`.
    pub fn statuses(&self, commit: &str) -> Result<Vec<Status>, Error> {
        self.list(&self.call(format_args!("/commits/{}/statuses", segment(commit)), "statuses: read"), None)
    }

    /// Check runs of every app, older ones of the same name too. Needs `checks: read`.
    pub fn check_runs(&self, commit: &str) -> Result<Vec<CheckRun>, Error> {
        let path = format!("/commits/{}/check-runs?filter=all", segment(commit));
        self.list(&self.call(path, "checks: read"), Some("check_runs"))
    }

    /// Check runs of one name, older ones too. Needs `checks: read`.
    pub fn check_runs_called(&self, commit: &str, name: &str) -> Result<Vec<CheckRun>, Error> {
        let path = format!("/commits/{}/check-runs?filter=all&check_name={}", segment(commit), segment(name));
        self.list(&self.call(path, "checks: read"), Some("check_runs"))
    }

    /// The commit that is deployed to an environment: that of the newest deployment whose last status is a success;
    /// `None` if none is. Needs `deployments: read`.
    pub fn deployed(&self, environment: &str) -> Result<Option<String>, Error> {
        let path = format!("/deployments?environment={}&per_page={DEPLOYMENTS}", segment(environment));
        let call = self.call(path, "deployments: read");
        let deployments: Vec<Deployment> = self.get(&call)?;
        let number = deployments.len();
        for deployment in deployments {
            let path = format!("/deployments/{}/statuses?per_page=1", deployment.id);
            let newest: Vec<DeploymentStatus> = self.get(&self.call(path, "deployments: read"))?;
            if newest.first().is_some_and(|status| status.state == "success") {
                return Ok(Some(deployment.sha));
            }
        }
        if number < DEPLOYMENTS {
            return Ok(None);
        }
        Err(Error::malformed(&call, format!("none of the last {DEPLOYMENTS} deployments succeeded")))
    }

    /// Active rules for a branch, whether it exists or not. Needs no more than to see the repository.
    pub fn rules(&self, branch: &str) -> Result<Vec<BranchRule>, Error> {
        self.list(&self.call(format_args!("/rules/branches/{}", segment(branch)), "metadata: read"), None)
    }

    /// A branch with its protection, as far as the token sees it. Needs `contents: read`.
    pub fn branch(&self, branch: &str) -> Result<Branch, Error> {
        self.get(&self.call(format_args!("/branches/{}", segment(branch)), "contents: read"))
    }

    /// A workflow run. Needs `actions: read`.
    pub fn run(&self, id: u64) -> Result<WorkflowRun, Error> {
        self.get(&self.call(format_args!("/actions/runs/{id}"), "actions: read"))
    }

    /// The jobs of an attempt. Needs `actions: read`.
    pub fn jobs(&self, run: u64, attempt: u64) -> Result<Vec<Job>, Error> {
        let path = format!("/actions/runs/{run}/attempts/{attempt}/jobs");
        self.list(&self.call(path, "actions: read"), Some("jobs"))
    }

    /// The artifacts of a run. Needs `actions: read`.
    pub fn artifacts(&self, run: u64) -> Result<Vec<Artifact>, Error> {
        let path = format!("/actions/runs/{run}/artifacts");
        self.list(&self.call(path, "actions: read"), Some("artifacts"))
    }

    /// Releases, newest first; drafts only with `contents: write`. Needs `contents: read`.
    pub fn releases(&self) -> Result<Vec<Release>, Error> {
        self.list(&self.call("/releases", "contents: read"), None)
    }

    /// Comments on a pull request. Needs `pull-requests: read`.
    pub fn comments(&self, number: u64) -> Result<Vec<Comment>, Error> {
        self.list(&self.call(format_args!("/issues/{number}/comments"), "pull-requests: read"), None)
    }

    /// Pull requests with a commit. Needs `pull-requests: read`.
    pub fn pulls_with(&self, commit: &str) -> Result<Vec<PullRequest>, Error> {
        let path = format!("/commits/{}/pulls", segment(commit));
        self.list(&self.call(path, "pull-requests: read"), None)
    }

    /// How `head` stands to `base`: `behind` if it is an ancestor. Needs `contents: read`.
    pub fn compare(&self, base: &str, head: &str) -> Result<Comparison, Error> {
        let path = format!("/compare/{}...{}?per_page=1", segment(base), segment(head));
        self.get(&self.call(path, "contents: read"))
    }

    /// The commit that a branch, tag or other name stands for. Needs `contents: read`.
    pub fn commit_of(&self, git_ref: &str) -> Result<String, Error> {
        let path = format!("/commits/{}", segment(git_ref));
        let commit: CommitName = self.get(&self.call(path, "contents: read"))?;
        Ok(commit.sha)
    }

    /// Tags with their commits. Needs `contents: read`.
    pub fn tags(&self) -> Result<Vec<NamedCommit>, Error> {
        self.list(&self.call("/tags", "contents: read"), None)
    }

    /// Branches with their commits. Needs `contents: read`.
    pub fn branches(&self) -> Result<Vec<NamedCommit>, Error> {
        self.list(&self.call("/branches", "contents: read"), None)
    }

    /// True if there is a ref of just this name; `kind` is `heads` or `tags`. Needs `contents: read`.
    pub fn has_ref(&self, kind: &str, name: &str) -> Result<bool, Error> {
        let name: Vec<String> = name.split('/').map(segment).collect();
        let path = format!("/git/ref/{kind}/{}", name.join("/"));
        match self.get::<GitRef>(&self.call(path, "contents: read")) {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The last part of a job's log. Needs `actions: read`.
    pub fn job_log(&self, job: u64) -> Result<String, Error> {
        let call = self.call(format_args!("/actions/jobs/{job}/logs"), "actions: read");
        let response = self.exchange("GET", &format!("{}{}", self.api, call.path), None, &call)?;
        Ok(response.text())
    }
}
