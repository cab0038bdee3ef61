#!/usr/bin/env bash
# Builds the image for every platform from prebuilt static binaries, and pushes it under one digest.
#
#   release/image.sh --archives FOLDER --version V --revision COMMIT --source URL --to DESTINATION --digest-file FILE
#
# FOLDER holds the release's archives with their .sha256 files; nothing is compiled. DESTINATION is one of
# containers-transports(5), such as docker://ghcr.io/owner/ci-guard:1.2.3 or oci:/tmp/image. Needs buildah and root.
# ROOTS=FOLDER takes the certificate roots from FOLDER/ca-certificates.crt instead of the base image, for trials without
# a registry.
set -euo pipefail
source=$(realpath "$(dirname "$0")/..")
while [ $# -gt 1 ]; do
  case $1 in
    --archives) archives=$(realpath "$2") ;;
    --version) version=$2 ;;
    --revision) revision=$2 ;;
    --source) url=$2 ;;
    --to) destination=$2 ;;
    --digest-file) digest=$2 ;;
    *) echo "no such option: $1" >&2 && exit 2 ;;
  esac
  shift 2
done

work=$(mktemp -d)
# Storage of its own, so that nothing is left behind.
buildah() { command buildah --root "$work/store" --runroot "$work/run" --storage-driver vfs "$@"; }
trap 'rm -rf "$work"' EXIT

cp "$source/.dockerignore" "$source/Dockerfile" "$work/"
platforms=()
for pair in amd64:x86_64 arm64:aarch64; do
  archive=ci-guard-${pair#*:}-unknown-linux-musl.tar.gz
  [ -e "$archives/$archive" ] || continue
  (cd "$archives" && sha256sum --check --quiet --strict "$archive.sha256")
  mkdir -p "$work/dist/${pair%:*}"
  tar -xzf "$archives/$archive" -C "$work/dist/${pair%:*}" --strip-components=1 --no-same-owner --wildcards '*/ci-guard'
  platforms+=("linux/${pair%:*}")
done
[ ${#platforms[@]} -gt 0 ] || { echo "no archive for Linux in $archives" >&2 && exit 1; }
if [ -z "${ROOTS:-}" ]; then
  [ ${#platforms[@]} = 2 ] || { echo "an image is released for both platforms, not only ${platforms[*]}" >&2 && exit 1; }
else
  printf 'FROM scratch\nCOPY ca-certificates.crt /etc/ssl/certs/\n' >"$work/Dockerfile.roots"
  sed -i 's|^FROM alpine:[^ ]* AS roots$|FROM localhost/roots AS roots|' "$work/Dockerfile"
fi

# One timestamp for everything: the same binaries make the same digest.
buildah manifest create release >/dev/null
for platform in "${platforms[@]}"; do
  if [ -n "${ROOTS:-}" ]; then
    buildah bud --quiet --isolation chroot --platform "$platform" -f "$work/Dockerfile.roots" -t localhost/roots "$ROOTS" >/dev/null
  fi
  buildah bud --quiet --isolation chroot --platform "$platform" --target release --timestamp 0 \
    --build-arg "VERSION=$version" --build-arg "REVISION=$revision" --build-arg "SOURCE=$url" \
    --manifest release "$work" >/dev/null
done
buildah manifest push --all --quiet --digestfile "$digest" release "$destination"
echo "image: ${platforms[*]}, $(cat "$digest")"
