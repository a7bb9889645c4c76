#include "agent/platform/windows/folder.h"

#include "agent/platform/windows/sharing.h"

namespace certconnector::platform {
namespace {

class Search {
 public:
  explicit Search(const std::wstring& pattern)
      : handle_(::FindFirstFileW(pattern.c_str(), &entry)) {}
  ~Search() {
    if (found()) ::FindClose(handle_);
  }
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;
  [[nodiscard]] bool found() const { return handle_ != INVALID_HANDLE_VALUE; }
  [[nodiscard]] bool next() { return ::FindNextFileW(handle_, &entry) != 0; }

  WIN32_FIND_DATAW entry{};

 private:
  HANDLE handle_;
};

DWORD remove_entry(const std::wstring& path, DWORD attributes) {
  const bool folder = (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  if (folder && (attributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0) return remove_tree(path);
  return until_free([&] {
    const BOOL gone = folder ? ::RemoveDirectoryW(path.c_str()) : ::DeleteFileW(path.c_str());
    return gone != 0 ? ERROR_SUCCESS : ::GetLastError();
  });
}

}  // namespace

DWORD each_entry(const std::wstring& folder,
                 const std::function<DWORD(const WIN32_FIND_DATAW&)>& visit) {
  Search search(folder + L"\\*");
  if (!search.found()) return ::GetLastError();
  do {
    const std::wstring name = search.entry.cFileName;
    if (name == L"." || name == L"..") continue;
    const DWORD error = visit(search.entry);
    if (error != ERROR_SUCCESS) return error;
  } while (search.next());
  const DWORD end = ::GetLastError();
  return end == ERROR_NO_MORE_FILES ? ERROR_SUCCESS : end;
}

DWORD remove_tree(const std::wstring& folder) {
  const DWORD inside = each_entry(folder, [&](const WIN32_FIND_DATAW& entry) {
    return remove_entry(folder + L"\\" + entry.cFileName, entry.dwFileAttributes);
  });
  if (inside != ERROR_SUCCESS) return inside;
  return until_free(
      [&] { return ::RemoveDirectoryW(folder.c_str()) != 0 ? ERROR_SUCCESS : ::GetLastError(); });
}

}  // namespace certconnector::platform
