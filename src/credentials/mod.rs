//! What is known of credentials: their formats, what they say about themselves, and what only stands in for them.
//! `preflight` holds the values of variables against it, `secrets` looks for them where they do not belong.

pub mod formats;
pub mod jwt;
pub mod pem;
pub mod proofs;
pub mod providers;
pub mod secret;
pub mod shape;
pub mod standin;
