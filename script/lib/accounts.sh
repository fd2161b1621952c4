# shellcheck shell=bash
# PostgreSQL refuses to run as root, and Redis has no need to: started by root, each runs as the user its package made.

service_user() { if am_root; then echo "$1"; else id -un; fi; }

# as_user USER COMMAND...: setpriv and this function replace themselves, so the process id stays the one that was started.
as_user() (
  user=$1
  shift
  [ "$(id -un)" = "$user" ] || set -- setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups -- "$@"
  exec "$@"
)

# service_folder NAME USER: var/NAME, owned by USER. A checkout below a closed folder (/root) cannot be reached by that
# user, so there var/NAME becomes a link to a folder of its own under /var/lib.
service_folder() {
  local folder=$VAR/$1 user=$2 elsewhere
  if [ -e "$folder/" ]; then
    [ "$(stat -L -c %U "$folder")" = "$user" ] ||
      fail "$folder belongs to $(stat -L -c %U "$folder"), not to $user; start as the user who made it, or remove $folder with all its data."
    return
  fi
  if as_user "$user" test -x "$VAR"; then
    rm -f "$folder"
    mkdir -m 700 "$folder"
  else
    install -d -m 755 /var/lib/earthscape-web
    elsewhere=$(mktemp -d "/var/lib/earthscape-web/$1.XXXXXX")
    ln -sfn "$elsewhere" "$folder"
    say "   $user cannot enter $VAR, so $1 is kept in $elsewhere."
  fi
  chown "$user:" "$folder/"
}
