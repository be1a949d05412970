#!/bin/sh
# echo-agent.sh: the smallest agent. It says back what it is told, takes what comes while it runs, and ends when it has
# looked ECHO_LOOKS times (10), ECHO_PAUSE seconds apart (1), and nothing had come, or when it is asked to. Needs a shell
# and what busybox has; no jq.
#
#   groups/echo.json   { "image": "busybox", "agent": { "run": ["sh", "/bobbin/group/echo-agent.sh"] } }
#   groups/echo/       this file
#
# JSON is not decoded here: a text is cut out as it stands, quotes and escapes included, and put into the answer as it
# stands. What cannot be cut out is left unanswered, and the job fails. Exit codes: 0; 65 standard input is no prompt.
set -u
LC_ALL=C
export LC_ALL
ipc=${BOBBIN_IPC:?the agent runs as a job of a group}
cd "$ipc" || exit 74

# strings KEY: the values of a key, one a line, as they stand. No line ends within a JSON string, and none of its quotes
# stands without a backslash, so "KEY": begins a member and nothing else.
strings() {
  tr -d '\r\n' | grep -oE "\"$1\"[[:space:]]*:[[:space:]]*\"([^\"\\\\]|\\\\.)*\"" | sed -E "s/^\"$1\"[[:space:]]*:[[:space:]]*//"
}

# bare: a string without its quotes.
bare() { sed -E 's/^"(.*)"$/\1/'; }

# request FOLDER ID: standard input becomes a request, whole or not at all. The same id makes the same file.
request() {
  cat >"$1/.$2.part" && mv "$1/.$2.part" "$1/$2.json"
}

# answer FILE CHANNEL CHAT: says back the last text in it: those before it are what was said earlier. The id of an answer
# follows from that of what is answered: after a crash the same message gets the same answer, and the host sees that it is
# the same.
answer() {
  text=$(strings text <"$1" | tail -n 1)
  [ -n "$text" ] || return 1
  id=$(strings id <"$1" | tail -n 1)
  hash=$(printf '%s' "${id:-$text}" | sha256sum | cut -c 1-24)
  printf '{ "type": "message", "to": "%s:%s", "text": %s, "id": "echo-%s" }\n' "$2" "$3" "$text" "$hash" |
    request messages "echo-$hash" || exit 74
}

prompt=$(mktemp) || exit 74
trap 'rm -f "$prompt"' EXIT
cat >"$prompt"
# All messages of a prompt are of one chat.
channel=$(strings channel <"$prompt" | tail -n 1 | bare)
chat=$(strings chat <"$prompt" | tail -n 1 | bare)
answer "$prompt" "${channel:-main}" "${chat:-main}" || {
  echo "echo-agent: standard input has no text" >&2
  exit 65
}

idle=0
while [ "$idle" -lt "${ECHO_LOOKS:-10}" ]; do
  idle=$((idle + 1))
  for file in input/*.json; do
    name=${file#input/}
    name=${name%.json}
    if [ ! -f "$file" ] || [ "$name" = _close ] || [ -e "taken/$name" ]; then continue; fi
    from=$(strings channel <"$file" | tail -n 1 | bare)
    where=$(strings chat <"$file" | tail -n 1 | bare)
    # The answer first: one that dies in between answers again, the other way round it would not answer at all.
    answer "$file" "${from:-${channel:-main}}" "${where:-${chat:-main}}" || echo "echo-agent: $name has no text" >&2
    # Unless the host took it away meanwhile: a name that is taken without being there would count for the next one.
    [ ! -f "$file" ] || : >"taken/$name"
    idle=0
  done
  if [ -e input/_close.json ]; then
    : >taken/_close
    exit 0
  fi
  : >taken/.heartbeat
  sleep "${ECHO_PAUSE:-1}"
done
