// How often one client may do something: the port of those who count, for rules that do not know
// where clients come from.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace certconnector::runtime {

// Thread-safe. `client` is an address as the front end names it.
class ClientLimit {
 public:
  virtual ~ClientLimit() = default;

  // Counts one for the client. A value: there was no room for it, and there is after that time.
  [[nodiscard]] virtual std::optional<std::chrono::seconds> take(const std::string& client) = 0;
  // Whether there is room for another one; counts nothing.
  [[nodiscard]] virtual std::optional<std::chrono::seconds> look(const std::string& client) = 0;
  // For what has happened already, room or not.
  virtual void count(const std::string& client) = 0;
};

}  // namespace certconnector::runtime
