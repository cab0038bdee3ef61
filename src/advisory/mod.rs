//! What the world says about flaws in packages: how bad they are, which versions they are in.

pub mod cvss;
pub mod known;
pub mod level;
pub mod osv;
pub mod version;

pub use level::Level;
