# shellcheck shell=bash
# Processes that outlive the script that started them: one file var/run/NAME.pid each, holding process id and start time,
# because a process id alone may belong to somebody else by the time it is stopped.

started_at() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }

# is_same PID START: a zombie counts as gone.
is_same() {
  [ -n "${2:-}" ] && [ "$(started_at "$1")" = "$2" ] && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}

is_running() {
  local pid start
  [ -f "$VAR/run/$1.pid" ] || return 1
  read -r pid start <"$VAR/run/$1.pid"
  is_same "$pid" "$start"
}

# start_process NAME USER COMMAND...: in a session of its own, so Ctrl-C reaches only the script, which stops things in order.
start_process() {
  local name=$1 user=$2 pid
  shift 2
  (
    cd "$ROOT" || exit 1
    [ "$(id -un)" = "$user" ] || set -- setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups -- "$@"
    exec setsid "$@" </dev/null >>"$VAR/log/$name.log" 2>&1 9>&-
  ) &
  pid=$!
  disown "$pid"
  echo "$pid $(started_at "$pid")" >"$VAR/run/$name.pid"
}

# wait_until SECONDS COMMAND...
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || return 1
    sleep 0.1
  done
}

# descendants PID: its children, theirs and so on, each as "pid start", also those that made a session of their own.
descendants() {
  local child
  # shellcheck disable=SC2013 # it is one line of words
  for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do
    descendants "$child"
    echo "$child $(started_at "$child")"
  done
}

end_all() { # SIGNAL, "pid start" lines on standard input
  local pid start
  while read -r pid start; do
    if is_same "$pid" "$start"; then kill "-$1" "$pid" 2>/dev/null || true; fi
  done
}

# end_family PID: a child of this script with all that it started; nothing when PID is empty.
end_family() {
  [ -n "$1" ] || return 0
  end_all TERM <<<"$(descendants "$1")"$'\n'"$1 $(started_at "$1")"
  wait "$1" 2>/dev/null || true # or bash tells of it
}

# stop_process NAME SECONDS [SIGNAL]: asks, waits, then ends it and whatever it had started.
stop_process() {
  local name=$1 seconds=$2 signal=${3:-TERM} pid start family
  if is_running "$name"; then
    read -r pid start <"$VAR/run/$name.pid"
    family=$(descendants "$pid")
    kill "-$signal" "$pid" 2>/dev/null || ! is_same "$pid" "$start" ||
      fail "$name belongs to another user; stop it as the one who started it."
    wait_until "$seconds" not is_same "$pid" "$start" || family+=$'\n'$(descendants "$pid")$'\n'"$pid $start"
    end_all KILL <<<"$family"
    wait_until 5 not is_same "$pid" "$start" || true
  fi
  rm -f "$VAR/run/$name.pid"
}

not() { ! "$@"; }
