//! Asks an address again and again, until it answers well or the time is over.

use std::time::{Duration, Instant};

use super::measure::{LatencyLimit, Samples};
use crate::environment::Environment;
use crate::http::{Client, Limits, Request, Response, backoff, shown};

/// What a good answer is.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The lowest and the highest status.
    pub status: (u16, u16),
    /// Text that it contains.
    pub body: Option<String>,
}

impl Expected {
    /// What is wrong with an answer.
    fn fault(&self, response: &Response) -> Option<String> {
        let status = response.status;
        if !(self.status.0..=self.status.1).contains(&status) {
            let redirect = if (300..400).contains(&status) { ", which is not followed" } else { "" };
            return Some(format!("it answers {status}{redirect}"));
        }
        let lacks = |text: &&String| !response.text().contains(text.as_str());
        self.body.as_ref().filter(lacks).map(|_| "its answer does not contain the expected text".to_owned())
    }
}

/// What has to hold.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Good answers in a row.
    pub successes: u32,
    /// Latencies, over the last `probes` good answers.
    pub latency: Vec<LatencyLimit>,
    /// Over how many answers latency is measured.
    pub probes: u32,
    /// Pause between two answers.
    pub interval: Duration,
    /// Longest time for everything.
    pub timeout: Duration,
}

/// Asks addresses.
pub struct Prober {
    client: Client,
    expected: Expected,
}

impl Prober {
    /// Asks each time once, follows no redirect, and checks certificates as everywhere.
    pub fn new(environment: &Environment, expected: Expected, timeout: Duration) -> Prober {
        let limits = Limits {
            connect: timeout,
            total: timeout,
            body: 4 << 20,
            tries: 1,
            redirects: 0,
            ..Limits::default()
        };
        Prober { client: Client::of(environment, limits), expected }
    }

    /// How long a good answer took, or what is wrong.
    pub fn probe(&self, url: &str) -> Result<Duration, String> {
        let start = Instant::now();
        let response = self.client.send(&Request::get(url)).map_err(|failure| failure.reason)?;
        let took = start.elapsed();
        self.expected.fault(&response).map_or(Ok(took), Err)
    }

    /// Many answers of two addresses, asked in turns so that both meet the same weather.
    pub fn both(&self, urls: [&str; 2], probes: u32, interval: Duration, until: Instant) -> [Samples; 2] {
        let mut samples = [Samples::default(), Samples::default()];
        for _ in 0..probes {
            for (url, samples) in urls.iter().zip(&mut samples) {
                match self.probe(url) {
                    Ok(latency) => samples.latencies.push(latency),
                    Err(_) => samples.failures += 1,
                }
            }
            if Instant::now() + interval > until {
                break;
            }
            std::thread::sleep(interval);
        }
        samples
    }
}

/// Waits until an address answers well. `Err` says what was wrong at the end.
pub fn gate(prober: &Prober, url: &str, gate: &Gate) -> Result<Samples, String> {
    let start = Instant::now();
    let (mut in_row, mut failures_in_row) = (0, 0);
    let mut samples = Samples::default();
    let needed = if gate.latency.is_empty() { gate.successes } else { gate.successes.max(gate.probes) };
    let most = usize::try_from(gate.probes.max(1)).unwrap_or(usize::MAX);
    loop {
        let problem = match prober.probe(url) {
            Ok(latency) => {
                (in_row, failures_in_row) = (in_row + 1, 0);
                samples.latencies.push(latency);
                let surplus = samples.latencies.len().saturating_sub(most);
                samples.latencies.drain(..surplus);
                let too_slow = too_slow(&samples, &gate.latency);
                if in_row >= needed && too_slow.is_none() {
                    return Ok(samples);
                }
                too_slow.unwrap_or_else(|| format!("only {in_row} of {needed} good answers in a row"))
            }
            Err(reason) => {
                samples.failures += 1;
                (in_row, failures_in_row) = (0, failures_in_row + 1);
                reason
            }
        };
        let pause = match failures_in_row {
            0 => gate.interval,
            failures => backoff(failures, gate.interval, gate.interval.saturating_mul(10)),
        };
        if start.elapsed() + pause > gate.timeout {
            let seconds = gate.timeout.as_secs_f64();
            return Err(format!("{} is not healthy after {seconds:.0} s: {problem}", shown(url)));
        }
        std::thread::sleep(pause);
    }
}

fn too_slow(samples: &Samples, limits: &[LatencyLimit]) -> Option<String> {
    limits.iter().find_map(|limit| {
        let measured = samples.percentile(limit.percentile)?;
        (measured > limit.limit).then(|| {
            format!(
                "p{} is {} ms, more than {} ms",
                limit.percentile,
                measured.as_millis(),
                limit.limit.as_millis()
            )
        })
    })
}
