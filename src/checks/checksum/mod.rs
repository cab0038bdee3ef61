//! What `ci-guard checksum` hashes and writes.

/// What is hashed and where it is written.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Checksums")]
#[group(skip)]
pub struct Arguments {
    /// Artifacts to hash, as patterns relative to the repository root
    #[arg(value_name = "PATTERN", required = true)]
    pub artifacts: Vec<String>,
    /// Checksum list to write [default: SHA256SUMS beside the artifacts]
    #[arg(long, value_name = "FILE")]
    pub checksums: Option<String>,
    /// Manifest to write
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<String>,
}
