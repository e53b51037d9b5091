#!/usr/bin/env bash
# The manager: hands the operator's wish to alice, looks at the result once more by a reminder, and answers.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/lib.sh"

case $kind/$from in
  ask/operator)
    remember wish "$ask"
    hive ask --to alice "Please build this in a repository of your own, with a pull request that bob reviews: $body"
    ;;
  answer/alice)
    remember result "$body"
    hive remind "Is everything merged? Then tell the operator." --in 1s
    ;;
  reminder/*)
    hive answer "$(recall wish)" "Done: $(recall result)"
    ;;
esac
