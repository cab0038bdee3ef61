//! k6: `--summary-export`, `handleSummary` and `--out json`.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;
use serde_json::Value;

use super::evidence;
use crate::checks::reports::model::measures::{Measure, Measures, Stated};
use crate::checks::reports::model::{Content, Evidence};
use crate::checks::reports::read::json;
use crate::checks::reports::read::lines::lines;
use crate::checks::reports::refusal::Refusal;

/// Samples of one metric that are held while a stream is read.
const MAX_HELD: usize = 4_000_000;

/// Metrics of one stream.
const MAX_METRICS: usize = 1_000;

#[derive(Deserialize)]
struct Summary {
    metrics: BTreeMap<String, serde_json::Map<String, Value>>,
}

/// Reads a summary. Thresholds that k6 found broken are kept as such.
pub fn summary(bytes: &[u8]) -> Result<Evidence, Refusal> {
    let document: Summary = json::read(bytes)?;
    let (mut measures, mut broken) = (Vec::new(), Vec::new());
    for (name, metric) in &document.metrics {
        broken.extend(broken_thresholds(name, metric));
        // `--summary-export` has the numbers in the metric itself, `handleSummary` in `values`.
        let values = metric.get("values").and_then(Value::as_object).unwrap_or(metric);
        let number = |key: &str| values.get(key).and_then(Value::as_f64);
        let percentile = |(key, value): (&String, &Value)| {
            let percent = match key.as_str() {
                "med" => 50.0,
                "max" => 100.0,
                key => key.strip_prefix("p(")?.strip_suffix(')')?.parse().ok()?,
            };
            Some((percent, scaled(name, value.as_f64()?)))
        };
        let percentiles = values.iter().filter_map(percentile).collect();
        let mean = number("avg")
            .map(|mean| scaled(name, mean))
            .or_else(|| number("rate"))
            .or_else(|| number("value"));
        measures.push(Measure::stated(name, unit(name), Stated { mean, percentiles, ..Stated::default() }));
    }
    Ok(Evidence::of(Content::Measures(Measures::of("k6", measures)?.with_broken(broken))))
}

/// Trends of time are in milliseconds, and are seconds here.
fn scaled(metric: &str, value: f64) -> f64 {
    if unit(metric) == "s" { value / 1_000.0 } else { value }
}

fn unit(metric: &str) -> &'static str {
    let base = metric.split('{').next().unwrap_or_default();
    let times = ["duration", "waiting", "connecting", "blocked", "sending", "receiving", "handshaking"];
    if times.iter().any(|word| base.ends_with(word)) { "s" } else { "" }
}

/// `--summary-export` writes `true` for a threshold that was broken, `handleSummary` `{"ok": false}`.
fn broken_thresholds(name: &str, metric: &serde_json::Map<String, Value>) -> Vec<String> {
    let thresholds = metric.get("thresholds").and_then(Value::as_object);
    let is_broken =
        |value: &Value| value.as_bool() == Some(true) || value.get("ok") == Some(&Value::Bool(false));
    let broken = thresholds.into_iter().flatten().filter(|(_, value)| is_broken(value));
    broken.map(|(expression, _)| format!("{name}: {expression}")).collect()
}

#[derive(Deserialize)]
struct Line<'l> {
    #[serde(borrow, rename = "type")]
    kind: std::borrow::Cow<'l, str>,
    #[serde(borrow)]
    metric: std::borrow::Cow<'l, str>,
    data: Point,
}

#[derive(Deserialize)]
struct Point {
    value: Option<f64>,
}

/// Reads the points of a whole run, a line each.
pub fn stream(input: impl Read) -> Result<Evidence, Refusal> {
    let mut samples: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let last = lines(input, |line, number| {
        if line.trim().is_empty() {
            return Ok(());
        }
        let read: Line<'_> = serde_json::from_str(line).map_err(|error| match json::refusal(&error) {
            Refusal::Truncated { message, .. } => Refusal::Truncated { line: number, message },
            _ => Refusal::Malformed { line: Some(number), message: format!("no point of k6: {error}") },
        })?;
        if let (true, Some(value)) = (read.kind == "Point", read.data.value) {
            if !samples.contains_key(read.metric.as_ref()) && samples.len() >= MAX_METRICS {
                return Err(Refusal::TooMuch(format!("it holds more than {MAX_METRICS} metrics")));
            }
            let held = samples.entry(read.metric.into_owned()).or_default();
            if held.len() >= MAX_HELD {
                return Err(Refusal::TooMuch(format!(
                    "a metric has more than {MAX_HELD} points; export a summary"
                )));
            }
            held.push(value);
        }
        Ok(())
    })?;
    if last == 0 {
        return Err(Refusal::no("line"));
    }
    let measure = |(name, samples): (String, Vec<f64>)| {
        let samples = samples.into_iter().map(|value| scaled(&name, value)).collect();
        Measure::of_samples(&*name, unit(&name), samples)
    };
    evidence("k6", samples.into_iter().map(measure).collect())
}
