//! Who may deploy what, and when: what needs a history of git, tools, or a record in the chain of the lock.

use serde_json::json;

use crate::support::git_server::{Faults, GitServer};
use crate::support::github::Fake;
use crate::support::{Folder, Run, Step, git, run};

/// A repository with a branch, and the ids of: main's first and second commit, and one beside them.
fn history(settings: &str) -> Option<(Folder, [String; 3])> {
    let folder = Folder::with(&[(".github/ci-guard.yml", settings)]);
    let at = folder.path().to_owned();
    let commit = |message: &str| {
        git(&at, &["commit", "-qm", message, "--allow-empty"])?;
        git(&at, &["rev-parse", "HEAD"])
    };
    git(&at, &["init", "-q", "-b", "main"])?;
    git(&at, &["add", "-A"])?;
    let first = commit("first")?;
    let second = commit("second")?;
    git(&at, &["checkout", "-qb", "side", &first])?;
    let side = commit("side")?;
    git(&at, &["checkout", "-q", "main"])?;
    Some((folder, [first, second, side]))
}

fn settings(permit: &str) -> String {
    format!(
        "version: 1\nmode: blocking\nchecks:\n  preflight:\n    environments:\n      production: {permit}\n"
    )
}

const CHECK: [&str; 4] = ["check", "preflight", "--environment", "production"];

fn preflight(folder: &Folder, more: &[&str], sha: &str) -> Run {
    let line = [&CHECK[..], &["--format=json"], more].concat();
    Step::new().run(folder.path(), &line, &[("GITHUB_SHA", sha)])
}

fn rules(run: &Run) -> Vec<String> {
    let json = run.json();
    json["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_deployed_is_part_of_the_branch() {
    let Some((folder, [first, second, side])) = history(&settings("{ ancestor-of: main }")) else {
        return eprintln!("skipped: there is no git here");
    };
    for commit in [&first, &second] {
        let run = preflight(&folder, &[], commit);
        assert_eq!((run.code, rules(&run)), (0, vec![]), "{}", run.out);
    }
    let run = preflight(&folder, &[], &side);
    assert_eq!((run.code, rules(&run)), (1, vec!["preflight/not-on-branch".to_owned()]), "{}", run.out);
    // What the server had when it was fetched counts more than a branch of this clone.
    git(folder.path(), &["update-ref", "refs/remotes/origin/main", &first]).unwrap();
    assert_eq!(preflight(&folder, &[], &second).code, 1);
    // What cannot be looked at is not allowed.
    let other = Folder::with(&[(".github/ci-guard.yml", &settings("{ ancestor-of: trunk }"))]);
    let run = preflight(&other, &[], &side);
    assert_eq!((run.code, rules(&run)), (3, vec![]), "{}", run.out);
    git(other.path(), &["init", "-q"]).unwrap();
    let run = preflight(&other, &[], &side);
    assert!(run.code == 3 && run.out.contains("`trunk` is not in the clone"), "{}", run.out);
}

#[test]
fn a_cut_history_proves_nothing() {
    let Some((folder, [_, _, side])) = history(&settings("{ ancestor-of: main }")) else {
        return eprintln!("skipped: there is no git here");
    };
    let shallow = Folder::new();
    let from = format!("file://{}", folder.path().display());
    git(shallow.path(), &["clone", "-q", "--depth", "1", &from, "clone"]).unwrap();
    let clone = shallow.path().join("clone");
    let line = [&CHECK[..], &["--format=json"]].concat();
    let run = Step::new().run(&clone, &line, &[("GITHUB_SHA", &side)]);
    assert!(run.code == 3 && run.out.contains("fetch-depth: 0"), "{}", run.out);
}

#[test]
fn nothing_older_than_what_is_deployed() {
    let Some((folder, [first, second, side])) = history(&settings("{ not-older: true }")) else {
        return eprintln!("skipped: there is no git here");
    };
    let with = |deployed: &str, commit: &str| {
        let run = preflight(&folder, &["--deployed-commit", deployed], commit);
        (run.code, rules(&run))
    };
    for (deployed, commit) in
        [(&first, &second), (&first, &first), (&second, &side), (&"none".to_owned(), &first)]
    {
        assert_eq!(with(deployed, commit), (0, vec![]));
    }
    assert_eq!(with(&second, &first), (1, vec!["preflight/older-than-deployed".to_owned()]));
    assert_eq!(with(&"0123456789".repeat(4), &first), (3, vec![]));
    let run = preflight(&folder, &[], &second);
    assert!(run.code == 3 && run.out.contains("`deployed-commit`"), "{}", run.out);
}

/// Deployments as GitHub keeps them, the newest last: commit and the state that it ended in.
fn deployed(fake: &Fake, environment: &str, deployments: &[(&str, &str)]) {
    fake.world(|world| {
        for (number, (commit, state)) in (1..).zip(deployments) {
            let deployment = json!({"id": number, "sha": commit, "ref": commit, "environment": environment});
            world.deployments.push(deployment);
            world.deployment_states.insert(number, (*state).to_owned());
        }
    });
}

#[test]
fn what_is_deployed_is_asked_of_github() {
    let Some((folder, [first, second, side])) = history(&settings("{ not-older: true }")) else {
        return eprintln!("skipped: there is no git here");
    };
    let ask = |folder: &Folder, fake: &Fake, commit: &str| {
        let line = [&CHECK[..], &["--format=json", "--online"]].concat();
        let variables = [&fake.variables()[..], &[("GITHUB_SHA", commit)]].concat();
        let run = Step::new().run(folder.path(), &line, &variables);
        (run.code, rules(&run), run.out)
    };
    let older = vec!["preflight/older-than-deployed".to_owned()];
    // The newest that succeeded counts: neither what failed after it, nor this run's own, nor what it replaced.
    let fake = Fake::start();
    let newest =
        [(first.as_str(), "inactive"), (&second, "success"), (&side, "failure"), (&first, "in_progress")];
    deployed(&fake, "production", &newest);
    let (code, found, out) = ask(&folder, &fake, &first);
    assert_eq!((code, found), (1, older.clone()), "{out}");
    let (code, found, out) = ask(&folder, &fake, &second);
    assert_eq!((code, found), (0, vec![]), "{out}");
    // A commit that is not in the clone is compared by GitHub.
    let elsewhere = "0123456789".repeat(4);
    for (word, code, found) in [("behind", 1, older), ("ahead", 0, vec![]), ("diverged", 0, vec![])] {
        fake.world(|world| world.compare = word.to_owned());
        let (got, rules, out) = ask(&folder, &fake, &elsewhere);
        assert_eq!((got, rules), (code, found), "{word}: {out}");
    }
    // Nothing is deployed: there is nothing to be older than.
    let (code, found, out) = ask(&folder, &Fake::start(), &first);
    assert_eq!((code, found), (0, vec![]), "{out}");
    // Nobody looked through more failures than these.
    let fake = Fake::start();
    deployed(&fake, "production", &[(second.as_str(), "failure"); 30]);
    let (code, found, out) = ask(&folder, &fake, &first);
    assert!(code == 3 && found.is_empty() && out.contains("none of the last 30"), "{out}");
    // Without a repository it is known all the same.
    let bare = Folder::with(&[(".github/ci-guard.yml", &settings("{ not-older: true, ancestor-of: main }"))]);
    let fake = Fake::start();
    deployed(&fake, "production", &[(second.as_str(), "success")]);
    for (word, code, found) in [
        ("identical", 0, vec![]),
        ("ahead", 1, vec!["preflight/not-on-branch"]),
        ("diverged", 1, vec!["preflight/not-on-branch"]),
        ("behind", 1, vec!["preflight/older-than-deployed"]),
    ] {
        fake.world(|world| world.compare = word.to_owned());
        let (got, rules, out) = ask(&bare, &fake, &first);
        assert_eq!((got, rules), (code, found.into_iter().map(str::to_owned).collect()), "{word}: {out}");
    }
}

#[test]
fn a_zone_that_nobody_knows_is_not_taken_for_utc() {
    for (zone, code) in [("Europe/Berln", 3), ("UTC+2", 3), ("+02:00", 1), ("CET-1CEST,M3.5.0,M10.5.0/3", 1)]
    {
        let window = format!("{{ freeze: [{{ from: 2020-01-01, to: 2999-01-01, zone: \"{zone}\" }}] }}");
        let folder = Folder::with(&[(".github/ci-guard.yml", &settings(&window))]);
        let run = run(folder.path(), &CHECK, &[("TZ", "UTC"), ("TZDIR", "/nowhere")]);
        assert_eq!(run.code, code, "{zone}: {}{}", run.out, run.err);
        assert!(code != 3 || format!("{}{}", run.out, run.err).contains("does not know the time zone"));
    }
}

#[test]
fn a_run_for_another_run_is_for_its_branch() {
    let folder = Folder::with(&[(".github/ci-guard.yml", &settings("{ branches: [main] }"))]);
    let with = |event: serde_json::Value| {
        let path = folder.write("event.json", serde_json::json!({"workflow_run": event}).to_string());
        let variables = [
            ("GITHUB_REF", "refs/heads/main"),
            ("GITHUB_EVENT_NAME", "workflow_run"),
            ("GITHUB_EVENT_PATH", path.to_str().unwrap()),
        ];
        Step::new().run(folder.path(), &CHECK, &variables).code
    };
    let own = |branch: &str, event: &str, repository: &str| serde_json::json!({"head_branch": branch, "event": event, "head_repository": {"full_name": repository}});
    assert_eq!(with(own("main", "push", "org/repo")), 0);
    assert_eq!(with(own("feature", "push", "org/repo")), 1);
    // A fork may call its branch `main` as well.
    assert_eq!(with(own("main", "push", "me/repo")), 1);
    assert_eq!(with(own("main", "pull_request", "org/repo")), 1);
    assert_eq!(with(serde_json::json!({})), 1);
}

#[test]
fn whoever_runs_it_again_must_be_listed_too() {
    let folder = Folder::with(&[(".github/ci-guard.yml", &settings("{ actors: [ana] }"))]);
    let with = |actor: &str, again: &str| {
        let variables = [("GITHUB_ACTOR", actor), ("GITHUB_TRIGGERING_ACTOR", again)];
        Step::new().run(folder.path(), &CHECK, &variables).code
    };
    assert_eq!((with("ana", "Ana"), with("ana", "mallory"), with("mallory", "ana")), (0, 1, 1));
    // On a desk nobody knows who deploys.
    assert_eq!(run(folder.path(), &CHECK, &[]).code, 3);
}

#[cfg(unix)]
#[test]
fn tools_are_asked_for_their_version_and_see_no_secret() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let tool = |name: &str, script: &str| {
        let path = folder.write(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    tool("deployer", "echo \"deployer version 1.9.2 ($API_KEY)\"");
    tool("kubectl", "[ \"$1\" = version ] && echo 'Client Version: v1.31.2'");
    tool("old", "echo 'old 0.9'>&2");
    tool("mute", "exit 1");
    tool("vague", "echo 'the newest'");
    let path = format!("{}:/usr/bin:/bin", folder.path().join("bin").display());
    let with = |entry: &str| {
        let line = ["check", "preflight", "--mode=blocking", "--format=json", "--required-secrets", entry];
        let run = run(folder.path(), &line, &[("PATH", &path), ("API_KEY", "cAnArY7vLw5Rs8YdNfHg")]);
        assert!(!run.out.contains("cAnArY"), "{}", run.out);
        (run.code, run.json()["outputs"]["missing"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(with("tool: deployer >= 1.9"), (0, String::new()));
    assert_eq!(with("tool: kubectl >= 1.30"), (0, String::new()));
    assert_eq!(with("tool: deployer >= 1.10"), (1, "tool: deployer".to_owned()));
    assert_eq!(with("tool: old >= 1"), (1, "tool: old".to_owned()));
    assert_eq!(with("tool: nobody-has-this"), (1, "tool: nobody-has-this".to_owned()));
    assert_eq!(with("tool: mute"), (0, String::new()));
    // A version that nobody can tell is none that will do.
    assert_eq!(with("tool: mute >= 1").0, 3);
    assert_eq!(with("tool: vague >= 1").0, 3);
}

#[test]
fn a_preflight_that_passed_records_itself() {
    let Some(server) = GitServer::start(Faults::default()) else {
        return eprintln!("skipped: there is no git here");
    };
    let url = server.url();
    let folder = Folder::new();
    let one = "1111111111111111111111111111111111111111";
    let variables = |value: &'static str| {
        [
            ("GITHUB_SHA", one),
            ("GITHUB_RUN_ID", "1"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_JOB", "deploy"),
            ("DEPLOY_TOKEN", value),
        ]
    };
    let check = |value: &'static str| {
        let line = [
            &CHECK[..],
            &["--required-secrets", "DEPLOY_TOKEN", "--record-preflight", "--remote", &url, "--format=json"],
        ]
        .concat();
        Step::new().run(folder.path(), &line, &variables(value))
    };
    let acquire = |hash: &str| {
        let line = [
            "lock",
            "acquire",
            "production",
            "--remote",
            &url,
            "--require-preflight",
            "30m",
            "--manifest-hash",
            hash,
        ];
        Step::new().run(folder.path(), &line, &variables("x")).code
    };
    // In advisory mode nothing fails, and nothing is recorded either.
    let advisory = check("changeme");
    assert_eq!(advisory.code, 0, "{}", advisory.out);
    let hash = advisory.json()["outputs"]["manifest-hash"].as_str().unwrap().to_owned();
    assert!(hash.len() == 64 && acquire(&hash) == 1);
    let reasons = advisory.json()["outputs"]["reasons"].as_str().unwrap().to_owned();
    assert!(reasons.starts_with("DEPLOY_TOKEN: placeholder: "), "{reasons}");
    let good = check("k3Jx9QmZ7bT1");
    assert!(good.code == 0 && good.json()["outputs"]["ready"] == "true", "{}", good.out);
    // Another list of what is required is another preflight.
    assert_eq!(acquire(""), 1);
    assert_eq!(acquire(&hash), 0);
    // A record that cannot be written is no pass.
    let gone = format!("{}/none.git", server.server.url);
    let line = [&CHECK[..], &["--required-secrets", "DEPLOY_TOKEN", "--record-preflight", "--remote", &gone]]
        .concat();
    assert_eq!(Step::new().run(folder.path(), &line, &variables("k3Jx9QmZ7bT1")).code, 3);
}
