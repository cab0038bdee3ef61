//! The chain on GitHub, without git: read over REST, moved by GraphQL's `updateRefs`, or by creating and
//! fast-forwarding the ref over REST. `DELETE` is never used: it has no precondition.
//!
//! Needs the permission `contents: write`; `contents: read` to look.

use std::cell::{OnceCell, RefCell};

use serde_json::{Value, json};

use super::objects::AUTHOR;
use super::{Entry, FILE, MAX_STATE, Record, Store, StoreError, Swap, Tip, objects, record_of, state_of};
use crate::github::model::{CreatedObject, GitRef};
use crate::github::{Error, GitHub, segment};
use crate::lock::state::State;

const WRITE: &str = "contents: write";
const READ: &str = "contents: read";

/// The id that stands for "there is none".
const NONE: &str = "0000000000000000000000000000000000000000";

const UPDATE: &str = "mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }";
const NODE_ID: &str =
    "query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { id } }";

/// How the ref is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Mover {
    /// GraphQL `updateRefs`: names the old tip, and can cut the chain.
    Graphql,
    /// REST: creates the ref, and moves it to children only.
    Rest,
}

/// A ref in a repository on GitHub.
pub struct OnGitHub {
    /// Asks.
    pub github: GitHub,
    /// The ref, such as `refs/ci-guard/state`.
    pub reference: String,
    /// How it is moved.
    pub mover: Mover,
    /// The tip that was read or written last: a commit never changes, so whoever waits in line asks for the ref only.
    last: RefCell<Option<Tip>>,
    /// The id that GraphQL knows the repository by.
    node_id: OnceCell<Value>,
}

impl OnGitHub {
    /// The chain on a ref.
    pub fn new(github: GitHub, reference: String, mover: Mover) -> OnGitHub {
        OnGitHub { github, reference, mover, last: RefCell::default(), node_id: OnceCell::new() }
    }

    fn call(&self, path: String, permission: &'static str) -> crate::github::Call {
        self.github.call(path, permission)
    }

    /// Paths of the API name refs without `refs/`.
    fn path_of_ref(&self) -> String {
        segment(self.reference.strip_prefix("refs/").unwrap_or(&self.reference))
    }

    fn tip(&self) -> Result<Option<String>, StoreError> {
        let call = self.call(format!("/git/ref/{}", self.path_of_ref()), READ);
        match self.github.get::<GitRef>(&call) {
            Ok(found) => Ok(Some(found.object.sha)),
            Err(Error::NotFound { .. }) => self.is_absent().map(|()| None),
            // An empty repository.
            Err(Error::Refused { status: 409, .. }) => Err(StoreError::Forbidden(
                "the repository is empty; the lock needs one commit in it".to_owned(),
            )),
            Err(error) => Err(store_error(error)),
        }
    }

    /// GitHub answers 404 for what does not exist and for what the token may not see. The list of refs tells them
    /// apart: it is empty, and there.
    fn is_absent(&self) -> Result<(), StoreError> {
        let call = self.call(format!("/git/matching-refs/{}", self.path_of_ref()), READ);
        let refs: Vec<Value> = self.github.get(&call).map_err(store_error)?;
        let exact = |entry: &Value| entry.get("ref").and_then(Value::as_str) == Some(&self.reference);
        match refs.iter().any(exact) {
            true => Err(StoreError::Unreachable("the ref of the lock comes and goes".to_owned())),
            false => Ok(()),
        }
    }

    fn record(&self, id: &str) -> Result<(Option<String>, Record), StoreError> {
        let call = self.call(format!("/git/commits/{}", segment(id)), READ);
        let commit: Value = self.github.get(&call).map_err(store_error)?;
        let message = commit.get("message").and_then(Value::as_str).unwrap_or_default();
        let parent = commit.pointer("/parents/0/sha").and_then(Value::as_str).map(str::to_owned);
        Ok((parent, record_of(message)?))
    }

    /// Uploads the entry's objects. Nothing points to them yet, so losing an answer here loses nothing.
    fn upload(&self, entry: &Entry, parent: Option<&str>) -> Result<String, Error> {
        let document = entry.document();
        let blob = objects::id_of(gix::objs::Kind::Blob, document.as_bytes()).unwrap_or_default();
        let tree = json!({"tree": [{"path": FILE, "mode": "100644", "type": "blob", "content": document}]});
        let tree: CreatedObject =
            self.github.write("POST", &self.call("/git/trees".to_owned(), WRITE), &tree)?;
        let (name, email) = AUTHOR;
        let date = jiff::Timestamp::from_second(entry.at).unwrap_or_default().to_string();
        let person = json!({"name": name, "email": email, "date": date});
        let commit = json!({
            "message": entry.message(&blob), "tree": tree.sha,
            "parents": parent.map_or_else(Vec::new, |id| vec![id]), "author": person, "committer": person,
        });
        let commit: CreatedObject =
            self.github.write("POST", &self.call("/git/commits".to_owned(), WRITE), &commit)?;
        Ok(commit.sha)
    }

    fn node(&self) -> Result<Value, Error> {
        if let Some(known) = self.node_id.get() {
            return Ok(known.clone());
        }
        let (owner, name) = self.github.repository.split_once('/').unwrap_or_default();
        let variables = json!({"owner": owner, "name": name});
        let found = self.github.graphql(NODE_ID, &variables, "metadata: read", false)?;
        let id = found.pointer("/repository/id").cloned().unwrap_or(Value::Null);
        Ok(self.node_id.get_or_init(|| id).clone())
    }

    fn publish(&self, old: Option<&str>, new: &str, entry: &Entry) -> Result<(), Error> {
        match self.mover {
            Mover::Graphql => {
                let update = json!({"name": self.reference, "beforeOid": old.unwrap_or(NONE), "afterOid": new, "force": entry.is_root});
                let input = json!({"input": {"repositoryId": self.node()?, "refUpdates": [update]}});
                self.github.graphql(UPDATE, &input, WRITE, true).map(drop)
            }
            Mover::Rest => match old {
                None => {
                    let body = json!({"ref": self.reference, "sha": new});
                    let call = self.call("/git/refs".to_owned(), WRITE);
                    self.github.write::<Value>("POST", &call, &body).map(drop)
                }
                Some(_) => {
                    let body = json!({"sha": new, "force": false});
                    let call = self.call(format!("/git/refs/{}", self.path_of_ref()), WRITE);
                    self.github.write::<Value>("PATCH", &call, &body).map(drop)
                }
            },
        }
    }
}

impl Store for OnGitHub {
    fn read(&self) -> Result<Tip, StoreError> {
        let Some(id) = self.tip()? else {
            return Ok(Tip { id: None, state: State::default() });
        };
        if let Some(tip) = self.last.borrow().as_ref().filter(|tip| tip.id.as_ref() == Some(&id)) {
            return Ok(tip.clone());
        }
        let (_, record) = self.record(&id)?;
        let call = self.call(format!("/git/blobs/{}", segment(&record.state)), READ);
        let blob: Value = self.github.get(&call).map_err(store_error)?;
        let text = blob.get("content").and_then(Value::as_str).unwrap_or_default();
        let packed: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let bytes = data_encoding::BASE64.decode(&packed).ok().filter(|bytes| bytes.len() <= MAX_STATE);
        let bytes = bytes.ok_or_else(|| StoreError::Unreadable("its file is too large".to_owned()))?;
        let tip = Tip { id: Some(id), state: state_of(&bytes)? };
        *self.last.borrow_mut() = Some(tip.clone());
        Ok(tip)
    }

    fn swap(&self, tip: &Tip, entry: &Entry) -> Result<Swap, StoreError> {
        let parent = tip.id.as_deref().filter(|_| !entry.is_root);
        let new = match self.upload(entry, parent) {
            Ok(new) => new,
            Err(error) if error.is_unclear() => return Ok(Swap::Not(error.to_string())),
            Err(error) => return Err(store_error(error)),
        };
        match self.publish(tip.id.as_deref(), &new, entry) {
            Ok(()) => {
                *self.last.borrow_mut() = Some(Tip { id: Some(new), state: entry.state.clone() });
                Ok(Swap::Done)
            }
            Err(error) if error.is_forbidden() => Err(store_error(error)),
            // GraphQL says "no" and "I do not know" in the same words.
            Err(error) if error.is_unclear() => Ok(Swap::Unclear(error.to_string())),
            Err(error @ Error::Refused { .. }) => Ok(Swap::Not(error.to_string())),
            Err(error) => Err(store_error(error)),
        }
    }

    fn history(&self, most: usize) -> Result<Vec<(String, Record)>, StoreError> {
        let mut history = Vec::new();
        let mut next = self.tip()?;
        while let Some(id) = next.filter(|_| history.len() < most) {
            let (parent, record) = self.record(&id)?;
            history.push((id, record));
            next = parent;
        }
        Ok(history)
    }

    fn can_cut(&self) -> bool {
        self.mover == Mover::Graphql
    }
}

fn store_error(error: Error) -> StoreError {
    let words = error.to_string();
    match error {
        Error::Forbidden { .. } | Error::NotFound { .. } | Error::Refused { .. } => {
            StoreError::Forbidden(words)
        }
        error if error.is_forbidden() => StoreError::Forbidden(words),
        _ => StoreError::Unreachable(words),
    }
}
