-- Tables of the model that are not for users.
CREATE DATABASE IF NOT EXISTS model ENGINE = Atomic;
CREATE DATABASE IF NOT EXISTS {database} ENGINE = Atomic;
