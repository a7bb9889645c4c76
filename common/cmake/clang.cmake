# Clang of one version, for the presets with sanitizers, which it compiles in half the time of GCC. .ci and
# packaging/install-dependencies.sh know the same variable.
set(version "$ENV{CC_CLANG_VERSION}")
if(NOT version)
  set(version 14)
endif()
set(CMAKE_C_COMPILER clang-${version})
set(CMAKE_CXX_COMPILER clang++-${version})
