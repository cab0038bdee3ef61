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

/// A commit status to set.
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
