#!/usr/bin/env bash
# Writes the software bill of materials, CycloneDX 1.5: ci-guard.cdx.json, of what the binaries hold. Needs cargo-cyclonedx.
set -euo pipefail
cd "$(dirname "$0")/.."
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
cargo cyclonedx --quiet --format json --spec-version 1.5 --target all --override-filename ci-guard.cdx
