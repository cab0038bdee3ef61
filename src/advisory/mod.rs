//! What the world says about flaws in packages: how bad they are, which versions they are in.

pub mod level;

pub use level::Level;
