#!/usr/bin/env bash
# A whole release without a network: plan, archives, SBOM, installers, image, stamping, the release branch, and the
# stamped action started from a local server. Usage: tests/release.sh BINARY [--build]
#
# BINARY is a static ci-guard, which stands in for the builds of all six targets; with --build, cargo-dist compiles the
# one for this machine itself. What a missing tool skips is said; exit code 77 if nothing at all can be tried.
set -euo pipefail
binary=$(realpath "${1:?usage: tests/release.sh BINARY [--build]}")
build=${2:-}
root=$(realpath "$(dirname "$0")/..")
for tool in git node tar sha256sum; do command -v "$tool" >/dev/null || { echo "release: skipped: needs $tool"; exit 77; }; done
have() { command -v "$1" >/dev/null || { echo "release: skipped: $2 (needs $1)"; return 1; }; }
fail() { echo "release: FAILED: $1" >&2; exit 1; }
say() { echo "release: $1"; }

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=dry-run GIT_AUTHOR_EMAIL=dry@example.com
export GIT_COMMITTER_NAME=dry-run GIT_COMMITTER_EMAIL=dry@example.com
url=https://github.com/octo/ci-guard
case $(uname -m) in x86_64) host=x86_64-unknown-linux-musl ;; *) host=aarch64-unknown-linux-musl ;; esac

# The tree as it is, as the commit that is tagged.
tree=$work/tree files=$work/files
mkdir -p "$tree" "$files"
(cd "$root" && git ls-files -z --cached --others --exclude-standard | tar -c --null --ignore-failed-read -T - 2>/dev/null) | tar -x -C "$tree"
cd "$tree"
git init -q -b main && git add -A && git commit -qm "Source" && git init -q --bare "$work/remote.git" && git remote add origin "$work/remote.git"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1) tag=ci-guard-v$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
targets=$(sed -n '/^targets = \[/,/\]/s/^  "\(.*\)",$/\1/p' dist-workspace.toml)
release/name-repository.sh "$url"
release/name-repository.sh "$url"
[ "$(grep -c '^repository = ' Cargo.toml)" = 1 ] || fail "name-repository.sh writes more than one line"

plan() {
  node "$root/release/workflow.mjs" --check
  dist plan "--tag=$tag" --output-format=json >"$work/plan.json" 2>"$work/log" || { cat "$work/log"; fail "dist plan"; }
  for target in $targets; do grep -q "\"name\": \"ci-guard-$target.tar.gz\"" "$work/plan.json" || fail "the plan has no archive for $target"; done
  say "release.yml is what dist generates and release/workflow.mjs makes of it"
  say "the plan of $tag: $(node -p 'Object.keys(JSON.parse(require("fs").readFileSync(process.argv[1])).artifacts).length' "$work/plan.json") files"
}

# cargo-dist's own archive for this machine, with the list of dependencies in the binary.
can_compile() {
  have cargo-auditable "dist build" || return 1
  rustup target list --installed 2>/dev/null | grep -qx "$host" || { say "skipped: dist build (needs the target $host)"; return 1; }
}

compile() {
  local flags
  flags=$(sed -n 's/^rustflags = "\(.*\)"$/\1/p' .cargo/config.toml | head -1)
  RUSTFLAGS=$flags CARGO_TARGET_DIR=$root/target dist build "--tag=$tag" --artifacts=local "--target=$host" --output-format=json >"$work/local.json" 2>"$work/log" ||
    { tail -20 "$work/log"; fail "dist build"; }
  cp "target/distrib/ci-guard-$host.tar.gz" "target/distrib/ci-guard-$host.tar.gz.sha256" "$files/"
  cp "$work/local.json" "target/distrib/$host-dist-manifest.json"
  tar -xOzf "$files/ci-guard-$host.tar.gz" --wildcards '*/ci-guard' >"$work/built"
  grep -q . "$work/built" || fail "the archive holds no ci-guard"
  say "dist build: ci-guard-$host.tar.gz, $(stat -c %s "$files/ci-guard-$host.tar.gz") bytes; the binary in it $(stat -c %s "$work/built")"
}

# Archives of the same form around the given binary.
stand_ins() {
  local target name
  for target in $targets; do
    [ -e "$files/ci-guard-$target.tar.gz" ] && continue
    name=ci-guard
    case $target in *windows*) name=ci-guard.exe ;; esac
    mkdir -p "$work/stand-in/ci-guard-$target"
    cp README.md CHANGELOG.md LICENSE-* "$work/stand-in/ci-guard-$target/"
    cp "$binary" "$work/stand-in/ci-guard-$target/$name"
    tar -czf "$files/ci-guard-$target.tar.gz" -C "$work/stand-in" "ci-guard-$target"
    (cd "$files" && sha256sum -b "ci-guard-$target.tar.gz" >"ci-guard-$target.tar.gz.sha256")
    say "stand-in: ci-guard-$target.tar.gz"
  done
  rm -rf "$work/stand-in"
}

installers() {
  dist build "--tag=$tag" --artifacts=global --output-format=json >"$work/global.json" 2>"$work/log" || { tail -20 "$work/log"; fail "dist build --artifacts=global"; }
  cp target/distrib/ci-guard{-installer.sh,-installer.ps1,.rb,-npm-package.tar.gz,.cdx.json,.licences.txt} "$files/"
  node -e 'const sbom = JSON.parse(require("fs").readFileSync(process.argv[1])); if (sbom.bomFormat !== "CycloneDX" || sbom.components.length < 50) process.exit(1)' "$files/ci-guard.cdx.json" || fail "the SBOM"
  grep -q "^serde " "$files/ci-guard.licences.txt" || fail "the licences"
  grep -q "$url/releases/download/$tag" "$files/ci-guard-installer.sh" || fail "the installer does not name the repository"
  say "installers: shell, PowerShell, Homebrew, npm; SBOM of $(grep -c '"purl"' "$files/ci-guard.cdx.json") packages"
}

# What the release's own dist-manifest.json will be: cargo-dist merges what the builders have written.
manifest() {
  dist host "--tag=$tag" --steps=upload --steps=release --output-format=json >"$files/dist-manifest.json" 2>"$work/log" ||
    { tail -20 "$work/log"; fail "dist host"; }
}

image() {
  [ "$(id -u)" = 0 ] || { say "skipped: the image (needs root)"; return 0; }
  mkdir -p "$work/roots" && cp /etc/ssl/certs/ca-certificates.crt "$work/roots/"
  local run
  for run in 1 2; do
    ROOTS=$work/roots release/image.sh --archives "$files" --version "$version" --revision "$(git rev-parse HEAD)" --source "$url" \
      --to "oci:$work/oci$run" --digest-file "$work/digest$run" >"$work/log" || { cat "$work/log"; fail "release/image.sh"; }
  done
  cmp -s "$work/digest1" "$work/digest2" || fail "the image's digest differs from build to build"
  say "$(cat "$work/log"), $(du -sb "$work/oci1/blobs" | cut -f1) bytes in the registry, the same in two builds"
}

stamp() {
  local image=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
  [ ! -s "$work/digest1" ] || image=$(cat "$work/digest1")
  local described=(--version "$version" --tag "$tag")
  if [ -e "$files/dist-manifest.json" ]; then described=(--manifest "$files/dist-manifest.json"); fi
  node launch/stamp.mjs --archives "$files" --repository octo/ci-guard "${described[@]}" --image "ghcr.io/octo/ci-guard@$image"
  grep -q "\"tag\": \"$tag\"" launch/release.json || fail "launch/release.json does not name $tag"
  local second
  release/branch.sh "$version" >/dev/null
  second=$(release/branch.sh "$version")
  [ "$(git rev-list --count "$second")" = 2 ] || fail "the second release does not stand on the first"
  git --git-dir="$work/remote.git" archive "$second" | { mkdir "$work/action" && tar -x -C "$work/action"; }
  [ ! -e "$work/action/.github/workflows" ] || fail "the release branch has workflows"
  grep -q "image: docker://ghcr.io/octo/ci-guard@$image" "$work/action/docker/action.yml" || fail "docker/action.yml is not stamped"
  [ "$(git --git-dir="$work/remote.git" rev-parse "releases/v${version%%.*}")" = "$second" ] || fail "the branch was not pushed"
  say "stamped: branch releases/v${version%%.*}, $(git --git-dir="$work/remote.git" archive "$second" | gzip | wc -c) bytes as an action"
}

# launch NAME [EXPECTED]: the stamped action as a runner starts it; prints the milliseconds.
launch() {
  local code=0 started
  : >"$work/output"
  : >"$work/summary"
  started=$(date +%s%N)
  (cd "$work/repo" && env -i PATH="$PATH" HOME="$work" GITHUB_ACTIONS=true GITHUB_WORKSPACE="$work/repo" GITHUB_EVENT_NAME=push \
    GITHUB_REPOSITORY=octo/hello GITHUB_SERVER_URL=https://github.com GITHUB_OUTPUT="$work/output" GITHUB_STEP_SUMMARY="$work/summary" \
    RUNNER_TEMP="$work/temp" RUNNER_TOOL_CACHE="$work/tools" "INPUT_DOWNLOAD-URL=http://127.0.0.1:$port" INPUT_MODE=advisory \
    node "$work/action/launch/launch.mjs") >"$work/log" 2>&1 || code=$?
  local took=$((($(date +%s%N) - started) / 1000000))
  [ "$code" = "${2:-0}" ] || { cat "$work/log"; fail "the launcher, $1: exit code $code"; }
  say "the launcher, $1: exit code $code, $took ms"
}

start() {
  mkdir -p "$work"/{repo/.github/workflows,temp,tools}
  printf 'on: push\npermissions: {}\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make test\n' >"$work/repo/.github/workflows/ci.yml"
  git -C "$work/repo" init -q
  node -e 'const [, folder, file] = process.argv, fs = require("fs");
    const server = require("http").createServer((q, a) => fs.readFile(folder + q.url, (e, b) => e ? a.writeHead(404).end() : a.end(b)));
    server.listen(0, "127.0.0.1", () => fs.writeFileSync(file, String(server.address().port)));' "$files" "$work/port" &
  server=$!
  while [ ! -s "$work/port" ]; do sleep 0.05; done
  port=$(cat "$work/port")
  launch "cold"
  grep -q 'verdict' "$work/output" || fail "the launcher wrote no verdict"
  launch "warm"
  launch "warm again"
  rm -rf "$work/tools"
  cp "$files/ci-guard-$host.tar.gz" "$work/whole"
  local byte
  byte=$(od -An -tu1 -j5000 -N1 "$files/ci-guard-$host.tar.gz")
  # Another one, whatever it is.
  printf '%b' "\\0$(printf '%o' $((byte ^ 1)))" | dd of="$files/ci-guard-$host.tar.gz" bs=1 seek=5000 conv=notrunc status=none
  launch "one byte changed" 3
  head -c 100000 "$work/whole" >"$files/ci-guard-$host.tar.gz"
  launch "truncated" 3
  cp "$work/whole" "$files/ci-guard-$host.tar.gz"
  if [ -e "$files/ci-guard-installer.sh" ] && command -v curl >/dev/null; then
    env -i PATH="$PATH" HOME="$work/home" CI_GUARD_DOWNLOAD_URL="http://127.0.0.1:$port" CI_GUARD_UNMANAGED_INSTALL="$work/installed" \
      sh "$files/ci-guard-installer.sh" >"$work/log" 2>&1 || { cat "$work/log"; fail "the shell installer"; }
    say "the shell installer: $("$work/installed/ci-guard" --version)"
  fi
}

package() {
  cargo package --workspace --offline --locked --allow-dirty --no-verify --quiet --target-dir "$work/package"
  local list
  list=$(tar -tzf "$work/package/package/ci-guard-$version.crate")
  for name in Cargo.lock LICENSE-MIT LICENSE-APACHE README.md src/main.rs; do grep -q "/$name$" <<<"$list" || fail "the crate has no $name"; done
  ! grep -qE "/(tests|fuzz|launch|\.github)/" <<<"$list" || fail "the crate holds what it does not need"
  for name in scan tree; do [ -e "$work/package/package/ci-guard-$name-$version.crate" ] || fail "there is no crate ci-guard-$name"; done
  say "crate: $(wc -l <<<"$list") files, $(stat -c %s "$work/package/package/ci-guard-$version.crate") bytes"
}

dist=
if have dist "the plan, dist build and the installers"; then dist=yes; plan; fi
if [ -n "$dist" ] && [ "$build" = --build ] && can_compile; then compile; fi
stand_ins
if [ -n "$dist" ] && have cargo-cyclonedx "SBOM and installers"; then installers; manifest; fi
if have buildah "the image"; then image; fi
stamp
start
if have cargo "the crate"; then package; fi
say OK
