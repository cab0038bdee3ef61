//! Which format a report has, told from its beginning.

use std::collections::BTreeSet;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::format::Format;
use super::read::xml::{self, Element};
use super::refusal::Refusal;

/// Bytes that are looked at.
pub const HEAD: usize = 64 << 10;

/// The format of a report that begins with `head`. A file of nothing but spaces is empty.
pub fn detect(head: &[u8]) -> Result<Format, Refusal> {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Err(Refusal::malformed(
            "it is UTF-16; have it written as UTF-8 (`| Out-File -Encoding utf8`)",
        ));
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = head.trim_ascii_start();
    match text.first() {
        None => Err(Refusal::Empty("it is empty".to_owned())),
        Some(b'<') => of_xml(text),
        Some(b'{' | b'[') => of_json(text),
        Some(_) => of_text(text),
    }
}

fn of_xml(head: &[u8]) -> Result<Format, Refusal> {
    let mut root = Root::default();
    // It ends as soon as the root is known; what else may be wrong is found when it is read.
    let result = xml::walk(head, &mut root);
    let Some((name, attributes)) = root.found else {
        return Err(match result {
            Err(refusal) => refusal,
            Ok(()) => Refusal::no("XML element"),
        });
    };
    let has = |name: &str| attributes.contains(name);
    match name.as_str() {
        "testsuites" | "testsuite" => Ok(Format::Junit),
        "coverage" if has("line-rate") || has("lines-valid") => Ok(Format::Cobertura),
        "coverage" if has("generated") || has("clover") => Ok(Format::Clover),
        "report" => Ok(Format::Jacoco),
        "html" => Err(Refusal::Unknown("it is a web page, perhaps of an error".to_owned())),
        "TestRun" | "assemblies" | "test-run" | "test-results" => Err(Refusal::Unknown(format!(
            "`<{name}>` is the format of a .NET test runner; have it write JUnit XML (`--logger junit`)"
        ))),
        "checkstyle" | "pmd" => {
            Err(Refusal::Unknown(format!("`<{name}>` is a format of linters; have it write SARIF")))
        }
        _ => Err(Refusal::Unknown(format!("no known report starts with `<{name}>`"))),
    }
}

#[derive(Default)]
struct Root {
    found: Option<(String, BTreeSet<&'static str>)>,
}

impl xml::Visitor for Root {
    fn open(&mut self, element: &Element<'_>, _line: u32) -> Result<(), Refusal> {
        let known = ["line-rate", "lines-valid", "generated", "clover"];
        let has = known.into_iter().filter(|name| element.attribute(name).is_some());
        self.found = Some((crate::excerpt::head(element.name(), 60).to_owned(), has.collect()));
        Err(Refusal::no("need to read on"))
    }

    fn close(&mut self, _name: &str) -> Result<(), Refusal> {
        Ok(())
    }
}

/// Members that only a report of the format has, all of which must be there. In a list, those of its first item.
const MEMBERS: [(&[&str], Format); 28] = [
    (&["runs", "version"], Format::Sarif),
    (&["runs", "$schema"], Format::Sarif),
    (&["meta", "files"], Format::CoveragePy),
    (&["data", "type", "metric"], Format::K6Stream),
    (&["metric", "type"], Format::K6Stream),
    (&["data", "type"], Format::LlvmCov),
    (&["SchemaVersion", "ArtifactName"], Format::Trivy),
    (&["matches", "descriptor"], Format::Grype),
    (&["vulnerabilities", "database", "lockfile"], Format::CargoAudit),
    (&["auditReportVersion"], Format::NpmAudit),
    (&["advisories", "metadata"], Format::NpmAudit),
    (&["error", "message"], Format::NpmAudit),
    (&["vulnerabilities", "dependencyCount"], Format::Snyk),
    (&["vulnerabilities", "packageManager"], Format::Snyk),
    (&["ok", "error"], Format::Snyk),
    (&["dependencies", "fixes"], Format::PipAudit),
    (&["name", "vulns"], Format::PipAudit),
    (&["results", "experimental_config"], Format::OsvScanner),
    (&["results", "license_summary"], Format::OsvScanner),
    (&["generated_at", "metrics", "errors"], Format::Bandit),
    (&["results", "paths", "errors"], Format::Semgrep),
    (&["RuleID", "StartLine"], Format::Gitleaks),
    (&["comments"], Format::Shellcheck),
    (&["code", "file", "level", "endLine"], Format::Shellcheck),
    (&["code", "file", "level", "column"], Format::Hadolint),
    (&["machine_info", "benchmarks"], Format::PytestBenchmark),
    (&["iters", "times"], Format::Criterion),
    (&["metrics", "root_group"], Format::K6),
];

fn of_json(head: &[u8]) -> Result<Format, Refusal> {
    let members = members(head);
    let is = |needed: &[&str]| needed.iter().all(|name| members.contains(*name));
    if let Some((_, format)) = MEMBERS.iter().find(|(needed, _)| is(needed)) {
        return Ok(*format);
    }
    // Other reports begin with `results` too: that there is nothing else can be seen in a whole document only.
    if members.iter().eq(["results"]) && serde_json::from_slice::<IgnoredAny>(head).is_ok() {
        return Ok(Format::Hyperfine);
    }
    if members.is_empty() && head.starts_with(b"[") {
        let message = "it is a list without items; say which `format` it has".to_owned();
        return Err(Refusal::Empty(message));
    }
    let shown: Vec<&str> = members.iter().map(|name| crate::excerpt::head(name, 40)).collect();
    let shown = crate::excerpt::list(shown.into_iter(), ", ", 6);
    Err(Refusal::Unknown(match shown.as_str() {
        "" => "it is JSON without members".to_owned(),
        shown => format!("no known report is JSON with the members {shown}"),
    }))
}

/// The members of the outermost object, or of the first object of a list, as far as the head goes.
fn members(head: &[u8]) -> BTreeSet<String> {
    struct Members<'m>(&'m mut BTreeSet<String>);
    impl<'de> Visitor<'de> for Members<'_> {
        type Value = ();

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object or a list of objects")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(key) = map.next_key::<String>()? {
                self.0.insert(key);
                map.next_value::<IgnoredAny>()?;
            }
            Ok(())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
            list.next_element_seed(Seed(self.0))?;
            Ok(())
        }
    }
    struct Seed<'m>(&'m mut BTreeSet<String>);
    impl<'de> serde::de::DeserializeSeed<'de> for Seed<'_> {
        type Value = ();

        fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
            deserializer.deserialize_any(Members(self.0))
        }
    }
    let mut members = BTreeSet::new();
    let mut deserializer = serde_json::Deserializer::from_slice(head);
    // It ends with an error wherever the head does; what was seen until then counts.
    drop(deserializer.deserialize_any(Members(&mut members)));
    members
}

fn of_text(head: &[u8]) -> Result<Format, Refusal> {
    let text = String::from_utf8_lossy(head);
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    match first {
        _ if first.starts_with("TN:") || first.starts_with("SF:") => Ok(Format::Lcov),
        _ if first.starts_with("mode: ") => Ok(Format::GoCover),
        _ if ["goos: ", "pkg: ", "Benchmark"].iter().any(|start| first.starts_with(start)) => {
            Ok(Format::GoBench)
        }
        _ => {
            Err(Refusal::Unknown("it is neither XML nor JSON, and no known report begins like it".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_apart() {
        let of = |text: &str| detect(text.as_bytes()).unwrap();
        assert_eq!(of("<?xml version='1.0'?>\n<testsuites/>"), Format::Junit);
        assert_eq!(of("<!DOCTYPE x SYSTEM 'y'><coverage line-rate='0.5'>"), Format::Cobertura);
        assert_eq!(of("<coverage generated='1'><project"), Format::Clover);
        assert_eq!(of("<report name='x'>"), Format::Jacoco);
        assert_eq!(of("\u{feff}{\"$schema\":\"x\",\"version\":\"2.1.0\",\"runs\":[{"), Format::Sarif);
        assert_eq!(of("{\"meta\":{},\"files\":{"), Format::CoveragePy);
        assert_eq!(of("TN:\nSF:x"), Format::Lcov);
        assert_eq!(of("mode: set\n"), Format::GoCover);
        assert_eq!(of("goos: linux\n"), Format::GoBench);
        assert_eq!(of("[{\"code\":\"DL1\",\"column\":1,\"file\":\"f\",\"level\":\"x\"}]"), Format::Hadolint);
        assert_eq!(of("{\"metric\":\"m\",\"type\":\"Metric\",\"data\":{}}\n{}"), Format::K6Stream);
        assert_eq!(of("{\"results\":[]}"), Format::Hyperfine);
    }

    #[test]
    fn what_is_no_report_is_said() {
        for (text, words) in [
            ("", "it is empty"),
            (" \n\t", "it is empty"),
            ("<html><body>502</body>", "web page"),
            ("<TestRun>", "--logger junit"),
            ("{\"a\":1,\"b\":2}", "members a, b"),
            ("hello", "neither XML nor JSON"),
            ("\u{0}\u{1}", "neither XML nor JSON"),
        ] {
            let refusal = detect(text.as_bytes()).unwrap_err();
            assert!(refusal.to_string().contains(words), "{text}: {refusal}");
        }
        assert!(detect(b"\xff\xfe{\0}\0").unwrap_err().to_string().contains("UTF-16"));
    }
}
