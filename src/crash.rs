//! What happens when ci-guard itself has a fault and panics.
//!
//! The program is built without unwinding: the tables that it needs are a sixth of the binary. So a panic ends the
//! process, and where a check crashed, the process starts itself again, told to leave that check alone and to say that
//! it crashed. Nothing was printed by then but masks: checks do not print.

use std::cell::Cell;
use std::ffi::OsString;
use std::io::Write as _;
use std::panic;
use std::process::Command;

use crate::checks;
use crate::environment::Environment;

/// The variable that holds the names of the checks that crashed in earlier tries of this run, separated by spaces.
const CRASHED: &str = "CI_GUARD_CRASHED";

/// The checks that crashed in earlier tries of this run.
pub fn crashed(environment: &Environment) -> Vec<&str> {
    environment.get(CRASHED).unwrap_or_default().split_whitespace().collect()
}

/// The exit code of a crash that is no check's, as of every Rust program.
const EXIT_CODE: i32 = 101;

/// Sets the process's panic hook. It never returns: there is nothing to unwind, and no core is dumped that could hold a
/// secret. The panic's own words may hold foreign text or a secret as well: only its place is said.
pub fn handle_panics(arguments: Vec<OsString>, environment: &Environment) {
    let crashed = crashed(environment).join(" ");
    panic::set_hook(Box::new(move |panic| {
        let place =
            panic.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        let _ = writeln!(std::io::stderr(), "ci-guard: internal error{place}; please report it");
        let code = current().and_then(|check| run_without(check, &crashed, &arguments));
        end(code.unwrap_or(EXIT_CODE));
    }));
}

thread_local! {
    /// The check that this thread works for.
    static CHECK: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// The check that this thread works for: another thread that helps it works [`within`] the same.
pub fn current() -> Option<&'static str> {
    CHECK.get()
}

/// Works for a check: a crash is then known to be that of the check.
pub fn within<T>(check: Option<&'static str>, work: impl FnOnce() -> T) -> T {
    let before = CHECK.replace(check);
    let result = work();
    CHECK.set(before);
    result
}

/// Runs the program again without a check, and returns its exit code; `None` if it crashed before: then leaving it alone
/// did not help.
fn run_without(check: &str, crashed: &str, arguments: &[OsString]) -> Option<i32> {
    if crashed.split(' ').any(|earlier| earlier == check) {
        return None;
    }
    let mut again = Command::new(std::env::current_exe().ok()?);
    start(again.args(arguments).env(CRASHED, format!("{crashed} {check}").trim_start()))
}

/// The process becomes the new one: its threads end where they are.
#[cfg(unix)]
fn start(again: &mut Command) -> Option<i32> {
    use std::os::unix::process::CommandExt as _;
    let _error = again.exec();
    None
}

#[cfg(not(unix))]
fn start(again: &mut Command) -> Option<i32> {
    again.status().ok()?.code()
}

#[allow(
    clippy::exit,
    reason = "a hook that returned would abort the process, and the system might keep its memory"
)]
fn end(code: i32) -> ! {
    std::process::exit(code)
}

/// Lets a test see what a crash does: `CI_GUARD_TEST_CRASH=CHECK`, in builds for development only.
pub fn on_demand(check: &dyn checks::Check, environment: &Environment) {
    if cfg!(debug_assertions) && environment.get("CI_GUARD_TEST_CRASH") == Some(check.name()) {
        std::panic::panic_any(());
    }
}
