//! `ci-guard health URL…`

use std::time::Instant;

use super::{Said, report};
use crate::checks::{Column, Table, Unit};
use crate::cli::deploy::HealthCommand;
use crate::console::Console;
use crate::environment::Environment;
use crate::health::{Expected, Gate, LatencyLimit, Prober, Samples, Verdict, compare, gate};
use crate::http::{origin, shown};
use crate::report::Exit;

const UNIT: Unit = Unit { one: "address", many: "addresses" };

/// Runs the command.
pub fn run(command: &HealthCommand, environment: &Environment, console: &mut Console<'_>) -> Exit {
    report(("health", UNIT), &command.report, environment, console, |_, _| {
        look(command, environment).unwrap_or_else(Said::usage)
    })
}

fn look(command: &HealthCommand, environment: &Environment) -> Result<Said, String> {
    if let Some(url) = command.urls.iter().chain(&command.baseline).find(|url| origin(url).is_none()) {
        return Err(format!("`{}` is no address", shown(url)));
    }
    let latency: Vec<LatencyLimit> =
        command.latency.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    let expected = Expected { status: statuses(&command.expect_status)?, body: command.expect_body.clone() };
    let prober = Prober::new(environment, expected, command.probe_timeout.min(command.timeout));
    let conditions = Gate {
        successes: command.successes,
        latency,
        probes: command.probes,
        interval: command.interval,
        timeout: command.timeout,
    };
    if let Some(baseline) = &command.baseline {
        return against(command, baseline, &prober);
    }
    // Side by side: the time limit is for all of them.
    let results: Vec<Result<Samples, String>> = std::thread::scope(|scope| {
        let (prober, conditions) = (&prober, &conditions);
        let running: Vec<_> =
            command.urls.iter().map(|url| scope.spawn(move || gate(prober, url, conditions))).collect();
        running
            .into_iter()
            .map(|one| one.join().unwrap_or_else(|_| Err("the probe crashed".to_owned())))
            .collect()
    });
    let problems: Vec<&String> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    let rows = command.urls.iter().zip(&results);
    let rows = rows.filter_map(|(url, result)| Some(row(url, result.as_ref().ok()?))).collect();
    let said = match problems.is_empty() {
        true => Said::default(),
        false => Said::refused(problems.iter().map(|text| text.as_str()).collect::<Vec<_>>().join("; ")),
    };
    let said = Said { examined: command.urls.len(), ..said };
    Ok(said.table(table(rows)).output("healthy", problems.is_empty().to_string()))
}

/// A canary against what serves now.
fn against(command: &HealthCommand, baseline: &str, prober: &Prober) -> Result<Said, String> {
    let [url] = command.urls.as_slice() else {
        return Err("with `--baseline` one address is compared".to_owned());
    };
    let until = Instant::now() + command.timeout;
    let [new, old] = prober.both([url, baseline], command.probes, command.interval, until);
    let verdict = compare(&new, &old, command.tolerance);
    let (said, word) = match verdict {
        Verdict::Promote => {
            (Said::note(format!("{} is as good as {}", shown(url), shown(baseline))), "promote")
        }
        Verdict::RollBack(why) => {
            (Said::refused(format!("roll back: {} is worse: {why}", shown(url))), "roll-back")
        }
        Verdict::Inconclusive => (
            Said::not_verified(format!("the baseline {} does not answer well itself", shown(baseline))),
            "inconclusive",
        ),
    };
    let said = Said { examined: 2, ..said };
    let rows = vec![row(url, &new), row(baseline, &old)];
    let healthy = (word == "promote").to_string();
    Ok(said.table(table(rows)).output("healthy", healthy).output("health-verdict", word))
}

fn row(url: &str, samples: &Samples) -> Vec<String> {
    let ms = |percentile| {
        samples.percentile(percentile).map_or("-".to_owned(), |latency| format!("{} ms", latency.as_millis()))
    };
    vec![
        shown(url),
        samples.latencies.len().to_string(),
        samples.failures.to_string(),
        ms(50),
        ms(95),
        ms(99),
    ]
}

fn table(rows: Vec<Vec<String>>) -> Table {
    let columns = ["good", "failed", "p50", "p95", "p99"].map(Column::text);
    let columns = std::iter::once(Column::code("address")).chain(columns).collect();
    Table { columns, rows, more: 0 }
}

/// `200` or `200-299`.
fn statuses(text: &str) -> Result<(u16, u16), String> {
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    match (low.trim().parse(), high.trim().parse()) {
        (Ok(low), Ok(high)) if (100..=high).contains(&low) && high <= 599 => Ok((low, high)),
        _ => Err(format!("`{text}` is no status; write 200 or 200-299")),
    }
}
