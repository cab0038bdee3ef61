//! Addresses: their origin, where a redirect leads, and how they are shown.

use ureq::http::Uri;

/// Scheme, host and port: what a credential belongs to.
pub fn origin(url: &str) -> Option<(String, String, u16)> {
    let uri: Uri = url.parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    Some((scheme, uri.host()?.to_ascii_lowercase(), port))
}

/// The address without user, password, query and fragment: a query can hold a signature.
pub fn shown(url: &str) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    match plain.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => plain.to_owned(),
    }
}

/// Where a `Location` leads from an address: absolute, or a path on the same origin.
pub fn join(url: &str, location: &str) -> Option<String> {
    let location = location.split('#').next().unwrap_or_default();
    if location.starts_with("https://") || location.starts_with("http://") {
        return Some(location.to_owned());
    }
    let (scheme, rest) = url.split_once("://")?;
    if let Some(other) = location.strip_prefix("//") {
        return Some(format!("{scheme}://{other}"));
    }
    let authority = rest.split(['/', '?', '#']).next()?;
    if location.starts_with('/') {
        return Some(format!("{scheme}://{authority}{location}"));
    }
    let path = rest.strip_prefix(authority)?.split(['?', '#']).next().unwrap_or_default();
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    (!location.is_empty() && !location.contains(':'))
        .then(|| format!("{scheme}://{authority}{folder}/{location}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_case_belong_to_the_origin() {
        assert_eq!(origin("https://API.example/x"), origin("https://api.example:443/"));
        assert_ne!(origin("https://api.example/"), origin("https://api.example.net/"));
        assert_ne!(origin("https://api.example/"), origin("http://api.example/"));
        assert_eq!(origin("no address"), None);
    }

    #[test]
    fn what_is_shown_holds_no_secret() {
        assert_eq!(shown("https://user:pass@host/a?sig=1#x"), "https://host/a");
        assert_eq!(shown("https://host"), "https://host");
    }

    #[test]
    fn redirects_lead_somewhere() {
        let from = "https://host:8443/a/b?c";
        assert_eq!(join(from, "/x").as_deref(), Some("https://host:8443/x"));
        assert_eq!(join(from, "x").as_deref(), Some("https://host:8443/a/x"));
        assert_eq!(join(from, "//other/x").as_deref(), Some("https://other/x"));
        assert_eq!(join(from, "https://other/x#y").as_deref(), Some("https://other/x"));
        assert_eq!(join(from, "javascript:alert(1)"), None);
        assert_eq!(join(from, ""), None);
    }
}
