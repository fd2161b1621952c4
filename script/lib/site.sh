# shellcheck shell=bash
# The site's own processes: gunicorn, two Celery workers and beat, each with the database role it needs.

SITE_PROCESSES=(web beat worker-short worker-long)

with_role() { # WEB|WORKER|OWNER COMMAND...
  local url=EARTHSCAPE_$1_DATABASE_URL
  shift
  env EARTHSCAPE_DATABASE_URL="${!url}" "$@"
}

manage() { with_role OWNER "$PYTHON" -u "$ROOT/manage.py" "$@"; } # -u: progress is seen while it is made

site_running() {
  local name
  for name in "${SITE_PROCESSES[@]}"; do is_running "$name" || return 1; done
}

any_of_site_running() {
  local name
  for name in "${SITE_PROCESSES[@]}"; do ! is_running "$name" || return 0; done
  return 1
}

web_start() { # PORT
  start_missing web "$(id -un)" env EARTHSCAPE_DATABASE_URL="$EARTHSCAPE_WEB_DATABASE_URL" \
    "$VENV/bin/gunicorn" earthscape_web.wsgi:application --bind "127.0.0.1:$1" --worker-class gthread --workers 2 \
    --threads 16 --timeout 60 --graceful-timeout 5 --no-control-socket --access-logfile -
}

workers_start() {
  start_worker worker-short --queues short --pool threads --concurrency 2
  start_worker worker-long --queues long,gpu --pool solo # a CUDA context does not survive a fork
  start_missing beat "$(id -un)" env EARTHSCAPE_DATABASE_URL="$EARTHSCAPE_WORKER_DATABASE_URL" \
    "$VENV/bin/celery" -A earthscape_web beat --loglevel INFO --pidfile= --schedule "$VAR/run/beat"
}

start_worker() { # NAME [celery worker arguments]
  local name=$1
  shift
  start_missing "$name" "$(id -un)" env EARTHSCAPE_DATABASE_URL="$EARTHSCAPE_WORKER_DATABASE_URL" \
    "$VENV/bin/celery" -A earthscape_web worker --loglevel INFO --hostname "$name@%h" \
    --without-gossip --without-mingle "$@"
}

start_missing() { is_running "$1" || start_process "$@"; }

# site_answers PORT
site_answers() {
  local line
  exec 8<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&8
  read -r -t 5 line <&8 || line=
  exec 8>&-
  [[ $line == *" 200 "* ]]
}

# A worker in the middle of a job is ended after its grace: the job's lease runs out and the next worker takes it up.
site_stop() {
  stop_process web 10
  stop_process beat 5
  stop_process worker-short 5
  stop_process worker-long 5
}

# collect_static: only when a source, a package or the settings changed since the last time.
collect_static() {
  local stamp
  stamp=$(
    cd "$ROOT" || exit 1
    {
      find static apps -path '*static*' -type f -printf '%p %s %T@\n' 2>/dev/null | sort
      cat .venv/*.stamp node_modules/.earthscape-stamp earthscape_web/settings/*.py
    } | sha256sum
  )
  [ "$(cat "$VAR/static.stamp" 2>/dev/null)" = "$stamp" ] && return
  run_logged "$VAR/log/collectstatic.log" "collecting static files" manage collectstatic --noinput --clear
  echo "$stamp" >"$VAR/static.stamp"
}
