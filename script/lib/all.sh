# shellcheck shell=bash
# Everything the scripts share; each file holds one thing.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
for part in say paths accounts ports processes environment postgres redis packages python assets services site; do
  # shellcheck source=/dev/null
  . "$here/$part.sh"
done
unset here part
