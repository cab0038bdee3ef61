//! What MSBuild's files say of packages: items, and the properties that decide about them.

use std::ops::Range;
use std::sync::Arc;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::checkout::Source;

use super::framework::When;

/// Elements inside of each other. A document of mere brackets would be kept open to its end.
const MOST_OPEN: usize = 100;

/// Items, properties and imports of a file. One element can name a million packages.
pub const MOST_KEPT: usize = 50_000;

/// What a file says, in its order.
#[derive(Default)]
pub struct Contents {
    /// References, and versions for them.
    pub items: Vec<Item>,
    /// Properties with a plain name.
    pub properties: Vec<Property>,
    /// Files that it imports, as they are written; `$(` where only MSBuild knows whether it does.
    pub imports: Vec<String>,
    /// True if there are items whose names only MSBuild knows.
    pub opaque: bool,
    /// The SDK that the project is built with, as the file begins.
    pub sdk: String,
}

impl Contents {
    /// How much it holds.
    pub fn number(&self) -> usize {
        self.items.len() + self.properties.len() + self.imports.len()
    }
}

/// `<PackageReference Include="…" Version="…" />` and the like, for one name.
#[derive(Clone)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// What becomes of it.
    pub action: Action,
    /// The package.
    pub name: String,
    /// The version, as it is written. All items of an element share it.
    pub version: Option<Arc<str>>,
    /// Where it counts.
    pub when: When,
    /// The file.
    pub source: Arc<Source>,
    /// The element.
    pub place: Range<usize>,
}

/// Elements that name packages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A package that is asked for.
    Reference,
    /// The version of packages that are asked for elsewhere.
    Central,
    /// A package that every project asks for.
    Global,
}

/// Attributes that name packages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Adds it.
    Include,
    /// Changes it.
    Update,
    /// Takes it back.
    Remove,
}

/// A property.
pub struct Property {
    /// Its name, lower case.
    pub name: String,
    /// Its value, as it is written.
    pub value: String,
    /// Where it counts.
    pub when: When,
    /// The file.
    pub source: Arc<Source>,
    /// The element.
    pub place: Range<usize>,
}

/// An element that is not closed yet.
struct Open {
    name: String,
    when: When,
    start: usize,
    actions: Vec<(Action, String)>,
    version: Option<String>,
    text: String,
}

/// Reads a file; nothing if it is no XML, or more than anybody writes.
pub fn read(source: &Arc<Source>) -> Option<Contents> {
    let text = source.text();
    // The reader does not count a byte order mark, which many of these files have.
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut reader = Reader::from_str(&text[mark..]);
    let position = |reader: &Reader<&[u8]>| {
        usize::try_from(reader.buffer_position()).map_or(text.len(), |at| (mark + at).min(text.len()))
    };
    let mut contents = Contents::default();
    let mut open: Vec<Open> = Vec::new();
    loop {
        let before = position(&reader);
        match reader.read_event().ok()? {
            Event::Start(_) if open.len() == MOST_OPEN => return None,
            Event::Start(start) => open.push(opened(&start, before, open.last())),
            Event::Empty(start) => {
                let element = opened(&start, before, open.last());
                closed(element, open.last_mut(), position(&reader), source, &mut contents);
            }
            Event::Text(body) => {
                if let Some(top) = open.last_mut() {
                    top.text.push_str(&body);
                }
            }
            Event::End(_) => {
                let element = open.pop()?;
                closed(element, open.last_mut(), position(&reader), source, &mut contents);
            }
            Event::Eof => return open.is_empty().then_some(contents),
            _ => {}
        }
        if contents.number() > MOST_KEPT {
            return None;
        }
    }
}

fn opened(start: &BytesStart<'_>, at: usize, parent: Option<&Open>) -> Open {
    let name = start.name();
    let name: &str = name.as_ref();
    let mut element = Open {
        name: name.to_owned(),
        when: parent.map_or(When::Always, |parent| parent.when.clone()),
        start: at,
        actions: Vec::new(),
        version: None,
        text: String::new(),
    };
    // What stands in targets is added while it is built.
    if matches!(name, "Otherwise" | "Target") {
        element.when = When::Unknown;
    }
    for attribute in start.attributes().with_checks(false).flatten() {
        let value: &str = &attribute.value;
        let value = value.trim();
        let key: &str = attribute.key.as_ref();
        match key {
            "Condition" => element.when = element.when.and(When::of(value)),
            "Include" => element.actions.push((Action::Include, value.to_owned())),
            "Update" => element.actions.push((Action::Update, value.to_owned())),
            "Remove" => element.actions.push((Action::Remove, value.to_owned())),
            "Project" | "Sdk" => value.clone_into(&mut element.text),
            "VersionOverride" => element.version = Some(value.to_owned()),
            "Version" if element.version.is_none() => element.version = Some(value.to_owned()),
            _ => {}
        }
    }
    element
}

fn closed(
    element: Open,
    parent: Option<&mut Open>,
    end: usize,
    source: &Arc<Source>,
    contents: &mut Contents,
) {
    let place = element.start..end;
    let kind = match element.name.as_str() {
        "PackageReference" => Some(Kind::Reference),
        "PackageVersion" => Some(Kind::Central),
        "GlobalPackageReference" => Some(Kind::Global),
        _ => None,
    };
    if let Some(kind) = kind {
        let Open { actions, version, when, .. } = element;
        let version: Option<Arc<str>> = version.map(Arc::from);
        for (action, names) in actions {
            let names = names.split(';').map(str::trim).filter(|name| !name.is_empty());
            for name in names.take(MOST_KEPT + 1) {
                if name.contains(['(', '*', '?']) {
                    contents.opaque = true;
                    continue;
                }
                let (name, version, when) = (name.to_owned(), version.clone(), when.clone());
                let (source, place) = (source.clone(), place.clone());
                contents.items.push(Item { kind, action, name, version, when, source, place });
            }
        }
        return;
    }
    let Some(parent) = parent else {
        element.text.trim().clone_into(&mut contents.sdk);
        return;
    };
    if element.name == "Sdk" {
        contents.imports.push("$(".to_owned());
    } else if element.name == "Import" {
        let path = if element.when == When::Always { element.text } else { "$(".to_owned() };
        contents.imports.push(path);
    } else if matches!(element.name.as_str(), "Version" | "VersionOverride") && !parent.actions.is_empty() {
        if element.when != parent.when {
            parent.when = When::Unknown;
        }
        parent.version = Some(element.text.trim().to_owned());
    } else if parent.name == "PropertyGroup" {
        let (name, value) = (element.name.to_ascii_lowercase(), element.text.trim().to_owned());
        let (when, source) = (element.when, source.clone());
        contents.properties.push(Property { name, value, when, source, place });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contents(text: &str) -> Option<Contents> {
        read(&Arc::new(Source::new("a.csproj", text.to_owned())))
    }

    fn items(text: &str) -> Vec<(String, Option<String>, When)> {
        let items = contents(text).unwrap().items.into_iter();
        items.map(|item| (item.name, item.version.map(|text| text.to_string()), item.when)).collect()
    }

    #[test]
    fn what_nobody_writes_is_not_kept() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(contents(&nested(MOST_OPEN)).is_some() && contents(&nested(MOST_OPEN + 1)).is_none());
        let naming = |number: usize| format!("<PackageReference Include=\"{}\"/>", "a;".repeat(number));
        assert!(contents(&naming(MOST_KEPT)).is_some() && contents(&naming(MOST_KEPT + 1)).is_none());
    }

    #[test]
    fn references_are_read() {
        let text = "\u{feff}<Project><!-- <PackageReference Include=\"No\" /> --><ItemGroup>\n<PackageReference\tInclude=\"A;B\"\n\tVersion=\"1.0\" />\n<PackageReference Include=\"C\"><Version>2.0</Version></PackageReference></ItemGroup></Project>";
        let version = |text: &str| Some(text.to_owned());
        let found = items(text);
        assert_eq!(found[0], ("A".to_owned(), version("1.0"), When::Always));
        assert_eq!(found[1], ("B".to_owned(), version("1.0"), When::Always));
        assert_eq!(found[2], ("C".to_owned(), version("2.0"), When::Always));
        let source = Arc::new(Source::new("a.csproj", text.to_owned()));
        let item = &read(&source).unwrap().items[2];
        assert!(source.text()[item.place.clone()].starts_with("<PackageReference Include=\"C\">"));
        assert!(source.text()[item.place.clone()].ends_with("</PackageReference>"));
    }

    #[test]
    fn conditions_count_from_outside() {
        let text = "<Project><Choose><When Condition=\"'$(A)'=='b'\"><ItemGroup><PackageReference Include=\"A\"/></ItemGroup></When><Otherwise><ItemGroup><PackageReference Include=\"B\"/></ItemGroup></Otherwise></Choose><ItemGroup Condition=\"'$(TargetFramework)' == 'net48'\"><PackageReference Include=\"C\"/></ItemGroup></Project>";
        let found = items(text);
        assert!(found[0].2 == When::Unknown && found[1].2 == When::Unknown);
        assert_eq!(found[2].2, When::Only(vec!["net48".to_owned()]));
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "(<PackageReference |<a>|</a>|Include=|Version=|[<>\"'/!\\-aé\\[\\](),.1]){0,16}") {
            let _ = read(&Arc::new(Source::new("a.csproj", text)));
        }
    }
}
