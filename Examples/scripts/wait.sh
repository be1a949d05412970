#!/bin/sh
# wait.sh ID [SECONDS]: waits for a job's result by looking, prints where it is.
# 0 it succeeded, 1 it did not, 124 the time is over. The spool is $BOBBIN_SPOOL, else ./spool.
id=${1:?usage: wait.sh ID [SECONDS]}
left=${2:-}
spool=${BOBBIN_SPOOL:-./spool}
while :; do
  for state in 'done' errors; do
    # Both: a result without its job belongs to a run before, of a job that somebody just sent into the inbox again.
    if [ -e "$spool/$state/$id.result.json" ] && [ -e "$spool/$state/$id.json" ]; then
      echo "$spool/$state/$id.result.json"
      [ "$state" = 'done' ]
      exit
    fi
  done
  if [ -n "$left" ]; then
    [ "$left" -gt 0 ] || exit 124
    left=$((left - 1))
  fi
  sleep 1
done
