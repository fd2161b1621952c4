# shellcheck shell=bash
# .venv from the locked requirements. The stamp in it names the lock it was made from: same lock, nothing to do.

system_python() {
  local name
  for name in python3 python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      "$name" "$@"
      return
    fi
  done
  fail "Python 3.11 or newer is needed and none is in the PATH; install it (Debian 12 has it as python3)."
}

# make_venv LOCK: dependencies are followed although the lock is complete, because another Python may need one more; only
# what is imported is ever compiled, all of it takes over a minute. A venv that has more than this lock asks for (dev over worker) is left as it is.
make_venv() {
  local lock=$ROOT/requirements/$1.txt stamp
  stamp=$(sha256sum <"$lock")
  [ "$(cat "$VENV/earthscape-$1.stamp" 2>/dev/null)" = "$stamp" ] && return
  if [ ! -x "$PYTHON" ] || ! "$PYTHON" -c 'import pip' 2>/dev/null; then
    need_space "$ROOT" 12000 "The Python environment"
    step "Python environment in $VENV"
    run_logged "$VAR/log/venv.log" "making the environment" system_python -m venv --clear "$VENV"
  fi
  step "Python packages of requirements/$1.txt"
  run_logged "$VAR/log/pip.log" "installing Python packages" \
    "$PYTHON" -m pip install --disable-pip-version-check --progress-bar off --no-compile -r "$lock"
  echo "$stamp" >"$VENV/earthscape-$1.stamp"
}
