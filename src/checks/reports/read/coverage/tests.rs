//! One small program in all formats: the same lines come out.

use super::*;
use crate::checks::reports::model::coverage::Share;

fn coverage(read: Result<Evidence, Refusal>) -> Result<Coverage, Refusal> {
    match read?.content {
        Content::Coverage(coverage) => Ok(coverage),
        other => panic!("{other:?}"),
    }
}

const LCOV: &str =
    "TN:\nSF:a.c\nDA:1,1\nDA:2,0,hash\nBRDA:1,0,0,1\nBRDA:1,0,1,-\nLF:9\nLH:9\nend_of_record\n";
const COBERTURA: &str = r#"<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "http://x/coverage-04.dtd">
<coverage line-rate="1" timestamp="1700000000"><sources><source>/w</source></sources><packages><package><classes>
<class filename="a.c"><methods><method><lines><line number="1" hits="1"/></lines></method></methods>
<lines><line number="1" hits="1" branch="true" condition-coverage="50% (1/2)"/><line number="2" hits="0"/></lines>
</class></classes></package></packages></coverage>"#;
const JACOCO: &str = r#"<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd"><report name="r">
<sessioninfo id="x" start="1" dump="1700000000000"/><package name="p"><sourcefile name="a.c">
<line nr="1" mi="0" ci="3" mb="1" cb="1"/><line nr="2" mi="2" ci="0" mb="0" cb="0"/></sourcefile></package></report>"#;
const CLOVER: &str = r#"<coverage generated="1700000000"><project><file name="a.c" path="/w/a.c">
<line num="1" type="cond" count="1" truecount="1" falsecount="1"/><line num="2" type="stmt" count="0"/>
</file></project></coverage>"#;
const COVERAGE_PY: &str = r#"{"meta":{"timestamp":"2026-01-01T00:00:00"},"files":{"a.c":{"executed_lines":[1],
"missing_lines":[2],"executed_branches":[[1,2]],"missing_branches":[[1,-1]]}},"totals":{}}"#;
const LLVM: &str = r#"{"type":"llvm.coverage.json.export","data":[{"files":[{"filename":"a.c","summary":{"lines":
{"count":2,"covered":1}},"segments":[[1,1,1,true,true,false],[1,5,0,false,false,false],[2,1,0,true,true,false],[2,9,0,false,false,false]]}]}]}"#;
const GO: &str = "mode: set\nm/a.c:1.2,1.9 2 1\nm/a.c:2.1,2.5 1 0\n";

#[test]
fn every_format_counts_the_same_lines() {
    let all = [
        ("lcov", coverage(lcov::read(LCOV.as_bytes()))),
        ("cobertura", coverage(cobertura::read(COBERTURA.as_bytes()))),
        ("jacoco", coverage(jacoco::read(JACOCO.as_bytes()))),
        ("clover", coverage(clover::read(CLOVER.as_bytes()))),
        ("coverage.py", coverage(coverage_py::read(COVERAGE_PY.as_bytes()))),
        ("llvm", coverage(llvm::read(LLVM.as_bytes()))),
        ("go", coverage(go::read(GO.as_bytes()))),
    ];
    for (name, read) in all {
        let coverage = read.unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!(coverage.lines(), Share { covered: 1, all: 2 }, "{name}");
        let branches =
            if ["llvm", "go"].contains(&name) { Share::default() } else { Share { covered: 1, all: 2 } };
        assert_eq!(coverage.branches(), branches, "{name}");
    }
}

#[test]
fn every_format_is_refused_when_it_is_empty_or_cut_off() {
    type Reader = fn(&[u8]) -> Result<Evidence, Refusal>;
    let all: [(&str, &str, Reader); 7] = [
        ("lcov", LCOV, |bytes| lcov::read(bytes)),
        ("cobertura", COBERTURA, |bytes| cobertura::read(bytes)),
        ("jacoco", JACOCO, |bytes| jacoco::read(bytes)),
        ("clover", CLOVER, |bytes| clover::read(bytes)),
        ("coverage.py", COVERAGE_PY, coverage_py::read),
        ("llvm", LLVM, llvm::read),
        ("go", GO, |bytes| go::read(bytes)),
    ];
    for (name, text, read) in all {
        assert!(read(b"").is_err(), "{name}");
        for end in (1..text.trim_end().len()).filter(|end| text.is_char_boundary(*end)) {
            // A profile of Go has no end: what is cut off at the end of a line is a shorter profile.
            let is_whole = name == "go" && (end == 9 || text[..end].ends_with('\n') || end + 2 > text.len());
            let known = read(&text.as_bytes()[..end]);
            assert!(is_whole || known.is_err() || name == "go", "{name} cut off at {end}");
        }
    }
    for (name, text, read) in [
        ("lcov", "TN:\n", (|bytes| lcov::read(bytes)) as Reader),
        ("lcov", "SF:a\nend_of_record\n", |bytes| lcov::read(bytes)),
        ("cobertura", "<coverage line-rate='1'/>", |bytes| cobertura::read(bytes)),
        ("jacoco", "<report name='x'/>", |bytes| jacoco::read(bytes)),
        ("clover", "<coverage><project/></coverage>", |bytes| clover::read(bytes)),
        ("coverage.py", r#"{"meta":{},"files":{}}"#, coverage_py::read),
        ("llvm", r#"{"data":[{"files":[]}]}"#, llvm::read),
        ("go", "mode: set\n", |bytes| go::read(bytes)),
    ] {
        assert!(matches!(read(text.as_bytes()), Err(Refusal::Empty(_))), "{name}: {text}");
    }
}

#[test]
fn branches_of_clover_are_those_of_its_writer() {
    let branches = |line: &str| {
        let text = format!(
            r#"<coverage><project><file path="a"><line num="1" {line}/></file></project></coverage>"#
        );
        coverage(clover::read(text.as_bytes())).unwrap().branches()
    };
    // Istanbul: none of the four was covered. OpenClover: both ways were taken.
    let istanbul = branches(r#"count="0" type="cond" truecount="0" falsecount="4""#);
    assert_eq!(istanbul, Share { covered: 0, all: 4 });
    let clover = branches(r#"type="cond" truecount="7" falsecount="9""#);
    assert_eq!(clover, Share { covered: 2, all: 2 });
}

#[test]
fn oddities_of_writers_are_taken() {
    let odd = "SF:a\r\nDA:1,-3\r\nDA:2,1.5\r\nFN:1,f\r\nend_of_record\r\nSF:a\r\nDA:1,2\r\nend_of_record\r\n";
    assert_eq!(coverage(lcov::read(odd.as_bytes())).unwrap().lines(), Share { covered: 2, all: 2 });
    assert!(lcov::read(&b"SF:a\nDA:x,1\nend_of_record\n"[..]).is_err());
    assert!(lcov::read(&b"SF:a\nSF:b\nend_of_record\n"[..]).is_err());
    assert!(go::read(&b"mode: set\na:1.1,4000000000.1 1 1\n"[..]).is_err());
    assert!(
        llvm::read(
            br#"{"data":[{"files":[{"filename":"a","summary":{"lines":{"count":1,"covered":1}},
        "segments":[[9,1,1,true,true,false],[1,1,1,true,true,false]]}]}]}"#
        )
        .is_err()
    );
}
