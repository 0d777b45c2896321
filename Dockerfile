# syntax=docker/dockerfile:1
# The program `galatea` and nothing else: one static file on an empty base, no root, no shell. docs/container.md.

# On Alpine, Rust links everything statically, the C library and SQLite too.
FROM rust:1.95-alpine AS build
# The base says which versions there are; older ones are gone from its mirrors.
# hadolint ignore=DL3018
RUN apk add --no-cache ca-certificates gcc make musl-dev tzdata
WORKDIR /src
COPY . .
# What was compiled before is kept between builds of this machine, not in the image.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin galatea \
    && mkdir -p /out/data /out/tmp \
    && cp target/release/galatea /out/galatea \
    && /out/galatea --version

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /usr/share/zoneinfo /usr/share/zoneinfo
COPY --from=build /out/galatea /galatea
# Nobody in particular; what agents keep is theirs.
COPY --from=build --chown=10001:10001 /out/data /data
COPY --from=build --chown=10001:10001 /out/tmp /tmp
USER 10001:10001
# Relative paths of bundled characters begin here.
WORKDIR /data
VOLUME /data
EXPOSE 3000
# Nobody outside reaches the loopback of a container; off loopback nobody is let in without a token.
ENV GALATEA_ADDRESS=0.0.0.0:3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["/galatea", "health", "http://127.0.0.1:3000"]
ENTRYPOINT ["/galatea", "--log-format", "json"]
CMD ["run"]
