#!/usr/bin/env bash
# What GCC runs its parts through (gcc -wrapper): links with LLD, and runs all the others as they are.
#
# GNU ld takes a minute of CPU for a program of ours, LLD a fifth of a second. Debian's cross compilers know one linker by its
# path, so that -fuse-ld has no effect.
set -euo pipefail

if [ "$(basename "$1")" != collect2 ]; then
  exec "$@"
fi
shift
arguments=(--no-insert-timestamp)
while [ $# -gt 0 ]; do
  case "$1" in
    # GNU ld's, for link time optimization.
    -plugin) shift 2 ;;
    -plugin-opt=*) shift ;;
    *) arguments+=("$1"); shift ;;
  esac
done
exec ld.lld "${arguments[@]}"
