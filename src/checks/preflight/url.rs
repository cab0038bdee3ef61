//! URLs and connection strings, as far as a deploy depends on them: scheme, credentials, host, port.

/// The parts of a URL. They are parts of the value, and as secret.
pub struct Url<'v> {
    /// What stands before `://`.
    pub scheme: &'v str,
    /// The user, as written.
    pub user: Option<&'v str>,
    /// The password, as written.
    pub password: Option<&'v str>,
    /// The hosts without ports; several for some databases.
    pub hosts: Vec<&'v str>,
    /// What follows the authority, with its first character.
    pub rest: &'v str,
}

/// What is wrong with a URL, to follow "the value of `NAME`".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlFault {
    /// No `scheme://`.
    NoScheme,
    /// White space or control characters.
    Space,
    /// A character in the password that ends it.
    Password,
    /// Nothing where the host should be.
    NoHost,
    /// No number from 1 to 65535.
    Port,
}

impl UrlFault {
    /// What is wrong.
    pub fn what(self) -> &'static str {
        match self {
            UrlFault::NoScheme => "is no URL: it does not begin with a scheme such as `https://`",
            UrlFault::Space => "is no URL: it holds a space or line break",
            UrlFault::Password => "holds a user name or password that ends too early",
            UrlFault::NoHost => "is a URL without a host",
            UrlFault::Port => "is a URL whose port is no number from 1 to 65535",
        }
    }

    /// What to do.
    pub fn help(self) -> &'static str {
        match self {
            UrlFault::NoScheme => "write the whole URL, with its scheme",
            UrlFault::Space => "write a space as `%20`",
            UrlFault::Password => {
                "in user name and password write `@` as `%40`, `:` as `%3A`, `/` as `%2F`, `?` as `%3F`, `#` as `%23`"
            }
            UrlFault::NoHost => "write `scheme://user:password@host:port/name`",
            UrlFault::Port => "write the port after the host, or leave `:` out",
        }
    }
}

impl<'v> Url<'v> {
    /// Takes a URL apart.
    pub fn parse(text: &'v str) -> Result<Url<'v>, UrlFault> {
        let (scheme, after) = text.split_once("://").ok_or(UrlFault::NoScheme)?;
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
        if !is_scheme {
            return Err(UrlFault::NoScheme);
        }
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(UrlFault::Space);
        }
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        let (authority, rest) = after.split_at(end);
        let (credentials, host) = match authority.rsplit_once('@') {
            Some((credentials, host)) => (Some(credentials), host),
            None => (None, authority),
        };
        let (user, password) = match credentials.map(|both| both.split_once(':').ok_or(both)) {
            Some(Ok((user, password))) => (Some(user), Some(password)),
            Some(Err(user)) => (Some(user), None),
            None => (None, None),
        };
        let raw = |part: Option<&str>| part.is_some_and(|part| part.contains('@'));
        if raw(user) || raw(password) {
            return Err(UrlFault::Password);
        }
        let mut hosts = Vec::new();
        for one in host.split(',') {
            let (name, port) = split_port(one);
            if port.is_some_and(|port| port.parse::<u16>().map_or(true, |port| port == 0)) {
                // `user:pa/ss@host`: what looks like a host and its port is the start of the credentials.
                let cut = credentials.is_none() && rest.contains('@');
                return Err(if cut { UrlFault::Password } else { UrlFault::Port });
            }
            hosts.push(name);
        }
        Ok(Url { scheme, user, password, hosts, rest })
    }

    /// The error of a URL that names no host, for schemes that need one.
    pub fn needs_host(&self) -> Result<(), UrlFault> {
        // A path or a query can name a socket.
        let socket =
            ["unix", "file", "sqlite", "sqlite3"].contains(&self.scheme) || self.rest.contains("host=");
        let empty = self.hosts.iter().all(|host| host.is_empty());
        if empty && !socket { Err(UrlFault::NoHost) } else { Ok(()) }
    }

    /// True if every host is the machine that uses the URL.
    pub fn is_local(&self) -> bool {
        !self.hosts.is_empty() && self.hosts.iter().all(|host| is_local(host))
    }

    /// True if the URL gives access to something: it holds a password, a user alone (a key), or a query that
    /// names a secret.
    pub fn holds_secret(&self) -> bool {
        let query = self.rest.to_ascii_lowercase();
        let named = ["token=", "key=", "secret=", "password=", "sig=", "signature=", "code=", "auth="];
        self.password.is_some_and(|password| !password.is_empty())
            || (self.user.is_some_and(|user| user.len() >= 16))
            || (query.contains('?') && named.iter().any(|name| query.contains(name)))
    }
}

/// True for the names and addresses of the machine itself.
pub fn is_local(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    matches!(host.as_str(), "localhost" | "::1" | "0.0.0.0" | "host.docker.internal")
        || host.ends_with(".localhost")
        || (host.starts_with("127.") && host.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// Host and port; the colons of an address in brackets belong to the address.
fn split_port(text: &str) -> (&str, Option<&str>) {
    let after_bracket = text.rfind(']').map_or(0, |at| at + 1);
    match text[after_bracket..].rsplit_once(':') {
        Some((before, port)) => (&text[..after_bracket + before.len()], Some(port)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<UrlFault> {
        Url::parse(text).and_then(|url| url.needs_host()).err()
    }

    #[test]
    fn urls_are_taken_apart() {
        let url = Url::parse("postgres://app:p%40ss@db.example:5432/app?sslmode=require").ok().unwrap();
        assert_eq!((url.scheme, url.user, url.password), ("postgres", Some("app"), Some("p%40ss")));
        assert_eq!((url.hosts.as_slice(), url.rest), (["db.example"].as_slice(), "/app?sslmode=require"));
        let url = Url::parse("mongodb+srv://u:p@a:1,b:2/x").ok().unwrap();
        assert_eq!(url.hosts, ["a", "b"]);
        assert!(Url::parse("redis://[::1]:6379/0").is_ok_and(|url| url.is_local()));
        assert!(Url::parse("http://127.0.0.1:8080").is_ok_and(|url| url.is_local()));
        assert!(Url::parse("http://127.example").is_ok_and(|url| !url.is_local()));
    }

    #[test]
    fn faults_are_named() {
        assert_eq!(fault("db.example:5432"), Some(UrlFault::NoScheme));
        assert_eq!(fault("https://a b"), Some(UrlFault::Space));
        assert_eq!(fault("postgres://u:p@ss@host/db"), Some(UrlFault::Password));
        assert_eq!(fault("postgres://u:p/ss@host/db"), Some(UrlFault::Password));
        assert_eq!(fault("postgres://u:p#ss@host/db"), Some(UrlFault::Password));
        assert_eq!(fault("https:///path"), Some(UrlFault::NoHost));
        assert_eq!(fault("https://host:99999"), Some(UrlFault::Port));
        assert_eq!(fault("https://host:"), Some(UrlFault::Port));
        assert_eq!(fault("postgresql:///db?host=/run/postgresql"), None);
        assert_eq!(fault("https://host/a@b"), None);
    }

    #[test]
    fn a_url_is_secret_if_it_lets_somebody_in() {
        let secret = |text| Url::parse(text).is_ok_and(|url| url.holds_secret());
        assert!(secret("redis://:pw@host"));
        assert!(secret("https://host/x?sig=abc"));
        assert!(!secret("https://host/x?page=2"));
        assert!(!secret("https://user@host/x"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_taken_apart(text in "(?s)([a-z]{1,5}://)?([\\[\\]:@,/?#%]|\\PC){0,40}") {
            if let Ok(url) = Url::parse(&text) {
                let _ = (url.is_local(), url.holds_secret(), url.needs_host());
            }
        }
    }
}
