# shellcheck shell=bash
# The private PostgreSQL and Redis together.

services_start() { # SETTINGS-MODULE
  make_var
  exec 9>"$VAR/run/lock" # two scripts at once must not both make a cluster
  flock 9
  make_secrets
  postgres_start
  redis_start
  write_environment "$1"
  exec 9>&-
}

# services_forget: removes what a throwaway pair keeps outside the checkout, where nobody would look for it.
services_forget() {
  local name
  for name in postgres redis; do
    if [ -L "$VAR/$name" ]; then
      rm -rf "$(readlink -f "$VAR/$name")"
      rm "$VAR/$name"
    fi
  done
}

services_running() { postgres_running && redis_running; }

services_stop() {
  redis_stop
  postgres_stop
}
