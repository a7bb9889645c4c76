#!/usr/bin/env bash
# Cross-builds the libraries that the programs for Windows link, static, from Debian's source packages.
#
#   packaging/windows/dependencies.sh [--folder FOLDER] [--jobs N]
#
#   --folder FOLDER  where sources, builds and prefixes stand (build/windows-dependencies)
#   --jobs N         compilers at a time (all processors)
#
# The last line says where the prefix is. Its name holds a hash of this recipe and of the sources, so a prefix that fits is
# used again, and a security update of Debian makes a new one. The libraries are those of the Debian release that runs this.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
folder=$tree/build/windows-dependencies
jobs=$(nproc)
while [ $# -gt 0 ]; do
  case "$1" in
    --folder) folder=$2; shift 2 ;;
    --jobs) jobs=$2; shift 2 ;;
    *)
      sed -n '2,10s/^# \{0,1\}//p' "$0"
      [ "$1" = -h ] || [ "$1" = --help ] || exit 64
      exit 0
      ;;
  esac
done
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

# The names of Debian's source packages, in the order of the builds.
packages=(openssl sqlite3 utf8proc boost1.74 fmtlib spdlog googletest nlohmann-json3 cpprest)
target=x86_64-w64-mingw32
# What OpenSSL reads by itself must stand where only administrators can write. Forward slashes: OpenSSL's make eats others.
openssl_folder="C:/Program Files/Certificate Connector/ssl"

say() { printf '  %s\n' "$*" >&2; }
fail() {
  printf 'dependencies.sh: %s\n' "$*" >&2
  exit 1
}

# Debian's packages of sources, from wherever this machine has its packages: own lists, so that its settings stay as they are.
apt() {
  apt-get -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$folder/apt/sources" \
    -o Dir::State::lists="$folder/apt/lists" -o APT::Get::List-Cleanup=false "$@"
}

read_lists() {
  mkdir -p "$folder/apt/sources" "$folder/apt/lists/partial"
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' | sort -u |
    sed 's/^/deb-src /' >"$folder/apt/sources/debian.list"
  [ -s "$folder/apt/sources/debian.list" ] || fail "apt knows no sources of Debian: run apt-get update."
  apt update -qq
}

# One line for each file of the sources: its name, a blank, its SHA-256 as Debian's signed index has it.
listed_files() {
  # apt leaves out what the current folder has.
  cd "$folder/apt"
  apt source --print-uris "${packages[@]}" 2>/dev/null | sed -n "s/^'[^']*' \([^ ]*\) [0-9]* SHA256:\([0-9a-f]*\)$/\1 \2/p" | sort -u
}

# Package by package: a file that a mirror lacks does not keep the others from coming.
download() (
  local package
  mkdir -p "$folder/sources"
  cd "$folder/sources"
  for package in "${packages[@]}"; do
    apt source -qq --download-only "$package" >/dev/null 2>"$folder/apt/$package.log" || true
  done
  listed_files | while read -r name sum; do
    if echo "$sum  $name" | sha256sum --check --status 2>/dev/null; then echo "$sum  $name"; fi
  done >"$folder/files"
)

# The source tree of a package. Debian's patches go in where its description of them came: its security fixes are among them.
unpack() {
  local package=$1 description original patch
  description=$(sed -n "s/^[0-9a-f]*  \(${package}_.*\.dsc\)$/\1/p" "$folder/files")
  original=$(sed -n "s/^[0-9a-f]*  \(${package}_.*\.orig\.tar\.[a-z0-9]*\)$/\1/p" "$folder/files")
  [ -n "$original" ] || fail "apt gives no source of $package: $(tail -n 3 "$folder/apt/$package.log")"
  rm -rf "${build:?}/$package"
  if [ -n "$description" ]; then
    dpkg-source --no-check -x "$folder/sources/$description" "$build/$package" >"$build/$package.log" 2>&1
  else
    say "$package: the mirror lacks Debian's part of the source. $original is built without Debian's patches."
    mkdir "$build/$package"
    tar -xf "$folder/sources/$original" -C "$build/$package" --strip-components=1
  fi
  for patch in "$here/patches/$package"-*.patch; do
    [ ! -e "$patch" ] || patch -d "$build/$package" -s -p1 <"$patch"
  done
}

# What decides about the octets of the prefix.
recipe_key() {
  {
    cat "$here/dependencies.sh" "$here/toolchain.cmake" "$here"/patches/* "$folder/files"
    dpkg-query -W -f '${Package} ${Version}\n' g++-mingw-w64-x86-64-posix mingw-w64-x86-64-dev binutils-mingw-w64-x86-64
  } | sha256sum | cut -c1-16
}

configure() {
  local source=$1
  shift
  cmake -G Ninja -S "$source" -B "$source/cross" -DCMAKE_TOOLCHAIN_FILE="$here/toolchain.cmake" -DCC_WINDOWS_PREFIX="$prefix" \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" -DBUILD_SHARED_LIBS=OFF \
    -DCMAKE_C_FLAGS="$flags" -DCMAKE_CXX_FLAGS="$flags ${cxx_flags:-}" "$@"
  ninja -j"$jobs" -C "$source/cross" install
}

build_openssl() {
  cd "$build/openssl"
  ./Configure mingw64 --cross-compile-prefix=$target- --prefix="$prefix" --libdir=lib no-shared no-module no-tests \
    CC=gcc-posix CFLAGS="-O2 $flags"
  local folders=(OPENSSLDIR="$openssl_folder" ENGINESDIR="$openssl_folder/engines" MODULESDIR="$openssl_folder/modules")
  make -j"$jobs" "${folders[@]}" build_libs
  make -j"$jobs" "${folders[@]}" apps/openssl.exe
  make "${folders[@]}" install_dev
  # For the tests alone; it is not shipped.
  install -D -t "$prefix/bin" apps/openssl.exe
}

build_sqlite3() {
  cd "$build/sqlite3"
  ./configure --disable-tcl --disable-readline
  make sqlite3.c
  $target-gcc-posix -O2 $flags -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_DQS=0 -DSQLITE_THREADSAFE=1 -DSQLITE_ENABLE_COLUMN_METADATA \
    -DSQLITE_ENABLE_DBSTAT_VTAB -c sqlite3.c -o sqlite3.o
  $target-gcc-ar-posix rcsD libsqlite3.a sqlite3.o
  install -D -m 644 -t "$prefix/lib" libsqlite3.a
  install -D -m 644 -t "$prefix/include" sqlite3.h sqlite3ext.h
}

build_utf8proc() {
  configure "$build/utf8proc"
  # Its description is that of a shared library.
  sed -i 's/-DUTF8PROC_EXPORTS/-DUTF8PROC_STATIC/' "$prefix/lib/pkgconfig/libutf8proc.pc"
}

build_boost1.74() {
  cd "$build/boost1.74"
  echo "using gcc : mingw : $target-g++-posix : <archiver>$target-gcc-ar-posix <ranlib>$target-gcc-ranlib-posix <rc>$target-windres ;" >user-config.jam
  b2 -j"$jobs" -d1 --user-config=user-config.jam --ignore-site-config toolset=gcc-mingw target-os=windows threadapi=win32 \
    address-model=64 architecture=x86 abi=ms binary-format=pe link=static runtime-link=static threading=multi variant=release \
    cxxflags="$flags" --layout=system --prefix="$prefix" --with-program_options --with-system --with-date_time --with-regex install
}

build_fmtlib() {
  configure "$build/fmtlib" -DFMT_TEST=OFF -DFMT_DOC=OFF
}

build_spdlog() {
  configure "$build/spdlog" -DSPDLOG_FMT_EXTERNAL=ON -DSPDLOG_WCHAR_FILENAMES=ON -DSPDLOG_BUILD_EXAMPLE=OFF -DSPDLOG_BUILD_TESTS=OFF
}

build_googletest() {
  configure "$build/googletest"
}

build_nlohmann-json3() {
  configure "$build/nlohmann-json3" -DJSON_BuildTests=OFF
}

build_cpprest() {
  cxx_flags="-D_WIN32_WINNT=0x0A00" configure "$build/cpprest/Release" -DCPPREST_PPLX_IMPL=winpplx -DCPPREST_HTTP_CLIENT_IMPL=asio \
    -DCPPREST_HTTP_LISTENER_IMPL=none -DCPPREST_EXCLUDE_WEBSOCKETS=ON -DCPPREST_EXCLUDE_COMPRESSION=ON -DBUILD_TESTS=OFF \
    -DBUILD_SAMPLES=OFF -DWERROR=OFF -DCMAKE_CXX_STANDARD=17 -DBoost_USE_STATIC_LIBS=ON -DBoost_USE_STATIC_RUNTIME=ON \
    -DBoost_INCLUDE_DIR="$prefix/include"
}

# A relative folder would let whoever can write the current one configure OpenSSL.
check_openssl_folders() {
  local name built
  for name in OPENSSLDIR ENGINESDIR MODULESDIR; do
    built=$(strings -a "$prefix/lib/libcrypto.a" | sed -n "s/^$name: \"\(.*\)\"$/\1/p" | sort -u)
    case "$built" in
      "$openssl_folder" | "$openssl_folder"/*) ;;
      *) fail "$name of the built libcrypto.a is \"$built\", not within \"$openssl_folder\"." ;;
    esac
  done
}

build_package() {
  local package=$1 start=$SECONDS log=$build/$1.log
  # A part that was built is built no second time after a failure of a later one.
  [ ! -e "$build/$package.done" ] || return 0
  unpack "$package"
  # Outside of a condition, where a failed step would not end it.
  set +e
  (set -e; "build_$package") >>"$log" 2>&1
  local status=$?
  set -e
  if [ "$status" -ne 0 ]; then
    tail -n 30 "$log" >&2
    fail "$package cannot be built; all of it: $log"
  fi
  touch "$build/$package.done"
  rm -rf "${build:?}/$package"
  say "$package: $((SECONDS - start)) s"
}

read_lists
download
key=$(recipe_key)
prefix=$folder/$key
build=$folder/build-$key
if [ ! -e "$prefix/complete" ]; then
  say "building ${packages[*]}, $jobs compilers at a time"
  # Some date that stays the same, unless the caller has one.
  export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1672531200}
  flags="-ffile-prefix-map=$build=. -ffile-prefix-map=$prefix=."
  mkdir -p "$build" "$prefix"
  for package in "${packages[@]}"; do
    build_package "$package"
  done
  check_openssl_folders
  rm -rf "$build"
  touch "$prefix/complete"
fi
check_openssl_folders
echo "$prefix"
