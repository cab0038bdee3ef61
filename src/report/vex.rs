//! The vulnerabilities that were found as a CycloneDX 1.6 VEX document: what is open is `in_triage`, what somebody
//! accepted says who, until when and why. Whoever triages goes on from there.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{CheckOutcome, Report};
use crate::advisory::known::Known;
use crate::policy::Judged;

pub(super) fn render(report: &Report) -> String {
    let found: Vec<(&Judged, &Known)> = report
        .findings
        .iter()
        .filter_map(|judged| Some((judged, judged.finding.advisory.as_deref()?)))
        .collect();
    // One component for each package, one entry for each flaw of each package: a version is affected, not a lockfile.
    let mut components: BTreeMap<String, Value> = BTreeMap::new();
    let mut entries: BTreeMap<(String, String), (Vec<&Judged>, &Known)> = BTreeMap::new();
    for (judged, known) in &found {
        let reference = reference(known);
        components.entry(reference.clone()).or_insert_with(|| component(known, &reference));
        let id = known.ids.first().cloned().unwrap_or_default();
        entries.entry((id, reference)).or_insert_with(|| (Vec::new(), known)).0.push(judged);
    }
    let vulnerabilities: Vec<Value> = entries
        .iter()
        .map(|((id, reference), (judged, known))| vulnerability(id, reference, judged, known))
        .collect();
    // An empty list means something only where somebody looked.
    let check = report.checks.iter().find(|check| check.name == "vulnerabilities");
    let outcome = check.map_or("not-run", |check| check.outcome.as_str());
    let mut properties = vec![json!({"name": "ci-guard:outcome", "value": outcome})];
    let reasons = check.iter().flat_map(|check| &check.reasons);
    properties.extend(reasons.map(|reason| json!({"name": "ci-guard:reason", "value": reason})));
    let whole =
        check.is_some_and(|check| matches!(check.outcome, CheckOutcome::Pass | CheckOutcome::Findings));
    let aggregate = if whole { "complete" } else { "incomplete" };
    let references: Vec<String> =
        vulnerabilities.iter().filter_map(|own| Some(own["bom-ref"].as_str()?.to_owned())).collect();
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": jiff::Timestamp::now().to_string(),
            "tools": {"components": [{
                "type": "application",
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
            }]},
            "properties": properties,
        },
        "compositions": [{"aggregate": aggregate, "vulnerabilities": references}],
        "components": components.into_values().collect::<Vec<_>>(),
        "vulnerabilities": vulnerabilities,
    });
    super::pretty(&document)
}

fn reference(known: &Known) -> String {
    known.purl().unwrap_or_else(|| format!("{}:{}@{}", known.ecosystem, known.package, known.version))
}

fn component(known: &Known, reference: &str) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": reference,
        "name": known.package,
        "version": known.version,
    });
    if let Some(purl) = known.purl() {
        component["purl"] = purl.into();
    }
    component
}

fn vulnerability(id: &str, reference: &str, judged: &[&Judged], known: &Known) -> Value {
    let mut entry = json!({
        "bom-ref": format!("{id} {reference}"),
        "id": id,
        "source": source(id),
        "affects": [{
            "ref": reference,
            "versions": [{"version": known.version, "status": "affected"}],
        }],
        "analysis": analysis(judged),
    });
    let others: Vec<Value> =
        known.ids.iter().skip(1).map(|id| json!({"id": id, "source": source(id)})).collect();
    if !others.is_empty() {
        entry["references"] = others.into();
    }
    if !known.summary.is_empty() {
        entry["description"] = known.summary.clone().into();
    }
    let severity = known.level.map_or("unknown", |level| level.as_str());
    let mut rating = json!({"severity": severity});
    if let Some((score, vector)) = &known.score {
        rating["score"] = (*score).into();
        rating["method"] = method(vector).into();
        rating["vector"] = vector.clone().into();
    }
    entry["ratings"] = json!([rating]);
    if let Some(help) = judged.first().and_then(|judged| judged.finding.help.as_ref()) {
        entry["recommendation"] = help.clone().into();
    }
    let property = |name: &str, value: &str| json!({"name": format!("ci-guard:{name}"), "value": value});
    let mut properties: Vec<Value> =
        judged.iter().map(|judged| property("location", &judged.finding.location.to_string())).collect();
    properties.extend(known.fixed.iter().map(|fixed| property("fixed-in", fixed)));
    let needed = if known.way.is_empty() { "directly".to_owned() } else { known.way.join(" > ") };
    properties.push(property("needed", &needed));
    entry["properties"] = properties.into();
    entry
}

/// What somebody decided counts only where it covers every place.
fn analysis(judged: &[&Judged]) -> Value {
    let waived: Vec<&str> = judged.iter().filter_map(|judged| judged.waived_by.as_deref()).collect();
    match waived.as_slice() {
        waived if waived.len() == judged.len() && !waived.is_empty() => {
            json!({"state": "in_triage", "response": ["will_not_fix"], "detail": format!("accepted: {}", waived.join("; "))})
        }
        _ => json!({"state": "in_triage"}),
    }
}

/// Who gave the id, and where it is explained.
fn source(id: &str) -> Value {
    let (name, url) = match id.split('-').next().unwrap_or_default() {
        "CVE" => ("NVD", format!("https://nvd.nist.gov/vuln/detail/{id}")),
        "GHSA" => ("GitHub Advisory Database", format!("https://github.com/advisories/{id}")),
        _ => ("OSV", format!("https://osv.dev/vulnerability/{id}")),
    };
    json!({"name": name, "url": url})
}

/// The method in the words of CycloneDX.
fn method(vector: &str) -> &'static str {
    match vector {
        vector if vector.starts_with("CVSS:4") => "CVSSv4",
        vector if vector.starts_with("CVSS:3.1") => "CVSSv31",
        vector if vector.starts_with("CVSS:3.0") => "CVSSv3",
        _ => "CVSSv2",
    }
}
