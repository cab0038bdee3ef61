use super::*;
use crate::tree::Syntax;

fn checkout(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Checkout) {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let place = folder.path().join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, content).unwrap();
    }
    let checkout = Checkout::open(folder.path()).unwrap();
    (folder, checkout)
}

fn paths(checkout: &Checkout) -> Vec<&str> {
    checkout.listing().files.iter().map(|entry| &*entry.path).collect()
}

#[test]
fn without_git_everything_counts_but_foreign_folders() {
    let (_folder, checkout) = checkout(&[
        ("a.yml", b"a: 1"),
        (".github/workflows/ci.yml", b"on: push"),
        (".gitignore", b"*\n"),
        ("node_modules/x/package.json", b"{}"),
        ("sub/.git/HEAD", b"ref: x"),
        ("sub/b.yml", b"b: 1"),
    ]);
    assert_eq!(paths(&checkout), [".github/workflows/ci.yml", ".gitignore", "a.yml"]);
}

#[test]
fn where_git_cannot_say_nothing_is_hidden_whoever_asks_first() {
    let (_folder, checkout) = checkout(&[
        ("a.yml", b"a: 1"),
        (".gitignore", b"*.yml\n"),
        (".git/HEAD", b"junk"),
        (".git/index", b"junk"),
    ]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(paths(&checkout), [".gitignore", "a.yml"]));
        }
    });
}

#[test]
fn positions_count_characters_from_one() {
    let source = Source::new("x.yml", "\u{feff}ä: ü\nkey: [a,\n  bé]\r\n".to_owned());
    let tree = source.tree(Syntax::Yaml);
    let (key, value) = tree.root().unwrap().entry("ä").unwrap();
    assert_eq!(source.at(key.range()).to_string(), "x.yml:1:1");
    assert_eq!(source.at(value.range()).to_string(), "x.yml:1:4");
    let list = tree.root().unwrap().get("key").unwrap();
    let span = source.span(list.range());
    assert_eq!((span.line, span.column, span.end_line, span.end_column), (2, 6, 3, 6));
    assert_eq!(source.line(3), Some("  bé]"));
    assert_eq!(source.line(5), None);
    assert_eq!(source.line(0), None);
}

#[test]
fn positions_on_a_long_line_are_found_at_once() {
    let text = format!("\u{feff}{}\nä\u{feff}b", "aé€😀".repeat(100_000));
    let source = Source::new("x", text.clone());
    let start = std::time::Instant::now();
    for (number, (at, _)) in text.char_indices().enumerate().skip(1).step_by(7) {
        let span = source.span(at..at);
        let before = if span.line == 1 { 1 } else { 400_002 };
        assert_eq!(span.column as usize, number - before + 1, "byte {at}");
    }
    assert_eq!(source.span(text.len()..text.len()).end_column, 4);
    assert!(start.elapsed().as_secs() < 60, "each column is counted from the start of the line");
}

#[test]
fn what_is_no_text_file_says_so() {
    let (folder, checkout) = checkout(&[("bin", b"a\xff\xfe"), ("dir/x", b"")]);
    assert!(matches!(checkout.read("bin"), Err(ReadError::NotUtf8(1))));
    assert!(matches!(checkout.read("none"), Err(ReadError::Missing)));
    assert!(matches!(checkout.read("dir"), Err(ReadError::NotAFile)));
    assert!(matches!(checkout.read("../x"), Err(ReadError::Outside)));
    assert!(matches!(checkout.read("/etc/hostname"), Err(ReadError::Outside)));
    assert!(matches!(checkout.read_bytes("bin", 2), Err(ReadError::TooLarge(3))));
    drop(folder);
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_neither_followed_nor_opened() {
    let (folder, checkout) = checkout(&[("real", b"x")]);
    std::os::unix::fs::symlink("/etc", folder.path().join("out")).unwrap();
    std::os::unix::fs::symlink("loop", folder.path().join("loop")).unwrap();
    std::os::unix::fs::symlink("real", folder.path().join("link")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status();
    assert!(matches!(checkout.read("out/hostname"), Err(ReadError::Outside)));
    assert!(matches!(checkout.read("link"), Err(ReadError::NotAFile)));
    assert_eq!(paths(&checkout), ["real"]);
    assert!(checkout.listing().unlisted.iter().any(|u| u.path == "loop"));
    if made.is_ok_and(|status| status.success()) {
        assert!(matches!(checkout.read("pipe"), Err(ReadError::NotAFile)));
    }
}
