#!/bin/sh
# The last steps before a sandbox, in a mount namespace of its own under root; then becomes COMMAND.
# usage: launch.sh [cgroup FOLDER]... [stage FOLDER] [bind SOURCE]... [umask MODE] -- COMMAND...
# `bind` puts each SOURCE below the stage as 0, 1, 2 ...: reachable for a user who could not enter the folders above it.
set -eu
stage=
count=0
while [ "$1" != -- ]; do
  case $1 in
    cgroup) echo "$$" >"$2/cgroup.procs" ;;
    umask) umask "$2" ;;
    stage)
      stage=$2
      mount -t tmpfs -o mode=0755,size=1m,nosuid,nodev hive "$stage"
      ;;
    bind)
      if [ -d "$2" ]; then mkdir -m 0755 "$stage/$count"; else : >"$stage/$count"; fi
      mount --rbind -- "$2" "$stage/$count"
      count=$((count + 1))
      ;;
  esac
  shift 2
done
shift
exec "$@"
