//! How far long work is: bytes done of all. Whoever works counts them; who has a terminal or a log shows them.

use std::io::{self, IsTerminal as _, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::checks::artifacts::words::size;
use crate::cli::{Format, ReportArguments};
use crate::environment::Environment;

static ALL: AtomicU64 = AtomicU64::new(0);
static DONE: AtomicU64 = AtomicU64::new(0);

/// So many bytes more are to be read.
pub fn expect(bytes: u64) {
    ALL.fetch_add(bytes, Ordering::Relaxed);
}

/// So many bytes more were read.
pub fn advance(bytes: u64) {
    DONE.fetch_add(bytes, Ordering::Relaxed);
}

/// Where progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// In one line of a terminal, which is wiped in the end.
    Terminal,
    /// As a line now and then.
    Log,
    /// Nowhere: a program reads along, or nobody.
    Nowhere,
}

impl Shown {
    /// Where this process shows progress: never where a machine reads the report.
    pub fn of(arguments: &ReportArguments, environment: &Environment) -> Shown {
        let for_people = matches!(arguments.format, None | Some(Format::Text | Format::Github));
        let in_log =
            environment.get("GITHUB_ACTIONS") == Some("true") || environment.get("CI") == Some("true");
        match () {
            () if !for_people => Shown::Nowhere,
            () if in_log => Shown::Log,
            () if io::stderr().is_terminal() => Shown::Terminal,
            () => Shown::Nowhere,
        }
    }

    /// Works, and shows on standard error how far the work is. Short work shows nothing.
    pub fn while_at<T>(self, work: impl FnOnce() -> T) -> T {
        let every = match self {
            Shown::Terminal => Duration::from_millis(500),
            Shown::Log => Duration::from_secs(30),
            Shown::Nowhere => return work(),
        };
        self.watch(io::stderr(), every, work)
    }

    fn watch<T>(self, mut to: impl Write + Send, every: Duration, work: impl FnOnce() -> T) -> T {
        let (ended, signal) = (Mutex::new(false), Condvar::new());
        thread::scope(|scope| {
            // Where no thread can be started, nothing is shown.
            let _ = thread::Builder::new().spawn_scoped(scope, || {
                let mut shown = false;
                let mut guard = ended.lock().unwrap_or_else(PoisonError::into_inner);
                while !*guard {
                    let waited = signal.wait_timeout(guard, every).unwrap_or_else(PoisonError::into_inner);
                    guard = waited.0;
                    if let Some(words) = words(DONE.load(Ordering::Relaxed), ALL.load(Ordering::Relaxed))
                        && !*guard
                    {
                        shown = true;
                        // Whoever went away does not wait for it.
                        let _ = match self {
                            Shown::Terminal => write!(to, "\r\x1b[K{words}"),
                            _ => writeln!(to, "ci-guard: {words}"),
                        };
                        let _ = to.flush();
                    }
                }
                if shown && self == Shown::Terminal {
                    let _ = write!(to, "\r\x1b[K");
                    let _ = to.flush();
                }
            });
            let _ends = Ends(&ended, &signal);
            work()
        })
    }
}

/// Ends the telling, also where the work crashes: nobody would wait for a thread that never ends.
struct Ends<'a>(&'a Mutex<bool>, &'a Condvar);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.1.notify_all();
    }
}

/// `hashed 1.2 of 8.0 GiB (15 %)`; `None` where nothing is to be done.
fn words(done: u64, all: u64) -> Option<String> {
    let share = done.min(all).saturating_mul(100).checked_div(all)?;
    Some(format!("hashed {} of {} ({share} %)", size(done.min(all)), size(all)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_needs_something_to_be_a_share_of() {
        assert_eq!(words(0, 0), None);
        assert_eq!(words(1 << 30, 4 << 30).as_deref(), Some("hashed 1.0 GiB of 4.0 GiB (25 %)"));
        assert_eq!(words(9 << 30, 4 << 30).as_deref(), Some("hashed 4.0 GiB of 4.0 GiB (100 %)"));
    }

    #[test]
    fn long_work_is_told_of_and_short_work_is_not() {
        expect(100);
        let told = |shown: Shown, every: u64, work: Duration| {
            let mut text = Vec::new();
            let result = shown.watch(&mut text, Duration::from_millis(every), || {
                thread::sleep(work);
                7
            });
            assert_eq!(result, 7);
            String::from_utf8(text).unwrap()
        };
        let terminal = told(Shown::Terminal, 1, Duration::from_millis(300));
        assert!(terminal.contains("hashed") && terminal.ends_with("\r\x1b[K"), "{terminal:?}");
        let log = told(Shown::Log, 1, Duration::from_millis(300));
        assert!(log.starts_with("ci-guard: hashed") && log.ends_with("%)\n"), "{log:?}");
        assert_eq!(told(Shown::Log, 60_000, Duration::ZERO), "");
    }

    #[test]
    fn machines_see_none_of_it() {
        let format = |format| ReportArguments { format, ..ReportArguments::default() };
        let actions = Environment::of(&[("GITHUB_ACTIONS", "true")]);
        assert_eq!(Shown::of(&format(None), &actions), Shown::Log);
        for machine in
            [Format::Json, Format::Sarif, Format::Junit, Format::Vex, Format::InToto, Format::Markdown]
        {
            assert_eq!(Shown::of(&format(Some(machine)), &actions), Shown::Nowhere);
        }
    }
}
