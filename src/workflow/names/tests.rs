//! The vectors of names, each with what GitHub reports.

use super::*;
use crate::tree::{Syntax, Tree};

const CALLER: &str = r#"
name: CI
on:
  pull_request:
    branches: [main]
jobs:
  v: {runs-on: x, strategy: {matrix: {py: [3.9, 3.10, 3.11]}}, steps: [{run: a}]}
  b: {runs-on: x, strategy: {matrix: {os: [linux, mac], flag: [true, false]}}, steps: [{run: a}]}
  inc: {runs-on: x, strategy: {matrix: {os: [linux, mac], py: ['3.11'], include: [{os: linux, extra: z}, {os: win, py: '3.12', k: v}, {experimental: true}]}}, steps: [{run: a}]}
  exc: {runs-on: x, strategy: {matrix: {os: [linux, mac], py: ['3.11','3.12'], exclude: [{os: mac, py: '3.12'}]}}, steps: [{run: a}]}
  only: {runs-on: x, strategy: {matrix: {include: [{target: t1, os: o1}, {target: t2, os: o2}]}}, steps: [{run: a}]}
  obj: {runs-on: x, strategy: {matrix: {c: [{os: u, tag: ''}, {os: w, tag: null, n: [1,2]}]}}, steps: [{run: a}]}
  expr: {name: "Test ${{ matrix.os }} / py${{ matrix.py }}", runs-on: x, strategy: {matrix: {os: [a, b], py: [1]}}, steps: [{run: a}]}
  constexpr: {name: "${{ 'fixed' }}", runs-on: x, strategy: {matrix: {os: [a, b]}}, steps: [{run: a}]}
  dyn: {runs-on: x, needs: v, strategy: {matrix: "${{ fromJSON(needs.v.outputs.m) }}"}, steps: [{run: a}]}
  half: {runs-on: x, strategy: {matrix: {os: [a, b], v: "${{ fromJSON(needs.v.outputs.m) }}"}}, steps: [{run: a}]}
  json: {runs-on: x, strategy: {matrix: {os: "${{ fromJSON('[\"a\", \"b\"]') }}"}}, steps: [{run: a}]}
  long: {name: "A very long name of a job that goes on and on and on so that it must be cut by GitHub because more than", runs-on: x, strategy: {matrix: {os: [a, b]}}, steps: [{run: a}]}
  call: {uses: ./.github/workflows/c.yml, strategy: {matrix: {e: [dev, prod]}}, with: {who: red}}
  far: {uses: o/r/.github/workflows/x.yml@v1}
  cond: {if: "github.actor != 'x'", name: "C ${{ matrix.os }}", runs-on: x, strategy: {matrix: {os: [a]}}, steps: [{run: a}]}
  event: {name: "On ${{ github.event_name }}", runs-on: x, steps: [{run: a}]}
"#;

const CALLEE: &str = r#"
on: {workflow_call: {inputs: {who: {type: string, default: grey}}}}
jobs:
  inner: {name: "Hello ${{ inputs.who }}", runs-on: x, steps: [{run: a}]}
  deep: {uses: ./.github/workflows/d.yml}
"#;

const LEAF: &str = "on: workflow_call\njobs:\n  leaf: {runs-on: x, steps: [{run: a}]}\n";

fn all() -> Vec<(String, String, bool, Option<String>)> {
    let trees = [CALLER, CALLEE, LEAF].map(|text| Tree::parse(text.into(), Syntax::Yaml));
    let workflows: Vec<Workflow<'_>> = trees.iter().map(|tree| Workflow::of(tree.root().unwrap())).collect();
    let resolve = |path: &str| match path {
        ".github/workflows/c.yml" => Some(&workflows[1]),
        ".github/workflows/d.yml" => Some(&workflows[2]),
        _ => None,
    };
    let run = Run { event: "pull_request", base: Some("main") };
    let found = names(&workflows[0], "a.yml", run, &resolve);
    found
        .into_iter()
        .map(|name| (name.jobs[0].to_owned(), name.name, name.pattern, name.when_skipped))
        .collect()
}

#[test]
fn names_are_those_of_github() {
    let all = all();
    let of = |job: &str| -> Vec<String> {
        all.iter().filter(|(id, ..)| id == job).map(|(_, name, ..)| name.clone()).collect()
    };
    assert_eq!(of("v"), ["v (3.9)", "v (3.1)", "v (3.11)"]);
    assert_eq!(of("b"), ["b (linux, true)", "b (linux, false)", "b (mac, true)", "b (mac, false)"]);
    assert_eq!(of("inc"), ["inc (linux, 3.11)", "inc (mac, 3.11)", "inc (win, 3.12, v)"]);
    assert_eq!(of("exc"), ["exc (linux, 3.11)", "exc (linux, 3.12)", "exc (mac, 3.11)"]);
    assert_eq!(of("only"), ["only (t1, o1)", "only (t2, o2)"]);
    assert_eq!(of("obj"), ["obj (u)", "obj (w, 1, 2)"]);
    assert_eq!(of("expr"), ["Test a / py1", "Test b / py1"]);
    assert_eq!(of("constexpr"), ["fixed", "fixed"]);
    assert_eq!(of("dyn"), ["dyn (*)"]);
    assert_eq!(of("half"), ["half (a, *)", "half (b, *)"]);
    assert_eq!(of("json"), ["json (a)", "json (b)"]);
    let cut = "A very long name of a job that goes on and on and on so that it must be cut by GitHub because mor...";
    assert_eq!(of("long"), [cut, cut]);
    assert_eq!(
        of("call"),
        [
            "call (dev) / Hello red",
            "call (dev) / deep / leaf",
            "call (prod) / Hello red",
            "call (prod) / deep / leaf"
        ]
    );
    assert_eq!(of("far"), ["far / *"]);
    assert_eq!(of("cond"), ["C a"]);
    assert_eq!(of("event"), ["On pull_request"]);
}

#[test]
fn what_is_not_known_is_a_pattern() {
    let all = all();
    let patterns: Vec<&str> =
        all.iter().filter(|(.., pattern, _)| *pattern).map(|(_, name, ..)| &**name).collect();
    assert_eq!(patterns, ["dyn (*)", "half (a, *)", "half (b, *)", "far / *"]);
}

#[test]
fn a_skipped_matrix_has_its_unexpanded_name() {
    let all = all();
    let skipped: Vec<_> =
        all.iter().filter_map(|(id, .., skipped)| Some((&**id, skipped.as_deref()?))).collect();
    assert_eq!(skipped, [("cond", "C ${{ matrix.os }}")]);
}

#[test]
fn patterns() {
    for (pattern, name, expected) in [
        ("far / *", "far / build", true),
        ("far / *", "near / build", false),
        ("a (*, b)", "a (x, b)", true),
        ("a (*, b)", "a (x, c)", false),
        ("*", "", true),
        ("a*a", "a", false),
        ("x", "x", true),
        ("x", "xy", false),
    ] {
        assert_eq!(pattern_matches(pattern, name), expected, "{pattern} {name}");
    }
}
