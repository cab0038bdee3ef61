use super::*;
use crate::rule::Severity;

/// What is said about a text under a name, in a repository that holds nothing else.
fn verdict(path: &str, text: &[u8]) -> Verdict {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join(path);
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::fs::write(&place, text).unwrap();
    let checkout = Checkout::open(folder.path()).unwrap();
    let entry = checkout.listing().get(path).unwrap();
    examine(entry, Kind::of(path).unwrap(), &checkout)
}

/// Rule, severity, place and message of all findings.
fn found(path: &str, text: &str) -> Vec<String> {
    let verdict = verdict(path, text.as_bytes());
    let line = |finding: &Finding| {
        let severity = finding.severity.as_str();
        format!("{severity} {} {}: {}", finding.rule.id, finding.location, finding.message)
    };
    verdict.findings.iter().map(line).collect()
}

#[test]
fn sound_files_are_examined_and_say_nothing() {
    for (path, text) in [
        ("a.yml", "a: 1\n---\nb: !Ref x\nc: !include y\n<<: {d: 1}\n"),
        ("empty.yml", ""),
        ("comment.yaml", "# nothing\n"),
        ("a.json", "\u{feff}{\"a\": [1, 2]}\n"),
        ("tsconfig.json", "{/* c */ \"a\": [1,],}\n"),
        (".vscode/settings.json", "{\n  // c\n  \"a\": 1,\n}\n"),
        ("a.jsonc", "{} // c\n"),
        ("Cargo.lock", "[[package]]\nname = \"a\"\n[[package]]\nname = \"b\"\n"),
        ("a.toml", ""),
        ("a.jsonl", "{\"a\": 1}\r\n\r\n[2]\n"),
        ("a.jsonl", ""),
        ("w.yml", "run: echo ${{ github.ref }} {{ x }}\n"),
        ("r.yml", "a: &a [*a]\n"),
        ("types.yml", "1: a\n\"1\": b\n'on': c\n"),
        ("azure.yml", "- ${{ if x }}:\n  - a\n  ${{ else }}:\n  - b\n  ${{ else }}:\n  - c\n"),
        ("surrogate.json", "[\"\\ud800\"]"),
        ("v.yml", "$ANSIBLE_VAULT;1.1;AES256\n6162\n6364\n"),
    ] {
        let verdict = verdict(path, text.as_bytes());
        assert!(verdict.examined && verdict.findings.is_empty(), "{path}: {verdict:?}");
    }
}

#[test]
fn faults_are_found_where_they_are() {
    for (path, text, expected) in [
        (
            "a.yml",
            "a: b: c\n",
            "error files/unparsable a.yml:1:5: not valid YAML: this `:` cannot stand here",
        ),
        (
            "a.json",
            "{\"a\" 1}",
            "error files/unparsable a.json:1:6: not valid JSON: a `:` is missing before this",
        ),
        (
            "bun.lock",
            "{a 1}",
            "error files/unparsable bun.lock:1:2: not valid JSON: a key must be in double quotes",
        ),
        (
            "a.toml",
            "a = b\n",
            "error files/unparsable a.toml:1:5: not valid TOML: this is no value that TOML knows",
        ),
        ("a.json", " \n", "warning files/unparsable a.json: not valid JSON: the file is empty"),
        (
            "a.json",
            "{\"a\": 1,}",
            "warning files/unparsable a.json:1:8: not valid JSON: this comma has no entry behind it",
        ),
        (
            "package.json",
            "// c\n{\"a\": 1}",
            "error files/unparsable package.json:1:1: not valid JSON: JSON has no comments",
        ),
        (
            "a.json",
            "// c\n{}",
            "note files/unparsable a.json:1:1: strict readers refuse this JSON: JSON has no comments",
        ),
        (
            "a.json",
            "{}\n{}\n",
            "note files/unparsable a.json:2:1: strict readers refuse this JSON: text follows the end of the value",
        ),
        (
            "a.json",
            "[\"x\ny\"]",
            "error files/unparsable a.json:1:4: not valid JSON: a line break stands inside a text",
        ),
        (
            "a.jsonl",
            "{}\nü {}\n",
            "error files/unparsable a.jsonl:2:1: not valid JSON Lines: this is no JSON value",
        ),
        (
            "a.yml",
            "a: *x\n",
            "error files/unparsable a.yml:1:4: not valid YAML: there is no anchor `x` above",
        ),
        (
            "a.yml",
            "a: 1\n\t\nb: 2\n",
            "warning files/unparsable a.yml:2:1: not valid YAML for libyaml and its like (Go, Python, Ruby): a tab \
             stands before a comment or nothing",
        ),
        (
            "a.yml",
            "a: 1\n=======\nb: 2\n",
            "error files/unparsable a.yml:2:1: a mark of a merge conflict was left behind here",
        ),
        (
            "a.yml",
            "a: 1\nb: 2\na: 3\n",
            "error files/duplicate-key a.yml:3:1: the key `a` stands twice in the same mapping: some readers refuse \
             the file, others drop a value",
        ),
        (
            "a.json",
            "{\"a\": 1, \"a\": 1}",
            "warning files/duplicate-key a.json:1:10: the key `a` stands twice in the same object: readers drop all \
             values but one",
        ),
        (
            "a.toml",
            "a = 1\na = 2\n",
            "error files/duplicate-key a.toml:2:1: the key `a` stands twice in the same table: readers refuse the file",
        ),
        (
            "a.yml",
            "x: &x {}\na:\n  <<: *x\n  <<: *x\n",
            "note files/duplicate-key a.yml:4:3: `<<` stands twice in the same mapping; some readers refuse that",
        ),
        (
            "a.json",
            "{\n<<<<<<< HEAD\n\"a\": 1\n=======\n\"a\": 2\n>>>>>>> topic\n}\n",
            "error files/merge-conflict a.json:2:1: a merge conflict between `HEAD` and `topic` was never resolved",
        ),
        (
            "README.md",
            "# a\n<<<<<<< HEAD\n=======\n>>>>>>> topic\n",
            "error files/merge-conflict README.md:2:1: a merge conflict between `HEAD` and `topic` was never resolved",
        ),
        (
            "charts/x/templates/a.yaml",
            "{{ if x }}\n<<<<<<< HEAD\na: 1\n=======\n>>>>>>> topic\n",
            "error files/merge-conflict charts/x/templates/a.yaml:2:1: a merge conflict between `HEAD` and `topic` was \
             never resolved",
        ),
    ] {
        assert_eq!(found(path, text), [expected], "{path}: {text}");
    }
}

#[test]
fn what_is_left_alone_says_why() {
    for (path, text, reason) in [
        ("vendor/a.yml", &b"a: ["[..], "vendored"),
        ("tests/fixtures/a.yml", b"a: [", "test data"),
        ("tests/a.json", b"{\n<<<<<<< a\n=======\n>>>>>>> b\n}", "test data"),
        ("tests/a.toml", b"a = 1\na = 2\n", "test data"),
        ("tests/a.jsonl", b"{", "test data"),
        ("tests/a.json", b"[\"\xe9\"]", "test data"),
        ("a.yml", b"{% if x %}\na: 1\n{% endif %}\n", "a template"),
        ("a.yml", b"# {% if x %}\na: 1\n# {% else %}\na: 2\n", "a template"),
        ("meta.yaml", b"skip: true  # [win]\nskip: false  # [not win]\n", "a template"),
        ("a.json.tmpl", b"{", "a template"),
        ("{{cookiecutter.x}}/a.toml", b"a = \nb = '{{ x }}'\n", "a template"),
        ("a.json5", b"{", "JSON5, which is not read"),
        ("a.json", b"\0{", "binary"),
        ("a.json", b"\x89PNG\0\xff", "binary"),
        ("a.yml", b"\xff\xfea\0", "UTF-16"),
        ("a.json", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer"),
        ("a.yml", b"%YAML:1.0\n---\na: 1\n", "YAML of OpenCV, which is a language of its own"),
    ] {
        let verdict = verdict(path, text);
        assert_eq!(verdict.not_examined, Some(reason), "{path}: {verdict:?}");
        assert!(!verdict.examined && verdict.findings.is_empty(), "{path}");
    }
    let deep = "[".repeat(2_000) + &"]".repeat(2_000);
    assert_eq!(verdict("a.json", deep.as_bytes()).not_examined, Some(TOO_DEEP));
    assert_eq!(verdict("a.jsonl", deep.as_bytes()).not_examined, Some(TOO_DEEP));
    let large = vec![b' '; MAX_PARSED as usize + 1];
    assert_eq!(verdict("a.json", &large).not_examined, Some(TOO_LARGE));
}

#[test]
fn lines_of_files_that_hold_secrets_are_not_shown() {
    let shown = |path: &str| verdict(path, b"{\"a\": hunter2}").findings[0].show_source;
    assert!(shown("a.json") && !shown("client_secret.json") && !shown("config/Credentials.json"));
}

#[test]
fn other_encodings_are_found() {
    let verdict = verdict("a.json", b"{\n \"\xc3\xa9t\xe9\": 1}");
    let [finding] = &verdict.findings[..] else { panic!("{verdict:?}") };
    assert_eq!((finding.rule.id, finding.severity), ("files/unparsable", Severity::Warning));
    assert_eq!(finding.location.to_string(), "a.json:2:5");
    assert_eq!(finding.message, "not valid JSON: the byte 0xE9 is not UTF-8");
}

#[test]
fn many_findings_of_one_file_are_counted() {
    let text: String = (0..40).map(|n| format!("a{n}: 1\na{n}: 2\n")).collect();
    let verdict = verdict("a.yml", text.as_bytes());
    assert_eq!(verdict.findings.len(), MAX_FINDINGS);
    assert_eq!(verdict.note.as_deref(), Some("`a.yml` has 30 more of these"));
    let [finding] = &found("a.yml", &"a: 1\n".repeat(40))[..] else { panic!() };
    assert!(finding.contains("stands 40 times"), "{finding}");
}

#[test]
fn what_follows_a_fault_of_syntax_is_not_reported() {
    let found = found("a.toml", "a = 1\na = 2\nb = \nb = 1\n");
    assert_eq!(found.len(), 2, "{found:?}");
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_check_panic(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60),
        pieces in proptest::collection::vec("[-a-cé\\[\\]{}&*|'\"#%$@<>=, \n\t:\\\\]{0,5}|<<<<<<< x\n|=======\n|>>>>>>> y\n|\\{\\{ x \\}\\}|\\{% y %\\}|a: 1\n|\u{feff}", 0..16),
    ) {
        let checkout = Checkout::open(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks/files").as_path()).unwrap();
        for text in [String::from_utf8_lossy(&bytes).into_owned(), pieces.concat()] {
            for path in ["a.yml", "a.json", "tsconfig.json", "a.toml", "a.jsonl", "templates/a.yml", "README.md"] {
                let source = Source::new(path, text.clone());
                let verdict = judge(&source, Kind::of(path).unwrap(), &checkout);
                for finding in &verdict.findings {
                    proptest::prop_assert!(finding.location.in_file().is_some());
                }
            }
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]
    #[test]
    fn no_file_makes_the_check_panic(files in proptest::collection::vec(("[a-z]{1,3}/?[a-z]{1,3}[.](yml|json|toml|jsonl|md)", proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80)), 0..8)) {
        let folder = tempfile::tempdir().unwrap();
        for (path, bytes) in &files {
            let place = folder.path().join(path);
            // One name may be a folder in another.
            let made = std::fs::create_dir_all(place.parent().unwrap());
            let _ = made.and_then(|()| std::fs::write(&place, bytes));
        }
        let checkout = Checkout::open(folder.path()).unwrap();
        let mut record = crate::checks::Record::default();
        let outcome = super::super::look(&checkout, &Default::default(), &mut record);
        proptest::prop_assert!(outcome.is_ok());
    }
}
