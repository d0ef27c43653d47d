-- raw: what happened, one row per event. mirror: what is, one table per source table. ingest: the loader's own.
CREATE DATABASE IF NOT EXISTS raw ENGINE = Atomic;

CREATE DATABASE IF NOT EXISTS mirror ENGINE = Atomic;

CREATE DATABASE IF NOT EXISTS ingest ENGINE = Atomic;

CREATE DATABASE IF NOT EXISTS {warehouse_database} ENGINE = Atomic;
