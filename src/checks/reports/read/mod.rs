//! From the bytes of a report to evidence. A room for each format; all of them share what is read into.

pub mod coverage;
pub mod json;
pub mod junit;
pub mod sarif;
pub mod words;
pub mod xml;
