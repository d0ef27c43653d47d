# Dolistream in one image: `docker run dolistream run capture`, or any other command of docs/commands.md.
# Three stages: the compiler and its packages stay behind, and a change of source does not fetch packages anew.

ARG NODE_IMAGE=node:20.20.2-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY core/ core/
COPY services/ services/
COPY adapters/ adapters/
COPY simulator/ simulator/
COPY app/ app/
RUN npm run build && chmod 0755 dist/app/cli/main.js

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
    DOLISTREAM_DATA=/data
WORKDIR /app
COPY package.json LICENSE ./
COPY schemas/ schemas/
COPY clickhouse/ clickhouse/
COPY services/dashboard/ services/dashboard/
COPY --from=packages /app/node_modules/ node_modules/
COPY --from=build /app/dist/ dist/
# A volume takes over the owner of the folder it is mounted on. The user of the image writes nowhere else.
RUN install --directory --owner=node --group=node --mode=0750 /data \
 && ln --symbolic /app/dist/app/cli/main.js /usr/local/bin/dolistream
# By number, so that Kubernetes can see that it is not root.
USER 1000:1000
VOLUME ["/data"]
EXPOSE 8686
STOPSIGNAL SIGTERM
# /health needs no token. The address is the one that DOLISTREAM_HTTP listens on.
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s --retries=3 \
  CMD ["node", "-e", "const port = (process.env.DOLISTREAM_HTTP || ':8686').split(':').at(-1); fetch(`http://127.0.0.1:${port}/health`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/app/cli/main.js"]
CMD ["help"]
