#!/usr/bin/env bash
# Cross-builds for Windows on Debian 12, with mingw-w64 and from Debian's sources: build/windows/bin, and of it
# build/windows/certconnector-VERSION-x64.msi.
#
#   packaging/windows/build.sh [--test] [--quick] [--native FOLDER] [--sign COMMAND] [--folder FOLDER] [--dependencies FOLDER]
#                              [--jobs N] [TARGET...]
#
#   --test                 builds the tests too, and runs them under Wine; then installs, upgrades and removes the MSI there
#   --quick                for tests alone: programs and MSI that no compiler has made faster
#   --native FOLDER        with certconnector-endpoint and scep_devices of this system: tests the agent with them
#   --sign COMMAND         signs programs and MSI: it is run with a file as its last argument, and changes that file
#   --folder FOLDER        where to build (build/windows)
#   --dependencies FOLDER  where the libraries are built and kept (build/windows-dependencies)
#   --jobs N               compilers at a time (all processors)
#   TARGET...              what to build in place of everything; then there is no MSI
#
# It installs the Debian packages that are missing, so it wants root or sudo the first time. The lines of CMake that begin with
# "Left out" say what is missing so far, and why. Nothing here has run on a real Windows.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
folder=$tree/build/windows
dependencies=$tree/build/windows-dependencies
jobs=$(nproc)
tests=OFF
kind=Release
native=
signing=()
targets=()
while [ $# -gt 0 ]; do
  case "$1" in
    --test) tests=ON; shift ;;
    --quick) kind=Debug; shift ;;
    --native) native=$(cd "$2" && pwd); shift 2 ;;
    --sign) signing=(--sign "$2"); shift 2 ;;
    --folder) folder=$2; shift 2 ;;
    --dependencies) dependencies=$2; shift 2 ;;
    --jobs) jobs=$2; shift 2 ;;
    -*)
      sed -n '2,18s/^# \{0,1\}//p' "$0"
      [ "$1" = -h ] || [ "$1" = --help ] || exit 64
      exit 0
      ;;
    *) targets+=("$1"); shift ;;
  esac
done

step() { printf '\n== %s (%d min %d s)\n' "$1" $((SECONDS / 60)) $((SECONDS % 60)); }

step "Debian packages"
"$tree/packaging/install-dependencies.sh" windows

step "libraries"
prefix=$("$here/dependencies.sh" --folder "$dependencies" --jobs "$jobs" | tail -n 1)

# The same commit gives the same octets.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$tree" log -1 --format=%ct 2>/dev/null || echo 1672531200)}
export SOURCE_DATE_EPOCH

step "configuration"
map="-ffile-prefix-map=$tree=. -ffile-prefix-map=$prefix=."
cmake -G Ninja -S "$tree" -B "$folder" -DCMAKE_TOOLCHAIN_FILE="$here/toolchain.cmake" -DCC_WINDOWS_PREFIX="$prefix" \
  -DCMAKE_BUILD_TYPE=$kind -DCMAKE_CXX_FLAGS_DEBUG=-g0 -DCMAKE_UNITY_BUILD=ON -DCC_BUILD_TESTS=$tests -DCC_NATIVE_BINARIES="$native" -DCMAKE_C_FLAGS="$map" -DCMAKE_CXX_FLAGS="$map" |
  grep -E '^-- (Left out|Build files)' || exit 1

step "build"
cmake --build "$folder" --parallel "$jobs" ${targets[@]+--target "${targets[@]}"}

if [ "$tests" = ON ] && [ ${#targets[@]} -eq 0 ]; then
  step "tests under Wine"
  status=0
  ctest --test-dir "$folder" --output-on-failure --no-tests=error --parallel "$jobs" || status=$?
  awk -f "$tree/tests/summary.awk" "$folder/Testing/Temporary/LastTest.log"
  [ "$status" -eq 0 ] || exit "$status"
fi

if [ ${#targets[@]} -eq 0 ]; then
  step "MSI"
  version=$(sed -n 's/^set(CC_VERSION \(.*\))$/\1/p' "$tree/common/cmake/version.cmake")
  commit=$(git -C "$tree" rev-parse HEAD 2>/dev/null || true)
  "$here/msi/build.py" --programs "$folder/bin" --commit "$commit" --out "$folder/certconnector-$version-x64.msi" \
    ${signing[@]+"${signing[@]}"}
  [ "$tests" = OFF ] || "$tree/tests/integration/windows_msi_test.py" --programs "$folder/bin" ${native:+--native "$native"}
fi
step "done"
