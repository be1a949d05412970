#!/bin/sh
# batch.sh FOLDER COMMAND [ARG…]: drops a job for each file in FOLDER; the file's path becomes the last argument.
#
#   sh Examples/scripts/batch.sh ~/photos/new mogrify -resize 1600x1600
#
# The jobs are called as the command and the file. Those that still wait under that name are left as they are, so it may
# be run again. Exit 1 if a file was left out; which, and why, is said.
# shellcheck source=Examples/scripts/drop.sh
. "$(dirname "$0")/drop.sh"

folder=$(cd "${1:?usage: batch.sh FOLDER COMMAND [ARG…]}" && pwd) || exit 66
shift
: "${1:?usage: batch.sh FOLDER COMMAND [ARG…]}"

command=
for argument in "$@"; do
  command="$command$(json_text "$argument"), " || {
    echo "batch: an argument has a control character" >&2
    exit 64
  }
done
label=$(basename "$1")

failed=0
for file in "$folder"/*; do
  [ -f "$file" ] || continue
  if text=$(json_text "$file"); then
    printf '{ "run": [%s%s], "labels": { "batch": %s } }\n' "$command" "$text" "$(json_text "$label")" |
      drop "$label-$(basename "$file")" || failed=1
  else
    echo "batch: left out, its name has a control character: $file" >&2
    failed=1
  fi
done
exit "$failed"
