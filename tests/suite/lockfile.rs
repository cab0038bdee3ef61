//! The `lockfile` check in a repository of git.

use crate::support::{Folder, git, run};

const MANIFEST: &str = "[package]
name = \"app\"
version = \"0.1.0\"

[dependencies]
itoa = \"1\"
";

const LOCKFILE: &str = "version = 4

[[package]]
name = \"app\"
version = \"0.1.0\"
dependencies = [
 \"itoa\",
]

[[package]]
name = \"itoa\"
version = \"1.0.18\"
source = \"registry+https://github.com/rust-lang/crates.io-index\"
checksum = \"8f42a60cbdf9a97f5d2305f08a87dc4e09308d1276d28c869c684d7777685682\"
";

/// The rules that a repository with this `.gitignore` raises; `None` where there is no git.
fn raised(ignored: &str) -> Option<Vec<String>> {
    let files = [("Cargo.toml", MANIFEST), ("Cargo.lock", LOCKFILE), (".gitignore", ignored)];
    let folder = Folder::with(&files);
    git(folder.path(), &["init", "-q"])?;
    git(folder.path(), &["add", "-A"])?;
    let report = run(folder.path(), &["check", "lockfile", "--format=json"], &[]).json();
    let findings = report["findings"].as_array().unwrap();
    Some(findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect())
}

#[test]
fn a_lockfile_that_git_ignores_is_found() {
    let (Some(ignored), Some(other)) = (raised("Cargo.lock\n"), raised("target/\n")) else { return };
    assert_eq!(ignored, ["lockfile/ignored"]);
    assert!(other.is_empty(), "{other:?}");
}

#[test]
fn hostile_lockfiles_end_with_a_finding() {
    let package = "{\"name\":\"app\",\"version\":\"1.0.0\",\"dependencies\":{\"a\":\"^1.0.0\"}}";
    let project = "[project]\nname = \"app\"\nversion = \"0.1.0\"\nrequires-python = \">=3.10\"\ndependencies = [\"click\"]\n";
    let kinds = [
        ("uv.lock", "pyproject.toml", project),
        ("poetry.lock", "pyproject.toml", project),
        ("pdm.lock", "pyproject.toml", project),
        ("pylock.toml", "pyproject.toml", project),
        ("Cargo.lock", "Cargo.toml", MANIFEST),
        ("package-lock.json", "package.json", package),
        ("pnpm-lock.yaml", "package.json", package),
        ("yarn.lock", "package.json", package),
        ("bun.lock", "package.json", package),
        ("deno.lock", "deno.json", "{\"imports\":{\"a\":\"npm:a@^1\"}}"),
        ("composer.lock", "composer.json", "{\"require\":{\"a/b\":\"^1\"}}"),
        ("Pipfile.lock", "Pipfile", "[packages]\nclick = \"*\"\n"),
        ("go.sum", "go.mod", "module example.com/app\n\ngo 1.22\n\nrequire example.com/a v1.0.0\n"),
    ];
    let many = format!("{{{}\"a\":1}}", "\"a\":1,".repeat(100_000));
    let contents: [(&str, Vec<u8>); 6] = [
        ("nothing but zeros", vec![0; 100]),
        ("no UTF-8", b"\xff\xfe{\"version\": 1}".to_vec()),
        ("deep brackets", vec![b'['; 200_000]),
        ("deep braces", b"{\"a\":".repeat(100_000)),
        ("a key many times", many.into_bytes()),
        ("one long line", vec![b'a'; 2_000_000]),
    ];
    let mut wrong = Vec::new();
    for (name, manifest, text) in kinds {
        for (kind, content) in &contents {
            let folder = Folder::with(&[(manifest, text), ("src/lib.rs", "")]);
            folder.write(name, content);
            let start = std::time::Instant::now();
            let run = run(folder.path(), &["check", "lockfile", "--format=json", "--mode=blocking"], &[]);
            // Bounded, on a machine of which others use the most as well.
            if run.code != 1 || start.elapsed() > std::time::Duration::from_secs(60) {
                wrong.push(format!("{name}, {kind}: exit code {}, {:?}", run.code, start.elapsed()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn packages_within_thousands_of_others_are_passed_over() {
    let needs: Vec<String> = (0..100).map(|n| format!("\"p{n}\":\"1\"")).collect();
    let needs = format!("\"dependencies\":{{\"b\":\"1\",{}}}", needs.join(","));
    let npm = format!(
        "{{\"lockfileVersion\":3,\"packages\":{{\"\":{{\"name\":\"x\"}},\"node_modules/z/node_modules/b\":{{}},\"{}b\":{{\"version\":\"1.0.0\",{needs}}}}}}}",
        "node_modules/a/".repeat(100_000)
    );
    let bun = format!(
        "{{\"lockfileVersion\":1,\"workspaces\":{{\"\":{{\"name\":\"x\"}}}},\"packages\":{{\"z/b\":[\"b@1.0.0\",\"\",{{}},\"\"],\"{}c\":[\"c@1.0.0\",\"\",{{{needs}}},\"\"]}}}}",
        "a/".repeat(200_000)
    );
    for (name, text) in [("package-lock.json", npm), ("bun.lock", bun)] {
        let folder = Folder::with(&[("package.json", "{\"name\":\"x\"}")]);
        folder.write(name, text.as_bytes());
        let start = std::time::Instant::now();
        let run = run(folder.path(), &["check", "lockfile", "--mode=blocking"], &[]);
        assert_eq!(run.code, 1, "{name}");
        assert!(start.elapsed() < std::time::Duration::from_secs(60), "{name}: {:?}", start.elapsed());
    }
}

#[test]
fn hashes_are_kept_for_review() {
    let folder = Folder::with(&[("Cargo.toml", MANIFEST), ("Cargo.lock", LOCKFILE)]);
    let listed = run(folder.path(), &["lockfiles"], &[]);
    assert_eq!(listed.code, 0, "{}", listed.err);
    assert!(listed.out.ends_with("  Cargo.lock\n") && listed.out.len() == 64 + 13, "{}", listed.out);
    assert_eq!(run(folder.path(), &["lockfiles", "--write"], &[]).code, 0);
    let kept = std::fs::read_to_string(folder.path().join(".github/ci-guard.lockfiles")).unwrap();
    assert_eq!(kept, listed.out);
    let rules = |folder: &Folder| {
        let report = run(folder.path(), &["check", "lockfile", "--format=json"], &[]).json();
        let findings = report["findings"].as_array().unwrap().clone();
        findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(rules(&folder).is_empty());
    // Other line ends are the same lockfile.
    folder.write("Cargo.lock", LOCKFILE.replace('\n', "\r\n"));
    assert!(rules(&folder).is_empty());
    folder.write("Cargo.lock", format!("# moved\n{LOCKFILE}"));
    assert_eq!(rules(&folder), ["lockfile/expected-hash"]);
}

#[test]
fn a_setting_says_which_version_of_a_tool_counts() {
    let folder = Folder::with(&[("Cargo.toml", MANIFEST), ("Cargo.lock", LOCKFILE)]);
    let with = |text: &str| {
        folder.write(
            ".github/ci-guard.yml",
            format!("version: 1\nchecks: {{ lockfile: {{ tool-versions: {text} }} }}\n"),
        );
        run(folder.path(), &["check", "lockfile", "--format=json"], &[])
    };
    let rules = |text: &str| with(text).json()["findings"][0]["rule"].as_str().map(str::to_owned);
    assert_eq!(rules("{ cargo: '1.77' }").as_deref(), Some("lockfile/wrong-version"));
    assert_eq!(rules("{ cargo: '>=1.70' }"), None);
    assert_eq!(rules("{ cargo: '1.78' }"), None);
    for wrong in ["{ make: '4' }", "{ cargo: stable }"] {
        assert_eq!(with(wrong).code, 2, "{wrong}");
    }
}

/// A workspace whose eight members got another version since the lockfile was written, and one another name.
#[test]
fn a_stale_lockfile_is_one_finding_that_holds_the_place_of_each_fault() {
    let mut files = vec![("Cargo.toml".to_owned(), "[workspace]\nmembers = [\"m*\"]\n".to_owned())];
    let mut lock = "version = 4\n".to_owned();
    for number in 0..9 {
        let name = if number == 8 { "renamed" } else { "m" };
        let manifest = format!("[package]\nname = \"{name}{number}\"\nversion = \"0.2.{number}\"\n");
        files.push((format!("m{number}/Cargo.toml"), manifest));
        lock += &format!("\n[[package]]\nname = \"m{number}\"\nversion = \"0.1.0\"\n");
    }
    files.push(("Cargo.lock".to_owned(), lock));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let folder = Folder::with(&files);
    let report = run(folder.path(), &["check", "lockfile", "--format=json"], &[]).json();
    let findings = report["findings"].as_array().unwrap();
    let errors: Vec<_> = findings.iter().filter(|finding| finding["severity"] == "error").collect();
    assert_eq!(errors.len(), 2, "{findings:#?}");
    let one =
        errors.iter().find(|finding| finding["message"].as_str().unwrap().contains("more faults")).unwrap();
    assert!(
        one["message"].as_str().unwrap().contains("7 more faults are of this kind, about `m1`"),
        "{one:#}"
    );
    let mut places: Vec<&str> = vec![one["location"]["path"].as_str().unwrap()];
    let related = one["related"].as_array().unwrap();
    places.extend(related.iter().map(|related| related["location"]["path"].as_str().unwrap()));
    for number in 0..8 {
        assert!(places.contains(&&*format!("m{number}/Cargo.toml")), "{number}: {places:?}");
    }
    let text = run(folder.path(), &["check", "lockfile"], &[]).out;
    assert!(text.contains("more places; `--output json=FILE` writes them all"), "{text}");
    // What somebody accepted is not what stands there with one fault less.
    folder.write("m3/Cargo.toml", "[package]\nname = \"m3\"\nversion = \"0.1.0\"\n");
    let report = run(folder.path(), &["check", "lockfile", "--format=json"], &[]).json();
    let prints = |report: &serde_json::Value| -> Vec<String> {
        let all = report["findings"].as_array().unwrap().iter();
        all.map(|finding| finding["fingerprint"].as_str().unwrap().to_owned()).collect()
    };
    let again = prints(&report);
    assert!(!again.contains(&one["fingerprint"].as_str().unwrap().to_owned()), "{again:?}");
}

/// Rules that a repository raises under a policy, and whether something was not verified.
fn under_policy(policy: &str, files: &[(&str, &str)]) -> (Vec<String>, bool) {
    let folder = Folder::with(files);
    folder.write(".github/ci-guard.yml", format!("version: 1\nchecks: {{ lockfile: {{ {policy} }} }}\n"));
    let report = run(folder.path(), &["check", "lockfile", "--format=json"], &[]).json();
    let findings = report["findings"].as_array().unwrap().iter();
    let about = |finding: &serde_json::Value| {
        let message = finding["message"].as_str().unwrap();
        format!("{} {}", finding["rule"].as_str().unwrap(), message.split('`').nth(1).unwrap_or_default())
    };
    (findings.map(about).collect(), report["checks"][0]["outcome"] == "not-verified")
}

#[test]
fn a_policy_says_whose_scripts_may_run() {
    let package =
        "{\"name\":\"app\",\"version\":\"1.0.0\",\"dependencies\":{\"a\":\"1.0.0\",\"@s/b\":\"1.0.0\"}}";
    let hash =
        "sha512-XI5MPzVNApjAyhQzphX8BkmKsKUxD4LdyK24iZeQGinBN9yTQT3bFlCBy/aVx2HrNcqQGsdot8ghrjyrvMCoEA==";
    let integrity = format!("resolution: {{integrity: {hash}}}");
    let old = format!(
        "lockfileVersion: '6.0'\n\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n\ndependencies:\n  '@s/b':\n    specifier: 1.0.0\n    version: 1.0.0\n  a:\n    specifier: 1.0.0\n    version: 1.0.0\n\npackages:\n\n  /@s/b@1.0.0:\n    {integrity}\n    requiresBuild: true\n    dev: false\n\n  /a@1.0.0:\n    {integrity}\n    requiresBuild: true\n    dev: false\n"
    );
    let new = format!(
        "lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n\nimporters:\n\n  .:\n    dependencies:\n      '@s/b':\n        specifier: 1.0.0\n        version: 1.0.0\n      a:\n        specifier: 1.0.0\n        version: 1.0.0\n\npackages:\n\n  '@s/b@1.0.0':\n    {integrity}\n\n  a@1.0.0:\n    {integrity}\n\nsnapshots:\n\n  '@s/b@1.0.0': {{}}\n\n  a@1.0.0: {{}}\n"
    );
    let runs = |name: &str| vec![format!("lockfile/install-script {name}")];
    let none = || (Vec::<String>::new(), false);
    let old = [("package.json", package), ("pnpm-lock.yaml", &*old)];
    assert_eq!(under_policy("install-scripts: [\"@s/*\"]", &old), (runs("a"), false));
    assert_eq!(under_policy("install-scripts: [a, \"@s/b\"]", &old), none());
    assert_eq!(under_policy("mode: advisory", &old), none());
    // Nobody says what pnpm 9 runs.
    let new = [("package.json", package), ("pnpm-lock.yaml", &*new)];
    assert_eq!(under_policy("install-scripts: []", &new), (Vec::new(), true));
    let settings = |text: &'static str| [new[0], new[1], ("pnpm-workspace.yaml", text)];
    assert_eq!(
        under_policy("install-scripts: []", &settings("onlyBuiltDependencies: [a]\n")),
        (runs("a"), false)
    );
    let allowed = settings("allowBuilds: { a: false, \"@s/b\": true }\n");
    assert_eq!(under_policy("install-scripts: [a]", &allowed), (runs("@s/b"), false));
    // yarn 1 does not record it; a setting can say that none runs.
    let lock = format!(
        "# yarn lockfile v1\n\n\na@1.0.0:\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/a/-/a-1.0.0.tgz\"\n  integrity {hash}\n"
    );
    let yarn =
        [("package.json", "{\"name\":\"app\",\"dependencies\":{\"a\":\"1.0.0\"}}"), ("yarn.lock", &*lock)];
    assert_eq!(under_policy("install-scripts: []", &yarn), (Vec::new(), true));
    let off = [yarn[0], yarn[1], (".yarnrc", "ignore-scripts true\n")];
    assert_eq!(under_policy("install-scripts: []", &off), none());
}

#[test]
fn pnpm_10_takes_no_lockfile_of_version_6() {
    // Tried with pnpm 9.0.6, 9.15.9, 10.0.0 and 10.20.0.
    let lock =
        "lockfileVersion: '6.0'\n\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n";
    for (version, refused) in [("8.15.9", false), ("9.15.9", false), ("10.0.0", true), ("10.20.0", true)] {
        let package = format!("{{\"name\":\"app\",\"packageManager\":\"pnpm@{version}\"}}");
        let (found, _) =
            under_policy("mode: advisory", &[("package.json", &*package), ("pnpm-lock.yaml", lock)]);
        let wrong = found.iter().any(|finding| finding.starts_with("lockfile/wrong-version"));
        assert_eq!(wrong, refused, "{version}: {found:?}");
    }
}

#[test]
fn a_policy_says_which_folders_packages_come_from() {
    let package = "{\"name\":\"app\",\"version\":\"1.0.0\",\"dependencies\":{\"lib\":\"file:libs/lib\"}}";
    let lock = "{\"name\":\"app\",\"version\":\"1.0.0\",\"lockfileVersion\":3,\"requires\":true,\"packages\":{\"\":{\"name\":\"app\",\"version\":\"1.0.0\",\"dependencies\":{\"lib\":\"file:libs/lib\"}},\"libs/lib\":{\"version\":\"1.0.0\"},\"node_modules/lib\":{\"resolved\":\"libs/lib\",\"link\":true}}}\n";
    let lib = "{\"name\":\"lib\",\"version\":\"1.0.0\"}";
    let files = [("package.json", package), ("package-lock.json", lock), ("libs/lib/package.json", lib)];
    let none = (Vec::<String>::new(), false);
    assert_eq!(under_policy("local-paths: [\"packages/*\"]", &files).0, ["lockfile/disallowed-source lib"]);
    assert_eq!(under_policy("local-paths: [\"libs/*\"]", &files), none);
    assert_eq!(under_policy("mode: advisory", &files), none);
}
