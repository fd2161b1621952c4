#!/usr/bin/env bash
# Once, when the database container makes its cluster: the same roles as script/server makes.
set -euo pipefail

psql -v ON_ERROR_STOP=1 -U postgres -d template1 \
  -v owner="$OWNER_PASSWORD" -v web="$WEB_PASSWORD" -v worker="$WORKER_PASSWORD" -f /roles.sql
