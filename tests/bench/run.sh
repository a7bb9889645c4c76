#!/usr/bin/env bash
# Builds a release and measures what a job costs; prints a table and JSON. Takes about five minutes.
#
#   tests/bench/run.sh [--jobs N] [--idle-seconds N] [--json FILE]
set -euo pipefail
cd "$(dirname "$0")/../.."
case "${1:-}" in
  -h | --help)
    sed -n '2,4s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac
packaging/install-dependencies.sh test
cmake --preset release >/dev/null
cmake --build --preset release --target benchmarks
exec python3 tests/bench/bench.py --binaries build/release/bin "$@"
