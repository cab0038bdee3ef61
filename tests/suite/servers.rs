//! What holds on github.com alone: a clone of an enterprise server is judged as its runs are.

use crate::support::{self, Folder, Step};

const CI: &str = ".github/workflows/ci.yml";

const WORKFLOW: &str = "on: push
permissions: {}
jobs:
  test:
    runs-on: ubuntu-18.04
    steps:
      - uses: actions/upload-artifact@v3
";

const REFUSED: [&str; 2] = ["error[integrity/outdated-runtime]", "error[integrity/retired-runner]"];

#[test]
fn the_origin_says_whose_runners_run_a_clone() {
    for (origin, is_github) in [
        ("https://github.com/octo/app.git", true),
        ("git@github.com:octo/app.git", true),
        ("git@github.com-work:octo/app.git", true),
        ("ssh://git@ssh.github.com:443/octo/app", true),
        ("git@work:octo/app", true),
        ("https://octo.ghe.com/octo/app", true),
        ("/srv/mirrors/git.example/app", true),
        ("https://git.example.org/octo/app", false),
        ("git@github.example.com:octo/app.git", false),
        ("ssh://git@git.example.org:2222/octo/app", false),
    ] {
        let folder = Folder::with(&[(CI, WORKFLOW)]);
        let Some(_) = support::git(folder.path(), &["init", "-q"]) else { return };
        support::git(folder.path(), &["remote", "add", "origin", origin]);
        let run = support::run(folder.path(), &["check", "integrity"], &[]);
        for rule in REFUSED {
            assert_eq!(run.out.contains(rule), is_github, "{origin}: {}", run.out);
        }
    }
}

#[test]
fn the_server_of_a_run_counts_more_than_the_origin() {
    for (server, is_github) in [("https://github.com", true), ("https://git.example.org", false)] {
        let folder = Folder::with(&[(CI, WORKFLOW)]);
        let Some(_) = support::git(folder.path(), &["init", "-q"]) else { return };
        support::git(folder.path(), &["remote", "add", "origin", "https://git.example.com/octo/app"]);
        let arguments = ["check", "integrity", "--format", "text"];
        let run = Step::new().run(folder.path(), &arguments, &[("GITHUB_SERVER_URL", server)]);
        for rule in REFUSED {
            assert_eq!(run.out.contains(rule), is_github, "{server}: {}", run.out);
        }
    }
}
