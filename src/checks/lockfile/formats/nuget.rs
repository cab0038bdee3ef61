//! packages.lock.json of NuGet.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::checkout::Source;
use crate::tree::{Node, Syntax};

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package};
use super::super::paths;
use super::super::report::Report;
use crate::sorted::IntoMap as _;

/// packages.lock.json.
pub struct Nuget;

impl Format for Nuget {
    fn ecosystem(&self) -> &'static str {
        "nuget"
    }

    fn tool(&self) -> &'static str {
        "dotnet"
    }

    fn names(&self) -> &'static [&'static str] {
        &["packages.lock.json"]
    }

    fn manifest(&self) -> &'static str {
        "Directory.Packages.props"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        Some(Syntax::Json)
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        &["api.nuget.org", "www.nuget.org"]
    }

    fn repair(&self) -> &'static str {
        "dotnet restore --force-evaluate"
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let root = project.root(Syntax::Json)?;
        let start = root.range().start;
        let version = root.get("version");
        if !version.and_then(|node| node.as_int()).is_some_and(|number| (1..=2).contains(&number)) {
            let found = version.and_then(|node| node.text()).unwrap_or("none").to_owned();
            let place = version.map_or(start..start, |node| node.range());
            return Err(Unreadable::Version { found, known: "1 and 2", place });
        }
        let Some(frameworks) = root.get("dependencies") else {
            return Err(Unreadable::malformed("the file holds no dependencies", start..start));
        };
        let mut lock = Lock::default();
        for (_, framework) in frameworks.entries() {
            for (key, node) in framework.entries() {
                lock.packages.push(package(key, node)?);
            }
        }
        Ok(lock)
    }

    fn sync(&self, _lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        if let Ok(root) = project.root(Syntax::Json) {
            compare(root, project, report);
        }
        Declared::default()
    }
}

fn package<'s>(key: Node<'s>, node: Node<'s>) -> Result<Package<'s>, Unreadable> {
    let text = |name: &str| node.get(name).and_then(|value| value.text());
    let place = key.range();
    let is_project = text("type") == Some("Project");
    let version = match text("resolved") {
        Some(version) => version,
        None if is_project => "",
        None => return Err(Unreadable::malformed("a package has no resolved version", place)),
    };
    let hash = node.get("contentHash").and_then(|node| {
        Some(Hash {
            algorithm: "sha512",
            digest: node.text()?,
            encoding: Encoding::Base64,
            place: node.range(),
        })
    });
    let file = File {
        url: None,
        name: "",
        hashes: hash.into_iter().collect(),
        needs_hash: !is_project,
        place: place.clone(),
    };
    Ok(Package {
        name: Cow::Borrowed(key.text().unwrap_or_default()),
        version: Cow::Borrowed(version),
        origin: if is_project { Origin::Local } else { Origin::Registry("https://api.nuget.org") },
        files: if is_project { Few::none() } else { Few::One(file) },
        needs: Vec::new(),
        place,
    })
}

/// A package that a project file names.
struct Reference {
    name: String,
    version: Option<String>,
    source: Arc<Source>,
    place: Range<usize>,
}

fn compare(root: Node<'_>, project: &Project<'_>, report: &mut Report<'_>) {
    let files = &project.checkout.listing().files;
    let is_project = |path: &str| {
        paths::split(path).0 == project.folder
            && [".csproj", ".fsproj", ".vbproj"].iter().any(|end| path.ends_with(end))
    };
    let mut found = files.iter().map(|entry| &*entry.path).filter(|path| is_project(path));
    let (Some(path), None) = (found.next(), found.next()) else {
        return report.not_verified("there is not one project file beside it, so the two were not compared");
    };
    let Some(source) = project.text(path) else {
        return report.not_verified(format!("`{path}` cannot be read, so the two were not compared"));
    };
    let central = paths::ancestors(project.folder)
        .find_map(|folder| project.text(&paths::file_in(folder, "Directory.Packages.props")));
    let versions: BTreeMap<String, String> = central
        .iter()
        .flat_map(|source| elements(source, "PackageVersion"))
        .filter_map(|one| Some((one.name.to_lowercase(), one.version?)))
        .into_map();
    let references = elements(&source, "PackageReference");
    if references.iter().any(conditional) {
        report.not_verified(format!("`{path}` names packages under conditions that only MSBuild evaluates"));
    }
    for one in references.iter().filter(|one| !conditional(one)) {
        let version = one.version.clone().or_else(|| versions.get(&one.name.to_lowercase()).cloned());
        let frameworks = root.get("dependencies").into_iter().flat_map(|node| node.entries());
        // Sections for a system, such as `net8.0/linux-x64`, hold only what differs.
        for (framework, packages) in
            frameworks.filter(|(key, _)| !key.text().unwrap_or_default().contains('/'))
        {
            let mut all = packages.entries();
            let locked =
                all.find(|(key, _)| key.text().is_some_and(|name| name.eq_ignore_ascii_case(&one.name)));
            let place = one.source.at(one.place.clone());
            let name = framework.text().unwrap_or_default();
            let Some((key, node)) =
                locked.filter(|(_, node)| node.get("type").and_then(|kind| kind.text()) == Some("Direct"))
            else {
                let message =
                    format!("`{}` is referenced, and the lockfile does not record it for {name}", one.name);
                report.out_of_sync(place, message).subject(one.name.clone());
                break;
            };
            let requested = node.get("requested").and_then(|node| node.text());
            let wanted = version.as_deref().and_then(range);
            if let (Some(wanted), Some(requested)) = (wanted, requested)
                && range(requested).is_some_and(|requested| requested != wanted)
            {
                let asked = version.as_deref().unwrap_or_default();
                let message = format!(
                    "`{}` is referenced as `{asked}`, and the lockfile was made for `{requested}`",
                    one.name
                );
                let here = project.source.at(key.range());
                report.out_of_sync(place, message).related(here, "recorded here").subject(one.name.clone());
                break;
            }
        }
    }
}

fn conditional(one: &Reference) -> bool {
    let text = one.source.text();
    let element = text.get(one.place.clone()).unwrap_or_default();
    // The group around it may be conditional.
    let group = text[..one.place.start].rfind("<ItemGroup").map_or("", |at| &text[at..one.place.start]);
    let head = group.split('>').next().unwrap_or_default();
    element.contains("Condition")
        || head.contains("Condition")
        || one.name.contains("$(")
        || element.contains("Remove=")
}

/// The range that a version asks for, in one form; nothing where only MSBuild or the registry knows it.
fn range(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if text.contains("$(") || text.contains('*') {
        return None;
    }
    let plain = |version: &str| {
        let (version, rest) = version.split_at(version.find(['-', '+']).unwrap_or(version.len()));
        let mut parts: Vec<&str> = version.split('.').map(|part| part.trim_start_matches('0')).collect();
        while parts.last() == Some(&"") {
            parts.pop();
        }
        let rest = rest.split('+').next().unwrap_or_default();
        format!("{}{}", parts.join("."), rest.to_lowercase())
    };
    let Some(inner) = text.strip_prefix(['[', '(']) else { return Some(format!("[{},)", plain(&text))) };
    let inner = inner.strip_suffix([']', ')'])?;
    let (first, last) = (text.chars().next()?, text.chars().last()?);
    Some(match inner.split_once(',') {
        Some((from, to)) => format!("{first}{},{}{last}", plain(from), plain(to)),
        None => format!("[{0},{0}]", plain(inner)),
    })
}

/// The elements of a name in a project file, without comments.
fn elements(source: &Arc<Source>, name: &str) -> Vec<Reference> {
    let text = source.text();
    let mut result = Vec::new();
    let opening = format!("<{name}");
    let mut at = 0;
    while let Some(found) = text[at..].find(['<']) {
        let start = at + found;
        let rest = &text[start..];
        if rest.starts_with("<!--") {
            at = start + rest.find("-->").unwrap_or(rest.len());
            continue;
        }
        at = start + 1;
        let is_element =
            rest.strip_prefix(opening.as_str()).is_some_and(|rest| rest.starts_with(char::is_whitespace));
        let Some(head_end) = rest.find('>').filter(|_| is_element) else { continue };
        let head = &rest[..head_end];
        let whole = if head.ends_with('/') {
            head_end + 1
        } else {
            rest.find(&format!("</{name}>")).map_or(head_end + 1, |end| end + name.len() + 3)
        };
        let inner = rest[..whole].split_once("<Version>").and_then(|(_, rest)| rest.split_once("</Version>"));
        let version = attribute(head, "VersionOverride")
            .or_else(|| attribute(head, "Version"))
            .or_else(|| inner.map(|(version, _)| version.trim().to_owned()));
        if let Some(name) = attribute(head, "Include") {
            result.push(Reference { name, version, source: source.clone(), place: start..start + whole });
        }
        at = start + whole;
    }
    result
}

fn attribute(head: &str, name: &str) -> Option<String> {
    let rest = head.split_once(&format!(" {name}=")).or_else(|| head.split_once(&format!("\n{name}=")))?.1;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest[1..].split(quote).next().map(|value| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_have_one_form() {
        assert_eq!(range("1.2.0"), range("[1.2, )"));
        assert_eq!(range("[1.0]"), range("[1.0.0, 1.0.0]"));
        assert_ne!(range("1.2.3"), range("1.2.4"));
        assert_eq!(range("1.*"), None);
    }

    #[test]
    fn references_are_read() {
        let text = "<Project><!-- <PackageReference Include=\"No\" /> --><ItemGroup>\n<PackageReference Include=\"A\" Version=\"1.0\" />\n<PackageReference Include=\"B\"><Version>2.0</Version></PackageReference></ItemGroup></Project>";
        let source = Arc::new(Source::new("a.csproj", text.to_owned()));
        let all = elements(&source, "PackageReference");
        let names: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.version.as_deref())).collect();
        assert_eq!(names, [("A", Some("1.0")), ("B", Some("2.0"))]);
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "(<PackageReference |Include=|Version=|[<>\"'/!\\-aé\\[\\](),.1]){0,16}") {
            let source = Arc::new(Source::new("a.csproj", text.clone()));
            let all = elements(&source, "PackageReference");
            assert!(all.iter().all(|one| conditional(one) || !one.name.contains("$(")));
            let _ = range(&text);
        }
    }
}
