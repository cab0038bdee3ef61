//! `check --fix`: writes what mends findings for certain, round by round until nothing is left to write.

use std::collections::BTreeMap;

use crate::checkout::Checkout;
use crate::checks::{self, Check, Context, Record};
use crate::console::Console;
use crate::delivery;
use crate::engine::{self, Run};
use crate::environment::Environment;
use crate::fix::{self, Fix, pin::Resolver};
use crate::runner::Runner;
use crate::settings::Settings;

/// Rounds after which fixes that still find something to do are left: each takes those that touch no other.
const MAX_ROUNDS: usize = 50;

/// What fixing needs to know.
pub struct Task<'a> {
    /// The checks whose findings are mended.
    pub checks: &'a [&'static dyn Check],
    /// The settings: what is excepted stays as it is.
    pub settings: &'a Settings,
    /// The process's variables.
    pub environment: &'a Environment,
    /// Where we run.
    pub runner: &'a Runner,
    /// True if GitHub may be asked for commits.
    pub online: bool,
}

/// What a run of fixes came to.
#[derive(Default)]
struct Work {
    /// Fixes by file and by what they do.
    done: BTreeMap<(String, String), usize>,
    /// What could not be done, and why.
    failed: Vec<String>,
}

/// Mends the files, and says what could not be looked up or written.
pub fn run(task: &Task<'_>, checkout: &Checkout, console: &mut Console<'_>) -> Option<Run> {
    let mut work = Work::default();
    let mut resolver = task.online.then(|| Resolver::new(task.environment));
    for _ in 0..MAX_ROUNDS {
        // Every round reads the files anew.
        let Ok(checkout) = Checkout::open(checkout.root()) else { break };
        if !round(task, &checkout, resolver.as_mut(), &mut work) {
            break;
        }
    }
    for ((path, what), number) in &work.done {
        let times = if *number == 1 { String::new() } else { format!(" ({number} times)") };
        console.out(&format!("fixed {path}: {what}{times}\n"));
    }
    if work.done.is_empty() {
        console.out("nothing can be fixed for certain\n");
    }
    crate::sorted::by(&mut work.failed, Ord::cmp);
    work.failed.dedup();
    let mut record = Record::default();
    work.failed.iter().for_each(|reason| record.not_verified(reason));
    let unit = checks::Unit { one: "fix", many: "fixes" };
    (!work.failed.is_empty())
        .then(|| engine::recorded("policy", unit, work.done.values().sum(), record, checkout))
}

/// Judges, writes what can be written at once, and says whether something was.
fn round(task: &Task<'_>, checkout: &Checkout, resolver: Option<&mut Resolver<'_>>, work: &mut Work) -> bool {
    let Task { settings, environment, runner, .. } = *task;
    let context = Context { checkout, settings, environment, runner, wants_outputs: false };
    let mut runs = engine::run(task.checks, &context);
    let judged = task.settings.policy.judge(runs.iter_mut().map(Run::evidence).collect()).findings;
    let mut by_file: BTreeMap<String, Vec<Fix>> = BTreeMap::new();
    let mut resolver = resolver;
    work.failed.clear();
    for judged in judged.into_iter().filter(|judged| judged.waived_by.is_none()) {
        let Some(mut fix) = judged.finding.fix.as_deref().cloned() else { continue };
        let Some((path, _)) = judged.finding.location.in_file() else { continue };
        if fix.pin.is_some() {
            let Some(resolver) = resolver.as_deref_mut() else { continue };
            if let Err(reason) = resolver.resolve(&mut fix) {
                work.failed.push(format!("{path}: not pinned: {reason}"));
                continue;
            }
        }
        by_file.entry(path.to_owned()).or_default().push(fix);
    }
    let mut any = false;
    for (path, fixes) in by_file {
        match write(checkout, &path, &fixes) {
            Ok(applied) => {
                any |= !applied.is_empty();
                for index in applied {
                    *work.done.entry((path.clone(), fixes[index].what.clone())).or_default() += 1;
                }
            }
            Err(reason) => work.failed.push(format!("{path}: not fixed: {reason}")),
        }
    }
    any
}

/// Puts fixes into a file. A file that would not parse any more stays as it is.
fn write(checkout: &Checkout, path: &str, fixes: &[Fix]) -> Result<Vec<usize>, String> {
    let source = checkout.read(path).map_err(|error| error.to_string())?;
    let (text, applied) = fix::apply(source.text(), &fixes.iter().collect::<Vec<_>>());
    if applied.is_empty() || text == source.text() {
        return Ok(Vec::new());
    }
    if !fix::still_parses(&text) {
        return Err("the result would be no valid YAML; this is a bug of ci-guard".to_owned());
    }
    delivery::replace(&checkout.root().join(path), &text).map_err(|error| format!("{error:#}"))?;
    Ok(applied)
}
