# Writes the documents that packages have into the folder CC_DOCUMENTS: side by side, with links that name the files there. The build of
# the Debian package includes it; another one calls
#
#   cmake -D CC_DOCUMENTS=FOLDER -P packaging/documents.cmake
#
# CC_DOCUMENT_SOURCES are the files that it read.
get_filename_component(source "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(depends CONFIGURE_DEPENDS)
endif()
file(GLOB pages ${depends} "${CMAKE_CURRENT_LIST_DIR}/doc/guide/*.md")
set(CC_DOCUMENT_SOURCES ${pages})

foreach(document CHANGELOG.md SECURITY.md packaging/doc/threat-model.md packaging/doc/abuse-tests.md)
  list(APPEND CC_DOCUMENT_SOURCES "${source}/${document}")
  get_filename_component(name "${document}" NAME)
  file(READ "${source}/${document}" text)
  string(REPLACE "](../../" "](" text "${text}")
  string(REPLACE "](packaging/doc/" "](" text "${text}")
  file(WRITE "${CC_DOCUMENTS}/${name}" "${text}")
endforeach()
# The guide in its own folder.
foreach(page ${pages})
  get_filename_component(name "${page}" NAME)
  file(READ "${page}" text)
  string(REGEX REPLACE "\\]\\(\\.\\./\\.\\./(nginx|systemd|examples)/" "](../examples/" text "${text}")
  string(REPLACE "](../../../proto/registration/openapi.yaml" "](../registration-openapi.yaml" text "${text}")
  string(REPLACE "](../../../proto/management/" "](../" text "${text}")
  string(REPLACE "](../../../" "](../" text "${text}")
  file(WRITE "${CC_DOCUMENTS}/guide/${name}" "${text}")
endforeach()
