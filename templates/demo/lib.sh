# What the demo's agents share. They use git, curl and the in-container `hive`, like any agent; only the thinking is scripted.
# Each turn runs the agent's script once: HIVE_AGENT, HIVE_TURN and HIVE_FORGE are set, the work folder is the agent's own.
set -euo pipefail

forge=$HIVE_FORGE
notes=$HOME/demo # what a script remembers from turn to turn
mkdir -p "$notes"

# The message that woke this turn; the body comes last since it may have several lines.
{
  IFS= read -r kind
  IFS= read -r from
  IFS= read -r ask
  body=$(cat)
} < <(hive turn --get kind,from,ask,body)

remember() { printf '%s' "$2" >"$notes/$1"; }
recall() { cat "$notes/$1"; }

# api METHOD PATH [JSON]: a call of the forge's API; prints the answer, fails with it.
api() {
  local method=$1 path=$2 data=${3:-}
  curl --silent --show-error --fail-with-body -X "$method" "$forge/api/v1$path" \
    -H 'content-type: application/json' ${data:+--data "$data"}
}

# until_ok COMMAND …: the forge checks a pull request in the background and says "try again later" meanwhile.
until_ok() {
  local tries
  for tries in $(seq 1 50); do
    if "$@" >"$notes/answer" 2>&1; then return 0; fi
    sleep 0.2
  done
  cat "$notes/answer" >&2
  return 1
}
