//! SARIF 2.1.0 of any tool.

use std::collections::HashMap;

use serde::Deserialize;

use super::json::{self, or_default};
use super::words;
use crate::advisory::Level;
use crate::checks::reports::model::results::{Found, Results, Scope};
use crate::checks::reports::model::{Content, Evidence};
use crate::checks::reports::refusal::Refusal;

#[derive(Deserialize)]
struct Log {
    version: Option<String>,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    tool: Tool,
    #[serde(default, deserialize_with = "or_default")]
    results: Option<Vec<Outcome>>,
    #[serde(default, deserialize_with = "or_default")]
    invocations: Vec<Invocation>,
    #[serde(default, deserialize_with = "or_default", rename = "originalUriBaseIds")]
    bases: HashMap<String, ArtifactLocation>,
}

#[derive(Deserialize)]
struct Tool {
    driver: Component,
    #[serde(default, deserialize_with = "or_default")]
    extensions: Vec<Component>,
}

#[derive(Deserialize)]
struct Component {
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    rules: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    id: String,
    #[serde(default, rename = "shortDescription")]
    short: Option<Message>,
    #[serde(default, rename = "defaultConfiguration")]
    default: Option<Configuration>,
    #[serde(default, deserialize_with = "or_default")]
    properties: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Configuration {
    level: Option<String>,
}

#[derive(Deserialize)]
struct Invocation {
    #[serde(default, rename = "executionSuccessful")]
    successful: Option<bool>,
    #[serde(default, rename = "endTimeUtc")]
    end: Option<String>,
    #[serde(default, deserialize_with = "or_default", rename = "toolExecutionNotifications")]
    notifications: Vec<Notification>,
}

#[derive(Deserialize)]
struct Notification {
    level: Option<String>,
    message: Option<Message>,
}

#[derive(Deserialize)]
struct Outcome {
    #[serde(rename = "ruleId")]
    rule: Option<String>,
    #[serde(rename = "ruleIndex")]
    index: Option<i64>,
    #[serde(rename = "rule")]
    reference: Option<Reference>,
    level: Option<String>,
    kind: Option<String>,
    message: Option<Message>,
    #[serde(default, deserialize_with = "or_default")]
    locations: Vec<Location>,
    #[serde(default, deserialize_with = "or_default")]
    suppressions: Vec<Suppression>,
    #[serde(rename = "baselineState")]
    baseline: Option<String>,
    #[serde(default, deserialize_with = "or_default", rename = "partialFingerprints")]
    partial: HashMap<String, serde_json::Value>,
    #[serde(default, deserialize_with = "or_default")]
    fingerprints: HashMap<String, serde_json::Value>,
    #[serde(default, deserialize_with = "or_default")]
    properties: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Reference {
    id: Option<String>,
    index: Option<i64>,
}

#[derive(Deserialize)]
struct Suppression {
    status: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    text: Option<String>,
    markdown: Option<String>,
}

#[derive(Deserialize)]
struct Location {
    #[serde(rename = "physicalLocation")]
    physical: Option<Physical>,
}

#[derive(Deserialize)]
struct Physical {
    #[serde(rename = "artifactLocation")]
    artifact: Option<ArtifactLocation>,
    region: Option<Region>,
}

#[derive(Deserialize)]
struct ArtifactLocation {
    uri: Option<String>,
    #[serde(rename = "uriBaseId")]
    base: Option<String>,
}

#[derive(Deserialize)]
struct Region {
    #[serde(default, deserialize_with = "json::any_number", rename = "startLine")]
    line: Option<u64>,
}

/// Reads a log. Results that are suppressed, not failures, or gone since the tool's own baseline do not count.
pub fn read(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let log: Log = json::read(bytes)?;
    if let Some(version) = log.version.filter(|version| !version.starts_with("2.1")) {
        return Err(Refusal::malformed(format!("it is SARIF {version}, and 2.1.0 can be read")));
    }
    if log.runs.is_empty() {
        return Err(Refusal::no("run: no tool says that it looked"));
    }
    let (mut found, mut accepted, mut problems, mut made) = (Vec::new(), 0, Vec::new(), None);
    for run in &log.runs {
        problems.extend(run.problems());
        made = made.max(run.invocations.iter().filter_map(|invocation| invocation.end.clone()).max());
        for result in run.results.iter().flatten() {
            match result.counts() {
                Counts::Yes => found.push(run.found(result)),
                Counts::Accepted => accepted += 1,
                Counts::No => {}
            }
        }
    }
    let mut tools: Vec<&str> = log.runs.iter().map(|run| run.tool.driver.name.as_str()).collect();
    tools.dedup();
    let results = Results::of(crate::excerpt::list(tools.into_iter(), ", ", 3), Scope::NotSaid, found)?;
    let results = results.with_problems(problems).with_accepted(accepted);
    Ok(Evidence::of(Content::Results(results)).made(made))
}

enum Counts {
    Yes,
    Accepted,
    No,
}

impl Outcome {
    fn counts(&self) -> Counts {
        let suppressed =
            |suppression: &Suppression| matches!(suppression.status.as_deref(), None | Some("accepted"));
        // `notApplicable`, `pass`, `open`, `informational` and `review` are no failures.
        let failed = matches!(self.kind.as_deref(), None | Some("fail"));
        match () {
            () if !self.suppressions.is_empty() && self.suppressions.iter().any(suppressed) => {
                Counts::Accepted
            }
            () if !failed || self.baseline.as_deref() == Some("absent") => Counts::No,
            () => Counts::Yes,
        }
    }
}

impl Run {
    /// What the tool says went wrong while it looked.
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.results.is_none() {
            let tool = &self.tool.driver.name;
            problems.push(format!("{tool} gives no results, which means that it did not look"));
        }
        for invocation in &self.invocations {
            let errors = invocation.notifications.iter().filter(|n| n.level.as_deref() == Some("error"));
            let words = errors.filter_map(|n| n.message.as_ref()?.words());
            let mut words: Vec<String> = words.take(20).collect();
            if invocation.successful == Some(false) && words.is_empty() {
                words.push(format!("{} did not succeed", self.tool.driver.name));
            }
            problems.append(&mut words);
        }
        problems
    }

    fn found(&self, result: &Outcome) -> Found {
        let rule = self.descriptor(result);
        let reference = result.reference.as_ref().and_then(|reference| reference.id.as_deref());
        let id =
            result.rule.as_deref().or(reference).or(rule.map(|rule| rule.id.as_str())).unwrap_or("result");
        let words = result.message.as_ref().and_then(Message::words);
        let words = words.or_else(|| rule?.short.as_ref()?.words()).unwrap_or_default();
        let physical = result.locations.iter().find_map(|location| location.physical.as_ref());
        let mut found = Found::new(id, Some(level(result, rule)), words);
        if let Some((physical, artifact)) = physical.and_then(|p| Some((p, p.artifact.as_ref()?))) {
            let line = physical.region.as_ref().and_then(|region| u32::try_from(region.line?).ok());
            found = found.at(self.path(artifact), line);
        }
        found.is_secret = is_about_secrets(&self.tool.driver.name) || is_about_secrets(id);
        found.fingerprint = fingerprint(&result.fingerprints).or_else(|| fingerprint(&result.partial));
        found
    }

    fn descriptor(&self, result: &Outcome) -> Option<&Descriptor> {
        let index = result.index.or(result.reference.as_ref().and_then(|reference| reference.index));
        let by_index = index.and_then(|index| self.tool.driver.rules.get(usize::try_from(index).ok()?));
        let reference = result.reference.as_ref().and_then(|reference| reference.id.as_deref());
        let id = result.rule.as_deref().or(reference);
        let is_meant = |rule: &&Descriptor| id.is_none_or(|id| rule.id == id);
        by_index.filter(is_meant).or_else(|| {
            let components = std::iter::once(&self.tool.driver).chain(&self.tool.extensions);
            components.flat_map(|component| &component.rules).find(|rule| id == Some(rule.id.as_str()))
        })
    }

    fn path(&self, artifact: &ArtifactLocation) -> String {
        let uri = artifact.uri.as_deref().unwrap_or_default();
        let base = artifact.base.as_ref().and_then(|base| self.bases.get(base)?.uri.as_deref());
        let joined = match base {
            Some(base) if !uri.contains("://") => format!("{}/{uri}", base.trim_end_matches('/')),
            _ => uri.to_owned(),
        };
        let decoded = percent_encoding::percent_decode_str(&joined).decode_utf8_lossy();
        decoded.strip_prefix("file://").unwrap_or(&decoded).to_owned()
    }
}

/// The `security-severity` of the result or its rule; otherwise the level, which is a warning if nobody says.
fn level(result: &Outcome, rule: Option<&Descriptor>) -> Level {
    let score = |properties: &serde_json::Map<String, serde_json::Value>| {
        let value = properties.get("security-severity")?;
        value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
    };
    let scored = score(&result.properties).or_else(|| score(&rule?.properties));
    let default = rule.and_then(|rule| rule.default.as_ref()?.level.as_deref());
    let word = result.level.as_deref().or(default).unwrap_or("warning");
    scored.map(Level::of_score).or_else(|| Level::of_word(word)).unwrap_or(Level::Medium)
}

/// True for tools and rules that find secrets: the line that they point to must not be shown.
fn is_about_secrets(name: &str) -> bool {
    const WORDS: [&str; 8] =
        ["secret", "leaks", "truffle", "password", "credential", "token", "b105", "b106"];
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word)) || name == "b107"
}

fn fingerprint(of: &HashMap<String, serde_json::Value>) -> Option<String> {
    // The greatest name is the newest version of the tool's own fingerprint.
    let (name, value) = of.iter().max_by_key(|(name, _)| name.as_str())?;
    // semgrep gives this to those who did not log in, the same for all results.
    let value = value.as_str().filter(|value| !value.is_empty() && *value != "requires login")?;
    Some(format!("{name}:{value}"))
}

impl Message {
    fn words(&self) -> Option<String> {
        let text = self.text.as_ref().or(self.markdown.as_ref())?;
        Some(words::trimmed(text)).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(text: &str) -> Result<Results, Refusal> {
        match read(text.as_bytes())?.content {
            Content::Results(results) => Ok(results),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn results_carry_level_place_and_fingerprint() {
        let log = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T","rules":[
            {"id":"a","properties":{"security-severity":"9.8"}},{"id":"b","defaultConfiguration":{"level":"error"}}]}},
          "originalUriBaseIds":{"ROOT":{"uri":"file:///w/"}},
          "results":[
            {"ruleId":"a","ruleIndex":0,"message":{"text":"x\ny"},"locations":[{"physicalLocation":{
              "artifactLocation":{"uri":"a%20b.py","uriBaseId":"ROOT"},"region":{"startLine":3}}}],
              "partialFingerprints":{"h/v1":"1","h/v2":"2"}},
            {"rule":{"id":"b"},"message":{"text":"b"}},
            {"ruleId":"c","suppressions":[{"kind":"inSource"}]},
            {"ruleId":"d","suppressions":[{"kind":"external","status":"rejected"}],"level":"note"},
            {"ruleId":"e","kind":"pass"},{"ruleId":"f","baselineState":"absent"}]}]}"#;
        let results = results(log).unwrap();
        let levels: Vec<_> =
            results.found().iter().map(|found| (found.id.as_str(), found.level.unwrap())).collect();
        assert_eq!(levels, [("a", Level::Critical), ("b", Level::High), ("d", Level::Low)]);
        let first = &results.found()[0];
        let place = first.place.as_ref().unwrap();
        assert_eq!((place.path.as_str(), place.line), ("/w/a b.py", Some(3)));
        assert_eq!((first.message.as_str(), first.fingerprint.as_deref()), ("x / y", Some("h/v2:2")));
        assert_eq!(results.accepted(), 1);
    }

    #[test]
    fn a_log_of_no_run_is_no_evidence() {
        assert!(matches!(results(r#"{"version":"2.1.0","runs":[]}"#), Err(Refusal::Empty(_))));
        assert!(matches!(results(r#"{"version":"1.0.0","runs":[]}"#), Err(Refusal::Malformed { .. })));
        assert!(matches!(results(r#"{"version":"2.1.0","runs":[{"#), Err(Refusal::Truncated { .. })));
        let failed =
            r#"{"runs":[{"tool":{"driver":{"name":"T"}},"invocations":[{"executionSuccessful":false}]}]}"#;
        assert_eq!(results(failed).unwrap().problems().len(), 2);
    }
}
