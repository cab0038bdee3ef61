//! The formats that can be read, and how they are told apart.

use schemars::JsonSchema;
use serde::Deserialize;

use super::model::Evidence;
use super::read;
use super::refusal::Refusal;

/// A format of reports.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema, clap::ValueEnum,
)]
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
}

/// What a format is read from.
pub enum Input<'i> {
    /// Read as a stream, whatever its size.
    Stream(&'i mut dyn std::io::Read),
    /// All of it.
    Whole(&'i [u8]),
}

impl Format {
    /// The word that users write.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Junit => "junit",
            Format::Sarif => "sarif",
            Format::Lcov => "lcov",
            Format::Cobertura => "cobertura",
            Format::Jacoco => "jacoco",
            Format::Clover => "clover",
            Format::CoveragePy => "coverage-py",
            Format::LlvmCov => "llvm-cov",
            Format::GoCover => "go-cover",
        }
    }

    /// The format that a user's word names.
    pub fn named(word: &str) -> Option<Format> {
        use clap::ValueEnum as _;
        Format::value_variants().iter().copied().find(|format| format.as_str() == word)
    }

    /// True if the format is read as a stream; false if all of it must be in memory.
    pub fn is_stream(self) -> bool {
        !matches!(self, Format::Sarif | Format::CoveragePy | Format::LlvmCov)
    }

    /// Reads a report of this format.
    pub fn read(self, input: Input<'_>) -> Result<Evidence, Refusal> {
        match input {
            Input::Stream(input) => match self {
                Format::Junit => read::junit::read(input),
                Format::Lcov => read::coverage::lcov::read(input),
                Format::Cobertura => read::coverage::cobertura::read(input),
                Format::Jacoco => read::coverage::jacoco::read(input),
                Format::Clover => read::coverage::clover::read(input),
                Format::GoCover => read::coverage::go::read(input),
                Format::Sarif | Format::CoveragePy | Format::LlvmCov => {
                    let mut bytes = Vec::new();
                    input.read_to_end(&mut bytes).map_err(|error| Refusal::Io(error.to_string()))?;
                    self.read(Input::Whole(&bytes))
                }
            },
            Input::Whole(mut bytes) => match self {
                Format::Sarif => read::sarif::read(bytes),
                Format::CoveragePy => read::coverage::coverage_py::read(bytes),
                Format::LlvmCov => read::coverage::llvm::read(bytes),
                _ => self.read(Input::Stream(&mut bytes)),
            },
        }
    }
}
