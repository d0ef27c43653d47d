#!/bin/sh
# Prints a .env for docker-compose.yml in which every secret is drawn at random:  sh deploy/make-env.sh > .env
# What is not a secret is meant to be edited. Run it once: servers keep the passwords of their first start.
set -eu

# Only letters and digits, so that no password needs quoting anywhere.
secret() { od -An -N 24 -tx1 /dev/urandom | tr -d ' \n'; }

umask 077
cat <<ENV
# Which parts run: core always; monitoring for Prometheus and Grafana; demo for a Dolibarr to try it with.
COMPOSE_PROFILES=core,monitoring,demo

# ---- The database of Dolibarr. For one of your own: its host, the user of docs/05-operations.md and that user's
# ---- password, and no demo in COMPOSE_PROFILES.
DOLIBARR_DB_HOST=mariadb
DOLIBARR_DB_PORT=3306
DOLIBARR_DB_NAME=dolibarr
DOLIBARR_DB_USER=dolistream
DOLISTREAM_SOURCE_PASSWORD=$(secret)

# ---- Secrets of this installation.
DOLISTREAM_HTTP_TOKEN=$(secret)
DOLISTREAM_WAREHOUSE_PASSWORD=$(secret)
DOLISTREAM_S3_ACCESS_KEY=lake
DOLISTREAM_S3_SECRET_KEY=$(secret)
MINIO_ROOT_USER=minio-admin
MINIO_ROOT_PASSWORD=$(secret)
GRAFANA_ADMIN_PASSWORD=$(secret)
GRAFANA_CLICKHOUSE_PASSWORD=$(secret)

# ---- Only for the demo.
MARIADB_ROOT_PASSWORD=$(secret)
DOLIBARR_APP_PASSWORD=$(secret)
DOLIBARR_ADMIN_PASSWORD=$(secret)

# Every other setting of .env.example may be added here.
ENV
