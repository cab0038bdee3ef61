//! The configuration of npm, pnpm, yarn and bun: registries by scope, and credentials by address.
//! <https://docs.npmjs.com/cli/v11/configuring-npm/npmrc>

use std::collections::HashMap;

use data_encoding::BASE64;

use super::{Clients, is_safe, tree};
use crate::http::Credential;
use crate::tree::Syntax;

/// The public registry.
const PUBLIC: &str = "https://registry.npmjs.org";

/// The configuration for one folder.
#[derive(Default)]
pub struct Npm {
    registry: Option<String>,
    scopes: HashMap<String, String>,
    /// Addresses without scheme, with a final `/`, and what proves who asks there.
    credentials: Vec<(String, Credential)>,
}

impl Npm {
    pub(super) fn of(clients: &Clients<'_>, folder: &str) -> Npm {
        let mut npm = Npm::default();
        for name in clients.environment.names() {
            let is_registry =
                name.eq_ignore_ascii_case("npm_config_registry") || name == "YARN_NPM_REGISTRY_SERVER";
            if is_registry && npm.registry.is_none() {
                npm.registry = clients.variable(name).map(str::to_owned);
            }
        }
        // The nearest counts, so it is read first.
        let mut folders = vec![folder];
        if !folder.is_empty() {
            folders.push("");
        }
        for folder in folders {
            let beside = |name: &str| match folder {
                "" => name.to_owned(),
                folder => format!("{folder}/{name}"),
            };
            if let Some(text) = clients.reviewed(&beside(".npmrc")) {
                npm.read(&text, None);
            }
            if let Some(text) = clients.reviewed(&beside(".yarnrc.yml")) {
                npm.yarn(&text, false);
            }
        }
        let user =
            clients.environment.names().find(|name| name.eq_ignore_ascii_case("npm_config_userconfig"));
        let user = user.and_then(|name| clients.variable(name)).map(std::path::PathBuf::from);
        let user = user.or_else(|| Some(clients.home()?.join(".npmrc")));
        let machine = ["/usr/etc/npmrc", "/usr/local/etc/npmrc", "/etc/npmrc"].map(std::path::PathBuf::from);
        for path in user.into_iter().chain(machine) {
            if let Some(text) = super::file(&path) {
                npm.read(&text, Some(clients));
            }
        }
        if let Some(text) = clients.home().and_then(|home| super::file(&home.join(".yarnrc.yml"))) {
            npm.yarn(&text, true);
        }
        npm
    }

    /// Lines of an `.npmrc`. Only the user's own may hold credentials and variables.
    fn read(&mut self, text: &str, user: Option<&Clients<'_>>) {
        let mut parts: HashMap<String, [Option<String>; 2]> = HashMap::new();
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';', '['])) {
            let Some((key, value)) = line.split_once('=') else { continue };
            let (key, value) = (key.trim(), value.trim().trim_matches(['"', '\'']));
            let value = match user {
                Some(clients) => expanded(value, clients),
                None if value.contains("${") => continue,
                None => value.to_owned(),
            };
            if key == "registry" || key.ends_with(":registry") {
                if user.is_none() && !is_safe(&value) {
                    continue;
                }
                match key.strip_suffix(":registry") {
                    None => drop(self.registry.get_or_insert(value)),
                    Some(scope) => drop(self.scopes.entry(scope.to_owned()).or_insert(value)),
                }
            } else if let Some((address, name)) = key.strip_prefix("//").and_then(|key| key.rsplit_once(':'))
                && user.is_some()
                && !value.is_empty()
            {
                let address = format!("{}/", address.trim_end_matches('/'));
                match name {
                    "_authToken" => self.credentials.push((address, Credential::bearer(&value))),
                    "_auth" => self.credentials.extend(basic(&value).map(|credential| (address, credential))),
                    "username" => parts.entry(address).or_default()[0] = Some(value),
                    "_password" => parts.entry(address).or_default()[1] = Some(value),
                    _ => {}
                }
            }
        }
        for (address, [user, password]) in parts {
            let password = password.and_then(|password| BASE64.decode(password.as_bytes()).ok());
            let password = password.and_then(|password| String::from_utf8(password).ok());
            if let (Some(user), Some(password)) = (user, password) {
                self.credentials.push((address, Credential::basic(&user, &password)));
            }
        }
    }

    fn yarn(&mut self, text: &str, is_users: bool) {
        let tree = tree(text, Syntax::Yaml);
        let Some(root) = tree.root() else { return };
        let usable = |url: &str| !url.contains("${") && (is_users || is_safe(url));
        if let Some(url) = root.get("npmRegistryServer").and_then(|url| url.text()).filter(|url| usable(url))
        {
            self.registry.get_or_insert(url.to_owned());
        }
        for (scope, settings) in root.get("npmScopes").into_iter().flat_map(|scopes| scopes.entries()) {
            let url = settings.get("npmRegistryServer").and_then(|url| url.text());
            if let (Some(scope), Some(url)) = (scope.text(), url.filter(|url| usable(url))) {
                self.scopes.entry(format!("@{scope}")).or_insert(url.to_owned());
            }
        }
    }

    /// The registry for a package, and the credential for it.
    pub(in crate::registries) fn registry(&self, package: &str) -> (String, Option<Credential>) {
        let scope = package.split_once('/').map(|(scope, _)| scope);
        let url = scope.and_then(|scope| self.scopes.get(scope)).or(self.registry.as_ref());
        let url = url.map_or(PUBLIC, String::as_str);
        let (url, user) = super::split_user(url);
        let address = url.split_once("://").map_or("", |(_, rest)| rest);
        let address = format!("{}/", address.trim_end_matches('/'));
        let fits = self.credentials.iter().filter(|(place, _)| address.starts_with(place.as_str()));
        let found = fits.max_by_key(|(place, _)| place.len()).map(|(_, credential)| credential.clone());
        let user = user.map(|(name, password)| Credential::basic(&name, &password));
        (url, found.or(user))
    }
}

/// A name and a password, in base64 as the header has them.
fn basic(encoded: &str) -> Option<Credential> {
    let pair = String::from_utf8(BASE64.decode(encoded.as_bytes()).ok()?).ok()?;
    let (user, password) = pair.split_once(':')?;
    Some(Credential::basic(user, password))
}

/// `${NAME}` as npm replaces it.
fn expanded(value: &str, clients: &Clients<'_>) -> String {
    let mut result = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        result += before;
        result += clients.variable(name.trim_end_matches('?')).unwrap_or_default();
        rest = after;
    }
    result + rest
}
