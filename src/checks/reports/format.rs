//! The formats that can be read.

use serde::Deserialize;

use super::model::Evidence;
use super::read::{coverage, junit, performance, sarif, scanners};
use super::refusal::Refusal;

/// What a format is read from.
pub enum Input<'i> {
    /// Read as a stream, whatever its size.
    Stream(&'i mut dyn std::io::Read),
    /// All of it.
    Whole(&'i [u8]),
}

/// How a format is read.
enum Reader {
    Stream(fn(&mut dyn std::io::Read) -> Result<Evidence, Refusal>),
    Whole(fn(&[u8]) -> Result<Evidence, Refusal>),
}

/// A format of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, clap::ValueEnum)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// JUnit XML of any test runner.
    Junit,
    /// SARIF 2.1.0 of any scanner or linter.
    Sarif,
    /// LCOV tracefile.
    Lcov,
    /// Cobertura XML.
    Cobertura,
    /// JaCoCo XML.
    Jacoco,
    /// Clover XML.
    Clover,
    /// JSON of coverage.py.
    CoveragePy,
    /// JSON of `llvm-cov export`.
    LlvmCov,
    /// Coverage profile of Go.
    GoCover,
    /// JSON of trivy.
    Trivy,
    /// JSON of grype.
    Grype,
    /// JSON of `snyk test`.
    Snyk,
    /// JSON of pip-audit.
    PipAudit,
    /// JSON of cargo-audit.
    CargoAudit,
    /// JSON of `npm audit`, or of `pnpm audit`.
    NpmAudit,
    /// JSON of osv-scanner.
    OsvScanner,
    /// JSON of bandit.
    Bandit,
    /// JSON of semgrep.
    Semgrep,
    /// JSON of gitleaks.
    Gitleaks,
    /// JSON of hadolint.
    Hadolint,
    /// JSON of shellcheck.
    Shellcheck,
    /// `sample.json` of criterion.
    Criterion,
    /// JSON of hyperfine.
    Hyperfine,
    /// JSON of pytest-benchmark.
    PytestBenchmark,
    /// Output of `go test -bench`.
    GoBench,
    /// Summary of k6.
    K6,
    /// Points of k6 (`--out json`).
    K6Stream,
}

impl Format {
    /// The word that users write, and how the format is read.
    fn row(self) -> (&'static str, Reader) {
        use Reader::{Stream, Whole};
        match self {
            Format::Junit => ("junit", Stream(|input| junit::read(input))),
            Format::Sarif => ("sarif", Whole(sarif::read)),
            Format::Lcov => ("lcov", Stream(|input| coverage::lcov::read(input))),
            Format::Cobertura => ("cobertura", Stream(|input| coverage::cobertura::read(input))),
            Format::Jacoco => ("jacoco", Stream(|input| coverage::jacoco::read(input))),
            Format::Clover => ("clover", Stream(|input| coverage::clover::read(input))),
            Format::CoveragePy => ("coverage-py", Whole(coverage::coverage_py::read)),
            Format::LlvmCov => ("llvm-cov", Whole(coverage::llvm::read)),
            Format::GoCover => ("go-cover", Stream(|input| coverage::go::read(input))),
            Format::Trivy => ("trivy", Whole(scanners::trivy::read)),
            Format::Grype => ("grype", Whole(scanners::grype::read)),
            Format::Snyk => ("snyk", Whole(scanners::snyk::read)),
            Format::PipAudit => ("pip-audit", Whole(scanners::pip_audit::read)),
            Format::CargoAudit => ("cargo-audit", Whole(scanners::cargo_audit::read)),
            Format::NpmAudit => ("npm-audit", Whole(scanners::npm_audit::read)),
            Format::OsvScanner => ("osv-scanner", Whole(scanners::osv_scanner::read)),
            Format::Bandit => ("bandit", Whole(scanners::bandit::read)),
            Format::Semgrep => ("semgrep", Whole(scanners::semgrep::read)),
            Format::Gitleaks => ("gitleaks", Whole(scanners::gitleaks::read)),
            Format::Hadolint => ("hadolint", Whole(scanners::hadolint::read)),
            Format::Shellcheck => ("shellcheck", Whole(scanners::shellcheck::read)),
            Format::Criterion => ("criterion", Whole(performance::criterion::read)),
            Format::Hyperfine => ("hyperfine", Whole(performance::hyperfine::read)),
            Format::PytestBenchmark => ("pytest-benchmark", Whole(performance::pytest_benchmark::read)),
            Format::GoBench => ("go-bench", Stream(|input| performance::go_bench::read(input))),
            Format::K6 => ("k6", Whole(performance::k6::summary)),
            Format::K6Stream => ("k6-stream", Stream(|input| performance::k6::stream(input))),
        }
    }

    /// The word that users write.
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The format that a user's word names.
    pub fn named(word: &str) -> Option<Format> {
        use clap::ValueEnum as _;
        Format::value_variants().iter().copied().find(|format| format.as_str() == word)
    }

    /// True if the format is read as a stream; false if all of it must be in memory.
    pub fn is_stream(self) -> bool {
        matches!(self.row().1, Reader::Stream(_))
    }

    /// Reads a report of this format.
    pub fn read(self, input: Input<'_>) -> Result<Evidence, Refusal> {
        match (self.row().1, input) {
            (Reader::Stream(read), Input::Stream(input)) => read(input),
            (Reader::Stream(read), Input::Whole(mut bytes)) => read(&mut bytes),
            (Reader::Whole(read), Input::Whole(bytes)) => read(bytes),
            (Reader::Whole(read), Input::Stream(input)) => {
                let mut bytes = Vec::new();
                input.read_to_end(&mut bytes).map_err(|error| Refusal::Io(error.to_string()))?;
                read(&bytes)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum as _;

    #[test]
    fn settings_and_options_use_the_same_words() {
        for format in Format::value_variants() {
            let word = format.as_str();
            assert_eq!(Format::named(word), Some(*format));
            assert_eq!(serde_json::from_value::<Format>(word.into()).unwrap(), *format, "{word}");
        }
    }

    #[test]
    fn nothing_is_evidence_in_no_format() {
        for format in Format::value_variants() {
            for text in ["", " \n", "{}", "null", "<a/>", "\u{0}", "[{}]", "{\"results\":[]}"] {
                let read = format.read(Input::Whole(text.as_bytes()));
                let is_clean_list = *format == Format::OsvScanner && text.contains("results");
                assert!(read.is_err() || is_clean_list, "{text:?} is evidence as {}", format.as_str());
            }
        }
    }
}
