//! The objects of git that an entry becomes: a blob with the state, a tree with the blob, a commit with the tree.

use gix::objs::Kind;

use super::{Entry, FILE};

/// Who a commit of the chain is by. Nobody: what counts stands in the state.
pub const AUTHOR: (&str, &str) = ("ci-guard", "ci-guard@invalid");

/// An object and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// The id, 40 hex digits.
    pub id: String,
    /// Its content.
    pub data: Vec<u8>,
}

/// The id of an object; `None` if the content collides with another, which nobody meets by chance.
pub fn id_of(kind: Kind, data: &[u8]) -> Option<String> {
    let id = gix::objs::compute_hash(gix::hash::Kind::Sha1, kind, data).ok()?;
    Some(id.to_hex().to_string())
}

fn object(kind: Kind, data: Vec<u8>) -> Option<Object> {
    Some(Object { kind, id: id_of(kind, &data)?, data })
}

/// Blob, tree and commit of an entry, in this order.
pub fn of_entry(entry: &Entry, parent: Option<&str>) -> Option<[Object; 3]> {
    let blob = object(Kind::Blob, entry.document().into_bytes())?;
    let mut tree = format!("100644 {FILE}\0").into_bytes();
    tree.extend(data_encoding::HEXLOWER.decode(blob.id.as_bytes()).ok()?);
    let tree = object(Kind::Tree, tree)?;
    let (name, email) = AUTHOR;
    let person = format!("{name} <{email}> {} +0000", entry.at);
    let parent = parent.map(|id| format!("parent {id}\n")).unwrap_or_default();
    let message = entry.message(&blob.id);
    let commit = format!("tree {}\n{parent}author {person}\ncommitter {person}\n\n{message}", tree.id);
    let commit = object(Kind::Commit, commit.into_bytes())?;
    Some([blob, tree, commit])
}

/// Parent and message of a commit.
pub fn read_commit(data: &[u8]) -> Option<(Option<String>, String)> {
    let text = String::from_utf8_lossy(data);
    let (head, message) = text.split_once("\n\n")?;
    let parent = head.lines().find_map(|line| line.strip_prefix("parent ")).map(str::to_owned);
    Some((parent, message.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::state::State;

    #[test]
    fn ids_are_those_of_git() {
        assert_eq!(id_of(Kind::Blob, b"").unwrap(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(id_of(Kind::Tree, b"").unwrap(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        let entry =
            Entry { state: State::default(), event: "production: held\nx".into(), at: 0, is_root: false };
        let [blob, tree, commit] = of_entry(&entry, Some(&"1".repeat(40))).unwrap();
        assert_eq!(tree.data.len(), "100644 state.json\0".len() + 20);
        let (parent, message) = read_commit(&commit.data).unwrap();
        assert_eq!(parent.unwrap(), "1".repeat(40));
        assert_eq!(super::super::record_of(&message).unwrap().state, blob.id);
        assert!(message.starts_with("production: held x [skip ci]\n"));
    }
}
