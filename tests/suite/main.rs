//! What the program does from outside. One test program: each links the whole crate, and twenty of them cost minutes and
//! gigabytes. `cargo test NAME::` runs one of these files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests"
)]

mod action;
mod action_refs;
mod actionlint;
mod advisories;
mod archives;
mod canaries;
mod cases;
mod checksums;
mod dependencies;
mod deploy;
mod docs;
mod drill;
mod fix;
mod forbidden;
mod github;
mod history;
mod http;
mod init;
mod lock_contention;
mod lock_model;
mod lock_scenarios;
mod lockfile;
mod lockfile_cases;
mod lockfile_changes;
mod official_expressions;
mod official_workflows;
mod osv_online;
mod preflight;
mod preflight_permit;
mod preflight_values;
mod pull_request;
mod real_reports;
mod registries;
mod reports;
mod required;
mod robustness;
mod rules;
mod scripts;
mod secret_canaries;
mod secret_samples;
mod secret_sources;
mod secrets;
mod servers;
mod statements;
mod support;
mod tls;
