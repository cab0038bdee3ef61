//! The user's netrc: passwords by host.

use super::Clients;
use crate::http::{Credential, origin};

/// The user's netrc.
#[derive(Default)]
pub(super) struct Netrc(Vec<(String, Credential)>);

impl Netrc {
    pub(super) fn of(clients: &Clients<'_>) -> Netrc {
        let named = clients.variable("NETRC").map(std::path::PathBuf::from);
        let path = named.or_else(|| Some(clients.home()?.join(".netrc")));
        path.and_then(|path| super::file(&path)).map(|text| Netrc::read(&text)).unwrap_or_default()
    }

    fn read(text: &str) -> Netrc {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let mut words = lines.flat_map(str::split_ascii_whitespace);
        let mut entries = Vec::new();
        let (mut machine, mut login, mut password) = (None, None, None);
        let mut close =
            |machine: &mut Option<&str>, login: &mut Option<&str>, password: &mut Option<&str>| {
                if let (Some(machine), Some(password)) = (machine.take(), password.take()) {
                    let credential = Credential::basic(login.unwrap_or_default(), password);
                    entries.push((machine.to_ascii_lowercase(), credential));
                }
                *login = None;
            };
        while let Some(word) = words.next() {
            match word {
                "machine" => {
                    close(&mut machine, &mut login, &mut password);
                    machine = words.next();
                }
                "login" => login = words.next(),
                "password" => password = words.next(),
                "default" => close(&mut machine, &mut login, &mut password),
                _ => {}
            }
        }
        close(&mut machine, &mut login, &mut password);
        Netrc(entries)
    }

    /// The credential for the host of an address that the user configured.
    pub(super) fn credential(&self, url: &str) -> Option<Credential> {
        let (_, host, _) = origin(url)?;
        self.0.iter().find(|(machine, _)| *machine == host).map(|(_, credential)| credential.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_their_own_passwords() {
        let netrc = Netrc::read("# x\nmachine a.example login u\n password p\nmachine b.example password q");
        assert!(netrc.credential("https://A.example:8443/simple").is_some());
        assert!(netrc.credential("https://b.example").is_some());
        assert!(netrc.credential("https://c.example").is_none());
    }
}
