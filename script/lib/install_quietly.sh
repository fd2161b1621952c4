#!/usr/bin/env bash
# install_quietly.sh PACKAGE... (as root): apt-get install that neither starts a service nor makes a database cluster.
# The two files that say so are put back as they were, however it ends.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.conf
# Before its first installation the file is not there and must not be made for it: the package reads this folder too.
[ -e "$cluster" ] || cluster=/etc/postgresql-common/createcluster.d/earthscape.conf
kept=$(mktemp -d)

restore() {
  local file
  for file in "$policy" "$cluster"; do
    if [ -e "$kept/$(basename "$file")" ]; then cp -a "$kept/$(basename "$file")" "$file"; else rm -f "$file"; fi
  done
  rmdir --ignore-fail-on-non-empty /etc/postgresql-common/createcluster.d 2>/dev/null || true
  rm -rf "$kept"
}

for file in "$policy" "$cluster"; do
  mkdir -p "$(dirname "$file")"
  if [ -e "$file" ]; then cp -a "$file" "$kept/"; fi
done
trap restore EXIT

rm -f "$policy" # it may be a link
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"
echo 'create_main_cluster = false' >>"$cluster"

apt-get install -q -y --no-install-recommends -o Dpkg::Options::=--force-confold "$@"
