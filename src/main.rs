//! Arguments in, exit code out.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use ci_guard::Console;
use ci_guard::environment::Environment;

fn main() -> ExitCode {
    // A panic's own words may hold foreign text or a secret: only its place is said.
    std::panic::set_hook(Box::new(|panic| {
        use std::io::Write as _;
        let place =
            panic.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        let _ = writeln!(std::io::stderr(), "ci-guard: internal error{place}; please report it");
    }));
    let environment = Environment::of_process();
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let terminal = out.is_terminal();
    let mut console = Console::new(&mut out, &mut err, terminal);
    let code = ci_guard::run(std::env::args_os().skip(1).collect(), &environment, &mut console);
    ExitCode::from(code)
}
