# What every target of ours has in common: C++17, warnings as errors, sanitizers, binaries in one place.
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

add_library(cc_options INTERFACE)
target_include_directories(cc_options INTERFACE "${CMAKE_SOURCE_DIR}")
if(CMAKE_CXX_COMPILER_ID MATCHES "^(GNU|Clang|AppleClang)$")
  target_compile_options(
    cc_options
    INTERFACE -Wall
              -Wextra
              -Wpedantic
              -Wshadow
              -Wconversion
              -Wsign-conversion
              -Wold-style-cast
              -Wnon-virtual-dtor
              -Woverloaded-virtual
              -Wswitch
              -Werror
              -fstack-protector-strong
              -fno-omit-frame-pointer)
  # MinGW finds the protector's library by this flag.
  target_link_options(cc_options INTERFACE -fstack-protector-strong)
endif()
if(WIN32)
  # Windows 10 and Server 2016: the oldest that have the calls we make.
  target_compile_definitions(cc_options INTERFACE _WIN32_WINNT=0x0A00 WIN32_LEAN_AND_MEAN NOMINMAX)
endif()
if(CMAKE_UNITY_BUILD)
  # A merged source looks like a header, whose anonymous namespaces would be a mistake.
  target_compile_options(cc_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_definitions(cc_options INTERFACE $<$<NOT:$<BOOL:${CC_SANITIZE}>>:_FORTIFY_SOURCE=2>)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# What stands before a path of this machine, as tests for the target take it: Wine's drive for all files.
if(WIN32 AND CMAKE_CROSSCOMPILING)
  set(CC_DRIVE "Z:")
endif()
if(CC_SANITIZE)
  # Instrumented and merged sources give false alarms of these kinds; the other builds have the warnings.
  target_compile_options(
    cc_options INTERFACE -Wno-conversion -Wno-sign-conversion
                         $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  if(CC_SANITIZE STREQUAL "thread")
    # Asio's fences, which GCC's ThreadSanitizer does not see. Mutexes guard Asio's queues besides.
    target_compile_options(cc_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
  add_compile_options(-fsanitize=${CC_SANITIZE} -fno-sanitize-recover=all -g1)
  add_link_options(-fsanitize=${CC_SANITIZE})
elseif(CMAKE_EXECUTABLE_FORMAT STREQUAL "ELF")
  add_link_options(-pie -Wl,-z,relro -Wl,-z,now)
endif()

if(CC_BUILD_FUZZERS)
  # Coverage of our libraries too: without it the fuzzer mutates blindly.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# cc_library(NAME SOURCES ... [PUBLIC targets...] [PRIVATE targets...]): one library for one folder. It
# may depend only on the targets that it links: a wrong include fails at link time.
function(cc_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE cc_options ${ARG_PRIVATE})
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
endfunction()

# cc_left_out(REASON names...): says at configuration what this platform is built without, and why.
function(cc_left_out reason)
  list(JOIN ARGN ", " names)
  message(STATUS "Left out for ${CMAKE_SYSTEM_NAME}: ${names}: ${reason}")
endfunction()

# cc_sources_but_windows(VARIABLE REASON files...): adds files to the list, and for Windows says why it does not.
function(cc_sources_but_windows variable reason)
  if(WIN32)
    cc_left_out("${reason}" ${ARGN})
    return()
  endif()
  set(${variable}
      ${${variable}} ${ARGN}
      PARENT_SCOPE)
endfunction()

# cc_platform_sources(VARIABLE POSIX files... [WINDOWS files...]): the sources of this platform's folder, posix/ or
# windows/. A platform is a source list, never an #ifdef.
function(cc_platform_sources variable)
  cmake_parse_arguments(ARG "" "" "POSIX;WINDOWS" ${ARGN})
  if(WIN32)
    set(folder windows)
    set(files ${ARG_WINDOWS})
  else()
    set(folder posix)
    set(files ${ARG_POSIX})
  endif()
  if(NOT files)
    message(FATAL_ERROR "${CMAKE_CURRENT_SOURCE_DIR} has no sources for this platform")
  endif()
  list(TRANSFORM files PREPEND "${folder}/")
  set(${variable}
      ${files}
      PARENT_SCOPE)
endfunction()

function(cc_executable name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE cc_options ${ARG_LINK})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
endfunction()

# cc_windows_events(TARGET): the texts of agent/main/windows/events.mc in the program, for Windows' event viewer.
function(cc_windows_events target)
  set(file "${CMAKE_SOURCE_DIR}/agent/main/windows/events.mc")
  set(object "${CMAKE_CURRENT_BINARY_DIR}/events.o")
  string(REPLACE windres windmc windmc "${CMAKE_RC_COMPILER}")
  add_custom_command(
    OUTPUT events.o
    COMMAND "${windmc}" -h . -r . "${file}"
    COMMAND "${CMAKE_RC_COMPILER}" -I . -O coff events.rc events.o
    DEPENDS "${file}"
    VERBATIM)
  set_source_files_properties("${object}" PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  target_sources(${target} PRIVATE "${object}")
endfunction()

# cc_test(NAME SOURCES ... LINK ... [LABELS ...]): one GoogleTest program, each of its suites known to ctest as
# NAME.SUITE. A process for each single test would take most of the time that the tests take.
function(cc_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LABELS" ${ARGN})
  cc_executable(${name} SOURCES ${ARG_SOURCES} LINK ${ARG_LINK} GTest::gmock GTest::gtest_main)
  set(list_suites "${PROJECT_SOURCE_DIR}/common/cmake/list_suites.cmake")
  set_property(
    TARGET ${name}
    APPEND
    PROPERTY LINK_DEPENDS "${list_suites}")
  set(suites "${CMAKE_CURRENT_BINARY_DIR}/${name}_suites.cmake")
  string(REPLACE ";" "$<SEMICOLON>" emulator "${CMAKE_CROSSCOMPILING_EMULATOR}")
  add_custom_command(
    TARGET ${name}
    POST_BUILD
    BYPRODUCTS "${suites}"
    COMMAND "${CMAKE_COMMAND}" -D "PROGRAM=$<TARGET_FILE:${name}>" -D "OUT=${suites}" -D "NAME=${name}" -D
            "LABELS=${ARG_LABELS}" -D "EMULATOR=${emulator}" -P "${list_suites}"
    VERBATIM)
  # A program that was not built is a test that fails, unless a selection leaves it out.
  set(include "${CMAKE_CURRENT_BINARY_DIR}/${name}_tests.cmake")
  file(WRITE "${include}" "if(EXISTS [==[${suites}]==])\n  include([==[${suites}]==])\nelse()\n"
                          "  add_test([==[${name}_NOT_BUILT]==] [==[${name}_NOT_BUILT]==])\nendif()\n")
  set_property(
    DIRECTORY
    APPEND
    PROPERTY TEST_INCLUDE_FILES "${include}")
  if("threaded" IN_LIST ARG_LABELS)
    add_dependencies(threaded_tests ${name})
  endif()
endfunction()
# The programs whose tests are labelled `threaded`: what ThreadSanitizer is for.
add_custom_target(threaded_tests)

add_custom_target(fuzzers)
# cc_fuzzer(NAME SOURCES ... LINK ... CORPUS dir): a libFuzzer program; built only with CC_BUILD_FUZZERS.
function(cc_fuzzer name)
  cmake_parse_arguments(ARG "" "CORPUS" "SOURCES;LINK" ${ARGN})
  if(CC_BUILD_FUZZERS)
    cc_executable(${name} SOURCES ${ARG_SOURCES} LINK ${ARG_LINK})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzzers ${name})
  endif()
endfunction()
