#!/usr/bin/env bash
# Builds the Debian package from this source tree: build/release/certconnector_<version>_<architecture>.deb
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  "") ;;
  *)
    sed -n '2s/^# \{0,1\}//p' "$0"
    [ "$1" = -h ] || [ "$1" = --help ] || exit 64
    exit 0
    ;;
esac

packaging/install-dependencies.sh build
cmake --preset release >/dev/null
cmake --build --preset release --target certconnectord certconnector cc_packed_documents
(cd build/release && cpack -G DEB | sed -n 's/^CPack: - package: \(.*\) generated\.$/Made \1/p')
