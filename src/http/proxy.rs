//! Which proxy a request goes through, as the environment says.

use ureq::Proxy;
use ureq::http::Uri;

use crate::environment::Environment;

/// Said of a proxy that cannot be used; trying again would not help.
pub const UNUSABLE: &str = "the proxy that the environment names is no address of one";

/// The proxies of the environment.
#[derive(Clone, Default)]
pub struct Proxies {
    http: Option<String>,
    https: Option<String>,
    no_proxy: Vec<String>,
}

impl Proxies {
    /// Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case; the lower case wins.
    pub fn of(environment: &Environment) -> Proxies {
        let variable = |name: &str| {
            let lower = environment.non_empty(&name.to_ascii_lowercase());
            lower.or_else(|| environment.non_empty(name)).map(str::to_owned)
        };
        let all = variable("ALL_PROXY");
        let list = variable("NO_PROXY").unwrap_or_default();
        Proxies {
            http: variable("HTTP_PROXY").or_else(|| all.clone()),
            https: variable("HTTPS_PROXY").or(all),
            no_proxy: list.split(',').map(|host| host.trim().to_ascii_lowercase()).collect(),
        }
    }

    /// The proxy for an address, if it goes through one.
    pub fn for_uri(&self, uri: &Uri) -> Result<Option<Proxy>, String> {
        let named = if uri.scheme_str() == Some("https") { &self.https } else { &self.http };
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        match named {
            Some(address) if !self.is_direct(&host) => {
                Proxy::new(address).map(Some).map_err(|_| UNUSABLE.to_owned())
            }
            _ => Ok(None),
        }
    }

    /// True if `NO_PROXY` names the host: exactly, as `.domain`, `*.domain` or `domain` above it, or `*`.
    fn is_direct(&self, host: &str) -> bool {
        self.no_proxy.iter().filter(|entry| !entry.is_empty()).any(|entry| {
            let domain = entry.trim_start_matches("*.").trim_start_matches('.');
            let domain = domain.split(':').next().unwrap_or_default();
            entry == "*"
                || host == domain
                || (!domain.is_empty() && host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_and_no_proxy_decide() {
        let environment = Environment::of(&[
            ("https_proxy", "http://proxy.example:3128"),
            ("NO_PROXY", "localhost, .inner.example,plain.example"),
        ]);
        let proxies = Proxies::of(&environment);
        let goes = |url: &str| proxies.for_uri(&url.parse().unwrap()).unwrap().is_some();
        assert!(goes("https://api.github.com/x"));
        assert!(!goes("http://api.github.com/x"));
        assert!(!goes("https://localhost:8443/"));
        assert!(!goes("https://a.inner.example/"));
        assert!(!goes("https://b.plain.example/"));
        assert!(goes("https://notplain.example/"));
        let all = Proxies::of(&Environment::of(&[("ALL_PROXY", "http://p:1"), ("no_proxy", "*")]));
        assert!(all.for_uri(&"https://x.example".parse().unwrap()).unwrap().is_none());
    }
}
