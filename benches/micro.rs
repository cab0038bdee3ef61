//! Micro-benchmarks: `cargo bench`. What users wait for is measured by `benches/compare`; regressions are found by
//! `benches/instructions`, because clocks are noisy.

#![allow(clippy::unwrap_used, reason = "not shipped")]

use std::fmt::Write as _;
use std::path::Path;

use ci_guard::Console;
use ci_guard::checkout::Checkout;
use ci_guard::environment::Environment;
use ci_guard::tree::{Syntax, Text, Tree};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// A workflow of this many jobs, as they look in practice.
fn workflow(jobs: usize) -> String {
    let mut text = String::from(
        "name: CI\non:\n  push:\n    branches: [main]\n  pull_request:\npermissions: {}\njobs:\n",
    );
    for job in 0..jobs {
        write!(
            text,
            "  job{job}:\n    name: Job ${{{{ matrix.os }}}}\n    runs-on: ${{{{ matrix.os }}}}\n    timeout-minutes: 10\n    \
             permissions:\n      contents: read # checkout\n    strategy:\n      matrix:\n        os: [ubuntu-24.04, windows-2025]\n    \
             steps:\n      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1\n        with:\n          \
             persist-credentials: false\n      - run: |\n          make build\n          make test NAME=\"$NAME\"\n        env:\n          \
             NAME: ${{{{ github.head_ref || github.ref_name }}}}\n        if: ${{{{ !cancelled() && matrix.os == 'ubuntu-24.04' }}}}\n"
        )
        .unwrap();
    }
    text
}

fn repository(workflows: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join(".github/workflows");
    std::fs::create_dir_all(&place).unwrap();
    for number in 0..workflows {
        std::fs::write(place.join(format!("ci{number}.yml")), workflow(5)).unwrap();
    }
    folder
}

fn check(root: &Path, checks: &str) -> u8 {
    let arguments = ["check", checks, "--no-config", "--root"].map(Into::into);
    let arguments = arguments.into_iter().chain([root.as_os_str().to_owned()]).collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = ci_guard::run(arguments, &Environment::of(&[]), &mut Console::new(&mut out, &mut err, false));
    assert_eq!(code, 0, "{}", String::from_utf8_lossy(&err));
    code
}

#[divan::bench(args = [1, 10, 100])]
fn parse_yaml(bencher: Bencher<'_, '_>, jobs: usize) {
    let text: Text = workflow(jobs).into();
    bencher.counter(BytesCount::of_str(&*text)).bench(|| Tree::parse(black_box(text.clone()), Syntax::Yaml));
}

#[divan::bench(args = [1_000, 10_000])]
fn parse_json(bencher: Bencher<'_, '_>, packages: usize) {
    let mut text = String::from("{\"packages\":{");
    for number in 0..packages {
        let comma = if number == 0 { "" } else { "," };
        write!(text, "{comma}\"node_modules/p{number}\":{{\"version\":\"1.0.{number}\",\"dev\":true}}")
            .unwrap();
    }
    text += "}}";
    let text: Text = text.into();
    bencher.counter(BytesCount::of_str(&*text)).bench(|| Tree::parse(black_box(text.clone()), Syntax::Json));
}

#[divan::bench(args = [1, 10, 100])]
fn integrity(bencher: Bencher<'_, '_>, workflows: usize) {
    let folder = repository(workflows);
    bencher.bench(|| check(black_box(folder.path()), "integrity"));
}

#[divan::bench(args = [10, 1_000])]
fn open_checkout(bencher: Bencher<'_, '_>, files: usize) {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..files {
        std::fs::write(folder.path().join(format!("file{number}.txt")), "text\n").unwrap();
    }
    bencher.bench(|| Checkout::open(black_box(folder.path())).unwrap());
}
