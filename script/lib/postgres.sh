# shellcheck shell=bash
# A PostgreSQL + PostGIS cluster of our own under var/postgres, on loopback only, with passwords, never as root.

postgres_programs() { # the newest that has PostGIS, 15 or later
  local folder
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t / -k 5 -rn); do
    [ "$(basename "$(dirname "$folder")")" -ge 15 ] || continue
    [ -f "$(dirname "$folder")/lib/postgis-3.so" ] && echo "$folder" && return
  done
  fail "no PostgreSQL 15 or later with PostGIS 3 is installed; install the packages of the group services in docker/packages.txt."
}

postgres_sql() { # DATABASE [psql arguments]
  local database=$1
  shift
  PGPASSWORD=$(secret ADMIN_PASSWORD) psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(kept_port postgres)" \
    -U postgres -d "$database" "$@"
}

postgres_answers() { postgres_sql postgres -c 'SELECT 1'; }

postgres_control() { (cd / && as_user "$(service_user postgres)" "$(postgres_programs)/pg_ctl" -D "$(postgres_folder)/data" "$@"); }

# Never through a link in a folder that the database's user cannot enter.
postgres_folder() { readlink -f "$VAR/postgres"; }

# The data folder is the postmaster's working folder: that tells ours from a stranger with a reused process id.
postgres_running() {
  local pid
  pid=$(head -n 1 "$(postgres_folder)/data/postmaster.pid" 2>/dev/null) || return 1
  [ "$(readlink "/proc/$pid/cwd")" = "$(postgres_folder)/data" ]
}

postgres_start() {
  local user
  postgres_running && return
  user=$(service_user postgres)
  service_folder postgres "$user"
  if [ ! -f "$(postgres_folder)/ready" ]; then postgres_make "$user"; fi
  postgres_launch || fail "PostgreSQL did not start; see $VAR/log/postgres.log."
}

# A half-made cluster (power cut, Ctrl-C) has no mark and holds nothing: it is made again.
postgres_make() {
  say "   making a PostgreSQL cluster in $(postgres_folder)"
  need_space "$(postgres_folder)" 500 "A database"
  as_user "$1" rm -rf "$(postgres_folder)/data"
  secret ADMIN_PASSWORD | as_user "$1" tee "$(postgres_folder)/password" >/dev/null
  (cd / && as_user "$1" "$(postgres_programs)/initdb" -D "$(postgres_folder)/data" -U postgres --data-checksums \
    --encoding=UTF8 --locale=C.UTF-8 --auth-local=reject --auth-host=scram-sha-256 --pwfile="$(postgres_folder)/password" \
    --no-instructions) >>"$VAR/log/postgres.log" 2>&1 || fail "initdb failed; see $VAR/log/postgres.log."
  rm "$(postgres_folder)/password"
  echo "include 'earthscape.conf'" | as_user "$1" tee -a "$(postgres_folder)/data/postgresql.conf" >/dev/null
  postgres_launch || fail "PostgreSQL did not start; see $VAR/log/postgres.log."
  postgres_roles
  as_user "$1" touch "$(postgres_folder)/ready"
  postgres_control -m fast -w stop >/dev/null
}

postgres_launch() {
  postgres_settings | as_user "$(service_user postgres)" tee "$(postgres_folder)/data/earthscape.conf" >/dev/null
  postgres_control -w -t 60 start </dev/null >>"$VAR/log/postgres.log" 2>&1 9>&- && wait_until 10 postgres_answers
}

postgres_settings() {
  cat <<SETTINGS
listen_addresses = '127.0.0.1'
port = $(keep_port postgres)
unix_socket_directories = ''
max_connections = 120
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 128MB
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
password_encryption = 'scram-sha-256'
cluster_name = 'earthscape'
SETTINGS
  if [ "${EARTHSCAPE_THROWAWAY:-0}" = 1 ]; then # tests: nothing here has to outlive a power cut
    printf '%s = off\n' fsync synchronous_commit full_page_writes
    echo 'autovacuum = off' # or it counts tables between two tests, when they are empty, and plans go by that for a while
  fi
}

# Extension and default privileges go into template1, so that every database has them, test databases too.
postgres_roles() {
  postgres_sql template1 \
    -v owner="$(secret OWNER_PASSWORD)" -v web="$(secret WEB_PASSWORD)" -v worker="$(secret WORKER_PASSWORD)" \
    <"$ROOT/script/lib/roles.sql" >>"$VAR/log/postgres.log" 2>&1 ||
    fail "the database roles could not be made; see $VAR/log/postgres.log."
}

postgres_stop() {
  if postgres_running; then postgres_control -m fast -w -t 60 stop >>"$VAR/log/postgres.log" 2>&1; fi
}
