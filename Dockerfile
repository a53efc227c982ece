# contactsd, and nothing else. Build it after scripts/release, with the platform of the image:
#
#   scripts/release v1.2.3
#   docker build --build-arg BINARY=dist/contactsd-v1.2.3-linux-amd64 -t contactsd:v1.2.3 .
#   docker run -d -p 127.0.0.1:8080:8080 -v contacts:/data -e CONTACTSD_TOKEN contactsd:v1.2.3
#
# /data has the store. Without a volume there, it ends with the container. The program is user 65532, which must be able
# to write to /data: a named volume gets this from the image, a bind mount needs "chown 65532 DIR".
FROM scratch
ARG BINARY
COPY --chmod=0555 ${BINARY} /contactsd
COPY --chown=65532:65532 --chmod=0700 build/data /data
USER 65532:65532
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s \
	CMD ["/contactsd", "-healthcheck", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["/contactsd"]
CMD ["-addr", "0.0.0.0:8080", "-data", "/data/people"]
