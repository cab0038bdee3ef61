//! The packages that projects of Xcode ask for.

use std::collections::{BTreeSet, HashSet};

use semver::Version;

use super::super::super::format::Project;
use super::super::super::paths;
use super::manifest::{Asked, Versions};

/// Where a lockfile lies in a workspace.
const IN_WORKSPACE: &str = "xcshareddata/swiftpm";

/// The `project.pbxproj` files that a lockfile is for: the project around it, or those of its workspace. None for a
/// project that is also part of a workspace with a lockfile of its own, which is then the one that counts.
pub fn projects(project: &Project<'_>) -> Vec<String> {
    let Some(workspace) = project.folder.strip_suffix(IN_WORKSPACE).map(|path| path.trim_end_matches('/'))
    else {
        return Vec::new();
    };
    if let Some(around) = workspace.strip_suffix("/project.xcworkspace") {
        let files = &project.checkout.listing().files;
        let suffix = format!(".xcworkspace/{IN_WORKSPACE}/Package.resolved");
        let others = files.iter().filter_map(|entry| entry.path.strip_suffix(&*suffix));
        let counts = others.into_iter().all(|path| path.ends_with(".xcodeproj/project"));
        return counts.then(|| paths::file_in(around, "project.pbxproj")).into_iter().collect();
    }
    let above = paths::split(workspace).0;
    let contents = project.text(&paths::file_in(workspace, "contents.xcworkspacedata"));
    let contents = contents.as_deref().map_or("", |source| source.text());
    let members = contents.split("location = \"group:").skip(1).filter_map(|rest| rest.split('"').next());
    let members = members.filter(|member| member.ends_with(".xcodeproj"));
    let paths = members.filter_map(|member| paths::join(above, &format!("{member}/project.pbxproj")));
    paths.collect::<BTreeSet<String>>().into_iter().collect()
}

/// The packages that a `project.pbxproj` asks for, without those that a folder stands in for.
pub fn asked(text: &str) -> Vec<Asked<'_>> {
    let local: HashSet<String> = text
        .lines()
        .filter_map(|line| value(line, "path").or_else(|| value(line, "relativePath")))
        .map(|path| paths::split(path).1.to_lowercase())
        .collect();
    let listed = text.split("packageReferences = (").nth(1).and_then(|rest| rest.split(");").next());
    let listed: Option<HashSet<&str>> =
        listed.map(|list| list.split([',', ' ', '\t', '\n']).filter(|word| !word.is_empty()).collect());
    let mut result = Vec::new();
    for (at, isa) in text.match_indices("isa = XCRemoteSwiftPackageReference;") {
        let block = &text[at + isa.len()..];
        // What the project does not list is left over from former times.
        if listed
            .as_ref()
            .is_some_and(|listed| !identifier(&text[..at]).is_some_and(|it| listed.contains(it)))
        {
            continue;
        }
        // Its requirement is a block of its own.
        let end = block.find("\n\t\t};").unwrap_or(block.len());
        let find = |key: &str| block[..end].lines().find_map(|line| value(line, key));
        let Some(url) = find("repositoryURL") else { continue };
        let name = paths::split(url.trim_end_matches('/')).1;
        if local.contains(&name.trim_end_matches(".git").to_lowercase()) {
            continue;
        }
        let start = url.as_ptr() as usize - text.as_ptr() as usize;
        let version = |key: &str| find(key).and_then(|text| Version::parse(text).ok());
        let versions = match find("kind") {
            Some("upToNextMajorVersion") => {
                version("minimumVersion").and_then(|from| Versions::below_next(from, true))
            }
            Some("upToNextMinorVersion") => {
                version("minimumVersion").and_then(|from| Versions::below_next(from, false))
            }
            Some("exactVersion") => version("version").map(Versions::exactly),
            Some("versionRange") => version("minimumVersion")
                .zip(version("maximumVersion"))
                .map(|(from, to)| Versions::between(from, to, false)),
            _ => None,
        };
        result.push(Asked { url, place: start..start + url.len(), versions, is_certain: true });
    }
    result
}

/// The identifier of the object that a text stands at the beginning of.
fn identifier(before: &str) -> Option<&str> {
    let line = before[..before.rfind(" = {")?].rsplit('\n').next()?;
    line.split_whitespace().next()
}

/// The value in `key = value;`, without quotes.
fn value<'t>(line: &'t str, key: &str) -> Option<&'t str> {
    let at = line.find(&format!("{key} = "))?;
    let before = line[..at].chars().next_back();
    let rest = &line[at + key.len() + 3..];
    let value = rest.split(';').next()?.trim().trim_matches('"');
    before.is_none_or(|before| before.is_whitespace() || before == '{').then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_of_projects_are_read() {
        let text = "\t\t\tpackageReferences = (\n\t\t\t\tA /* x */,\n\t\t\t\tB,\n\t\t\t);\n\t\tA /* x */ = {\n\t\t\tisa = XCRemoteSwiftPackageReference;\n\t\t\trepositoryURL = \"https://x.example/a.git\";\n\t\t\trequirement = {\n\t\t\t\tkind = upToNextMinorVersion;\n\t\t\t\tminimumVersion = 1.2.0;\n\t\t\t};\n\t\t};\n\t\tD /* x */ = {\n\t\t\tisa = XCRemoteSwiftPackageReference;\n\t\t\trepositoryURL = \"https://x.example/a.git\";\n\t\t};\n\t\tB = {\n\t\t\tisa = XCRemoteSwiftPackageReference;\n\t\t\trepositoryURL = \"https://x.example/Own\";\n\t\t};\n\t\tC = {isa = PBXFileReference; path = Packages/own; sourceTree = \"<group>\"; };\n";
        let all = asked(text);
        assert_eq!(all.len(), 1);
        assert_eq!(&text[all[0].place.clone()], "https://x.example/a.git");
        assert_eq!(all[0].versions.as_ref().unwrap().written, "1.2.0..<1.3.0");
    }
}
