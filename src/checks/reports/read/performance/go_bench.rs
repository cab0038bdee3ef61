//! `go test -bench`: text, a line for each run. `-count` gives several lines of one benchmark.

use std::collections::BTreeMap;
use std::io::Read;

use super::evidence;
use crate::checks::reports::model::Evidence;
use crate::checks::reports::model::measures::Measure;
use crate::checks::reports::read::lines::lines;
use crate::checks::reports::refusal::Refusal;

/// Reads the output of a run. `FAIL` in it means that not everything was measured.
pub fn read(input: impl Read) -> Result<Evidence, Refusal> {
    let mut samples: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut package = String::new();
    lines(input, |line, number| {
        if let Some(name) = line.strip_prefix("pkg: ") {
            package = name.trim().to_owned();
        }
        if line == "FAIL" || line.starts_with("FAIL\t") || line.starts_with("--- FAIL") {
            let message = format!("it is of a run that failed: `{}`", crate::excerpt::head(line, 200));
            return Err(Refusal::Malformed { line: Some(number), message });
        }
        if let Some((name, seconds)) = run(line) {
            let name = if package.is_empty() { name.to_owned() } else { format!("{package} {name}") };
            samples.entry(name).or_default().push(seconds);
        }
        Ok(())
    })?;
    evidence(
        "go test",
        samples.into_iter().map(|(name, samples)| Measure::of_samples(name, "s", samples)).collect(),
    )
}

/// `BenchmarkName-8   1000   1234 ns/op …`: the name without the number of processors, and seconds.
fn run(line: &str) -> Option<(&str, f64)> {
    if !line.starts_with("Benchmark") {
        return None;
    }
    let mut words = line.split_ascii_whitespace();
    let name = words.next()?;
    words.next()?.parse::<u64>().ok()?;
    let rest: Vec<&str> = words.collect();
    let nanoseconds = rest.chunks_exact(2).find(|pair| pair[1] == "ns/op")?[0].parse::<f64>().ok()?;
    let (short, processors) = name.rsplit_once('-').unwrap_or((name, ""));
    let is_number = !processors.is_empty() && processors.bytes().all(|byte| byte.is_ascii_digit());
    Some((if is_number { short } else { name }, nanoseconds / 1e9))
}
