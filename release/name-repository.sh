#!/usr/bin/env bash
# Names the repository in the packages' Cargo.toml, where cargo-dist, cargo-binstall and crates.io look for it:
# `release/name-repository.sh https://github.com/OWNER/NAME`. The source names none, so that a fork releases as itself.
set -euo pipefail
cd "$(dirname "$0")/.."
url=${1:?usage: release/name-repository.sh URL}
[[ $url =~ ^https://[A-Za-z0-9.-]+(/[A-Za-z0-9._-]+){2}$ ]] || { echo "not a repository: $url" >&2 && exit 2; }
for package in Cargo.toml tree/Cargo.toml; do
  # awk, because sed on macOS has another idea of line breaks.
  named=$(awk -v url="$url" '
    /^(repository|homepage) = / { next }
    { print }
    /^license = / { printf "repository = \"%s\"\nhomepage = \"%s\"\n", url, url }' "$package")
  [ "$(grep -c '^repository = ' <<<"$named")" = 1 ] || { echo "$package has no single line with the licence" >&2 && exit 1; }
  printf '%s\n' "$named" >"$package"
done
