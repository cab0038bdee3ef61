#!/bin/bash
# Packs a prebuilt static binary into the image, looks at the image, and runs it as the GitHub runner does, without a
# container engine: buildah builds, unshare enters. Usage: tests/image.sh BINARY. Exit code 77: skipped, with the reason.
set -euo pipefail

skip() { echo "image: skipped: $1"; exit 77; }
fail() { echo "image: FAILED: $1" >&2; exit 1; }
is() { [ "$2" = "$3" ] || fail "$1 is '$2', expected '$3'"; }

[ -f "${1:?usage: tests/image.sh BINARY}" ] || fail "$1 is not a file"
binary=$(realpath "$1")
source=$(realpath "$(dirname "$0")/..")
for tool in buildah unshare node; do command -v "$tool" >/dev/null || skip "needs $tool"; done
[ "$(id -u)" = 0 ] || skip "needs root"
roots=/etc/ssl/certs/ca-certificates.crt
[ -s "$roots" ] || skip "needs $roots"

work=$(mktemp -d)
# Storage of its own, so that nothing is left behind.
buildah() { command buildah --root "$work/store" --runroot "$work/run" --storage-driver vfs "$@"; }
cleanup() { buildah rm --all >/dev/null 2>&1 || true; rm -rf "$work"; }
trap cleanup EXIT

build() {
  local context=$work/context
  case $(uname -m) in x86_64) arch=amd64 ;; aarch64 | arm64) arch=arm64 ;; *) skip "no image for $(uname -m)" ;; esac
  mkdir -p "$context/dist/$arch" "$work/roots"
  cp "$binary" "$context/dist/$arch/ci-guard"
  chmod 0644 "$context/dist/$arch/ci-guard" # artifacts arrive like this
  echo secret >"$context/secret.txt"
  cp "$source/.dockerignore" "$context/"
  # This machine's certificates stand in for Alpine's, so that no registry is needed.
  cp "$roots" "$work/roots/"
  printf 'FROM scratch\nCOPY ca-certificates.crt %s\n' "$roots" >"$work/roots/Dockerfile"
  buildah bud --isolation chroot --quiet --platform "linux/$arch" -t localhost/roots "$work/roots" >/dev/null
  sed 's|^FROM alpine:[^ ]* AS roots$|FROM localhost/roots AS roots|' "$source/Dockerfile" >"$context/Dockerfile"
  buildah bud --isolation chroot --quiet --pull-never --platform "linux/$arch" --target release --timestamp 0 \
    --build-arg VERSION=1.2.3 --build-arg REVISION=abc --build-arg SOURCE=https://example.com/ci-guard \
    -t localhost/ci-guard "$context" >/dev/null
}

# field NAME: one field of the image's configuration, as JSON.
field() {
  buildah inspect --type image localhost/ci-guard |
    node -p 'JSON.stringify(JSON.parse(require("fs").readFileSync(0)).OCIv1.config[process.argv[1]] ?? null)' "$1"
}

look() {
  is entrypoint "$(field Entrypoint)" '["/ci-guard"]'
  is command "$(field Cmd)" '["action"]'
  is user "$(field User)" null
  is folder "$(field WorkingDir)" '"/"'
  [[ $(field Env) = *'"SSL_CERT_FILE='"$roots"'"'* ]] || fail "SSL_CERT_FILE is not set: $(field Env)"
  for label in title=ci-guard version=1.2.3 revision=abc source=https://example.com/ci-guard 'licenses=MIT OR Apache-2.0' description=; do
    [[ $(field Labels) = *"\"org.opencontainers.image.${label%%=*}\":\"${label#*=}"* ]] || fail "no label $label: $(field Labels)"
  done

  local container mount
  container=$(buildah from --pull-never localhost/ci-guard)
  mount=$(buildah mount "$container")
  cp -a "$mount/." "$work/rootfs"
  is files "$(cd "$work/rootfs" && find . -not -type d | sort | tr '\n' ' ')" './ci-guard ./etc/ssl/certs/ca-certificates.crt '
  is mode "$(stat -c '%a %u' "$work/rootfs/ci-guard")" '755 0'
  cmp -s "$binary" "$work/rootfs/ci-guard" || fail "the binary was changed"
  [ -d "$work/rootfs/tmp" ] || fail "no /tmp"
  buildah push --quiet localhost/ci-guard "oci-archive:$work/image.tar" >/dev/null
  echo "image: $(du -sb "$work/rootfs" | cut -f1) bytes, $(stat -c %s "$work/image.tar") compressed; of these the binary $(stat -c %s "$binary")"
}

# A workspace that belongs to the runner's user, while the container is root.
runner() {
  mkdir -p "$work"/runner/{workspace/.github/workflows,temp/_github_home,temp/_github_workflow,temp/_runner_file_commands}
  mkdir -p "$work"/rootfs/{github/{workspace,home,workflow,file_commands,runner_temp},proc,dev}
  printf 'on: push\npermissions: {}\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make test\n' \
    >"$work/runner/workspace/.github/workflows/ci.yml"
  echo '{}' >"$work/runner/temp/_github_workflow/event.json"
  if command -v git >/dev/null; then git init -q "$work/runner/workspace"; fi
  for file in set_output step_summary set_env add_path save_state; do : >"$work/runner/temp/_runner_file_commands/${file}_1"; done
  chown -R 1001:1001 "$work/runner"
}

# enter ARGUMENT…: `docker run` as the runner calls it: its mounts, its variables, its folder, no network.
enter() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount --pid --fork --net --uts --ipc bash -c '
    set -eu; root=$1 host=$2; shift 2
    mount --make-rprivate /; mount -t proc proc "$root/proc"; mount --rbind /dev "$root/dev"
    bind() { mount --bind "$host/$1" "$root/github/$2"; }
    bind workspace workspace; bind temp runner_temp; bind temp/_github_home home
    bind temp/_github_workflow workflow; bind temp/_runner_file_commands file_commands
    exec env -i HOME=/github/home SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt CI=true GITHUB_ACTIONS=true \
      GITHUB_WORKSPACE=/github/workspace GITHUB_EVENT_NAME=push GITHUB_EVENT_PATH=/github/workflow/event.json \
      GITHUB_REPOSITORY=octo/hello GITHUB_SERVER_URL=https://github.com GITHUB_REF=refs/heads/main \
      GITHUB_OUTPUT=/github/file_commands/set_output_1 GITHUB_STEP_SUMMARY=/github/file_commands/step_summary_1 \
      GITHUB_ENV=/github/file_commands/set_env_1 GITHUB_PATH=/github/file_commands/add_path_1 \
      GITHUB_STATE=/github/file_commands/save_state_1 RUNNER_TEMP=/github/runner_temp RUNNER_OS=Linux \
      INPUT_COMMAND=check INPUT_CHECKS= "INPUT_WORKING-DIRECTORY=" \
      unshare --root="$root" --wd=/github/workspace "$@"' enter "$work/rootfs" "$work/runner" "$@"
}

# run ARGUMENT…: entry point and command come from the image, as with `docker run`.
run() {
  local entrypoint command
  entrypoint=$(field Entrypoint | node -p 'JSON.parse(require("fs").readFileSync(0))[0]')
  command=$(field Cmd | node -p 'JSON.parse(require("fs").readFileSync(0))[0]')
  if [ $# = 0 ]; then set -- "$command"; fi
  enter "$entrypoint" "$@"
}

build
look
runner
run --version || fail "--version ended with exit code $? (127: the binary is not static)"
run || fail "the action, without arguments, ended with exit code $?"
output=$work/runner/temp/_runner_file_commands/set_output_1
grep -q '^verdict\(=\|<<\)' "$output" || fail "the action wrote no verdict: $(cat "$output")"
echo "image: OK"
