# Run after a GoogleTest program was linked: writes OUT, a ctest include file with one test for each of its suites.
#   cmake -D PROGRAM=... -D OUT=... -D NAME=... -D LABELS=... [-D EMULATOR=...] -P list_suites.cmake
execute_process(
  COMMAND ${EMULATOR} "${PROGRAM}" --gtest_list_tests
  OUTPUT_VARIABLE listing
  RESULT_VARIABLE status
  TIMEOUT 60)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} cannot list its tests (${status}):\n${listing}")
endif()

# A program for Windows ends its lines otherwise.
string(REPLACE "\r" "" listing "${listing}")
# A suite stands at the start of a line and ends with a dot ("Rows/LimitTest." or "TypedTest/0.  # TypeParam = int"),
# its tests are indented.
string(REGEX MATCHALL "\n[^ \n]+\\." suites "\n${listing}")
if(NOT suites)
  message(FATAL_ERROR "${PROGRAM} has no tests.")
endif()
set(script "")
set(run "")
foreach(word IN LISTS EMULATOR PROGRAM)
  string(APPEND run " [==[${word}]==]")
endforeach()
foreach(suite IN LISTS suites)
  string(REGEX REPLACE "^\n|\\.$" "" suite "${suite}")
  string(
    APPEND
    script
    "add_test([==[${NAME}.${suite}]==]${run} [==[--gtest_filter=${suite}.*]==])\n"
    "set_tests_properties([==[${NAME}.${suite}]==] PROPERTIES TIMEOUT 600 LABELS [==[${LABELS}]==])\n")
endforeach()
file(WRITE "${OUT}" "${script}")
