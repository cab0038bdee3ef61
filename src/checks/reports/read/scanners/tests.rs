//! Small reports of each tool: what is found, what is passed over, and what is refused.

use super::*;
use crate::checks::reports::refusal::Refusal;

fn results(read: Result<Evidence, Refusal>) -> Results {
    match read.map(|evidence| evidence.content) {
        Ok(Content::Results(results)) => results,
        other => panic!("{other:?}"),
    }
}

/// `id level package path:line`
fn found(read: Result<Evidence, Refusal>) -> Vec<String> {
    let show = |found: &crate::checks::reports::model::results::Found| {
        let place = found.place.as_ref();
        let place = place.map(|place| format!("{}:{}", place.path, place.line.unwrap_or_default()));
        let level = found.level.map_or("?", Level::as_str);
        let package = found.package.as_deref().unwrap_or("-");
        format!("{} {level} {package} {}", found.id, place.unwrap_or_default())
    };
    results(read).found().iter().map(show).collect()
}

#[test]
fn every_tool_is_read() {
    let trivy = br#"{"SchemaVersion":2,"ArtifactName":"a","Results":[{"Target":"go.mod","Vulnerabilities":[{"VulnerabilityID":"CVE-1",
        "PkgName":"p","InstalledVersion":"1","FixedVersion":"2, 3","Severity":"HIGH"}]},{"Target":"Dockerfile","Misconfigurations":
        [{"ID":"DS002","Severity":"UNKNOWN","Status":"FAIL","CauseMetadata":{"StartLine":3}},{"ID":"x","Status":"PASS"}],
        "Secrets":[{"RuleID":"aws","Severity":"CRITICAL","StartLine":4,"Match":"hunter2"}]}]}"#;
    assert_eq!(
        found(trivy::read(trivy)),
        ["CVE-1 high p@1 go.mod:0", "DS002 ? - Dockerfile:3", "aws critical - Dockerfile:4"]
    );
    assert_eq!(results(trivy::read(trivy)).found()[0].remedy.as_deref(), Some("update `p` to `2` or `3`"));
    let grype = br#"{"matches":[{"vulnerability":{"id":"GHSA-1","severity":"Negligible","fix":{"versions":["2"]}},
        "artifact":{"name":"p","version":"1","locations":[{"path":"/a/b.jar"}]}}],"ignoredMatches":[{}],"descriptor":{"name":"grype"}}"#;
    assert_eq!(found(grype::read(grype)), ["GHSA-1 low p@1 a/b.jar:0"]);
    assert_eq!(results(grype::read(grype)).accepted(), 1);
    let snyk = br#"[{"vulnerabilities":[{"id":"SNYK-1","severity":"medium","packageName":"p","version":"1"}],"ok":false,"dependencyCount":5}]"#;
    assert_eq!(found(snyk::read(snyk)), ["SNYK-1 medium p@1 "]);
    let pip = br#"{"dependencies":[{"name":"p","version":"1","vulns":[{"id":"PYSEC-1","fix_versions":["2"]}]}],"fixes":[]}"#;
    assert_eq!(found(pip_audit::read(pip)), ["PYSEC-1 ? p@1 "]);
    let cargo = br#"{"database":{},"lockfile":{"dependency-count":9},"vulnerabilities":{"list":[{"advisory":{"id":"RUSTSEC-1",
        "cvss":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},"package":{"name":"p","version":"1"},"versions":{"patched":[">=2"]}}]},
        "warnings":{"yanked":[{"advisory":null,"package":{"name":"q","version":"1"}}]}}"#;
    assert_eq!(
        found(cargo_audit::read(cargo)),
        ["RUSTSEC-1 critical p@1 Cargo.lock:0", "yanked low q@1 Cargo.lock:0"]
    );
    let npm = br#"{"auditReportVersion":2,"vulnerabilities":{"p":{"severity":"high","via":["q"],"fixAvailable":true},"q":{"via":
        [{"source":1,"title":"t","url":"https://x/GHSA-2","severity":"moderate","range":"<2"}],"fixAvailable":
        {"name":"p","version":"3","isSemVerMajor":true}}},"metadata":{"dependencies":{"prod":1,"total":7}}}"#;
    assert_eq!(found(npm_audit::read(npm)), ["GHSA-2 medium q package-lock.json:0"]);
    let old = br#"{"advisories":{"7":{"id":7,"module_name":"p","severity":"low","findings":[{"version":"1"}]}},"metadata":{"totalDependencies":3}}"#;
    assert_eq!(found(npm_audit::read(old)), ["7 low p@1 "]);
    let osv = br#"{"results":[{"source":{"path":"/w/a.lock","type":"lockfile"},"packages":[{"package":{"name":"p","version":"1","ecosystem":"npm"},
        "vulnerabilities":[{"id":"CVE-1","summary":"s"},{"id":"GHSA-1","database_specific":{"severity":"LOW"}}],
        "groups":[{"ids":["CVE-1","GHSA-1"],"max_severity":""}]}]}],"experimental_config":{}}"#;
    assert_eq!(found(osv_scanner::read(osv)), ["GHSA-1 low p@1 /w/a.lock:0"]);
    let bandit = br#"{"errors":[],"generated_at":"x","metrics":{"_totals":{"loc":5}},"results":[{"filename":"./a.py","line_number":3,
        "test_id":"B1","issue_text":"t","issue_severity":"HIGH"}]}"#;
    assert_eq!(found(bandit::read(bandit)), ["B1 high - a.py:3"]);
    let semgrep = br#"{"version":"1","results":[{"check_id":"r","path":"a.py","start":{"line":2},"extra":{"severity":"ERROR"}},
        {"check_id":"i","path":"a.py","start":{"line":2},"extra":{"is_ignored":true}}],"errors":[{"level":"warn","message":"w"}],
        "paths":{"scanned":["a.py"]}}"#;
    assert_eq!(found(semgrep::read(semgrep)), ["r high - a.py:2"]);
    let gitleaks = br#"[{"RuleID":"aws","Description":"AWS.","File":"a","StartLine":1,"Secret":"hunter2","Match":"k=hunter2","Fingerprint":"a:aws:1"}]"#;
    assert_eq!(found(gitleaks::read(gitleaks)), ["aws critical - a:1"]);
    let hadolint =
        br#"[{"code":"DL1","column":1,"file":"Dockerfile","level":"warning","line":1,"message":"m"}]"#;
    assert_eq!(found(hadolint::read(hadolint)), ["DL1 medium - Dockerfile:1"]);
    for shellcheck in [
        &br#"[{"file":"a.sh","line":2,"level":"style","code":2164,"message":"m"}]"#[..],
        br#"{"comments":[{"file":"a.sh","line":2,"level":"style","code":2164,"message":"m"}]}"#,
    ] {
        assert_eq!(found(shellcheck::read(shellcheck)), ["SC2164 low - a.sh:2"]);
    }
}

#[test]
fn secrets_that_scanners_found_are_never_kept() {
    let gitleaks = br#"[{"RuleID":"aws","Secret":"hunter2","Match":"hunter2","Description":"x"}]"#;
    assert!(!format!("{:?}", results(gitleaks::read(gitleaks))).contains("hunter2"));
}

#[test]
fn a_tool_that_looked_at_nothing_is_no_evidence() {
    let empty: [Result<Evidence, Refusal>; 7] = [
        trivy::read(br#"{"SchemaVersion":2,"ArtifactName":"a"}"#),
        pip_audit::read(br#"{"dependencies":[],"fixes":[]}"#),
        cargo_audit::read(
            br#"{"database":{},"lockfile":{"dependency-count":0},"vulnerabilities":{"list":[]}}"#,
        ),
        npm_audit::read(
            br#"{"auditReportVersion":2,"vulnerabilities":{},"metadata":{"dependencies":{"total":0}}}"#,
        ),
        bandit::read(br#"{"errors":[],"metrics":{"_totals":{"loc":0}},"results":[]}"#),
        semgrep::read(br#"{"version":"1","results":[],"errors":[],"paths":{"scanned":[]}}"#),
        snyk::read(br#"{"vulnerabilities":[],"ok":true,"dependencyCount":0}"#),
    ];
    for (number, read) in empty.into_iter().enumerate() {
        assert!(matches!(read, Err(Refusal::Empty(_))), "{number}");
    }
}

#[test]
fn what_a_tool_could_not_look_at_is_told() {
    let pip = br#"{"dependencies":[{"name":"p","skip_reason":"not found on PyPI"},{"name":"q","version":"1","vulns":[]}],"fixes":[]}"#;
    assert_eq!(results(pip_audit::read(pip)).problems(), ["not found on PyPI"]);
    let bandit = br#"{"errors":[{"filename":"a.py","reason":"syntax error"}],"metrics":{"_totals":{"loc":5}},"results":[]}"#;
    assert_eq!(results(bandit::read(bandit)).problems().len(), 1);
    let semgrep = br#"{"version":"1","results":[],"errors":[{"level":"error","message":"timeout"}],"paths":{"scanned":["a"]}}"#;
    assert_eq!(results(semgrep::read(semgrep)).problems(), ["timeout"]);
    assert_eq!(
        results(snyk::read(br#"{"ok":false,"error":"no manifest","path":"x"}"#)).problems(),
        ["no manifest"]
    );
    let npm = npm_audit::read(br#"{"message":"m","error":{"code":"ENOLOCK","summary":"needs a lockfile"}}"#);
    assert!(npm.unwrap_err().to_string().contains("ENOLOCK"));
}
