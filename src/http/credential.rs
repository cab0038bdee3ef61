//! What proves who asks. It cannot be printed, and is wiped when it goes.

use data_encoding::BASE64;
use zeroize::Zeroizing;

/// An `Authorization` header.
#[derive(Clone)]
pub struct Credential(Zeroizing<String>);

impl Credential {
    /// A token.
    pub fn bearer(token: &str) -> Credential {
        Credential(Zeroizing::new(format!("Bearer {}", token.trim())))
    }

    /// A token that stands for itself, as Cargo's registries take it.
    pub fn plain(token: &str) -> Credential {
        Credential(Zeroizing::new(token.trim().to_owned()))
    }

    /// A user and a password; servers that speak git take a token so.
    pub fn basic(user: &str, password: &str) -> Credential {
        let pair = Zeroizing::new(format!("{user}:{}", password.trim()));
        Credential(Zeroizing::new(format!("Basic {}", BASE64.encode(pair.as_bytes()))))
    }

    pub(super) fn header(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential(***)")
    }
}
