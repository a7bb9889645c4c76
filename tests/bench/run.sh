#!/usr/bin/env bash
# Builds a release and measures what jobs and SCEP enrollments cost; prints tables. Takes about 40 minutes, --quick three.
#
#   tests/bench/run.sh [--beside FOLDER] [--part jobs|store|scep|stored|instructions] [--quick] [--rounds N] [--stored N]
#                      [--no-peers] [--markdown FILE] [--json FILE]
#
# --beside FOLDER measures the programs of an older build, its build/release/bin, in the same rounds.
# --part instructions needs valgrind, takes some minutes, and runs only when it is named.
set -euo pipefail
case "${1:-}" in
  -h | --help)
    sed -n '2,8s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac
# The build's own folder is another one than that from which paths are given.
tree=$(cd "$(dirname "$0")/../.." && pwd)
(
  cd "$tree"
  packaging/install-dependencies.sh test
  cmake --preset release >/dev/null
  cmake --build --preset release --target benchmarks
)
exec python3 "$tree/tests/bench/bench.py" --binaries "$tree/build/release/bin" "$@"
