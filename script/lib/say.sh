# shellcheck shell=bash
# What a script says: steps on standard output, one sentence with the remedy on standard error.

say() { printf '%s\n' "$*"; }

step() { printf '\n== %s\n' "$*"; }

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# run_logged LOG WHAT COMMAND...: runs it quietly with a sign of life every ten seconds; a failure shows the end of the log.
run_logged() {
  local log=$1 what=$2 started=$SECONDS result=0 pid said=0
  shift 2
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    if ((SECONDS - started >= said + 10)); then
      said=$((SECONDS - started))
      say "   $what: ${said} s"
    fi
  done
  wait "$pid" || result=$?
  if ((result != 0)); then
    tail -n 15 "$log" >&2
    fail "$what failed; the whole log is in $log"
  fi
}
