//! Modules that a go.work takes together: one sees what another requires, replaces and excludes.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use crate::checkout::Source;

use super::super::super::format::Project;
use super::super::super::paths;
use super::super::super::report::Report;
use super::manifest::Manifest;
use super::{imports, lines, refused};

/// Modules that are looked at together. Of more of them nobody can keep track, and Go takes minutes.
const MOST_MEMBERS: usize = 500;

/// The files of a workspace.
pub struct Files {
    folder: String,
    work: Arc<Source>,
    /// The folders that are used and lie in the repository, where, and the go.mod of each.
    members: Vec<(String, Range<usize>, Option<Arc<Source>>)>,
    /// Where a folder is used again.
    again: Vec<Range<usize>>,
    /// True if there are more than are looked at.
    pub is_too_large: bool,
}

impl Files {
    /// The workspace that Go finds from the folder of a lockfile.
    pub fn around(project: &Project<'_>) -> Option<Files> {
        let is_here = |folder: &&str| project.checkout.contains(&paths::file_in(folder, "go.work"));
        let folder = paths::ancestors(project.folder).find(is_here)?.to_owned();
        let work = project.text(&paths::file_in(&folder, "go.work"))?;
        let (mut members, mut again) = (Vec::new(), Vec::new());
        let mut known = HashSet::new();
        for (used, place) in Manifest::workspace(work.text(), &folder).used {
            let Some(at) = paths::join(&folder, used).filter(|_| !used.starts_with('/')) else { continue };
            if !known.insert(at.clone()) {
                again.push(place);
            } else if members.len() < MOST_MEMBERS {
                let manifest = project.text(&paths::file_in(&at, "go.mod"));
                members.push((at, place, manifest));
            }
        }
        let texts = members.iter().filter_map(|(.., source)| source.as_ref());
        let length: usize = texts.map(|source| source.text().len()).sum();
        let is_too_large = known.len() > members.len() || length > refused::MOST_TEXT;
        Some(Files { folder, work, is_too_large, members, again })
    }

    /// What they say.
    pub fn read(&self) -> Workspace<'_> {
        let work = Manifest::workspace(self.work.text(), &self.folder);
        let modules = self.members.iter().filter_map(|(folder, place, source)| {
            let source: &Source = source.as_ref()?;
            Some(Member { folder, place, source, manifest: Manifest::read(source.text(), folder) })
        });
        let mut workspace =
            Workspace { files: self, members: modules.collect(), work, conflicts: BTreeSet::new() };
        workspace.share();
        workspace
    }
}

/// A module of a workspace.
pub struct Member<'f> {
    /// Its folder.
    pub folder: &'f str,
    /// Its go.mod.
    pub source: &'f Source,
    /// What that says, with what all replace and exclude.
    pub manifest: Manifest<'f>,
    place: &'f Range<usize>,
}

/// A workspace.
pub struct Workspace<'f> {
    files: &'f Files,
    work: Manifest<'f>,
    /// The modules that are there.
    pub members: Vec<Member<'f>>,
    /// What they replace with different ones.
    conflicts: BTreeSet<&'f str>,
}

impl<'f> Workspace<'f> {
    /// What go.work replaces comes first, and what one module replaces or excludes holds for all.
    fn share(&mut self) {
        let mut replaced = (*self.work.replaced).clone();
        let decided: HashSet<&str> = replaced.keys().map(|(module, _)| *module).collect();
        let mut required: HashMap<&str, HashSet<&str>> = HashMap::new();
        for member in &self.members {
            for (which, one) in &*member.manifest.replaced {
                if decided.contains(which.0) {
                    continue;
                }
                let other = replaced.insert(*which, one.clone());
                if other.is_some_and(|other| other.with() != one.with()) {
                    self.conflicts.insert(which.0);
                }
            }
            for one in member.manifest.needed() {
                required.entry(one.module).or_default().insert(one.version);
            }
        }
        // Where another version is required as well, Go takes that.
        let is_only = |module: &str| required.get(module).is_none_or(|versions| versions.len() == 1);
        let excluded = self.members.iter().flat_map(|member| member.manifest.excluded.iter());
        let excluded = Rc::new(excluded.filter(|(module, _)| is_only(module)).copied().collect());
        let replaced = Rc::new(replaced);
        for member in &mut self.members {
            member.manifest.replaced = Rc::clone(&replaced);
            member.manifest.excluded = Rc::clone(&excluded);
        }
    }

    /// The module of a folder, if it is used.
    pub fn member(&self, folder: &str) -> Option<&Member<'f>> {
        self.members.iter().find(|member| member.folder == folder)
    }

    /// The modules and versions whose hashes the workspace holds, as they begin their lines.
    pub fn sums(&self, project: &Project<'_>) -> HashSet<String> {
        let of_members = self.files.members.iter().map(|(folder, ..)| paths::file_in(folder, "go.sum"));
        let files = of_members.chain([paths::file_in(&self.files.folder, "go.work.sum")]);
        let mut known = HashSet::new();
        for source in files.filter_map(|path| project.text(&path)) {
            known.extend(source.text().lines().filter_map(|line| Some(line.rsplit_once(' ')?.0.to_owned())));
        }
        known
    }

    /// Reports what Go refuses of go.work, once for all lockfiles below it.
    pub fn judge(&self, project: &Project<'_>, report: &mut Report<'_>) {
        let work = &*self.files.work;
        if project.folder == self.files.folder && self.member(project.folder).is_none() {
            let message = "go.work does not use the module beside it, so Go refuses to look at its packages";
            report.out_of_sync(work.at(0..0), message).help("run `go work use .`").subject("beside");
        }
        if !self.is_first(project) {
            return;
        }
        refused::grammar(&self.work, work, report);
        if self.work.used.is_empty() {
            let message = "go.work uses no module, so Go finds none below it";
            report.out_of_sync(work.at(0..0), message).help("run `go work use -r .`").subject("none");
        }
        self.judge_members(report);
        self.judge_replacements(report);
        if let Some(sums) = project.text(&paths::file_in(&self.files.folder, "go.work.sum")) {
            let wrong = lines(sums.text()).find(|(line, _)| line.split_ascii_whitespace().count() != 3);
            if let Some((_, place)) = wrong {
                let message = "a line has not the three parts of go.work.sum";
                report.out_of_sync(sums.at(place), message).help("take the line out").subject("go.work.sum");
            }
        }
        for member in &self.members {
            let sum = paths::file_in(member.folder, "go.sum");
            if !project.checkout.contains(&sum) {
                refused::judge(&member.manifest, member.source, report);
                refused::folders(&member.manifest, member.source, project, true, report);
                imports::compare(&member.manifest, &self.members, project, report);
            }
        }
    }

    /// True for the first of the lockfiles below go.work.
    fn is_first(&self, project: &Project<'_>) -> bool {
        let has_sums = |folder: &&str| project.checkout.contains(&paths::file_in(folder, "go.sum"));
        let first = project.folders.with("go.mod", &self.files.folder).find(has_sums);
        first == Some(project.folder)
    }

    fn judge_members(&self, report: &mut Report<'_>) {
        let files = self.files;
        if self.work.used.len() > files.members.len() + files.again.len() {
            report.not_verified("go.work uses folders outside of the repository");
        }
        let gone = files.members.iter().filter(|(.., source)| source.is_none());
        let gone =
            gone.map(|(_, place, _)| (place, "a folder is used that has no go.mod, and Go refuses go.work"));
        let again =
            files.again.iter().map(|place| (place, "a folder is used a second time, and Go refuses go.work"));
        for (place, message) in gone.chain(again) {
            let subject = &files.work.text()[place.clone()];
            report
                .out_of_sync(files.work.at(place.clone()), message)
                .help("mend go.work first")
                .subject(subject);
        }
        // Without the line it is 1.18, where workspaces begin.
        let given = self.work.language.unwrap_or((1, 18, 0, 0));
        let mut modules = HashMap::new();
        for member in &self.members {
            let place = || files.work.at(member.place.clone());
            let Some(module) = member.manifest.own() else { continue };
            if modules.insert(module, member.folder).is_some_and(|other| other != member.folder) {
                let message = format!("`{module}` is the name of two modules that go.work uses");
                report.out_of_sync(place(), message).help("mend go.work first").subject(module);
            }
            // Before Go 1.21 the line of go.work bound nobody.
            let wanted =
                member.manifest.language.filter(|language| *language > given && *language >= (1, 21, 0, 0));
            if wanted.is_some() {
                let message = format!("`{module}` needs a newer Go than go.work names");
                report.out_of_sync(place(), message).help("run `go work use`").subject(module);
            }
        }
    }

    /// What two modules replace, they replace with the same; no module of the workspace is replaced as a whole.
    fn judge_replacements(&self, report: &mut Report<'_>) {
        let mut refuse = |module: &str, place: Range<usize>, message: String| {
            let place = self.files.work.at(place);
            report.out_of_sync(place, message).help("mend go.work first").subject(module);
        };
        for member in &self.members {
            let Some(module) = member.manifest.own() else { continue };
            if let Some(one) = self.work.replaced.get(&(module, None)) {
                let message =
                    format!("`{module}` is used and replaced at all versions, and Go refuses go.work");
                refuse(module, one.place.clone(), message);
            }
        }
        for module in &self.conflicts {
            refuse(module, 0..0, format!("modules of the workspace replace `{module}` with different ones"));
        }
    }
}
