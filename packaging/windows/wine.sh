#!/usr/bin/env bash
# Runs a program for Windows under Wine, with a Wine prefix beside it in the build folder. CMake and ctest start tests so.
#
#   packaging/windows/wine.sh PREFIX PROGRAM [ARGUMENT...]
#
# PREFIX is that of dependencies.sh: its openssl.exe is found in PATH.
set -euo pipefail

[ $# -ge 2 ] && [ "$1" != --help ] && [ "$1" != -h ] || {
  sed -n '2,6s/^# \{0,1\}//p' "$0"
  [ "${1:-}" = --help ] || [ "${1:-}" = -h ] || exit 64
  exit 0
}
prefix=$1
program=$2
shift 2
export WINEPREFIX=${WINEPREFIX:-$(cd "$(dirname "$program")/.." && pwd)/wine}
export WINEDEBUG=${WINEDEBUG:--all}
export WINEPATH="Z:${prefix//\//\\}\\bin"
# What openssl.exe reads in the tests; our own programs forget the variable.
export OPENSSL_CONF='Z:\etc\ssl\openssl.cnf'
# No installers of Wine's own, and names of files in UTF-8.
export WINEDLLOVERRIDES="mscoree,mshtml=" LC_ALL=C.UTF-8
mkdir -p "$WINEPREFIX"
wine=$(command -v wine64 || command -v /usr/lib/wine/wine64)
exec "$wine" "$program" "$@"
