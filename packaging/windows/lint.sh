#!/usr/bin/env bash
# clang-tidy with warnings as errors over the sources that are for Windows alone, a folder at a time.
#
#   packaging/windows/lint.sh PREFIX     the prefix that dependencies.sh made
set -euo pipefail

[ $# -eq 1 ] && [ "$1" != --help ] && [ "$1" != -h ] || {
  sed -n '2,4s/^# \{0,1\}//p' "$0"
  [ "${1:-}" = --help ] || [ "${1:-}" = -h ] || exit 64
  exit 0
}
prefix=$1
cd "$(dirname "$0")/../.."
triplet=x86_64-w64-mingw32
library=$(dirname "$($triplet-g++-posix -print-libgcc-file-name)")/include/c++
# A merged unit includes sources; size_t has more octets than unsigned long; a HANDLE is a pointer by name, and a number in
# it; a handle of Asio's is a value.
checks=-bugprone-suspicious-include,-bugprone-implicit-widening-of-multiplication-result,-misc-misplaced-const
checks+=,-performance-no-int-to-ptr,-performance-unnecessary-value-param
units=$(mktemp -d)
trap 'rm -rf "$units"' EXIT

mapfile -t folders < <(git ls-files 'agent/*/windows/*.cpp' 'common/*/windows/*.cpp' | xargs -n 1 dirname | sort -u)
for folder in "${folders[@]}"; do
  printf "#include \"$PWD/%s\"\n" "$folder"/*.cpp >"$units/${folder//\//_}.cpp"
done
printf '%s\n' "$units"/*.cpp | xargs -P "$(nproc)" -I UNIT "clang-tidy-${CC_CLANG_VERSION:-14}" --quiet --config-file=.clang-tidy \
  --checks="$checks" UNIT -- --target=$triplet -std=c++17 -I. -isystem "$prefix/include" -isystem "$library" \
  -isystem "$library/$triplet" -isystem /usr/$triplet/include -D_WIN32_WINNT=0x0A00 -DWIN32_LEAN_AND_MEAN -DNOMINMAX 2>/dev/null
echo "${#folders[@]} folders for Windows, no findings"
