//! Scripts as workflows have them.

use super::*;
use crate::tree::Syntax;

/// The names of all simple commands, in order.
fn names(script: &str) -> Vec<String> {
    let list = parse(script).unwrap_or_else(|error| panic!("{error:?}: {script}"));
    let mut names = Vec::new();
    list.walk(&mut |command| {
        if let Some(simple) = command.simple() {
            names.extend(simple.words.first().map(|word| word.text.clone()));
        }
    });
    names
}

/// The first simple command.
fn first(script: &str) -> Simple {
    let list = parse(script).unwrap();
    list.items[0].first.commands[0].simple().unwrap().clone()
}

#[test]
fn commands_wherever_they_stand() {
    assert_eq!(names("a && b || c | d; e &\nf"), ["a", "b", "c", "d", "e", "f"]);
    assert_eq!(names("if a; then b; elif c; then d; else e; fi"), ["a", "b", "c", "d", "e"]);
    assert_eq!(names("for x in 1 2; do a; done; while b; do c; done"), ["a", "b", "c"]);
    assert_eq!(names("(a; b) && { c; }; f() { d; }"), ["a", "b", "c", "d"]);
    assert_eq!(names("case $x in a) b;; *) c;; esac"), ["b", "c"]);
    assert_eq!(names("x=$(a | b \"$(c)\") d <(e)"), ["d", "a", "b", "c", "e"]);
}

#[test]
fn text_is_no_command() {
    assert_eq!(names("echo 'a || true' # b || true\ncat <<EOF\nc || true\nEOF\n"), ["echo", "cat"]);
    assert_eq!(names("[[ -f a || -f b ]] && c"), ["c"]);
}

#[test]
fn words_keep_what_the_shell_would_replace() {
    let command = first("pytest \"--junitxml=out/$NAME.xml\" 'a b' c\\ d ${{ inputs.args }}-x *.py");
    let words: Vec<(&str, bool)> = command.words.iter().map(|word| (&*word.text, word.literal)).collect();
    let expected = [
        ("pytest", true),
        ("--junitxml=out/$NAME.xml", false),
        ("a b", true),
        ("c d", true),
        ("${{ inputs.args }}-x", false),
        ("*.py", false),
    ];
    assert_eq!(words, expected);
}

#[test]
fn ranges_are_bytes_of_the_script() {
    let script = "echo äöü ${{ x }}\nfalse || true # ß\n";
    let list = parse(script).unwrap();
    assert_eq!(&script[list.items[1].range()], "false || true");
    let (join, last) = &list.items[1].rest[0];
    assert_eq!((*join, &script[last.range()]), (Join::Or, "true"));
}

#[test]
fn redirections() {
    let list = parse("cargo audit --json > ../../a.json 2>&1 || true").unwrap();
    let command = &list.items[0].first.commands[0];
    assert_eq!(command.redirects.len(), 2);
    assert!(command.redirects[0].writes() && command.redirects[0].target.literal() == Some("../../a.json"));
    assert!(!command.redirects[1].writes());
    assert!(!parse("a > /dev/null").unwrap().items[0].first.commands[0].redirects[0].writes());
}

#[test]
fn set_switches_options() {
    let mut options = Options { errexit: true, pipefail: false };
    options.after(&first("set +e -o pipefail"));
    assert_eq!(options, Options { errexit: false, pipefail: true });
    options.after(&first("set -euxo pipefail"));
    assert_eq!(options, Options { errexit: true, pipefail: true });
    options.after(&first("set +o pipefail"));
    assert!(!options.pipefail);
}

#[test]
fn hostile_scripts_end() {
    for open in ["(", "$(", "{ ", "if ", "((", "`", "case x in a) ", "\"$(", "${x:-", "[[ ( ", "! ", "<("] {
        let _ = parse(&open.repeat(5_000));
        let _ = parse(&open.repeat(11));
        let _ = parse(&format!("{}a", open.repeat(20)));
    }
    assert_eq!(parse(&"a;".repeat(MAX_SCRIPT)), Err(NoTree::TooLong));
    assert_eq!(parse(&"(".repeat(50)), Err(NoTree::TooDeep));
    assert_eq!(parse("if then"), Err(NoTree::Syntax));
}

proptest::proptest! {
    #[test]
    fn no_script_panics(script in "[-a-c \n'\"$(){}|&;<>#\\\\\\[\\]!=*`é]{0,40}") {
        let _ = parse(&script);
    }
}

#[test]
fn a_script_of_a_file_is_parsed_once() {
    let source = Source::new("x.yml", "a: make\nb: \"if\"\n".to_owned());
    let root = source.tree(Syntax::Yaml).root().unwrap();
    let (make, broken) = (root.get("a").unwrap(), root.get("b").unwrap());
    let (first, again) = (tree_of(&source, make).unwrap(), tree_of(&source, make).unwrap());
    assert!(Arc::ptr_eq(&first, &again));
    assert_eq!(*first, parse("make").unwrap());
    assert_eq!(tree_of(&source, broken), Err(NoTree::Syntax));
}
