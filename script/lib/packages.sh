# shellcheck shell=bash
# System packages of docker/packages.txt: only what is missing, without recommends, without any service of the machine.

# missing_packages GROUP...
missing_packages() {
  local group choices check
  while read -r group choices check; do
    [[ " $* " == *" $group "* ]] && ! package_there "$choices" "$check" && echo "$choices"
  done < <(sed '/^#/d; /^$/d' "$ROOT/docker/packages.txt")
  return 0
}

package_there() { # CHOICES CHECK
  case $2 in
  program:*) command -v "${2#program:}" ;;
  module:*) (system_python -c "import ${2#module:}") ;; # no Python at all ends only these brackets
  package) any_installed "${1//|/ }" ;;
  esac >/dev/null 2>&1
}

any_installed() {
  local name
  for name in $1; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null | grep -q '^ii' && return
  done
  return 1
}

# first_known CHOICES: the first that this release has.
first_known() {
  local name
  for name in ${1//|/ }; do
    apt-cache show "$name" >/dev/null 2>&1 && echo "$name" && return
  done
  fail "this system has none of the packages ${1//|/, }; Debian 12 has all that docker/packages.txt names."
}

# first_names LINES-OF-CHOICES: the first of each, on one line.
first_names() { cut -d '|' -f 1 <<<"$1" | paste -sd ' '; }

install_packages() { # GROUP...
  local missing choices names=() elevate=()
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || fail "missing: ${missing//$'\n'/, }; install them with your package manager (this script knows apt only)."
  if ! am_root; then
    command -v sudo >/dev/null || fail "missing system packages and neither root nor sudo to install them; as root: apt-get install --no-install-recommends $(first_names "$missing")"
    elevate=(sudo)
  fi
  need_space / 2000 "Installing system packages"
  run_logged "$VAR/log/apt-update.log" "reading the package lists" "${elevate[@]}" apt-get update -q
  for choices in $missing; do names+=("$(first_known "$choices")"); done
  say "   installing ${names[*]}"
  run_logged "$VAR/log/apt.log" "installing system packages" \
    "${elevate[@]}" bash "$ROOT/script/lib/install_quietly.sh" "${names[@]}"
}
