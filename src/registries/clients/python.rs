//! The configuration of pip and uv: the index that takes the place of PyPI, further indexes, and their credentials.
//! <https://pip.pypa.io/en/stable/topics/configuration/>, <https://docs.astral.sh/uv/concepts/indexes/>

use std::path::PathBuf;

use super::{Clients, Netrc, is_safe, is_same, split_user, tree};
use crate::http::{Credential, origin};
use crate::registries::Answer;
use crate::tree::Syntax;

/// The public index.
const PUBLIC: &str = "https://pypi.org/simple";

/// The configuration.
#[derive(Default)]
pub struct Python {
    /// What takes the place of PyPI.
    default: Option<Index>,
    /// Further indexes.
    others: Vec<Index>,
}

struct Index {
    url: String,
    credential: Option<Credential>,
}

impl Python {
    pub(super) fn of(clients: &Clients<'_>) -> Python {
        let mut python = Python::default();
        let netrc = clients.netrc();
        for name in ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"] {
            if let Some(url) = clients.variable(name) {
                python.set_default(url, clients, &netrc);
            }
        }
        for name in ["UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"] {
            let urls = clients.variable(name).unwrap_or_default();
            urls.split_ascii_whitespace().for_each(|url| python.add(url, clients, &netrc));
        }
        let config = clients.config_home();
        let uv = [config.as_ref().map(|folder| folder.join("uv/uv.toml")), Some("/etc/uv/uv.toml".into())];
        for text in uv.into_iter().flatten().filter_map(|path| super::file(&path)) {
            python.uv(&text, clients, &netrc);
        }
        let mut pip: Vec<PathBuf> = Vec::new();
        match clients.variable("PIP_CONFIG_FILE") {
            Some("/dev/null" | "nul") => {}
            Some(named) => pip.push(named.into()),
            None => {}
        }
        if clients.variable("PIP_CONFIG_FILE") != Some("/dev/null") {
            pip.extend(clients.variable("VIRTUAL_ENV").map(|folder| PathBuf::from(folder).join("pip.conf")));
            pip.extend(
                config.iter().flat_map(|folder| [folder.join("pip/pip.conf"), folder.join("pip/pip.ini")]),
            );
            pip.extend(clients.home().map(|home| home.join(".pip/pip.conf")));
            pip.extend(["/etc/xdg/pip/pip.conf".into(), "/etc/pip.conf".into()]);
        }
        for text in pip.iter().filter_map(|path| super::file(path)) {
            python.pip(&text, clients, &netrc);
        }
        python
    }

    fn set_default(&mut self, url: &str, clients: &Clients<'_>, netrc: &Netrc) {
        if self.default.is_none() {
            self.default = Some(index(url, clients, netrc));
        }
    }

    fn add(&mut self, url: &str, clients: &Clients<'_>, netrc: &Netrc) {
        self.others.push(index(url, clients, netrc));
    }

    fn uv(&mut self, text: &str, clients: &Clients<'_>, netrc: &Netrc) {
        let tree = tree(text, Syntax::Toml);
        let Some(root) = tree.root() else { return };
        for index in root.get("index").into_iter().flat_map(|list| list.items()) {
            let Some(url) = index.get("url").and_then(|url| url.as_str()) else { continue };
            let name = index.get("name").and_then(|name| name.as_str());
            let named = name.map_or_else(|| url.to_owned(), |name| format!("{name}={url}"));
            match index.get("default").and_then(|value| value.as_bool()) {
                Some(true) => self.set_default(&named, clients, netrc),
                _ => self.add(&named, clients, netrc),
            }
        }
        if let Some(url) = root.get("index-url").and_then(|url| url.as_str()) {
            self.set_default(url, clients, netrc);
        }
        for url in root.get("extra-index-url").into_iter().flat_map(|list| list.items()) {
            if let Some(url) = url.as_str() {
                self.add(url, clients, netrc);
            }
        }
    }

    /// The keys of `[global]`, and of `[install]` and `[download]`, which say the same.
    fn pip(&mut self, text: &str, clients: &Clients<'_>, netrc: &Netrc) {
        let mut section = "";
        let mut key = "";
        for line in text.lines() {
            let trimmed = line.trim();
            if trimmed.starts_with(['#', ';']) || trimmed.is_empty() {
                continue;
            }
            if let Some(name) = trimmed.strip_prefix('[') {
                section = name.trim_end_matches(']');
                continue;
            }
            // A line that is set in goes on with the value before.
            let value = match line.split_once(['=', ':']) {
                Some((name, value)) if !line.starts_with([' ', '\t']) => {
                    key = name.trim();
                    value.trim()
                }
                _ => trimmed,
            };
            if !["global", "install", "download"].contains(&section) {
                continue;
            }
            for url in value.split_ascii_whitespace() {
                match key.replace('_', "-").as_str() {
                    "index-url" => self.set_default(url, clients, netrc),
                    "extra-index-url" => self.add(url, clients, netrc),
                    _ => {}
                }
            }
        }
    }

    /// The indexes to be asked for a registry as lockfiles name it, and the credential for the first.
    pub(in crate::registries) fn indexes(
        &self,
        registry: &str,
        declared: bool,
    ) -> Result<(Vec<String>, Option<Credential>), Answer> {
        let (registry, _) = split_user(registry);
        let is_public = registry.is_empty()
            || origin(&registry).is_some_and(|(_, host, _)| host == "pypi.org" || host == "pypi.python.org");
        if !is_public {
            let mut known = self.others.iter().chain(&self.default);
            if let Some(index) = known.find(|index| is_same(&index.url, &registry)) {
                return Ok((vec![index.url.clone()], index.credential.clone()));
            }
            if declared && is_safe(&registry) {
                return Ok((vec![registry], None));
            }
            return Err(Answer::Unknown(format!(
                "neither the configuration of pip and uv nor the project names the index {}",
                crate::http::shown(&registry)
            )));
        }
        let Some(default) = &self.default else {
            let mut urls = vec![PUBLIC.to_owned()];
            // Where the lockfile names no index, the package may come from any of them.
            if registry.is_empty() {
                urls.extend(
                    self.others
                        .iter()
                        .filter(|index| index.credential.is_none())
                        .map(|index| index.url.clone()),
                );
            }
            return Ok((urls, None));
        };
        let mut urls = vec![default.url.clone()];
        let same = |index: &&Index| origin(&index.url) == origin(&default.url);
        urls.extend(self.others.iter().filter(same).map(|index| index.url.clone()));
        Ok((urls, default.credential.clone()))
    }
}

/// `url`, or `name=url` as uv writes it, with the credential that is in it or that is kept for it elsewhere.
fn index(text: &str, clients: &Clients<'_>, netrc: &Netrc) -> Index {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let (name, url) = match text.split_once('=') {
        Some((name, url)) if is_name(name) => (Some(name), url),
        _ => (None, text),
    };
    let (url, mut user) = split_user(url);
    if let Some(name) = name {
        let key = name.to_ascii_uppercase().replace(['-', '.'], "_");
        let variable = |part: &str| clients.variable(&format!("UV_INDEX_{key}_{part}")).map(str::to_owned);
        if let Some(password) = variable("PASSWORD") {
            user = Some((variable("USERNAME").unwrap_or_default(), password));
        }
    }
    let credential = user.map(|(name, password)| Credential::basic(&name, &password));
    Index { credential: credential.or_else(|| netrc.credential(&url)), url }
}
