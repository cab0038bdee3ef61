//! Whether bundler's lockfile is made for the machine of the job: a frozen install adds no platform to it.

use crate::finding::Finding;
use crate::workflow::model::Step;

use super::super::paths;
use super::super::rules::sync::OUT_OF_SYNC;
use super::installs::{Scene, Steps};

/// GitHub's machines: what their labels start with, the system in the names of platforms, and the usual platform.
const MACHINES: [(&str, &str, &str); 3] = [
    ("ubuntu-", "linux", "x86_64-linux"),
    ("macos-", "darwin", "arm64-darwin"),
    ("windows-", "mingw", "x64-mingw-ucrt"),
];

impl<'t> Steps<'_, 't> {
    /// The finding about a step that installs from a frozen lockfile without a platform of the job's machine.
    pub fn missing_platform(&self, step: Step<'t>, scene: &Scene<'_>) -> Option<Finding> {
        let runner = self.around.first()?.get("runs-on")?;
        let label = runner.text()?;
        let (prefix, system, platform) = MACHINES.iter().find(|(prefix, ..)| label.starts_with(prefix))?;
        let image = &label[prefix.len()..];
        // Others have another processor, or may be of anybody.
        if image != "latest" && image.contains(|c: char| !c.is_ascii_digit() && c != '.') {
            return None;
        }
        // A script may add the platform first, and another branch may have another lockfile.
        let mut before = self.steps.iter().take_while(|other| other.node != step.node);
        let leaves_alone = |other: &Step<'_>| {
            other.uses().and_then(|uses| uses.text()).is_some_and(|uses| !uses.starts_with("./"))
                && other.input("ref").is_none()
                && other.input("path").is_none()
        };
        if !before.all(leaves_alone)
            || step.node.get("if").is_some()
            || self.variable("BUNDLE_GEMFILE", step).is_some()
        {
            return None;
        }
        let folder = step.input("working-directory").map_or(Some("."), |node| node.text())?;
        let path = paths::file_in(&paths::join("", folder)?, "Gemfile.lock");
        let path = scene.lockfiles.iter().find(|known| **known == path)?;
        let lock = scene.checkout.read(path).ok()?;
        let heading = lock.text().find("\nPLATFORMS\n")? + 1;
        let section = lock.text()[heading..].split("\n\n").next()?;
        // Java is the platform of JRuby on every machine.
        let fits = |name: &str| name == "ruby" || name.contains("java") || name.contains(system);
        if section.lines().skip(1).any(|line| fits(line.trim())) {
            return None;
        }
        let message =
            format!("`{path}` has no platform for `{label}`, so the frozen install there is refused");
        let finding = Finding::new(&OUT_OF_SYNC, lock.at(heading..heading + "PLATFORMS".len()), message);
        let help = format!("run `bundle lock --add-platform {platform}`, and commit what it changes");
        Some(finding.help(help).related(self.source.at_node(runner), "it runs here").subject(*path))
    }
}
