//! What GitHub answers, as far as it is looked at. Unknown fields are ignored; absent ones are empty.

use serde::Deserialize;

/// A commit status.
#[derive(Clone, Debug, Deserialize)]
pub struct Status {
    /// Its id: a higher one is newer.
    #[serde(default)]
    pub id: u64,
    /// Its name; GitHub compares without case.
    pub context: String,
    /// `success`, `pending`, `failure` or `error`.
    pub state: String,
    /// A page about it.
    #[serde(default)]
    pub target_url: Option<String>,
    /// A line about it.
    #[serde(default)]
    pub description: Option<String>,
}

/// A check run.
#[derive(Clone, Debug, Deserialize)]
pub struct CheckRun {
    /// Its id: a higher one is newer.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// `queued`, `in_progress`, `completed`, …
    pub status: String,
    /// What it came to, once completed.
    #[serde(default)]
    pub conclusion: Option<String>,
    /// When it began, RFC 3339.
    #[serde(default)]
    pub started_at: Option<String>,
    /// Its page.
    #[serde(default)]
    pub html_url: Option<String>,
    /// Who made it.
    #[serde(default)]
    pub app: Option<App>,
    /// What its maker calls it.
    #[serde(default)]
    pub external_id: Option<String>,
}

/// A deployment.
#[derive(Clone, Debug, Deserialize)]
pub struct Deployment {
    /// Its id.
    pub id: u64,
    /// The commit.
    pub sha: String,
}

/// A status of a deployment.
#[derive(Clone, Debug, Deserialize)]
pub struct DeploymentStatus {
    /// `success`, `failure`, `in_progress`, `inactive`, …
    pub state: String,
}

/// An app.
#[derive(Clone, Debug, Deserialize)]
pub struct App {
    /// Its id.
    pub id: u64,
    /// Its name in addresses.
    #[serde(default)]
    pub slug: Option<String>,
}

/// A rule that holds for a branch.
#[derive(Clone, Debug, Deserialize)]
pub struct BranchRule {
    /// Its type, such as `required_status_checks`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it says.
    #[serde(default)]
    pub parameters: serde_json::Value,
}

/// A branch.
#[derive(Clone, Debug, Deserialize)]
pub struct Branch {
    /// Its protection, as far as the token may see it.
    #[serde(default)]
    pub protection: serde_json::Value,
    /// True if it is protected.
    #[serde(default)]
    pub protected: bool,
}

/// A workflow run.
#[derive(Clone, Debug, Deserialize)]
pub struct WorkflowRun {
    /// Its id.
    pub id: u64,
    /// `queued`, `in_progress`, `completed`, …
    #[serde(default)]
    pub status: Option<String>,
    /// What it came to.
    #[serde(default)]
    pub conclusion: Option<String>,
    /// The newest attempt.
    #[serde(default)]
    pub run_attempt: Option<u64>,
    /// Its page.
    #[serde(default)]
    pub html_url: String,
}

/// A job of a workflow run.
#[derive(Clone, Debug, Deserialize)]
pub struct Job {
    /// Its id, which is that of its check run.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// `queued`, `in_progress`, `completed`, …
    pub status: String,
    /// What it came to, once completed.
    #[serde(default)]
    pub conclusion: Option<String>,
    /// Its page.
    #[serde(default)]
    pub html_url: Option<String>,
    /// Its steps.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// When it began, RFC 3339.
    #[serde(default)]
    pub started_at: Option<String>,
    /// When it ended, RFC 3339.
    #[serde(default)]
    pub completed_at: Option<String>,
    /// The machine that it ran on.
    #[serde(default)]
    pub runner_name: Option<String>,
}

/// A step of a job.
#[derive(Clone, Debug, Deserialize)]
pub struct Step {
    /// Its number, from 1.
    pub number: u64,
    /// Its name.
    pub name: String,
    /// What it came to, once completed.
    #[serde(default)]
    pub conclusion: Option<String>,
}

/// An artifact of a run.
#[derive(Clone, Debug, Deserialize)]
pub struct Artifact {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its size.
    #[serde(default)]
    pub size_in_bytes: u64,
    /// True if it is gone.
    #[serde(default)]
    pub expired: bool,
    /// When it goes, as RFC 3339.
    #[serde(default)]
    pub expires_at: Option<String>,
    /// `sha256:` and the digest of what was uploaded: of the zip, or of the one file without an archive.
    #[serde(default)]
    pub digest: Option<String>,
}

/// A release.
#[derive(Clone, Debug, Deserialize)]
pub struct Release {
    /// Its tag.
    pub tag_name: String,
    /// Its files.
    #[serde(default)]
    pub assets: Vec<Asset>,
}

/// A file of a release.
#[derive(Clone, Debug, Deserialize)]
pub struct Asset {
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// `uploaded`, or `open` while it is not.
    pub state: String,
    /// `sha256:` and the digest; absent of old assets.
    #[serde(default)]
    pub digest: Option<String>,
    /// Where it can be downloaded.
    #[serde(default, rename = "browser_download_url")]
    pub url: String,
}

/// A comment on a pull request.
#[derive(Clone, Debug, Deserialize)]
pub struct Comment {
    /// Its id: a lower one is older.
    pub id: u64,
    /// Its text.
    #[serde(default)]
    pub body: Option<String>,
    /// Who wrote it.
    #[serde(default)]
    pub user: Option<User>,
}

/// An account.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    /// Its name.
    pub login: String,
}

/// A pull request.
#[derive(Clone, Debug, Deserialize)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// `open` or `closed`.
    #[serde(default)]
    pub state: String,
}

/// How one commit stands to another.
#[derive(Clone, Debug, Deserialize)]
pub struct Comparison {
    /// `identical`, `ahead`, `behind` or `diverged`.
    pub status: String,
}

/// A branch or tag.
#[derive(Clone, Debug, Deserialize)]
pub struct NamedCommit {
    /// Its name, without `refs/…`.
    pub name: String,
    /// What it points to.
    pub commit: CommitName,
}

/// A ref.
#[derive(Clone, Debug, Deserialize)]
pub struct GitRef {
    /// What it points to.
    pub object: GitObject,
}

/// An object of git.
#[derive(Clone, Debug, Deserialize)]
pub struct GitObject {
    /// Its id.
    pub sha: String,
}

/// Something that has been created, of which only the id counts.
#[derive(Clone, Debug, Deserialize)]
pub struct Created {
    /// The id.
    pub id: u64,
}

/// A git object that has been created.
#[derive(Clone, Debug, Deserialize)]
pub struct CreatedObject {
    /// Its id.
    pub sha: String,
}

/// A commit, by its name alone.
#[derive(Clone, Debug, Deserialize)]
pub struct CommitName {
    /// The full name.
    pub sha: String,
}
