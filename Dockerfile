# The image: the static binary and certificate roots, nothing else.
#
#   docker build .                                      builds the binary from this source
#   docker buildx build --target release --platform linux/amd64,linux/arm64 --build-arg VERSION=… .
#                                                       packs prebuilt ones: dist/amd64/ci-guard, dist/arm64/ci-guard
#
# The release uses the second, so that image and archives hold the same bytes.

FROM alpine:3.24@sha256:294b683cb724975bec92580e1e685676bd4b50bda910ddb8c51d4cabeaec77e6 AS roots

# No USER: the runner's files are root's. The command is in CMD: `docker run IMAGE check` is the command line, and the
# runner, which gives no arguments to a `docker://` step, gets the action.
FROM scratch AS base
ARG VERSION=0.0.0-source
ARG REVISION=""
ARG SOURCE=""
LABEL org.opencontainers.image.title="ci-guard" \
      org.opencontainers.image.description="Proves that a pipeline is sound: its workflows, its gates, what it installs, what it ships, and whether a deploy may go" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
# Makes /tmp, which scratch lacks.
WORKDIR /tmp
WORKDIR /
COPY --from=roots /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENTRYPOINT ["/ci-guard"]
CMD ["action"]

FROM base AS release
ARG TARGETARCH
COPY --chmod=0755 dist/${TARGETARCH}/ci-guard /ci-guard

# Alpine's Rust links statically. With a target, flags of the program are not those of build scripts and macros.
FROM rust:1.98-alpine3.24@sha256:7cc1c22d77d9432f7fe012a70e6d3e555af54c2a6832700ed7d553f1769ae89f AS build
WORKDIR /source
COPY . .
RUN cargo build --release --locked --target "$(uname -m)-unknown-linux-musl"

FROM base
COPY --from=build /source/target/*/release/ci-guard /ci-guard
