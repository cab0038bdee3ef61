//! The health gate: whether addresses answer well, often enough and fast enough, and whether one answers as well as
//! another.

mod measure;
mod probe;

pub use measure::{LatencyLimit, Samples, Verdict, compare};
pub use probe::{Expected, Gate, Prober, gate};
