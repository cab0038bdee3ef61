//! What is written, one function for each change.

use serde_json::{Value, json};

use super::model::*;
use super::{Error, GitHub, segment};

/// State of a commit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum StatusState {
    /// Something is wrong with what checks.
    Error,
    /// It failed.
    Failure,
    /// It is not known yet.
    Pending,
    /// It passed.
    Success,
}

impl StatusState {
    /// The word that GitHub takes.
    pub fn as_str(self) -> &'static str {
        match self {
            StatusState::Error => "error",
            StatusState::Failure => "failure",
            StatusState::Pending => "pending",
            StatusState::Success => "success",
        }
    }
}

/// A commit status to set, or a check run to report.
#[derive(Clone, Debug)]
pub struct NewStatus<'a> {
    /// The state.
    pub state: StatusState,
    /// The name.
    pub context: &'a str,
    /// A line about it; GitHub takes 140 characters, the rest is cut.
    pub description: Option<&'a str>,
    /// A page about it.
    pub target_url: Option<&'a str>,
}

impl GitHub {
    /// Sets a commit status. Setting the same once more changes nothing for readers, so a lost answer is no harm:
    /// it is sent again. Needs `statuses: write`.
    pub fn set_status(&self, commit: &str, status: &NewStatus<'_>) -> Result<(), Error> {
        let call = self.call(format_args!("/statuses/{}", segment(commit)), "statuses: write");
        let mut body = json!({"state": status.state.as_str(), "context": status.context});
        if let Some(text) = status.description {
            body["description"] = text.chars().take(140).collect::<String>().into();
        }
        if let Some(url) = status.target_url {
            body["target_url"] = url.into();
        }
        let mut tries = 0;
        loop {
            tries += 1;
            match self.write::<Value>("POST", &call, &body) {
                Err(error) if error.is_unclear() && tries < 3 => {}
                result => return result.map(drop),
            }
        }
    }

    /// Reports a check run. One of the same name that ci-guard began and nobody ended is ended; otherwise a new one is
    /// made. Whether a write whose answer was lost happened is looked up. Needs `checks: write`.
    pub fn report_check_run(&self, commit: &str, status: &NewStatus<'_>) -> Result<(), Error> {
        let own = format!("ci-guard:{}", status.context);
        let runs = || -> Result<Vec<CheckRun>, Error> {
            let mut runs = self.check_runs_called(commit, status.context)?;
            runs.retain(|run| run.name == status.context && run.external_id.as_ref() == Some(&own));
            Ok(runs)
        };
        let known = runs()?;
        let newest = known.iter().map(|run| run.id).max();
        let begun = known.iter().filter(|run| run.status != "completed").map(|run| run.id).max();
        let mut body = check_run(status);
        let (method, call) = match begun {
            Some(id) => ("PATCH", self.call(format_args!("/check-runs/{id}"), "checks: write")),
            None => {
                body["head_sha"] = commit.into();
                body["external_id"] = own.clone().into();
                ("POST", self.call("/check-runs", "checks: write"))
            }
        };
        let mut tries = 0;
        loop {
            tries += 1;
            match self.write::<Value>(method, &call, &body) {
                Err(error) if error.is_unclear() && tries < 3 => {
                    // A change that is sent again is the same; a run that is made again would be a second one.
                    if begun.is_none() && runs()?.iter().map(|run| run.id).max() > newest {
                        return Ok(());
                    }
                }
                result => return result.map(drop),
            }
        }
    }

    /// Writes a comment. Needs `pull-requests: write`.
    pub fn create_comment(&self, number: u64, body: &str) -> Result<Comment, Error> {
        let call = self.call(format_args!("/issues/{number}/comments"), "pull-requests: write");
        self.write("POST", &call, &json!({ "body": body }))
    }

    /// Changes a comment. Needs `pull-requests: write`.
    pub fn update_comment(&self, id: u64, body: &str) -> Result<Comment, Error> {
        let call = self.call(format_args!("/issues/comments/{id}"), "pull-requests: write");
        self.write("PATCH", &call, &json!({ "body": body }))
    }

    /// Removes a comment. Needs `pull-requests: write`.
    pub fn delete_comment(&self, id: u64) -> Result<(), Error> {
        let call = self.call(format_args!("/issues/comments/{id}"), "pull-requests: write");
        match self.write::<Value>("DELETE", &call, &Value::Null) {
            Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Creates a deployment of a commit that waits for nothing and merges nothing. Needs `deployments: write`.
    pub fn create_deployment(
        &self,
        commit: &str,
        environment: &str,
        description: &str,
    ) -> Result<Created, Error> {
        let call = self.call("/deployments", "deployments: write");
        let body = json!({
            "ref": commit, "environment": environment, "auto_merge": false, "required_contexts": [],
            "description": description.chars().take(140).collect::<String>(),
        });
        self.write("POST", &call, &body)
    }

    /// Sets the state of a deployment. Needs `deployments: write`.
    pub fn set_deployment_status(
        &self,
        deployment: u64,
        state: &str,
        description: &str,
        log_url: Option<&str>,
    ) -> Result<(), Error> {
        let call = self.call(format_args!("/deployments/{deployment}/statuses"), "deployments: write");
        let description: String = description.chars().take(140).collect();
        let mut body = json!({"state": state, "description": description});
        if let Some(url) = log_url {
            body["log_url"] = url.into();
        }
        self.write::<Value>("POST", &call, &body).map(drop)
    }
}

/// A check run in GitHub's words: it knows no "error", and its output needs a title and a summary.
fn check_run(status: &NewStatus<'_>) -> Value {
    let words = status.description.unwrap_or(status.state.as_str());
    let title: String = words.chars().take(255).collect();
    let summary: String = words.chars().take(65_000).collect();
    let mut body = json!({"name": status.context, "output": {"title": title, "summary": summary}});
    match status.state {
        StatusState::Pending => body["status"] = "in_progress".into(),
        state => {
            let conclusion = if state == StatusState::Success { "success" } else { "failure" };
            body["status"] = "completed".into();
            body["conclusion"] = conclusion.into();
        }
    }
    if let Some(url) = status.target_url {
        body["details_url"] = url.into();
    }
    body
}
