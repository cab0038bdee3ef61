//! Arguments in, exit code out.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use ci_guard::Console;
use ci_guard::environment::Environment;

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let environment = Environment::of_process();
    ci_guard::crash::handle_panics(arguments.clone(), &environment);
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let terminal = out.is_terminal();
    let mut console = Console::new(&mut out, &mut err, terminal);
    let code = ci_guard::run(arguments, &environment, &mut console);
    ExitCode::from(code)
}
