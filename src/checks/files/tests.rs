use super::*;

fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let place = folder.path().join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, text).unwrap();
    }
    folder
}

fn looked_at(folder: &tempfile::TempDir, exclude: &[&str]) -> (Outcome, Record) {
    let checkout = Checkout::open(folder.path()).unwrap();
    let exclude = exclude.iter().map(|&pattern| pattern.to_owned()).collect();
    let mut record = Record::default();
    let outcome = look(&checkout, &Options { exclude, ..Options::default() }, &mut record).unwrap();
    (outcome, record)
}

#[test]
fn every_file_is_judged_once_and_in_order() {
    let names: Vec<String> = (0..100).map(|n| format!("f{n:03}.yml")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (&**name, "a: b: c\n")).collect();
    let (outcome, record) = looked_at(&repository(&files), &[]);
    assert_eq!(outcome, Outcome::Examined(100));
    let places: Vec<&str> = record.findings.iter().map(|finding| finding.location.name()).collect();
    assert_eq!(places, names);
}

#[test]
fn exclusions_are_those_of_a_gitignore_and_are_counted() {
    let folder = repository(&[
        ("a/x.json", "{"),
        ("b/a/x.json", "{"),
        ("b/y.yml", "a: ["),
        ("z.yml", ""),
        ("a/r.md", ""),
    ]);
    let counted = |exclude: &[&str]| {
        let (outcome, record) = looked_at(&folder, exclude);
        (outcome, record.findings.len(), record.not_examined.get("excluded by the settings").copied())
    };
    assert_eq!(counted(&[]), (Outcome::Examined(4), 3, None));
    assert_eq!(counted(&["/a/"]), (Outcome::Examined(3), 2, Some(1)));
    assert_eq!(counted(&["a"]), (Outcome::Examined(2), 1, Some(2)));
    assert_eq!(counted(&["b/**", "!b/y.yml"]), (Outcome::Examined(3), 2, Some(1)));
    assert_eq!(counted(&["*.json", "*.yml"]), (Outcome::Examined(0), 0, Some(4)));
}

#[test]
fn a_repository_without_data_is_not_applicable_unless_something_is_found() {
    let (outcome, _) = looked_at(&repository(&[("main.rs", ""), ("README.md", "# x\n")]), &[]);
    assert!(matches!(outcome, Outcome::NotApplicable(_)));
    let conflict = "<<<<<<< a\n=======\n>>>>>>> b\n";
    let (outcome, record) = looked_at(&repository(&[("README.md", conflict)]), &[]);
    assert_eq!((outcome, record.findings.len()), (Outcome::Examined(0), 1));
    let (outcome, record) = looked_at(&repository(&[("a.yml.j2", conflict)]), &[]);
    assert_eq!((outcome, record.findings.len()), (Outcome::Examined(0), 1));
    assert_eq!(record.not_examined.get("a template"), Some(&1));
}

#[test]
fn files_indented_with_tabs_are_mistakes_until_they_are_many() {
    let text = "a:\n\tb: 1\n";
    let few = [("1.yml", text), ("2.yml", text), ("3.yml", text), ("4.yml", text)];
    assert_eq!(looked_at(&repository(&few), &[]).1.findings.len(), 4);
    let many = [few[0], few[1], few[2], few[3], ("5.yml", text), ("6.yml", "a: [\n")];
    let (outcome, record) = looked_at(&repository(&many), &[]);
    assert_eq!((outcome, record.findings.len()), (Outcome::Examined(1), 1));
    assert_eq!(record.not_examined.values().sum::<usize>(), 5);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_listed_is_counted_or_not_verified() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = repository(&[("a.yml", "a: 1\n")]);
    std::os::unix::fs::symlink("a.yml", folder.path().join("b.yml")).unwrap();
    std::os::unix::fs::symlink("a.yml", folder.path().join("link.rs")).unwrap();
    let foreign = std::ffi::OsStr::from_bytes(b"\xff.json");
    let named = std::fs::write(folder.path().join(foreign), "{").is_ok();
    let (outcome, record) = looked_at(&folder, &[]);
    assert_eq!(outcome, Outcome::Examined(1));
    assert_eq!(record.not_examined.get("a symbolic link"), Some(&1));
    assert_eq!(record.not_verified.len(), usize::from(named), "{:?}", record.not_verified);
}
