//! NuGet's configuration. Only the public source is asked: where another stands in its place, nobody is.
//! <https://learn.microsoft.com/nuget/reference/nuget-config-file>

use super::Clients;
use crate::registries::Answer;

/// The public registrations: those that are not compressed leave out the versions that need SemVer 2, the others
/// hold all and are gzip.
const PUBLIC: [&str; 2] =
    ["https://api.nuget.org/v3/registration5-semver1", "https://api.nuget.org/v3/registration5-gz-semver2"];

/// The addresses of the registrations, in the order in which they are asked.
pub struct NuGet(Result<Vec<String>, String>);

impl NuGet {
    pub(super) fn of(clients: &Clients<'_>) -> NuGet {
        if let Some(url) = clients.variable("CI_GUARD_NUGET_REGISTRATIONS") {
            return NuGet(Ok(vec![url.trim_end_matches('/').to_owned()]));
        }
        let paths = [
            clients.home().map(|home| home.join(".nuget/NuGet/NuGet.Config")),
            clients.config_home().map(|home| home.join("NuGet/NuGet.Config")),
        ];
        let text = paths.into_iter().flatten().find_map(|path| super::file(&path)).unwrap_or_default();
        let has_public =
            text.is_empty() || text.contains("api.nuget.org") || !text.contains("<packageSources");
        NuGet(match has_public {
            true => Ok(PUBLIC.map(str::to_owned).to_vec()),
            false => Err("NuGet is configured with other sources, which are not asked here".to_owned()),
        })
    }

    /// The addresses of the registrations.
    pub(in crate::registries) fn registrations(&self) -> Result<&[String], Answer> {
        self.0.as_deref().map_err(|why| Answer::Unknown(why.clone()))
    }
}
