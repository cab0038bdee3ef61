//! Go's configuration: which checksum database is asked, through which proxy, and about which modules nobody.
//! <https://go.dev/ref/mod#environment-variables>

use std::collections::HashMap;

use globset::GlobBuilder;

use super::Clients;
use crate::registries::Answer;

/// The public database.
const PUBLIC: &str = "sum.golang.org";

/// Go's configuration.
pub struct Go {
    /// The address of the database, or why there is none.
    database: Result<String, String>,
    /// Patterns of modules about which nobody is asked.
    private: Vec<String>,
}

impl Go {
    pub(super) fn of(clients: &Clients<'_>) -> Go {
        // What `go env -w` wrote counts where no variable says otherwise.
        let path = clients.variable("GOENV").map(std::path::PathBuf::from);
        let path = path.or_else(|| Some(clients.config_home()?.join("go/env")));
        let text = path.and_then(|path| super::file(&path)).unwrap_or_default();
        let written: HashMap<&str, &str> =
            text.lines().filter_map(|line| line.trim().split_once('=')).collect();
        let setting =
            |name: &str| clients.variable(name).or_else(|| written.get(name).copied()).unwrap_or_default();
        let private = match setting("GONOSUMDB") {
            "" => setting("GOPRIVATE"),
            named => named,
        };
        let private = private.split(',').map(str::trim).filter(|pattern| !pattern.is_empty());
        Go {
            database: database(setting("GOSUMDB"), setting("GOPROXY")),
            private: private.map(str::to_owned).collect(),
        }
    }

    /// The address of the database for a module.
    pub(in crate::registries) fn database(&self, module: &str) -> Result<&str, Answer> {
        if self.private.iter().any(|pattern| is_match(pattern, module)) {
            return Err(Answer::NotAsked("GOPRIVATE or GONOSUMDB says that they are private".to_owned()));
        }
        self.database.as_deref().map_err(|why| Answer::Unknown(why.clone()))
    }
}

/// `GOSUMDB` is `off`, a name, or a name with a key and an address.
fn database(sumdb: &str, proxies: &str) -> Result<String, String> {
    if sumdb == "off" {
        return Err("GOSUMDB=off says that no checksum database is asked".to_owned());
    }
    let mut words = sumdb.split_ascii_whitespace();
    let name = words.next().unwrap_or(PUBLIC).split('+').next().unwrap_or(PUBLIC);
    if let Some(url) = words.next() {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    // A proxy of one's own stands for the database, too.
    let first = proxies.split([',', '|']).map(str::trim).next().unwrap_or_default();
    let is_own = first.starts_with("http") && first.trim_end_matches('/') != "https://proxy.golang.org";
    Ok(match is_own {
        true => format!("{}/sumdb/{name}", first.trim_end_matches('/')),
        false => format!("https://{name}"),
    })
}

/// A pattern over the first parts of a module's path, as Go matches it.
fn is_match(pattern: &str, module: &str) -> bool {
    let parts = pattern.split('/').count();
    let prefix: Vec<&str> = module.split('/').take(parts).collect();
    let built = GlobBuilder::new(pattern).literal_separator(true).build();
    prefix.len() == parts && built.is_ok_and(|glob| glob.compile_matcher().is_match(prefix.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_the_one_that_go_would_ask() {
        assert_eq!(database("", "").unwrap(), "https://sum.golang.org");
        assert_eq!(database("", "https://proxy.golang.org,direct").unwrap(), "https://sum.golang.org");
        assert_eq!(database("", "https://go.example/").unwrap(), "https://go.example/sumdb/sum.golang.org");
        assert_eq!(database("sum.golang.org http://127.0.0.1:1/x", "").unwrap(), "http://127.0.0.1:1/x");
        assert!(database("off", "").is_err());
        assert!(is_match("*.corp.example", "git.corp.example/a/b"));
        assert!(is_match("github.com/org", "github.com/org/a"));
        assert!(!is_match("github.com/org", "github.com/organ/a"));
    }
}
