//! Records of OSV (<https://ossf.github.io/osv-schema/>), and which versions they are about.

pub mod affects;
pub mod group;
pub mod record;

pub use affects::{Decision, decide};
pub use record::Record;
