#!/usr/bin/env bash
# Installs what the tests need, builds, and runs all tests; ends with ctest's summary.
#
#   tests/run.sh                    everything
#   tests/run.sh -R scheduler       what follows goes to ctest
#   PRESET=asan tests/run.sh        another preset of CMakePresets.json: debug (default), asan, release
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  -h | --help)
    sed -n '2,7s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac

preset=${PRESET:-debug}
packaging/install-dependencies.sh test

# The validator of the management protocol's description comes from PyPI, into a folder of this build.
if [ ! -e build/venv/.ready ] || [ tests/requirements.txt -nt build/venv/.ready ]; then
  python3 -m venv build/venv
  build/venv/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
  touch build/venv/.ready
fi

launcher=()
command -v ccache >/dev/null && launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
cmake --preset "$preset" "${launcher[@]}" >/dev/null
cmake --build --preset "$preset"
ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$(nproc)" "$@"
