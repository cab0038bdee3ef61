//! Scripts of `run`: bash says the same of them, and what shellcheck says stands at its place.
//!
//! `CI_GUARD_CORPUS` names a folder of checkouts (any depth): then every script of their workflows is held against bash.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ci_guard::checkout::Source;
use ci_guard::tree::Syntax;
use ci_guard::workflow::expression;
use ci_guard::workflow::model::Workflow;
use ci_guard::workflow::shell::shell_of;
use ci_guard::workflow::shell_syntax::{FaultKind, fault};

use crate::support::{Folder, program, run};

/// Scripts that bash reads, of which parts are taken away.
const WHOLE: [&str; 6] = [
    "if [ -n \"$A\" ]; then\n  echo \"a $(b 'c')\" | d\nelif e; then\n  f\nelse\n  g || { h; exit 1; }\nfi\n",
    "for x in a \"b c\" $(d); do\n  case \"$x\" in\n    a|b) e ;;\n    (*) f; ;;\n  esac\ndone < <(g) > h\n",
    "cat <<EOF > \"$A\"\n  text ' of \" it $(b)\nEOF\nx=(1 2 \"$3\")\nwhile read -r y; do echo \"${y:-\"z\"}\"; done <<< \"$q\"\n",
    "f() {\n  local a=$((1 + (2 * 3)))\n  [[ $a == 1 && ( -f b || $c =~ ^(d|e)$ ) ]] && return\n}\nf & wait; (g; h) 2>&1\n",
    "set -x\nA=`b \"c\"` d \\\n  --e 'f' && g ||\n  ! h\nuntil i; do sleep 1; done\nfor ((j=0; j<3; j++)); do k; done\n",
    "function l { m; }\necho $'n\\'' \"$o\" ${p//[^q]/r} ${#s} $# # it's a comment\n{ t; } >> \"$u\"\n",
];

/// What bash says of a script: that it reads it, or why not. Nothing if there is no bash.
fn bash(script: &str) -> Option<Result<(), String>> {
    let folder = Folder::new();
    let place = folder.write("script", script);
    let mut command = Command::new("bash");
    command.arg("-n").arg(place).env("LC_ALL", "C").stdin(Stdio::null());
    let said = command.output().ok()?;
    let errors = String::from_utf8_lossy(&said.stderr).into_owned();
    // Some faults are reported, and forgotten by the end.
    let fine = said.status.success() && !errors.contains("syntax error") && !errors.contains("expected");
    Some(if fine { Ok(()) } else { Err(errors) })
}

/// True if bash has the documents of this version's grammar.
fn has_bash() -> bool {
    let version = Command::new("bash").arg("--version").output().map(|said| said.stdout).unwrap_or_default();
    let version = String::from_utf8_lossy(&version).into_owned();
    let has = version.contains("version 5.");
    if !has {
        let _ = writeln!(std::io::stderr(), "skipped: there is no bash 5");
    }
    has
}

/// True if bash must refuse what we refuse. Of a here-document without end it only warns.
fn is_syntax(kind: &FaultKind) -> bool {
    !matches!(kind, FaultKind::Document { .. })
}

#[test]
fn bash_refuses_what_is_refused_here() {
    if !has_bash() {
        return;
    }
    let mut refused = 0;
    for whole in WHOLE {
        assert_eq!(bash(whole), Some(Ok(())), "{whole}");
        assert_eq!(fault(whole, false), None, "{whole}");
        let words: Vec<&str> = whole.split_inclusive([' ', '\n', ';', '"', '(', ')', '\'']).collect();
        for index in 0..words.len() {
            let mut left = words.clone();
            let gone = left.remove(index);
            let script = left.concat();
            let found = fault(&script, false);
            let said = bash(&script).unwrap();
            match (&found, &said) {
                (Some(found), Ok(())) => {
                    assert!(!is_syntax(&found.kind), "{found:?} without {gone:?}\n{script}")
                }
                (Some(_), Err(_)) => refused += 1,
                (None, _) => {}
            }
        }
    }
    assert!(refused > 100, "only {refused} of the cut scripts are refused");
}

#[test]
fn real_scripts_are_refused_as_bash_refuses_them() {
    let Some(corpus) = std::env::var_os("CI_GUARD_CORPUS") else {
        eprintln!("skipped: CI_GUARD_CORPUS names no folder of checkouts");
        return;
    };
    if !has_bash() {
        return;
    }
    let mut paths = Vec::new();
    collect(Path::new(&corpus), &mut paths);
    let (mut scripts, mut differences) = (0, Vec::new());
    for path in paths {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let source = Source::new("x.yml", text);
        let Some(root) = source.tree(Syntax::Yaml).root() else { continue };
        let workflow = Workflow::of(root);
        for job in &workflow.jobs {
            let posix = job.steps.iter().filter(|step| shell_of(&workflow, job, step).kind.is_posix());
            for text in posix.filter_map(|step| step.run()?.text()) {
                scripts += 1;
                let found = fault(text, false).is_some_and(|fault| is_syntax(&fault.kind));
                if found && bash(&blanked(text)) == Some(Ok(())) {
                    differences.push(format!("{}: {text}", path.display()));
                }
            }
        }
    }
    eprintln!("{scripts} scripts");
    assert!(differences.is_empty(), "bash reads {}", differences.join("\n\n"));
}

fn blanked(script: &str) -> String {
    let mut text = script.to_owned();
    for embedded in expression::embedded(script) {
        text.replace_range(embedded.outer.clone(), &"x".repeat(embedded.outer.len()));
    }
    text
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&path, paths),
            Ok(kind)
                if kind.is_file() && path.parent().is_some_and(|of| of.ends_with(".github/workflows")) =>
            {
                paths.push(path);
            }
            _ => {}
        }
    }
}

/// A workflow whose second step has something to say about.
const WORKFLOW: &str = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ github.sha }}; \
                        rm $A\n      - shell: sh\n        run: |\n          true\n            rm $A\n";

/// A shellcheck that finds `rm $A` wherever it is, and fails if it is not asked as it should be.
#[cfg(unix)]
const STAND_IN: &str = r#"case " $* " in *" --norc --format=json1 "*" - "*) ;; *) exit 9 ;; esac
awk 'BEGIN { printf "{\"comments\":[" }
  (at = index($0, "rm $A")) { printf "%s{\"file\":\"-\",\"line\":%d,\"endLine\":%d,\"column\":%d,\"endColumn\":%d,\"level\":\"%s\",\"code\":2086,\"message\":\"Double quote\",\"fix\":null}", n++ ? "," : "", NR, NR, at + 3, at + 5, "error" }
  END { print "]}" }'"#;

#[cfg(unix)]
#[test]
fn what_shellcheck_says_stands_at_its_place() {
    let folder = Folder::with(&[(".github/workflows/ci.yml", WORKFLOW)]);
    std::fs::create_dir(folder.path().join("bin")).unwrap();
    program(&folder.path().join("bin/shellcheck"), STAND_IN).unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.path().join("bin").display());
    let found = |settings: &str| {
        folder.write(".github/ci-guard.yml", settings);
        let line = ["check", "integrity", "--mode=blocking", "--format=json"];
        let run = run(folder.path(), &line, &[("PATH", &path)]);
        let json = run.json();
        let of_shellcheck = json["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["rule"] == "integrity/shellcheck");
        let places = of_shellcheck.map(|finding| {
            let place = &finding["location"];
            format!("{} {}:{}-{}", finding["severity"], place["line"], place["column"], place["end_column"])
        });
        (places.collect::<Vec<_>>(), run.code)
    };
    let notes = vec!["\"note\" 7:41-43".to_owned(), "\"note\" 11:16-18".to_owned()];
    assert_eq!(found("version: 1\n"), (notes, 0));
    let warnings = vec!["\"warning\" 7:41-43".to_owned(), "\"warning\" 11:16-18".to_owned()];
    assert_eq!(found("version: 1\nchecks: { integrity: { shellcheck: true } }\n"), (warnings, 1));
    assert_eq!(found("version: 1\nchecks: { integrity: { shellcheck: false } }\n"), (Vec::new(), 0));
    // Asked for and not there, or there and broken: not verified.
    let asked = "version: 1\nchecks: { integrity: { shellcheck: true } }\n";
    program(&folder.path().join("bin/shellcheck"), "exec cat").unwrap();
    assert_eq!(found(asked), (Vec::new(), 3));
    assert_eq!(found("version: 1\n"), (Vec::new(), 0));
    std::fs::remove_file(folder.path().join("bin/shellcheck")).unwrap();
    if !Path::new("/usr/bin/shellcheck").exists() && !Path::new("/bin/shellcheck").exists() {
        assert_eq!(found(asked), (Vec::new(), 3));
    }
}
