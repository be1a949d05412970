#!/bin/sh
# Drops jobs with nothing but mktemp, cat and mv. To be sourced:
#
#   . Examples/scripts/drop.sh
#   drop nightly < nightly.json
#   printf '{ "run": ["gzip", %s] }\n' "$(json_text "$file")" | drop "gzip-$n"
#
# The spool is $BOBBIN_SPOOL, else ./spool. The drop is accepted once the runner has claimed it; 'bobbin submit' is for
# those who need it on the disk before they go on.

# drop NAME: standard input becomes inbox/NAME.json, whole or not at all. 73 if the name still waits there.
drop() (
  : "${1:?usage: drop NAME < JOB}"
  inbox=${BOBBIN_SPOOL:-./spool}/inbox
  umask 077
  # Names with a dot in front are ignored: it is no job before it is complete.
  part=$(mktemp "$inbox/.drop.XXXXXX") || exit 73
  trap 'rm -f "$part"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  cat >"$part" || exit 74
  # -n, because a plain mv would replace a job that waits under this name. Older versions of mv say nothing when they
  # leave the file where it is, so look.
  mv -n "$part" "$inbox/$1.json"
  if [ -e "$part" ]; then
    echo "drop: $1 is taken or cannot be written in $inbox" >&2
    exit 73
  fi
)

# json_text TEXT: the text as a JSON string, quotes included. 65 if it has control characters (a line break, say).
json_text() {
  case $1 in
    *[[:cntrl:]]*) return 65 ;;
    *) printf '"%s"' "$(printf '%s' "$1" | LC_ALL=C sed 's/[\\"]/\\&/g')" ;;
  esac
}
