//! From the bytes of a report to evidence. A room for each format; all of them share what is read into.

pub mod coverage;
pub mod json;
pub mod junit;
pub mod lines;
pub mod performance;
pub mod sarif;
pub mod scanners;
pub mod words;
pub mod xml;
