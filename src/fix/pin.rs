//! Actions by tag or branch, pinned to the commit that it stands for now. GitHub is asked for the commit.

use std::collections::BTreeMap;

use super::{Edit, Fix};
use crate::environment::Environment;
use crate::github::{Error, GitHub};

/// A reference that can be pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// `owner/name` of the action's repository.
    pub repository: String,
    /// The tag or branch.
    pub git_ref: String,
    /// Where it is written in the file.
    pub places: Vec<Place>,
}

/// A place of a reference in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The tag or branch, in bytes.
    pub range: std::ops::Range<usize>,
    /// Where a comment with the version is put; absent where something stands behind it already.
    pub comment: Option<usize>,
}

/// Looks commits up, each reference once.
pub struct Resolver<'e> {
    environment: &'e Environment,
    known: BTreeMap<(String, String), Result<String, String>>,
}

impl<'e> Resolver<'e> {
    /// A resolver that asks the server that the environment names.
    pub fn new(environment: &'e Environment) -> Self {
        Resolver { environment, known: BTreeMap::new() }
    }

    /// Gives a fix its edits.
    ///
    /// # Errors
    /// Why the commit cannot be had.
    pub fn resolve(&mut self, fix: &mut Fix) -> Result<(), String> {
        let Some(pin) = &fix.pin else { return Ok(()) };
        let key = (pin.repository.clone(), pin.git_ref.clone());
        let environment = self.environment;
        let commit = self.known.entry(key).or_insert_with(|| look_up(environment, pin)).clone()?;
        let edits = pin.places.iter().flat_map(|place| {
            let comment = place.comment.map(|at| Edit::insert(at, format!(" # {}", pin.git_ref)));
            [Some(Edit::replace(place.range.clone(), commit.as_str())), comment]
        });
        fix.edits = edits.flatten().collect();
        Ok(())
    }
}

fn look_up(environment: &Environment, pin: &Pin) -> Result<String, String> {
    let github = GitHub::for_repository(environment, &pin.repository)?;
    let commit = github.commit_of(&pin.git_ref).map_err(|error: Error| error.to_string())?;
    // What becomes a pin is a commit, whatever the server says.
    match crate::workflow::reference::is_commit(&commit) {
        true => Ok(commit.to_lowercase()),
        false => Err(format!("the answer about `{}@{}` is no commit", pin.repository, pin.git_ref)),
    }
}
