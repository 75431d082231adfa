#!/bin/sh
# Run once by the Postgres image of compose.yaml: makes the login that Strongroom serves with. It owns nothing; the
# migrations grant it what it may do.
set -eu
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set=ON_ERROR_STOP=1 --set=password="$APP_PASSWORD" <<'SQL'
CREATE ROLE strongroom_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
REVOKE ALL ON DATABASE strongroom FROM PUBLIC;
GRANT CONNECT ON DATABASE strongroom TO strongroom_app;
SQL
