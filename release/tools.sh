#!/usr/bin/env bash
# Installs the tools of a release: `release/tools.sh dist cargo-auditable cargo-cyclonedx`, or what `--missing` lacks.
#
# They are compiled from crates.io, with their own lockfiles: a version there can never change, and its checksum is in
# the index. Their installers take the latest version, or run a script from the network. A debug build takes a third of
# the time and is fast enough.
set -euo pipefail

crate() { # crate TOOL: its package and version
  case $1 in
    dist) echo cargo-dist@0.34.0 ;; # as in dist-workspace.toml
    cargo-auditable) echo cargo-auditable@0.7.7 ;;
    cargo-cyclonedx) echo cargo-cyclonedx@0.5.9 ;;
    *) echo "no such tool: $1" >&2 && return 2 ;;
  esac
}

for tool in "$@"; do
  package=$(crate "$tool")
  cargo install --locked --debug --quiet "$package"
done
