# shellcheck shell=bash
# What a script says: steps on standard output, one sentence with the remedy on standard error.

say() { printf '%s\n' "$*"; }

step() { printf '\n== %s\n' "$*"; }

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# run COMMAND...: in the background and waited for, so that a signal to this script is served at once; BUSY is its id.
BUSY=
run() {
  local result=0
  "$@" </dev/null &
  BUSY=$!
  wait "$BUSY" || result=$?
  BUSY=
  return "$result"
}

# run_logged LOG WHAT COMMAND...: quietly, with a sign of life every ten seconds; a failure shows the end of the log.
run_logged() {
  local log=$1 what=$2 ticker result=0
  shift 2
  mkdir -p "$(dirname "$log")"
  show_seconds "$what" 2>/dev/null &
  ticker=$!
  run "$@" >"$log" 2>&1 || result=$?
  end_family "$ticker"
  if ((result != 0)); then
    tail -n 15 "$log" >&2
    fail "$what failed; the whole log is in $log."
  fi
}

show_seconds() {
  local seconds=0
  while sleep 10; do
    seconds=$((seconds + 10))
    say "   $1: $seconds s"
  done
}
