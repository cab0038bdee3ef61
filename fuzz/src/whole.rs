//! The whole program on a repository of one file: arguments in, report out.

use std::cell::RefCell;

use ci_guard::Console;
use ci_guard::environment::Environment;

use crate::folder::Folder;

thread_local! {
    static REPOSITORY: RefCell<Option<Folder>> = const { RefCell::new(None) };
}

/// Runs one check on a repository that holds nothing but this file, and reads the JSON report. Serves as the
/// target of any check: `fuzz_target!(|bytes: &[u8]| { whole::check("lockfile", "uv.lock", bytes); });`
pub fn check(check: &str, path: &str, content: &[u8]) -> serde_json::Value {
    REPOSITORY.with_borrow_mut(|repository| {
        let repository = repository.get_or_insert_with(|| Folder::new(check));
        repository.write(path, content);
        let root = repository.path().to_str().expect("a name that this process made");
        let (code, out, err) =
            run(&["check", check, "--format=json", "--mode=blocking", "--root", root], &[]);
        assert!(code <= 3, "exit code {code}");
        assert_eq!(err, "");
        let report: serde_json::Value = serde_json::from_str(&out).expect("one JSON document");
        let verdict = ["pass", "fail", "error", "error"][usize::from(code)];
        assert_eq!(report["verdict"], verdict);
        report
    })
}

/// Runs the program in this process: exit code, standard output, standard error.
pub fn run(arguments: &[&str], variables: &[(&str, &str)]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console::new(&mut out, &mut err, false);
    let arguments = arguments.iter().map(Into::into).collect();
    let code = ci_guard::run(arguments, &Environment::of(variables), &mut console);
    let text = |bytes| String::from_utf8(bytes).expect("reports are UTF-8");
    (code, text(out), text(err))
}
