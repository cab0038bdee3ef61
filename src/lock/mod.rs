//! The deployment lock: a chain of states on one ref of git, moved forward by compare-and-swap only.
//!
//! [`machine`] says what a request makes of a state, [`session`] carries a request through to an answer, and
//! [`store`] reads and swaps the tip of the chain on a server. The ref is never deleted, so an old tip never comes
//! back; the number of the transition that granted a lock is its fencing token.

pub mod machine;
pub mod session;
pub mod state;
pub mod store;
pub mod words;
pub mod world;

/// Where the chain stands unless somebody says otherwise: outside of branches and tags, so that no rule for these
/// holds for it and no workflow runs when it moves.
pub const DEFAULT_REF: &str = "refs/ci-guard/state";
