# shellcheck shell=bash
# node_modules from package-lock.json, with the same kind of stamp as the Python environment.

make_assets() {
  local stamp
  stamp=$(sha256sum <"$ROOT/package-lock.json")
  [ "$(cat "$ROOT/node_modules/.earthscape-stamp" 2>/dev/null)" = "$stamp" ] && return
  step "Browser packages of package-lock.json"
  need_space "$ROOT" 500 "The browser packages"
  cd "$ROOT" || exit 1
  run_logged "$VAR/log/npm.log" "installing browser packages" npm ci --no-audit --no-fund --ignore-scripts
  echo "$stamp" >node_modules/.earthscape-stamp
}
