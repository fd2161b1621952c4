# shellcheck shell=bash
# var/secrets is made once; var/environment is written from it and from the ports at every start. Both are mode 600.

make_secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

make_secrets() {
  local name
  [ -f "$VAR/secrets" ] && return
  for name in SECRET_KEY ADMIN_PASSWORD OWNER_PASSWORD WEB_PASSWORD WORKER_PASSWORD REDIS_PASSWORD; do
    echo "$name=$(make_secret)"
  done | (umask 077 && cat >"$VAR/secrets.new" && mv "$VAR/secrets.new" "$VAR/secrets")
}

secret() { sed -n "s/^$1=//p" "$VAR/secrets"; }

database_url() { # ROLE SECRET
  echo "postgresql://$1:$(secret "$2")@127.0.0.1:$(kept_port postgres)/earthscape"
}

redis_url() { echo "redis://:$(secret REDIS_PASSWORD)@127.0.0.1:$(kept_port redis)/$1"; }

# write_environment MODULE: what settings read (earthscape_web/settings/env.py); every process gets the URL of its own role.
write_environment() {
  local name
  declare -A value=(
    [EARTHSCAPE_SECRET_KEY]=$(secret SECRET_KEY)
    [EARTHSCAPE_DATABASE_URL]=$(database_url earthscape OWNER_PASSWORD)
    [EARTHSCAPE_OWNER_DATABASE_URL]=$(database_url earthscape OWNER_PASSWORD)
    [EARTHSCAPE_WEB_DATABASE_URL]=$(database_url earthscape_web WEB_PASSWORD)
    [EARTHSCAPE_WORKER_DATABASE_URL]=$(database_url earthscape_worker WORKER_PASSWORD)
    [EARTHSCAPE_BROKER_URL]=$(redis_url 0)
    [EARTHSCAPE_CACHE_URL]=$(redis_url 1)
    [EARTHSCAPE_STORE]=${EARTHSCAPE_STORE:-$VAR/store}
    [EARTHSCAPE_ALLOWED_HOSTS]=${EARTHSCAPE_ALLOWED_HOSTS:-127.0.0.1,localhost}
    [EARTHSCAPE_IMPORT_ROOTS]=${EARTHSCAPE_IMPORT_ROOTS:-$(import_roots)}
    [EARTHSCAPE_DOWNLOAD_HOSTS]=${EARTHSCAPE_DOWNLOAD_HOSTS:-}
    [EARTHSCAPE_DOWNLOAD_LEAST_KIB]=${EARTHSCAPE_DOWNLOAD_LEAST_KIB:-4}
    [EARTHSCAPE_SOURCE_DEM]=${EARTHSCAPE_SOURCE_DEM:-}
    [EARTHSCAPE_SOURCE_IMAGERY]=${EARTHSCAPE_SOURCE_IMAGERY:-}
    [EARTHSCAPE_SOURCE_STREAMS]=${EARTHSCAPE_SOURCE_STREAMS:-}
    [EARTHSCAPE_SOURCE_ROADS]=${EARTHSCAPE_SOURCE_ROADS:-}
    [EARTHSCAPE_SOURCE_FILE_HOSTS]=${EARTHSCAPE_SOURCE_FILE_HOSTS:-}
    [EARTHSCAPE_DEBUG]=${EARTHSCAPE_DEBUG:-0}
    [DJANGO_SETTINGS_MODULE]=$1
  )
  for name in "${!value[@]}"; do
    printf '%s=%q\n' "$name" "${value[$name]}"
  done | sort | (umask 077 && cat >"$VAR/environment.new" && mv "$VAR/environment.new" "$VAR/environment")
}

# Folders that jobs may read: one of our own, and each that was once given with --data.
import_roots() { { echo "$VAR/imports"; cat "$VAR/import-roots" 2>/dev/null; } | paste -sd :; }

remember_import_root() {
  touch "$VAR/import-roots"
  grep -qxF "$1" "$VAR/import-roots" || echo "$1" >>"$VAR/import-roots"
}

load_environment() {
  set -a
  # shellcheck disable=SC1091 # made at run time
  . "$VAR/environment"
  set +a
}
