//! Hostile repositories and bad moments: nothing hangs, nothing is lost, and what could not be looked at is said.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use crate::support;
use crate::support::{Folder, Run, Step};

const SOUND: &str = "on: push
permissions: {}
jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - run: cargo test
";

/// A blocking run that may take this long at most.
fn judged(repository: &Folder, limit: Duration) -> Run {
    let started = Instant::now();
    let run = support::run(repository.path(), &["check", "--mode=blocking"], &[]);
    let took = started.elapsed();
    assert!(took < limit, "{took:?}: {}{}", run.out, run.err);
    assert!(!run.err.contains("panicked"), "{}", run.err);
    run
}

#[test]
fn rubbish_fails_the_gate_and_names_the_file() {
    let junk: Vec<u8> = (0..100_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let deep = format!("on: {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let bomb = (1..30).fold("a0: &a0 [x, x]\n".to_owned(), |text, at| {
        format!("{text}a{at}: &a{at} [*a{0}, *a{0}]\n", at - 1)
    });
    let rubbish: [(&str, &[u8]); 6] = [
        ("junk", &junk),
        ("deep", deep.as_bytes()),
        ("bomb", bomb.as_bytes()),
        ("latin1", b"on: push # caf\xe9\n"),
        ("nul", b"on: push\0\n"),
        ("empty", b""),
    ];
    for (name, bytes) in rubbish {
        let path = format!(".github/workflows/{name}.yml");
        let repository = Folder::new();
        repository.write(&path, bytes);
        let run = judged(&repository, Duration::from_secs(20));
        assert_eq!(run.code, 1, "{name}: {}{}", run.out, run.err);
        assert!(run.out.contains(&path), "{name}: {}", run.out);
        assert!(run.out.len() < 200_000, "{name}: {} bytes", run.out.len());
    }
}

#[test]
fn a_script_that_nobody_can_judge_fails_the_gate() {
    let long = format!("pytest || true\n{}", "          echo x\n".repeat(40_000));
    let deep = format!("pytest || {}true{}\n", "$(".repeat(20_000), ")".repeat(20_000));
    for (name, script) in [("long", long), ("deep", deep)] {
        let workflow = SOUND.replace("- run: cargo test", &format!("- run: |\n          {script}"));
        let repository = Folder::with(&[(".github/workflows/ci.yml", &workflow)]);
        let run = judged(&repository, Duration::from_secs(20));
        assert_eq!(run.code, 3, "{name}: {}{}", run.out, run.err);
        assert!(run.out.contains(".github/workflows/ci.yml:9:11: this script is"), "{name}: {}", run.out);
    }
}

/// Builds for development crash on demand. Two checks do: the second one in the second try.
#[test]
fn a_check_that_crashes_is_not_verified_and_the_others_are_judged() {
    if !cfg!(debug_assertions) {
        println!("skipped: only a build for development crashes on demand");
        return;
    }
    let repository = Folder::with(&[(".github/workflows/ci.yml", SOUND), ("a.json", "{}")]);
    let arguments = ["check", "integrity", "files", "secrets", "--mode=blocking", "--format=json"];
    let run = support::run(repository.path(), &arguments, &[("CI_GUARD_TEST_CRASH", "files")]);
    let report = run.json();
    assert_eq!((run.code, report["verdict"].as_str()), (3, Some("error")), "{report:#}");
    let outcomes: Vec<_> =
        report["checks"].as_array().unwrap().iter().map(|check| &check["outcome"]).collect();
    assert_eq!(outcomes, ["pass", "not-verified", "pass"]);
    assert!(report["checks"][1]["reason"].as_str().unwrap().contains("crashed"), "{report:#}");
    assert!(run.err.contains("internal error at src"), "{}", run.err);
    // One crashed before this run was started again: its name is kept.
    let variables = [("CI_GUARD_TEST_CRASH", "files"), ("CI_GUARD_CRASHED", "secrets")];
    let report = support::run(repository.path(), &arguments, &variables).json();
    let outcomes: Vec<_> =
        report["checks"].as_array().unwrap().iter().map(|check| &check["outcome"]).collect();
    assert_eq!(outcomes, ["pass", "not-verified", "not-verified"]);
}

#[test]
fn a_file_of_gigabytes_is_not_read() {
    let repository = Folder::with(&[(".github/workflows/ci.yml", SOUND)]);
    let huge = repository.write(".github/workflows/huge.yml", "");
    File::options().write(true).open(huge).unwrap().set_len(2 << 30).unwrap();
    let run = judged(&repository, Duration::from_secs(10));
    assert_eq!(run.code, 1, "{}", run.out);
    assert!(run.out.contains("huge.yml"), "{}", run.out);
}

#[test]
fn thousands_of_files_are_listed_in_time() {
    let repository = Folder::with(&[(".github/workflows/ci.yml", SOUND)]);
    for folder in 0..100 {
        fs::create_dir(repository.path().join(folder.to_string())).unwrap();
        for file in 0..100 {
            File::create(repository.path().join(format!("{folder}/{file}.txt"))).unwrap();
        }
    }
    let run = judged(&repository, Duration::from_secs(20));
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

#[test]
fn a_gate_never_passes_with_its_outputs_unwritten() {
    let repository = Folder::with(&[(".github/workflows/ci.yml", SOUND)]);
    let step = Step::new();
    fs::remove_file(step.files.path().join("output")).unwrap();
    fs::create_dir(step.files.path().join("output")).unwrap();
    let run = step.run(repository.path(), &["check", "integrity"], &[]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    assert!(run.out.contains("could not write the outputs"), "{}", run.out);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;
    use std::process::{Command, Stdio};

    use super::*;

    fn program(name: &str, arguments: &[&std::ffi::OsStr]) {
        assert!(Command::new(name).args(arguments).status().unwrap().success());
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        let repository = Folder::with(&[(".github/workflows/ci.yml", SOUND)]);
        let workflows = repository.path().join(".github/workflows");
        program("mkfifo", &[workflows.join("pipe.yml").as_os_str()]);
        symlink("loop.yml", workflows.join("loop.yml")).unwrap();
        symlink("/dev/zero", workflows.join("zero.yml")).unwrap();
        symlink("/etc/passwd", workflows.join("outside.yml")).unwrap();
        symlink("..", workflows.join("up")).unwrap();
        fs::create_dir(workflows.join("folder.yml")).unwrap();
        let run = judged(&repository, Duration::from_secs(10));
        assert_eq!(run.code, 1, "{}{}", run.out, run.err);
        for name in ["pipe.yml", "loop.yml", "zero.yml", "outside.yml"] {
            assert!(run.out.contains(name), "{name} is not named: {}", run.out);
        }
        assert!(!run.out.contains("root:"), "a link out of the repository was followed");
    }

    #[test]
    fn names_are_shown_and_never_obeyed() {
        use std::os::unix::ffi::OsStrExt;

        let repository = Folder::new();
        let workflows = repository.path().join(".github/workflows");
        fs::create_dir_all(&workflows).unwrap();
        let names: [&[u8]; 5] = [
            b"a\n::error::x.yml",
            b"\x1b[2Jb.yml",
            b"\xff.yml",
            b"::stop-commands::x.yml",
            "\u{202e}lmy.yml".as_bytes(),
        ];
        for name in names {
            // Some file systems take no such names.
            let _ = fs::write(workflows.join(std::ffi::OsStr::from_bytes(name)), "on: [");
        }
        let step = Step::new();
        let run = step.run(repository.path(), &["check", "integrity", "--mode=blocking"], &[]);
        assert_eq!(run.code, 1, "{}{}", run.out, run.err);
        for text in [&run.out, &run.err, &step.summary()] {
            assert!(!text.lines().any(|line| line.starts_with("::error::x")), "{text}");
            // A command's properties are data: the annotation needs the file's own name, and nobody prints it.
            let mut printed = text.lines().filter(|line| !line.starts_with("::error "));
            assert!(!printed.any(|line| line.contains("\u{1b}[2J") || line.contains('\u{202e}')), "{text}");
        }
    }

    /// Children inherit it. Only Linux tells.
    fn interrupts_are_ignored() -> bool {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 0b10 != 0)
    }

    #[test]
    fn an_interrupted_run_leaves_no_half_written_file() {
        let repository = Folder::new();
        let image = repository.write("image.iso", "");
        File::options().write(true).open(image).unwrap().set_len(8 << 30).unwrap();
        let mut signals = vec!["-INT", "-TERM", "-KILL"];
        if interrupts_are_ignored() {
            println!("skipped: INT, which whoever started this ignores, as a shell does in the background");
            signals.remove(0);
        }
        for signal in signals {
            let mut command = support::command(repository.path());
            command.args(["checksum", "image.iso"]).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().unwrap();
            std::thread::sleep(Duration::from_millis(150));
            program("kill", &[signal.as_ref(), child.id().to_string().as_ref()]);
            let status = child.wait().unwrap();
            assert!(!status.success(), "{signal}: it ended before it was stopped");
            let left: Vec<_> =
                fs::read_dir(repository.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(left, ["image.iso"], "{signal}");
        }
    }
}
