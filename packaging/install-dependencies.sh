#!/usr/bin/env bash
# Installs the Debian packages that a job on this source tree needs, and only those that are missing.
#
#   packaging/install-dependencies.sh build       to configure, compile and package
#   packaging/install-dependencies.sh quickstart  the build set, and the SCEP client of the quick start
#   packaging/install-dependencies.sh test        to compile and run the tests, with sanitizers and fuzzers
#   packaging/install-dependencies.sh windows     to cross-build for Windows, and to run its tests under Wine
#   packaging/install-dependencies.sh check       the test set, formatter and linter
set -euo pipefail

# GoogleTest and Python are for configuring: the reference endpoint and the tests are part of the tree.
build=(g++ cmake ninja-build pkg-config libcpprest-dev libssl-dev libboost-dev libboost-system-dev
  libboost-program-options-dev libsqlite3-dev libspdlog-dev libfmt-dev nlohmann-json3-dev libutf8proc-dev openssl libgtest-dev libgmock-dev python3)
# From strongswan-pki on: SCEP clients and servers of others, the proxy that the configuration is for, and programs that read
# certificates.
quickstart=("${build[@]}" strongswan-pki libstrongswan-extra-plugins libstrongswan-standard-plugins)
clang=${CC_CLANG_VERSION:-14}
test=("${build[@]}" "clang-$clang" "libclang-rt-$clang-dev" python3-venv python3-jsonschema mandoc sqlite3 iproute2 systemd zsh fish
  strongswan-pki libstrongswan-extra-plugins libstrongswan-standard-plugins certmonger dbus-daemon scep nginx gnutls-bin openjdk-17-jdk-headless)
# Up to patch: for the libraries, which are built from Debian's sources.
windows=(g++-mingw-w64-x86-64-posix gcc libc6-dev make cmake ninja-build pkg-config perl tcl libboost1.74-tools-dev dpkg-dev patch
  lld llvm wine64 wixl msitools mandoc)
check=("${test[@]}" "clang-tidy-$clang" "clang-format-$clang" lintian ccache)

case "${1:-}" in
  build) wanted=("${build[@]}") ;;
  quickstart) wanted=("${quickstart[@]}") ;;
  test) wanted=("${test[@]}") ;;
  windows) wanted=("${windows[@]}") ;;
  check) wanted=("${check[@]}") ;;
  *)
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 64
    ;;
esac

if ! command -v apt-get >/dev/null; then
  echo "This script installs Debian packages with apt-get, which is not here. Install by hand: ${wanted[*]}" >&2
  exit 69
fi

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "These packages are missing, and neither root nor sudo is at hand: ${missing[*]}" >&2
    exit 77
  }
  as_root=(sudo)
fi

echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  "${missing[@]}" >/dev/null
