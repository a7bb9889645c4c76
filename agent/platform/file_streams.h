// Files that are written and read piece by piece: memory is bounded, whatever their size. Paths are
// UTF-8. Errors as in files.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/platform/files.h"
#include "common/result/result.h"
#include "common/text/byte_source.h"
#include "common/text/bytes.h"

namespace certconnector::platform {

// Octets on disk that end with the object, or with the process. One thread at a time.
class SpoolFile {
 public:
  // In the folder of `path`.
  [[nodiscard]] static Result<SpoolFile> beside(const std::string& path);
  SpoolFile(SpoolFile&&) noexcept;
  SpoolFile& operator=(SpoolFile&&) = delete;
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;
  ~SpoolFile();

  [[nodiscard]] Status append(ByteView octets);
  [[nodiscard]] std::uint64_t size() const;
  // Shows everything that was appended, in order, in pieces. Ends with the first error of `visit`.
  [[nodiscard]] Status read(const std::function<Status(ByteView)>& visit);

 private:
  struct State;
  explicit SpoolFile(std::unique_ptr<State> state);
  [[nodiscard]] Status flush();

  std::unique_ptr<State> state_;
};

// The next version of a file: until it takes its place, readers see the old one, and the destructor
// removes it. One thread at a time.
class NextVersion {
 public:
  // In the folder of `path`.
  [[nodiscard]] static Result<NextVersion> beside(const std::string& path);
  NextVersion(NextVersion&&) noexcept;
  NextVersion& operator=(NextVersion&&) = delete;
  NextVersion(const NextVersion&) = delete;
  NextVersion& operator=(const NextVersion&) = delete;
  ~NextVersion();

  [[nodiscard]] Status append(ByteView octets);
  // Durable but for the entry of the folder: sync_folder() comes after. `path` is in the same
  // folder. A reader that has the old version open goes on with it.
  [[nodiscard]] Status take_place_of(const std::string& path, FileMode mode);

 private:
  struct State;
  explicit NextVersion(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

// Removes what processes that were killed have left of the two above beside `path`.
void remove_left_over(const std::string& path);

// The file that has this name now. Errors: not_found.
[[nodiscard]] Result<SharedBytes> open_file(const std::string& path);

}  // namespace certconnector::platform
