//! What bash refuses, and what it takes.

use proptest::prelude::*;

use super::*;

/// What is written where the fault is, and what it is.
fn said(script: &str) -> Option<(String, String)> {
    let fault = fault(script, false)?;
    let kind = match fault.kind {
        FaultKind::Unclosed { closing } => format!("wants {closing}"),
        FaultKind::Unexpected { open: Some((_, closing)) } => format!("before {closing}"),
        FaultKind::Unexpected { open: None } => "closes nothing".to_owned(),
        FaultKind::Document { delimiter } => format!("text up to {delimiter}"),
    };
    Some((script[fault.range].to_owned(), kind))
}

#[track_caller]
fn refuses(script: &str, written: &str, kind: &str) {
    assert_eq!(said(script), Some((written.to_owned(), kind.to_owned())), "{script}");
}

#[test]
fn what_is_opened_is_closed() {
    refuses("echo \"a\necho b", "\"", "wants \"");
    refuses("echo 'it's'", "'", "wants '");
    refuses("echo $'a\\'", "$'", "wants '");
    refuses("echo $(a", "(", "wants )");
    refuses("echo ${a:-b", "${", "wants }");
    refuses("echo `a", "`", "wants `");
    refuses("if a; then\n  b\n", "if", "wants fi");
    refuses("for x in 1 2; do\n  b\n", "for", "wants done");
    refuses("case x in\n a) b ;;\n", "case", "wants esac");
    refuses("f() {\n  a\n", "{", "wants }");
    refuses("if [[ -f a; then b; fi", ";", "before ]]");
    refuses("(a\n", "(", "wants )");
    refuses("x=(1 2\n", "(", "wants )");
}

#[test]
fn words_that_cannot_stand_there() {
    refuses("fi", "fi", "closes nothing");
    refuses("if a; then b; done", "done", "before fi");
    refuses("if a\n  b\nfi", "fi", "before fi");
    refuses("for x in 1 2\n  a\ndone", "a", "before done");
    refuses("while a; do\ndone", "done", "before done");
    refuses("if a; then; b; fi", ";", "before fi");
    refuses("a && ", "&&", "closes nothing");
    refuses("a ||\nfi", "fi", "closes nothing");
    refuses("a | | b", "|", "closes nothing");
    refuses("a )", ")", "closes nothing");
    refuses("a;; b", ";;", "closes nothing");
    refuses("echo a (b)", "(", "closes nothing");
    refuses("echo >", ">", "closes nothing");
    refuses("} else {", "}", "closes nothing");
    refuses("f() echo", "echo", "closes nothing");
}

#[test]
fn here_documents_end() {
    refuses("if a; then\n  cat <<EOF\n  text\n  EOF\nfi\n", "<<EOF", "text up to EOF");
    refuses("cat <<'A' <<-B\n1\nA\n2\n", "<<-B", "text up to B");
    for fine in
        ["cat <<EOF\n$( ' \"\nEOF\n", "cat <<-E\n\ta\n\tE\nb", "a=$(cat <<E\n'\nE\n)", "a=$(cat <<E\n'\nE)"]
    {
        assert_eq!(said(fine), None, "{fine}");
    }
}

#[test]
fn what_shells_read_is_not_reported() {
    let fine = [
        "",
        "# if",
        "a & b &\n! c; time -p d | e",
        "{ (a) }; { ((1)) }; if a; then if b; then c; fi fi",
        "if a; then b; elif c; then d; else e; fi > x 2>&1 < y",
        "for x; do a; done; for x in; do a; done; for ((i=0; i<3; i++)); do a; done; for x in a\ndo b\ndone",
        "while read -r x; do echo $x; done < <(a | b)",
        "case \"$x\" in (a|b) c;; *) ;& 'd e') f ;;& esac",
        "case x in esac",
        "f() { a; }; function g { b; }; function h() ( c ); i ()\n{\n d\n}",
        "[[ $a =~ ^(x|y)[0-9]+$ && ( -f b || ! c < d ) ]] && e",
        "[[ $a == @(x|y)* ]]",
        "echo $(( (1 + 2) * $(a) )) $((b)) $( (c; d) ) $((e; f) | g)",
        "echo \"$(a \"$b\" 'c)')\" \"${d:-\"e\"}\" ${f//[^a-z]/'\"'}",
        "x=(1 $(a) 'b' # c )\n  [d]=e\n)\nx+=(2)\nx[1]=(3)",
        "echo a#b \\# $# ${#x} $$ $! \"$'\" fi done { } [ ( \\( ] in then"
            .trim_end_matches("[ ( \\( ] in then"),
        "echo a \\\n  b &&\n  c |\n  d ||\n\n  e",
        "cat <<A; cat <<'B'\n1\nA\n2\nB\nc",
        "a 2>/dev/null >&2 &>b &>>c <<<d >|e <>f {g}>h",
        "if ${{ a }}; then ${{ b }} fi; fi",
        "echo if then; x=fi; echo done=1; npm run do",
        "a && { b; } || { c; exit 1; }",
        "`a 'b`",
        "shopt -s extglob\nrm !(a|b)",
    ];
    for script in fine {
        assert_eq!(said(script), None, "{script}");
    }
}

#[test]
fn what_stands_beside_an_expression_is_not_judged() {
    assert_eq!(said("if a; then b; fi ${{ c }}"), None);
    refuses("echo ${{ a }}\nfi", "fi", "closes nothing");
}

#[test]
fn hostile_scripts_end() {
    for open in [
        "(",
        "$(",
        "{ ",
        "if ",
        "((",
        "$((",
        "`",
        "case x in a) ",
        "\"$(",
        "${x:-",
        "[[ ( ",
        "<(",
        "<<a ",
        "x=(",
    ] {
        let _ = fault(&open.repeat(50_000), false);
        let _ = fault(&format!("{}\n", open.repeat(30)), false);
    }
}

proptest! {
    #[test]
    fn no_script_panics(script in "(if|fi|do|done|case|esac|in|[-a-c \n'\"$(){}|&;<>#\\\\\\[\\]!=*`é]){0,40}") {
        if let Some(fault) = fault(&script, false) {
            prop_assert!(script.get(fault.range).is_some());
        }
    }
}
