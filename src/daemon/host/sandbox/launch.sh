#!/bin/bash
# The last steps before a sandbox, in a mount namespace of its own under root; then becomes COMMAND.
# usage: launch.sh DESCRIPTORS [cgroup FOLDER]... [oom SCORE] [stage FOLDER] [bind SOURCE]... [umask MODE] -- COMMAND...
# Only the first DESCRIPTORS file descriptors are handed on: others may have come from whoever started the daemon.
# `bind` puts each SOURCE below the stage as 0, 1, 2 ...: reachable for a user who could not enter the folders above it.
set -eu

close_others() {
  local path fd
  for path in /proc/self/fd/*; do
    fd=${path##*/}
    if ((fd >= $1 && fd != 255)); then exec {fd}>&-; fi # 255 is how bash reads this file
  done
}

stage_source() {
  if [[ -d $1 ]]; then mkdir -m 0755 "$2"; else : >"$2"; fi
  mount --rbind -- "$1" "$2"
}

close_others "$1"
shift
count=0
while [[ $1 != -- ]]; do
  case $1 in
    cgroup) echo "$$" >"$2/cgroup.procs" ;;
    oom) echo "$2" >/proc/self/oom_score_adj ;;
    umask) umask "$2" ;;
    stage)
      stage=$2
      mount -t tmpfs -o mode=0755,size=1m,nosuid,nodev hive "$stage"
      ;;
    bind)
      stage_source "$2" "$stage/$count"
      count=$((count + 1))
      ;;
  esac
  shift 2
done
shift
exec "$@"
