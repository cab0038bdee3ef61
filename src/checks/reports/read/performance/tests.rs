//! Small reports of each tool, and what is refused.

use super::*;

fn measures(read: Result<Evidence, Refusal>) -> Vec<(String, Option<f64>, Option<f64>)> {
    match read.map(|evidence| evidence.content) {
        Ok(Content::Measures(measures)) => {
            let row = |measure: &Measure| (measure.name.clone(), measure.mean(), measure.percentile(50.0));
            measures.all().iter().map(row).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_tool_is_read() {
    let hyperfine = br#"{"results":[{"command":"a","mean":9,"times":[1.0,3.0],"exit_codes":[0,0]}]}"#;
    assert_eq!(measures(hyperfine::read(hyperfine)), [("a".into(), Some(2.0), Some(2.0))]);
    let pytest = br#"{"benchmarks":[{"name":"b","fullname":"t.py::b","stats":{"mean":1.5,"median":1.0}}],"machine_info":{}}"#;
    assert_eq!(measures(pytest_benchmark::read(pytest)), [("t.py::b".into(), Some(1.5), Some(1.0))]);
    let go = "goos: linux\npkg: m/p\nBenchmarkA/x-y-8 \t 10\t 2000000000 ns/op\t 5 B/op\nBenchmarkA/x-y-8 10 4000000000 ns/op\nok m/p 1s\n";
    assert_eq!(
        measures(go_bench::read(go.as_bytes())),
        [("m/p BenchmarkA/x-y".into(), Some(3.0), Some(3.0))]
    );
    let criterion = br#"{"sampling_mode":"Linear","iters":[1.0,2.0],"times":[1e9,4e9]}"#;
    assert_eq!(measures(criterion::read(criterion)), [(String::new(), Some(1.5), Some(1.5))]);
    let summary = br#"{"root_group":{},"metrics":{"http_req_duration":{"avg":250,"med":200,"p(95)":400},"checks":{"value":0.5}}}"#;
    let read = measures(k6::summary(summary));
    assert_eq!(
        read,
        [("checks".into(), Some(0.5), None), ("http_req_duration".into(), Some(0.25), Some(0.2))]
    );
    let stream = "{\"type\":\"Metric\",\"metric\":\"http_req_duration\",\"data\":{}}\n{\"type\":\"Point\",\"metric\":\"http_req_duration\",\"data\":{\"value\":100}}\n";
    assert_eq!(measures(k6::stream(stream.as_bytes())), [("http_req_duration".into(), Some(0.1), Some(0.1))]);
}

#[test]
fn what_was_not_measured_is_refused() {
    assert!(matches!(hyperfine::read(br#"{"results":[]}"#), Err(Refusal::Empty(_))));
    let failed = hyperfine::read(br#"{"results":[{"command":"a","times":[1.0],"exit_codes":[1]}]}"#);
    assert!(matches!(failed, Err(Refusal::Malformed { .. })));
    assert!(matches!(go_bench::read(&b"BenchmarkA 1 5 ns/op\nFAIL\n"[..]), Err(Refusal::Malformed { .. })));
    assert!(matches!(go_bench::read(&b"PASS\n"[..]), Err(Refusal::Empty(_))));
    assert!(matches!(
        k6::stream(&b"{\"type\":\"Point\",\"metric\":\"a\",\"da"[..]),
        Err(Refusal::Truncated { line: 1, .. })
    ));
    assert!(matches!(k6::summary(br#"{"metrics":{}}"#), Err(Refusal::Empty(_))));
    assert!(matches!(criterion::read(br#"{"iters":[],"times":[]}"#), Err(Refusal::Empty(_))));
    assert!(matches!(pytest_benchmark::read(br#"{"benchmarks":[]}"#), Err(Refusal::Empty(_))));
}

#[test]
fn thresholds_that_k6_found_broken_are_kept() {
    let summary =
        br#"{"metrics":{"http_req_duration":{"avg":1,"thresholds":{"p(95)<500":true,"p(99)<900":false}},
        "checks":{"values":{"rate":0.5},"thresholds":{"rate>0.9":{"ok":false}}}}}"#;
    match k6::summary(summary).unwrap().content {
        Content::Measures(measures) => {
            assert_eq!(measures.broken(), ["checks: rate>0.9", "http_req_duration: p(95)<500"]);
        }
        other => panic!("{other:?}"),
    }
}
