//! What the settings file and the command line say to the check.

use std::collections::BTreeMap;

use globset::GlobMatcher;
use serde::Deserialize;

use crate::policy::Mode;
use crate::settings::config::{After, When};
use crate::settings::{self, nearest};
use crate::settings::{Age, Fault};
use crate::tree::Node;

use super::formats;
use super::rules::expected::Expected;
use super::rules::sources::host_pattern;
use super::versions::{self, ToolVersions};

/// Settings of the check.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// Mode of the check; absent: that of the whole file.
    pub mode: Option<Mode>,
    /// When the check becomes blocking: a day, or a milestone.
    pub blocking_from: Option<When>,
    /// Clean runs after which the check becomes blocking.
    pub blocking_after: Option<After>,
    /// Lockfiles that must exist, relative to the repository root.
    pub required: Vec<String>,
    /// Hosts that packages may come from: a list, or a map by ecosystem. It replaces the defaults.
    pub allowed_hosts: Option<AllowedHosts>,
    /// Versions of package managers by name (`pnpm: "10"`, `uv: "0.12"`), where the repository names none or another
    /// than the pipeline uses: what they accept differs.
    pub tool_versions: ToolVersions,
    /// Age that a version must have before it is taken, such as `7d`; only `online` can know it.
    pub cool_down: Option<Age>,
    /// Packages of npm's registry that may run scripts when they are installed; absent: all. `*` stays within a scope.
    pub install_scripts: Option<Vec<String>>,
    /// Folders and archives that packages may be taken from, relative to the repository root; absent: all in it.
    pub local_paths: Option<Vec<String>>,
}

/// Hosts that packages may come from. `*` matches any part of a name.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum AllowedHosts {
    /// For all ecosystems.
    All(Vec<String>),
    /// By ecosystem: `cargo`, `npm`, `python`. Those that are not named keep their defaults.
    ByEcosystem(BTreeMap<String, Vec<String>>),
}

/// What the command line or the inputs say.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Lockfile")]
#[group(skip)]
pub struct Arguments {
    /// SHA-256 that the lockfiles must have: HASH for all of them or the only one, PATH=HASH for one
    #[arg(long, value_name = "[PATH=]HASH")]
    pub expected_lock_hash: Vec<Expected>,
    /// Age that a locked version must have before it is taken, such as 7d; needs --online
    #[arg(long, value_name = "AGE")]
    pub cool_down: Option<Age>,
}

impl Options {
    /// The user's own list for an ecosystem, if there is one.
    pub fn hosts(&self, ecosystem: &str) -> Option<Vec<GlobMatcher>> {
        let patterns = match self.allowed_hosts.as_ref()? {
            AllowedHosts::All(patterns) => patterns,
            AllowedHosts::ByEcosystem(map) => map.get(ecosystem)?,
        };
        // What is no pattern was refused when the settings were read.
        let compiled = patterns.iter().filter_map(|pattern| host_pattern(pattern).ok());
        Some(compiled.map(|glob| glob.compile_matcher()).collect())
    }
}

/// Faults in the settings that their schema cannot know.
pub(crate) fn faults(options: &Options, root: Node<'_>, faults: &mut Vec<Fault>) {
    tools(root, faults);
    patterns(root, faults);
    let Some(hosts) = &options.allowed_hosts else { return };
    let Some(node) = root.at(&["checks", "lockfile", "allowed-hosts"]) else { return };
    let mut patterns = |list: Node<'_>| {
        for item in list.items() {
            if let Err(message) = host_pattern(item.text().unwrap_or_default()) {
                faults.push(Fault::new(item.range(), message));
            }
        }
    };
    match hosts {
        AllowedHosts::All(_) => patterns(node),
        AllowedHosts::ByEcosystem(_) => {
            node.entries().for_each(|(_, list)| patterns(list));
            let mut known: Vec<&str> = formats::ALL.iter().map(|format| format.ecosystem()).collect();
            known.sort_unstable();
            known.dedup();
            for (key, _) in node.entries() {
                let name = key.text().unwrap_or_default();
                if known.contains(&name) {
                    continue;
                }
                let fault = Fault::new(key.range(), format!("there is no ecosystem `{name}`"));
                faults.push(match nearest(name, known.iter().copied()) {
                    Some(near) => fault.help(format!("did you mean `{near}`?")),
                    None => fault.help(format!("known ecosystems: {}", known.join(", "))),
                });
            }
        }
    }
}

/// Patterns that are none.
fn patterns(root: Node<'_>, faults: &mut Vec<Fault>) {
    for key in ["install-scripts", "local-paths"] {
        let list = root.at(&["checks", "lockfile", key]);
        for item in list.into_iter().flat_map(|list| list.items()) {
            if let Err(error) = settings::glob(item.text().unwrap_or_default()) {
                faults.push(Fault::new(item.range(), format!("{error:#}")));
            }
        }
    }
}

/// Tools that nobody asks for the version of, and versions that are none.
fn tools(root: Node<'_>, faults: &mut Vec<Fault>) {
    let table = root.at(&["checks", "lockfile", "tool-versions"]);
    for (key, value) in table.into_iter().flat_map(|table| table.entries()) {
        let (name, text) = (key.text().unwrap_or_default(), value.text().unwrap_or_default());
        if !versions::TOOLS.contains(&name) {
            let fault = Fault::new(key.range(), format!("versions of `{name}` make no difference"));
            faults.push(fault.help(format!("known tools: {}", versions::TOOLS.join(", "))));
        } else if !versions::is_version(text) {
            let fault = Fault::new(value.range(), format!("`{text}` is no version"));
            faults.push(fault.help("write it as `10`, `10.4` or `>=9,<11`, in quotes"));
        }
    }
}
