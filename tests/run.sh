#!/usr/bin/env bash
# Installs what the tests need, builds with AddressSanitizer and UndefinedBehaviorSanitizer, and runs all tests; ends
# with ctest's summary and the names of the tests that were skipped. The first time takes about an hour on two cores.
# ctest's unit is the suite, NAME.SUITE; a single test is run by its program in build/PRESET/bin with --gtest_filter.
#
#   tests/run.sh                    everything
#   tests/run.sh -R Scheduler       what follows goes to ctest
#   PRESET=debug tests/run.sh       another preset of CMakePresets.json: asan (default), debug, release
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  -h | --help)
    sed -n '2,8s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac

preset=${PRESET:-asan}
packaging/install-dependencies.sh test

# The validator of the management protocol's description comes from PyPI, into a folder of this build.
if [ ! -e build/venv/.ready ] || [ tests/requirements.txt -nt build/venv/.ready ]; then
  python3 -m venv build/venv
  build/venv/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
  touch build/venv/.ready
fi

if command -v ccache >/dev/null; then
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset"
status=0
ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$(nproc)" "$@" || status=$?
awk -f tests/summary.awk "build/$preset/Testing/Temporary/LastTest.log"
exit "$status"
