//! JUnit XML, in the dialects of pytest, surefire, cargo-nextest, jest, vitest, mocha, go-junit-report, gotestsum,
//! GoogleTest, CTest, PHPUnit, Bazel and others.
//!
//! There is no standard. What all writers share is `<testcase>` with children that say how it ended; everything
//! else differs, totals most of all, so the cases alone are counted.

use std::io::Read;

use super::words;
use super::xml::{self, Element, Visitor};
use crate::checks::reports::model::tests::{Case, Ending, Hidden, Mentioned, Tally};
use crate::checks::reports::model::{Content, Evidence};
use crate::checks::reports::refusal::Refusal;

/// Bytes of a failure's text that are kept: places are looked for in them.
const MAX_TEXT: usize = 16 << 10;

/// Reads a report.
pub fn read(input: impl Read) -> Result<Evidence, Refusal> {
    let mut reader = Reader::default();
    xml::walk(input, &mut reader)?;
    let tests = reader.tally.finish()?;
    Ok(Evidence::of(Content::Tests(tests)).made(reader.made))
}

#[derive(Default)]
struct Reader {
    tally: Tally,
    suites: Vec<Suite>,
    case: Option<Open>,
    /// True while text belongs to a failure.
    in_failure: bool,
    /// The element right under the case that is open, and how deep we are in it.
    depth_in_case: usize,
    made: Option<String>,
}

struct Suite {
    name: String,
    file: Option<String>,
    declared: u64,
    /// Bad cases, and suites with hidden failures, before the suite.
    before: (u64, usize),
    /// A failure of the suite itself, outside of every case.
    own: bool,
    line: u32,
}

/// A case that is not closed yet.
struct Open {
    case: Case,
    failed: bool,
    /// Node expects it to fail: it is to be done.
    todo: bool,
    flaky: bool,
    text: String,
}

impl Visitor for Reader {
    fn open(&mut self, element: &Element<'_>, line: u32) -> Result<(), Refusal> {
        if self.suites.is_empty()
            && self.case.is_none()
            && !matches!(element.name(), "testsuites" | "testsuite")
        {
            let message = format!("`<{}>` is no root of JUnit XML", element.name());
            return Err(Refusal::Malformed { line: Some(line), message });
        }
        if self.case.is_some() {
            self.depth_in_case += 1;
            if self.depth_in_case == 1 {
                self.open_in_case(element);
            }
            return Ok(());
        }
        match element.name() {
            "testsuites" | "testsuite" => {
                let suite = self.suite(element, line);
                self.suites.push(suite);
            }
            "testcase" => self.case = Some(self.case_of(element, line)),
            "failure" | "error" => {
                if let Some(suite) = self.suites.last_mut() {
                    suite.own = true;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &str) -> Result<(), Refusal> {
        if self.case.is_some() {
            if self.depth_in_case > 0 {
                self.depth_in_case -= 1;
                self.in_failure &= self.depth_in_case > 0;
            } else {
                self.close_case();
            }
        } else if matches!(name, "testsuite" | "testsuites") {
            self.close_suite();
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if let Some(open) = self.case.as_mut().filter(|_| self.in_failure) {
            let room = MAX_TEXT.saturating_sub(open.text.len());
            open.text.push_str(crate::excerpt::head(text, room));
        }
    }
}

impl Reader {
    fn suite(&mut self, element: &Element<'_>, line: u32) -> Suite {
        let text = |name: &str| element.attribute(name).map(std::borrow::Cow::into_owned);
        let made = text("timestamp").filter(|time| !time.is_empty());
        self.made = self.made.take().max(made);
        let number = |name: &str| element.number(name).unwrap_or_default();
        Suite {
            name: text("name").unwrap_or_default(),
            file: text("file").or_else(|| text("filepath")),
            declared: number("failures") + number("errors"),
            before: (self.tally.counts().bad, self.tally.hidden()),
            own: false,
            line,
        }
    }

    fn case_of(&self, element: &Element<'_>, line: u32) -> Open {
        let text = |name: &str| element.attribute(name).unwrap_or_default().into_owned();
        let suite_file = self.suites.iter().rev().find_map(|suite| suite.file.clone());
        let own = element.attribute("file").map(std::borrow::Cow::into_owned).filter(|file| !file.is_empty());
        // pytest counts lines from 0, all others from 1.
        let is_pytest = self.is_pytest();
        let at = element.number("line").and_then(|at| u32::try_from(at).ok());
        let at = at.map(|at| at.saturating_add(u32::from(is_pytest))).filter(|at| *at > 0);
        let places = own.or(suite_file).map(|path| Mentioned { path, line: at });
        // GoogleTest and Bazel say in attributes that a test did not run.
        let idle = text("status") == "notrun"
            || matches!(text("result").as_str(), "skipped" | "suppressed")
            || text("status") == "disabled";
        let case = Case {
            name: text("name"),
            class: text("classname"),
            ending: if idle { Ending::Skipped } else { Ending::Passed },
            seconds: element.attribute("time").and_then(|time| seconds(&time)),
            message: String::new(),
            places: places.into_iter().collect(),
            line,
        };
        Open { case, failed: false, todo: false, flaky: false, text: String::new() }
    }

    fn is_pytest(&self) -> bool {
        self.suites.iter().any(|suite| suite.name == "pytest")
    }

    fn open_in_case(&mut self, element: &Element<'_>) {
        let Some(open) = &mut self.case else { return };
        let ending = match element.name() {
            "failure" => Ending::Failed,
            "error" => Ending::Broken,
            "skipped" | "disabled" | "ignored" => {
                open.todo |= element.attribute("type").as_deref() == Some("todo");
                if !open.failed {
                    open.case.ending = Ending::Skipped;
                }
                return;
            }
            // Maven surefire and cargo-nextest: the runs before the last.
            "flakyFailure" | "flakyError" => {
                open.flaky = true;
                return;
            }
            _ => return,
        };
        self.in_failure = true;
        if !open.failed {
            open.failed = true;
            open.case.ending = ending;
            let words = element.attribute("message").filter(|message| !message.trim().is_empty());
            open.case.message = words.map(|message| words::trimmed(&message)).unwrap_or_default();
        }
    }

    fn close_case(&mut self) {
        let Some(Open { mut case, failed, todo, flaky, text }) = self.case.take() else { return };
        if todo {
            case.ending = Ending::Skipped;
        }
        if failed {
            if case.message.is_empty() {
                case.message = words::trimmed(&text);
            }
            case.places.extend(words::places(&text));
        } else if flaky {
            case.ending = Ending::Flaky;
        }
        // What passes may be flaky in the end: pytest names its file in the class only.
        if failed || flaky || self.is_pytest() {
            case.places.extend(words::files_of_class(&case.class));
        }
        if case.name.is_empty() {
            case.name = self.suites.last().map(|suite| suite.name.clone()).unwrap_or_default();
        }
        // Ids of pytest are unique: pytest-rerunfailures lists a test once for every try.
        let names_are_unique = self.is_pytest();
        self.tally.add(case, names_are_unique);
    }

    /// A suite that could not even start has no case: jest and others then only count it.
    fn close_suite(&mut self) {
        let Some(suite) = self.suites.pop() else { return };
        let shown = self.tally.counts().bad > suite.before.0;
        // What is hidden in a suite inside is told there; the suites around it only add up.
        let told = self.tally.hidden() > suite.before.1;
        let declared = suite.declared.max(u64::from(suite.own));
        if declared > 0 && !shown && !told {
            self.tally.add_hidden(Hidden { suite: suite.name, declared, line: suite.line });
        }
    }
}

/// `1.5`, and `1,234.5` of surefire. Times that are no number, or negative, are none.
fn seconds(text: &str) -> Option<f64> {
    let plain = if text.contains('.') { text.replace(',', "") } else { text.replace(',', ".") };
    plain.trim().parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::reports::model::tests::{Counts, Tests};

    fn tests(text: &str) -> Result<Tests, Refusal> {
        match read(text.as_bytes())?.content {
            Content::Tests(tests) => Ok(tests),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn cases_are_counted_and_totals_are_not_believed() {
        let text = r#"<testsuites tests="0" failures="0"><testsuite name="s" tests="9" failures="0">
            <testcase classname="a.B" name="ok" time="1,234.5"/>
            <testcase name="bad"><failure message="1 != 2">tests/t.py:3: Error</failure></testcase>
            <testcase name="broken"><error>boom
            at X (x.js:4:1)</error></testcase>
            <testcase name="skip"><skipped/></testcase>
            <testcase name="off" status="notrun"/>
            <testcase name="again"><flakyFailure message="x"/><system-out><failure/></system-out></testcase>
            <testcase name="worse"><failure/><rerunFailure/></testcase>
            </testsuite></testsuites>"#;
        let tests = tests(text).unwrap();
        let counts = Counts { all: 7, passed: 2, flaky: 1, skipped: 2, bad: 3, seconds: 1234.5 };
        assert_eq!(tests.counts(), counts);
        let (bad, _) = &tests.bad()[0];
        assert_eq!((bad.message.as_str(), bad.line), ("1 != 2", 3));
        assert_eq!(bad.places[0], Mentioned { path: "tests/t.py".into(), line: Some(3) });
        assert_eq!(tests.bad()[1].0.message, "boom / at X (x.js:4:1)");
        assert_eq!(tests.slowest()[0].title(), "a.B › ok");
    }

    #[test]
    fn no_case_that_ran_is_no_evidence() {
        for text in [
            "<testsuites/>",
            "<testsuite tests='3'></testsuite>",
            "<testsuite><testcase name='a'><skipped/></testcase></testsuite>",
        ] {
            assert!(matches!(tests(text), Err(Refusal::Empty(_))), "{text}");
        }
        assert!(matches!(tests("<testrun><testcase/></testrun>"), Err(Refusal::Malformed { .. })));
        assert!(matches!(tests("<testsuite><testcase name='a'>"), Err(Refusal::Truncated { .. })));
    }

    #[test]
    fn a_suite_that_could_not_start_is_no_pass() {
        let text = "<testsuites errors='1'><testsuite name='a.test.js' errors='1' tests='0'/>\
                    <testsuite name='b'><testcase name='x'/></testsuite></testsuites>";
        let tests = tests(text).unwrap();
        assert_eq!(tests.hidden().len(), 1);
        assert_eq!(tests.hidden()[0].suite, "a.test.js");
    }

    #[test]
    fn a_test_that_passes_when_it_is_run_again_is_known() {
        let text = "<testsuite><testcase name='a'><failure/></testcase><testcase name='a'/></testsuite>";
        assert!(tests(text).unwrap().bad()[0].1);
        let text = "<testsuite><testcase name='a'/><testcase name='a'><failure/></testcase></testsuite>";
        assert!(!tests(text).unwrap().bad()[0].1);
    }

    #[test]
    fn tries_of_pytest_are_one_test() {
        let text = "<testsuite name='pytest'><testcase name='a'/><testcase name='a'><failure/></testcase>\
                    <testcase name='b'><failure/></testcase><testcase name='b'/><testcase name='c'/></testsuite>";
        let tests = tests(text).unwrap();
        assert_eq!(tests.counts(), Counts { all: 3, passed: 2, flaky: 1, bad: 1, ..Counts::default() });
        assert_eq!((tests.bad().len(), tests.bad()[0].0.name.as_str()), (1, "a"));
    }
}
