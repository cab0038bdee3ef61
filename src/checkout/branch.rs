//! A branch of records: read from the clone, and appended to with a commit, without a git binary.

use gix::bstr::ByteSlice as _;
use gix::refs::transaction::{Change, LogChange, PreviousValue, RefEdit};

use super::git::{Git, hex};

/// Who makes the commits.
const NAME: &str = "ci-guard";

impl Git {
    /// The tip of a branch: the clone's own, or that of `origin` where it is further. `None` if there is neither.
    pub fn branch(&self, name: &str) -> Result<Option<String>, String> {
        let repository = self.repository.to_thread_local();
        let tip = |reference: String| -> Option<String> {
            let mut found = repository.try_find_reference(reference.as_str()).ok()??;
            Some(found.peel_to_id().ok()?.to_string())
        };
        let (own, remote) = (tip(format!("refs/heads/{name}")), tip(format!("refs/remotes/origin/{name}")));
        Ok(match (own, remote) {
            (Some(own), Some(remote)) if own != remote => match self.is_ancestor(&remote, &own) {
                Some(true) => Some(own),
                _ if self.is_ancestor(&own, &remote) == Some(true) => Some(remote),
                _ => return Err(format!("the branch `{name}` and that of `origin` went different ways")),
            },
            (own, remote) => own.or(remote),
        })
    }

    /// Commits `content` as `file` at the root of a branch, on top of `parent`. Other files there stay. The branch is
    /// only moved in this clone.
    pub fn append_to_branch(
        &self,
        name: &str,
        parent: Option<&str>,
        (file, content): (&str, &str),
        message: &str,
        seconds: i64,
    ) -> anyhow::Result<String> {
        let repository = self.repository.to_thread_local();
        let failed = |error: &dyn std::fmt::Display| anyhow::anyhow!("the branch `{name}`: {error}");
        let blob = repository.write_blob(content).map_err(|error| failed(&error))?.detach();
        let parent = parent.and_then(hex);
        let mut tree = gix::objs::Tree::empty();
        if let Some(parent) = parent {
            let object = repository.find_object(parent).map_err(|error| failed(&error))?;
            let commit = object.try_into_commit().map_err(|error| failed(&error))?;
            let before = commit.tree().map_err(|error| failed(&error))?;
            for entry in before.iter() {
                let entry = entry.map_err(|error| failed(&error))?;
                if entry.filename().as_bytes() != file.as_bytes() {
                    tree.entries.push(gix::objs::tree::Entry {
                        mode: entry.mode(),
                        filename: entry.filename().to_owned(),
                        oid: entry.object_id(),
                    });
                }
            }
        }
        let mode = gix::objs::tree::EntryKind::Blob.into();
        tree.entries.push(gix::objs::tree::Entry { mode, filename: file.into(), oid: blob });
        crate::sorted::by(&mut tree.entries, Ord::cmp);
        let tree = repository.write_object(&tree).map_err(|error| failed(&error))?.detach();
        let email = "ci-guard@users.noreply.github.com";
        let time = gix::date::Time { seconds, offset: 0 };
        let signature = gix::actor::Signature { name: NAME.into(), email: email.into(), time };
        let commit = gix::objs::Commit {
            tree,
            parents: parent.into_iter().collect(),
            author: signature.clone(),
            committer: signature.clone(),
            encoding: None,
            message: message.into(),
            extra_headers: Vec::new(),
        };
        let id = repository.write_object(&commit).map_err(|error| failed(&error))?.detach();
        let edit = RefEdit {
            change: Change::Update {
                log: LogChange { message: message.into(), ..LogChange::default() },
                expected: PreviousValue::Any,
                new: gix::refs::Target::Object(id),
            },
            name: format!("refs/heads/{name}").try_into().map_err(|error| failed(&error))?,
            deref: false,
        };
        let mut buffer = gix::date::parse::TimeBuf::default();
        let committer = Some(signature.to_ref(&mut buffer));
        repository.edit_references_as([edit], committer).map_err(|error| failed(&error))?;
        Ok(id.to_string())
    }
}
