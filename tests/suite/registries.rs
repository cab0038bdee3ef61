//! `check lockfile --online` against registries that answer well, badly, or not at all. Answers are written by hand in
//! the form that the registries document.

use serde_json::{Value, json};

use crate::support::server::{Incoming, Reply, Server};
use crate::support::{Folder, Run, run};

const CARGO_TOML: &str =
    "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nitoa = \"1\"\n";
const DIGEST: &str = "8f42a60cbdf9a97f5d2305f08a87dc4e09308d1276d28c869c684d7777685682";
const CANARY: &str = "canary0123456789canary0123456789";

fn cargo_lock(digest: &str) -> String {
    format!(
        "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n \"itoa\",\n]\n\n\
         [[package]]\nname = \"itoa\"\nversion = \"1.0.18\"\n\
         source = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{digest}\"\n"
    )
}

fn crate_line(version: &str, digest: &str, yanked: bool) -> String {
    let line = json!({ "name": "itoa", "vers": version, "deps": [], "cksum": digest, "features": {}, "yanked": yanked,
        "pubtime": "2020-01-01T00:00:00Z" });
    format!("{line}\n")
}

/// A home whose cargo asks a server, and a project that needs itoa.
fn with_cargo(url: &str, digest: &str) -> Folder {
    let config = format!(
        "[source.crates-io]\nreplace-with = \"mirror\"\n[source.mirror]\nregistry = \"sparse+{url}/index/\"\n"
    );
    Folder::with(&[
        ("home/.cargo/config.toml", &config),
        ("repo/Cargo.toml", CARGO_TOML),
        ("repo/src/lib.rs", ""),
        ("repo/Cargo.lock", &cargo_lock(digest)),
    ])
}

/// Checks `repo` with `home` as the user's folder, and nothing else of this machine's configuration.
fn check(folder: &Folder, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let home = folder.path().join("home");
    let (home, cache) = (home.to_str().unwrap(), folder.path().join("cache"));
    let cargo_home = format!("{home}/.cargo");
    let mut all = vec![
        ("HOME", home),
        ("CARGO_HOME", &*cargo_home),
        ("XDG_CONFIG_HOME", ""),
        ("XDG_CACHE_HOME", ""),
        ("CI_GUARD_CACHE_DIR", cache.to_str().unwrap()),
        ("PIP_CONFIG_FILE", "/dev/null"),
        ("PIP_INDEX_URL", ""),
        ("UV_DEFAULT_INDEX", ""),
        ("npm_config_registry", ""),
        ("NPM_CONFIG_USERCONFIG", ""),
        ("GOPROXY", ""),
        ("GOFLAGS", ""),
    ];
    all.extend_from_slice(variables);
    let mut words = vec!["check", "lockfile", "--online", "--format=json"];
    words.extend_from_slice(arguments);
    run(&folder.path().join("repo"), &words, &all)
}

/// The rules of this part that a report names, the outcome, and the reasons.
fn outcome(run: &Run) -> (Vec<String>, String, String) {
    let report = run.json();
    let check = &report["checks"][0];
    let rules = report["findings"].as_array().unwrap().iter();
    let mut rules: Vec<String> = rules.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect();
    rules.sort();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (rules, text(&check["outcome"]), text(&check["reason"]))
}

#[test]
fn a_hash_that_is_not_the_published_one_is_found() {
    let server = Server::start(|incoming| match incoming.path() {
        "/index/it/oa/itoa" => Reply::text(
            200,
            &(crate_line("1.0.1", &"1".repeat(64), false) + &crate_line("1.0.18", DIGEST, false)),
        ),
        _ => Reply::text(404, ""),
    });
    let (rules, word, reason) = outcome(&check(&with_cargo(&server.url, DIGEST), &[], &[]));
    assert_eq!((rules.len(), word.as_str()), (0, "pass"), "{rules:?} {reason}");
    let other = DIGEST.replace('8', "9");
    let run = check(&with_cargo(&server.url, &other), &[], &[]);
    assert_eq!(outcome(&run).0, ["lockfile/hash-mismatch"]);
    let finding = &run.json()["findings"][0];
    assert_eq!(finding["location"]["line"], 14, "{finding}");
    assert!(finding["message"].as_str().unwrap().contains(DIGEST), "{finding}");
}

#[test]
fn withdrawn_missing_and_new_versions_are_found() {
    let server = Server::start(|_| Reply::text(200, &crate_line("1.0.18", DIGEST, true)));
    assert_eq!(outcome(&check(&with_cargo(&server.url, DIGEST), &[], &[])).0, ["lockfile/yanked"]);
    let aged = check(&with_cargo(&server.url, DIGEST), &["--cool-down=100000d"], &[]);
    assert_eq!(outcome(&aged).0, ["lockfile/too-new", "lockfile/yanked"]);
    let server = Server::start(|_| Reply::text(200, &crate_line("1.0.1", DIGEST, false)));
    assert_eq!(outcome(&check(&with_cargo(&server.url, DIGEST), &[], &[])).0, ["lockfile/unpublished"]);
    let server = Server::start(|_| Reply::text(404, ""));
    assert_eq!(outcome(&check(&with_cargo(&server.url, DIGEST), &[], &[])).0, ["lockfile/unpublished"]);
}

#[test]
fn what_cannot_be_asked_is_not_clean() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = format!("http://{port}");
    let page = Server::start(|_| Reply::text(200, "<html>please log in</html>"));
    let forbidden = Server::start(|_| Reply::text(403, ""));
    for url in [&refused, &page.url, &forbidden.url] {
        let run = check(&with_cargo(url, DIGEST), &["--mode=blocking"], &[]);
        let (rules, word, reason) = outcome(&run);
        assert_eq!(
            (rules.len(), word.as_str(), run.code),
            (0, "not-verified", 3),
            "{url}: {rules:?} {reason}"
        );
        assert!(reason.contains("itoa 1.0.18"), "{reason}");
    }
}

#[test]
fn nobody_is_asked_without_being_asked_to() {
    let server = Server::start(|_| Reply::text(200, &crate_line("1.0.18", DIGEST, true)));
    let folder = with_cargo(&server.url, DIGEST);
    let plain = run(&folder.path().join("repo"), &["check", "lockfile"], &[]);
    assert_eq!(plain.code, 0);
    folder.write("repo/.github/ci-guard.yml", "version: 1\nonline: true\n");
    // `--offline` wins over the settings file.
    let home = folder.path().join("home/.cargo");
    let variables = [("CARGO_HOME", home.to_str().unwrap())];
    let offline = run(&folder.path().join("repo"), &["check", "lockfile", "--offline"], &variables);
    assert_eq!((offline.code, server.seen().len()), (0, 0), "{}", offline.out);
}

#[test]
fn an_answer_that_still_holds_is_not_sent_again() {
    let server = Server::start(|incoming| match incoming.headers.get("if-none-match").map(String::as_str) {
        Some("\"v1\"") => Reply::text(304, ""),
        _ => Reply::text(200, &crate_line("1.0.18", DIGEST, false)).header("ETag", "\"v1\""),
    });
    let folder = with_cargo(&server.url, DIGEST);
    for turn in 0..2 {
        let run = check(&folder, &[], &[]);
        assert_eq!(outcome(&run).1, "pass", "turn {turn}: {}", run.out);
    }
    let seen: Vec<Incoming> = server.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[1].headers.get("if-none-match").map(String::as_str), Some("\"v1\""));
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |_| match count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
        0 => Reply::text(429, "").header("Retry-After", "0"),
        1 => Reply::Drop,
        2 => Reply::text(503, ""),
        _ => Reply::text(200, &crate_line("1.0.18", DIGEST, false)),
    });
    assert_eq!(outcome(&check(&with_cargo(&server.url, DIGEST), &[], &[])).1, "pass");
    assert_eq!(server.seen().len(), 4);
}

const SHA512: &str =
    "XI5MPzVNApjAyhQzphX8BkmKsKUxD4LdyK24iZeQGinBN9yTQT3bFlCBy/aVx2HrNcqQGsdot8ghrjyrvMCoEA==";

/// A project of npm whose only package comes from a host that the lockfile names.
fn with_npm(npmrc: &str, project_npmrc: &str, resolved: &str, name: &str) -> Folder {
    let manifest = json!({ "name": "app", "version": "1.0.0", "dependencies": { name: "1.3.0" } });
    let lock = json!({ "name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {
        "": { "name": "app", "version": "1.0.0", "dependencies": { name: "1.3.0" } },
        format!("node_modules/{name}"):
            { "version": "1.3.0", "resolved": resolved, "integrity": format!("sha512-{SHA512}") },
    } });
    Folder::with(&[
        ("home/.npmrc", npmrc),
        ("repo/.npmrc", project_npmrc),
        ("repo/package.json", &manifest.to_string()),
        ("repo/package-lock.json", &format!("{lock:#}")),
    ])
}

fn version_document() -> Value {
    json!({ "name": "left-pad", "version": "1.3.0", "deprecated": "use String.prototype.padStart()",
        "dist": { "integrity": format!("sha512-{SHA512}"), "shasum": "5b8a3a7765dfe001261dde915589e782f8c94d1e" } })
}

#[test]
fn a_token_goes_to_its_own_registry_and_never_to_a_host_of_the_lockfile() {
    let own = Server::start(|_| Reply::json(200, &version_document()));
    let named = Server::start(|_| Reply::json(200, &version_document()));
    let address = own.url.strip_prefix("http:").unwrap();
    let npmrc = format!("registry={}/npm/\n{address}/npm/:_authToken=${{NPM_TOKEN}}\n", own.url);
    // The repository's own file cannot take the token elsewhere either: it names a server without TLS, and a variable.
    let theirs = format!("registry={}\n{}/:_authToken=${{NPM_TOKEN}}\n", named.url, &named.url[5..]);
    let resolved = format!("{}/left-pad/-/left-pad-1.3.0.tgz", named.url);
    let folder = with_npm(&npmrc, &theirs, &resolved, "left-pad");
    let run = check(&folder, &[], &[("NPM_TOKEN", CANARY)]);
    assert!(outcome(&run).0.contains(&"lockfile/deprecated".to_owned()), "{}", run.out);
    assert!(!run.out.contains(CANARY) && !run.err.contains(CANARY));
    assert_eq!(named.seen().len(), 0, "a host of the lockfile was asked");
    let seen = own.seen();
    assert_eq!(seen[0].path(), "/npm/left-pad/1.3.0");
    assert_eq!(seen[0].headers.get("authorization"), Some(&format!("Bearer {CANARY}")));
}

#[test]
fn a_scope_has_its_registry_and_a_package_document_will_do() {
    let server = Server::start(|incoming| match incoming.path() {
        "/@org%2fleft-pad" => {
            let times = json!({ "1.3.0": "2018-04-09T01:10:45.796Z" });
            Reply::json(
                200,
                &json!({ "name": "@org/left-pad", "versions": { "1.3.0": version_document() }, "time": times }),
            )
        }
        _ => Reply::text(404, ""),
    });
    let npmrc = format!("@org:registry={}\n", server.url);
    let folder =
        with_npm(&npmrc, "", "https://npm.example/@org/left-pad/-/left-pad-1.3.0.tgz", "@org/left-pad");
    let (rules, word, reason) = outcome(&check(&folder, &["--cool-down=7d"], &[]));
    assert!(rules.contains(&"lockfile/deprecated".to_owned()) && word == "findings", "{rules:?} {reason}");
    assert!(!rules.contains(&"lockfile/too-new".to_owned()));
}

const WHEEL: &str = "ae74fb96c20a0277a1d615f1e4d73c8414f5a98db8b799a7931d1582f3390c28";

fn with_uv(registry: &str, digest: &str) -> Folder {
    let lock = format!(
        "version = 1\nrevision = 3\nrequires-python = \">=3.10\"\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n\
         source = {{ virtual = \".\" }}\ndependencies = [\n    {{ name = \"click\" }},\n]\n\n[package.metadata]\n\
         requires-dist = [{{ name = \"click\", specifier = \"==8.1.7\" }}]\n\n[[package]]\nname = \"click\"\n\
         version = \"8.1.7\"\nsource = {{ registry = \"{registry}\" }}\nwheels = [\n    {{ url = \
         \"https://files.pythonhosted.org/packages/00/2e/click-8.1.7-py3-none-any.whl\", hash = \"sha256:{digest}\" }},\n]\n"
    );
    Folder::with(&[
        ("home/x", ""),
        (
            "repo/pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0.1.0\"\nrequires-python = \">=3.10\"\ndependencies = [\"click==8.1.7\"]\n",
        ),
        ("repo/uv.lock", &lock),
    ])
}

#[test]
fn an_index_may_speak_json_or_html() {
    let page = format!(
        "<h1>Links for click</h1><a href=\"../../click-8.1.7-py3-none-any.whl#sha256={WHEEL}\">x</a>"
    );
    let html = Server::start(move |_| Reply::text(200, &page).header("Content-Type", "text/html"));
    let files = json!([{ "filename": "click-8.1.7-py3-none-any.whl", "hashes": { "sha256": WHEEL },
        "yanked": "wrong", "upload-time": "2023-08-17T17:29:11Z" }]);
    let body = json!({ "meta": { "api-version": "1.1" }, "name": "click", "files": files }).to_string();
    let kind = "application/vnd.pypi.simple.v1+json";
    let json = Server::start(move |_| Reply::text(200, &body).header("Content-Type", kind));
    for (server, expected) in [(&html, vec![]), (&json, vec!["lockfile/yanked"])] {
        let index = format!("http://user:{CANARY}@{}/simple", server.url.strip_prefix("http://").unwrap());
        let variables = [("UV_DEFAULT_INDEX", index.as_str())];
        let run = check(&with_uv("https://pypi.org/simple", WHEEL), &[], &variables);
        assert_eq!(outcome(&run).0, expected, "{}", run.out);
        assert!(!run.out.contains(CANARY));
        assert_eq!(server.seen()[0].path(), "/simple/click/");
        assert!(server.seen()[0].headers["authorization"].starts_with("Basic "));
        let run = check(&with_uv("https://pypi.org/simple", &WHEEL.replace('0', "1")), &[], &variables);
        assert!(outcome(&run).0.contains(&"lockfile/hash-mismatch".to_owned()), "{}", run.out);
    }
}

#[test]
fn an_index_that_only_the_lockfile_names_is_not_asked() {
    let server = Server::start(|_| Reply::text(200, ""));
    let (_, word, reason) = outcome(&check(&with_uv(&format!("{}/simple", server.url), WHEEL), &[], &[]));
    assert_eq!(server.seen().len(), 0);
    assert!(reason.contains("names the index") && word != "pass", "{word} {reason}");
}

#[test]
fn go_sums_are_looked_up_in_the_checksum_database() {
    let zip = "FEBLx1zS214owpjy7qsBeixbURkuhQAwrK5UwLGTwt4=";
    let module = "bwawxfHBFNV+L2hUp1rHADufV3IMtnDRdf1r5NINEl0=";
    let note = format!(
        "1\ngithub.com/Pkg/errors v0.9.1 h1:{zip}\ngithub.com/Pkg/errors v0.9.1/go.mod h1:{module}\n\ngo.sum database tree\n"
    );
    let server = Server::start(move |incoming| match incoming.path() {
        "/lookup/github.com/!pkg/errors@v0.9.1" => Reply::text(200, &note),
        _ => Reply::text(404, "not found"),
    });
    let database = format!("sum.golang.org {}", server.url);
    let sums = |zip: &str| {
        Folder::with(&[
            ("home/x", ""),
            ("repo/go.mod", "module example.com/app\n\ngo 1.22\n\nrequire github.com/Pkg/errors v0.9.1\n"),
            ("repo/main.go", "package main\n\nimport _ \"github.com/Pkg/errors\"\n\nfunc main() {}\n"),
            (
                "repo/go.sum",
                &format!(
                    "github.com/Pkg/errors v0.9.1 h1:{zip}\ngithub.com/Pkg/errors v0.9.1/go.mod h1:{module}\n"
                ),
            ),
        ])
    };
    let variables = [("GOSUMDB", database.as_str())];
    let (rules, word, reason) = outcome(&check(&sums(zip), &[], &variables));
    assert_eq!(word, "pass", "{rules:?} {reason}");
    let wrong = check(&sums(&zip.replace('F', "G")), &[], &variables);
    assert_eq!(outcome(&wrong).0, ["lockfile/hash-mismatch"], "{}", wrong.out);
    let off = check(&sums(zip), &[], &[("GOSUMDB", "off")]);
    assert_eq!(outcome(&off).1, "not-verified");
}

/// A project with one gem, whose source a mirror takes the place of.
fn with_gem(digest: &str) -> Folder {
    let lock = format!(
        "GEM\n  remote: https://rubygems.org/\n  specs:\n    rake (13.2.1)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  rake\n\n\
         CHECKSUMS\n  rake (13.2.1) sha256={digest}\n\nBUNDLED WITH\n   2.6.2\n"
    );
    Folder::with(&[
        ("home/x", ""),
        ("repo/Gemfile", "source \"https://rubygems.org\"\n\ngem \"rake\"\n"),
        ("repo/Gemfile.lock", &lock),
    ])
}

#[test]
fn gems_are_looked_up_in_the_compact_index() {
    // The form of https://guides.rubygems.org/rubygems-org-compact-index-api/
    let index = format!(
        "---\n13.2.0 |checksum:{},ruby:>= 2.3\n13.2.1 |checksum:{DIGEST},ruby:>= 2.3,rubygems:>= 1.3.2\n",
        "2".repeat(64)
    );
    let yanked = index.replace("13.2.1 ", "13.2.2 ");
    let answers = [
        (200, index.clone(), DIGEST.to_owned(), vec![], "pass"),
        (200, index, "3".repeat(64), vec!["lockfile/hash-mismatch"], "findings"),
        (200, yanked, DIGEST.to_owned(), vec!["lockfile/unpublished"], "findings"),
        (404, String::new(), DIGEST.to_owned(), vec!["lockfile/unpublished"], "findings"),
        (500, String::new(), DIGEST.to_owned(), vec![], "not-verified"),
        (200, "<html>sign in</html>".to_owned(), DIGEST.to_owned(), vec![], "not-verified"),
    ];
    for (status, body, digest, expected, word) in answers {
        let server = Server::start(move |incoming| match incoming.path() {
            "/info/rake" => Reply::text(status, &body),
            _ => Reply::text(404, ""),
        });
        let mirror = [("BUNDLE_MIRROR__HTTPS://RUBYGEMS__ORG/", server.url.as_str())];
        let run = check(&with_gem(&digest), &[], &mirror);
        let (rules, outcome, reason) = outcome(&run);
        assert_eq!(
            (rules, outcome.as_str()),
            (expected.iter().map(ToString::to_string).collect(), word),
            "{reason}"
        );
    }
}

/// A project with one package of NuGet.
fn with_nuget() -> Folder {
    let hash = data_encoding::BASE64.encode(&[7; 64]);
    let lock = json!({ "version": 1, "dependencies": { "net8.0": { "Serilog": {
        "type": "Direct", "requested": "[4.0.0, )", "resolved": "4.0.0", "contentHash": hash } } } });
    let project = "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><TargetFramework>net8.0</TargetFramework>\
        <RestorePackagesWithLockFile>true</RestorePackagesWithLockFile></PropertyGroup><ItemGroup>\
        <PackageReference Include=\"Serilog\" Version=\"4.0.0\" /></ItemGroup></Project>\n";
    Folder::with(&[
        ("home/x", ""),
        ("repo/app.csproj", project),
        ("repo/packages.lock.json", &format!("{lock:#}\n")),
    ])
}

#[test]
fn registrations_of_nuget_say_what_is_listed() {
    // The form of https://learn.microsoft.com/nuget/api/registration-base-url-resource, the leaf of a version.
    let leaf = |listed: Value, published: &str| {
        json!({ "@id": "x", "catalogEntry": "https://api.nuget.org/v3/catalog0/x.json", "listed": listed,
            "packageContent": "https://api.nuget.org/v3-flatcontainer/serilog/4.0.0/serilog.4.0.0.nupkg",
            "published": published, "registration": "y" })
        .to_string()
    };
    let answers = [
        (200, leaf(json!(true), "2024-05-28T00:00:00+00:00"), vec![], "pass"),
        (200, leaf(json!(false), "1900-01-01T00:00:00+00:00"), vec!["lockfile/yanked"], "findings"),
        // Considered listed if absent; the year says otherwise.
        (200, leaf(Value::Null, "1900-01-01T00:00:00+00:00"), vec!["lockfile/yanked"], "findings"),
        (404, String::new(), vec!["lockfile/unpublished"], "findings"),
        (503, String::new(), vec![], "not-verified"),
        (200, "[]".to_owned(), vec![], "not-verified"),
    ];
    for (status, body, expected, word) in answers {
        let server = Server::start(move |incoming| match incoming.path() {
            "/registration/serilog/4.0.0.json" => Reply::text(status, &body),
            _ => Reply::text(404, ""),
        });
        let url = format!("{}/registration", server.url);
        let run = check(&with_nuget(), &[], &[("CI_GUARD_NUGET_REGISTRATIONS", url.as_str())]);
        let (rules, found, reason) = outcome(&run);
        let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        assert_eq!((rules, found.as_str()), (expected, word), "{status} {reason}");
    }
}

/// A project with one package of Composer, and the user's repository that is asked first.
fn with_composer(url: &str, reference: &str) -> Folder {
    let config = json!({ "repositories": [{ "type": "composer", "url": url }, { "packagist.org": false }] });
    let manifest = "{\n    \"require\": {\n        \"psr/log\": \"^3.0\"\n    }\n}\n";
    let lock = json!({ "content-hash": "0".repeat(32), "packages": [{ "name": "psr/log", "version": "3.0.2",
        "source": { "type": "git", "url": "https://github.com/php-fig/log.git", "reference": reference },
        "dist": { "type": "zip", "url": format!("https://api.github.com/repos/php-fig/log/zipball/{reference}"),
            "reference": reference, "shasum": "" } }], "packages-dev": [] });
    Folder::with(&[
        ("home/.composer/config.json", &config.to_string()),
        ("repo/composer.json", manifest),
        ("repo/composer.lock", &format!("{lock:#}\n")),
    ])
}

#[test]
fn packages_of_composer_are_expanded_and_compared_by_commit() {
    const COMMIT: &str = "f16e1d5863e37f8d8c2a01719f5b34baa2b714d3";
    // The minified form of composer/metadata-minifier: each version is the difference to the one before.
    let body = json!({ "minified": "composer/2.0", "packages": { "psr/log": [
        { "name": "psr/log", "version": "3.0.3", "dist": { "type": "zip", "reference": "a".repeat(40), "shasum": "" },
            "abandoned": "other/log" },
        { "version": "3.0.2", "dist": { "type": "zip", "reference": COMMIT, "shasum": "" }, "abandoned": "__unset" },
        { "version": "3.0.1", "dist": { "type": "zip", "reference": "b".repeat(40), "shasum": "" } } ] } })
    .to_string();
    let server = Server::start(move |incoming| match incoming.path() {
        "/p2/psr/log.json" => Reply::text(200, &body),
        _ => Reply::text(404, ""),
    });
    let online = |reference: &str| {
        let run = check(&with_composer(&server.url, reference), &[], &[]);
        let (mut rules, _, reason) = outcome(&run);
        // The content hash is not what this test is about.
        rules.retain(|rule| rule != "lockfile/out-of-sync");
        (rules, reason)
    };
    assert_eq!(online(COMMIT).0, Vec::<String>::new(), "{}", online(COMMIT).1);
    assert_eq!(online(&"c".repeat(40)).0, ["lockfile/hash-mismatch"]);
    assert_eq!(server.seen()[0].path(), "/p2/psr/log.json");
}

#[test]
fn a_checksum_database_that_fails_is_not_clean() {
    let sums = "github.com/pkg/errors v0.9.1 h1:FEBLx1zS214owpjy7qsBeixbURkuhQAwrK5UwLGTwt4=\n\
                github.com/pkg/errors v0.9.1/go.mod h1:bwawxfHBFNV+L2hUp1rHADufV3IMtnDRdf1r5NINEl0=\n";
    let folder = Folder::with(&[
        ("home/x", ""),
        ("repo/go.mod", "module example.com/app\n\ngo 1.22\n\nrequire github.com/pkg/errors v0.9.1\n"),
        ("repo/main.go", "package main\n\nimport _ \"github.com/pkg/errors\"\n\nfunc main() {}\n"),
        ("repo/go.sum", sums),
    ]);
    for (status, body) in [(500, ""), (200, "<html></html>"), (200, "1\ngithub.com/other/x v1.0.0 h1:AA==\n")]
    {
        let server = Server::start(move |_| Reply::text(status, body));
        let database = format!("sum.golang.org {}", server.url);
        let run = check(&folder, &["--mode=blocking"], &[("GOSUMDB", database.as_str())]);
        let (rules, word, reason) = outcome(&run);
        assert_eq!(
            (rules.len(), word.as_str(), run.code),
            (0, "not-verified", 3),
            "{status}: {rules:?} {reason}"
        );
    }
}
