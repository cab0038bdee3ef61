//! Which files a build takes: by their names, and by the lines above `package`.

use super::super::super::paths;

/// When a file is built.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Built {
    /// On Linux with an x86-64 processor, where nobody asks for anything else.
    Usually,
    /// In tests, on other systems, or with tags.
    Sometimes,
    /// Never: `go run` takes it by its name.
    Never,
}

/// Systems that files are named after.
const SYSTEMS: [&str; 18] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];

/// Processors that files are named after.
const PROCESSORS: [&str; 15] = [
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le",
    "riscv64", "s390x", "sparc64", "wasm",
];

/// The tags of the usual build, besides those of Go's versions.
const USUAL: [&str; 4] = ["linux", "amd64", "unix", "gc"];

/// The versions of Go that every build may be taken to have: `go1.1` up to this one.
const OLD_ENOUGH: u32 = 20;

/// Longer conditions are nobody's.
const LONGEST: usize = 1_000;

/// When a file is built.
pub fn built(path: &str, text: &str) -> Built {
    let head = || text.lines().take_while(|line| !line.starts_with("package ")).map(str::trim);
    if head().any(|line| line == "//go:build ignore" || line == "// +build ignore") {
        return Built::Never;
    }
    let is_usual = is_usually_named(path) && holds(head());
    if is_usual { Built::Usually } else { Built::Sometimes }
}

/// True unless the name says that the file is for tests, or for another system or processor.
pub fn is_usually_named(path: &str) -> bool {
    let stem = paths::split(path).1.split('.').next().unwrap_or_default();
    let Some((_, ending)) = stem.split_once('_') else { return true };
    let mut parts = ending.rsplit('_');
    let last = parts.next().unwrap_or_default();
    let is_other =
        |part: &str| (SYSTEMS.contains(&part) || PROCESSORS.contains(&part)) && !USUAL.contains(&part);
    let is_system_before = PROCESSORS.contains(&last) && parts.next().is_some_and(is_other);
    last != "test" && !is_other(last) && !is_system_before
}

/// True if the conditions above a package hold in the usual build.
fn holds<'t>(head: impl Iterator<Item = &'t str> + Clone) -> bool {
    let mut new = head.clone().filter_map(|line| line.strip_prefix("//go:build "));
    if let Some(condition) = new.next() {
        return condition.len() <= LONGEST && is_true(condition);
    }
    // In the older form spaces are `||`, and commas are `&&`.
    head.filter_map(|line| line.strip_prefix("// +build "))
        .all(|condition| condition.split_ascii_whitespace().any(|all| all.split(',').all(is_met)))
}

/// True if a condition holds. What stands between the innermost parentheses is replaced with what it comes to.
fn is_true(condition: &str) -> bool {
    let mut condition = condition.to_owned();
    while let Some(open) = condition.rfind('(') {
        let Some(length) = condition[open..].find(')') else { return false };
        let value = if is_any(&condition[open + 1..open + length]) { "linux" } else { "ignore" };
        condition.replace_range(open..=open + length, value);
    }
    is_any(&condition)
}

/// True if one of the alternatives of a condition without parentheses holds.
fn is_any(condition: &str) -> bool {
    condition.split("||").any(|all| all.split("&&").all(|tag| is_met(tag.trim())))
}

/// True if a tag is set, or one behind `!` is not. Whether C is compiled is not known.
fn is_met(tag: &str) -> bool {
    let name = tag.trim_start_matches('!').trim_start();
    let version = name.strip_prefix("go1.").and_then(|minor| minor.parse::<u32>().ok());
    let is_set = USUAL.contains(&name) || version.is_some_and(|minor| minor <= OLD_ENOUGH);
    name != "cgo" && is_set != tag.starts_with('!')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_say_where_a_file_is_built() {
        for usual in
            ["a.go", "linux.go", "windows.go", "x_linux.go", "x_linux_amd64.go", "x_amd64.go", "x_unix.go"]
        {
            assert_eq!(built(usual, "package a\n"), Built::Usually, "{usual}");
        }
        for other in
            ["x_test.go", "d/x_windows.go", "x_linux_arm64.go", "x_windows_amd64.go", "x_linux_test.go"]
        {
            assert_eq!(built(other, "package a\n"), Built::Sometimes, "{other}");
        }
    }

    #[test]
    fn conditions_say_where_a_file_is_built() {
        let of = |head: &str| built("a.go", &format!("// c\n{head}\n\npackage a\n//go:build windows\n"));
        for usual in [
            "//go:build linux",
            "//go:build !windows && !race",
            "//go:build (darwin || linux) && go1.18",
            "//go:build !(windows || (js && wasm))",
            "//go:build linux\n// +build windows",
            "// +build windows linux,amd64",
            "",
        ] {
            assert_eq!(of(usual), Built::Usually, "{usual}");
        }
        for other in [
            "//go:build tools",
            "//go:build linux && arm64",
            "//go:build (linux && arm64) || windows",
            "//go:build cgo",
            "//go:build !cgo",
            "//go:build go1.99",
            "//go:build (linux",
            "// +build linux\n// +build arm64",
        ] {
            assert_eq!(of(other), Built::Sometimes, "{other}");
        }
        assert_eq!(of("//go:build ignore"), Built::Never);
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "[()!&| linuxé]{0,40}") {
            let _ = is_true(&text);
        }
    }
}
