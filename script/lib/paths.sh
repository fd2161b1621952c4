# shellcheck shell=bash
# Where things are. EARTHSCAPE_VAR moves everything that is made at run time; script/test gives its own.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
VAR=${EARTHSCAPE_VAR:-$ROOT/var}
VENV=$ROOT/.venv
# shellcheck disable=SC2034 # the other parts use it
PYTHON=$VENV/bin/python
unset PYTHONDONTWRITEBYTECODE # where it is set, every start would compile Django and all else anew, and take twice as long

am_root() { [ "$(id -u)" -eq 0 ]; }

make_var() {
  { mkdir -p "$VAR/run" "$VAR/log" "$VAR/store" "$VAR/imports" && [ -w "$VAR/run" ]; } 2>/dev/null ||
    fail "cannot write to $VAR; make it writable for $(id -un) or give another folder with EARTHSCAPE_VAR."
  VAR=$(cd "$VAR" && pwd -P)
}

# need_space FOLDER MEGABYTES WHAT
need_space() {
  local free
  free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
  ((free >= $2)) || fail "$3 needs $2 MB and $1 has $free MB free; free some disk space there and start again."
}
