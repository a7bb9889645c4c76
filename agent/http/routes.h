// Which handler answers which path.
#pragma once

#include <functional>
#include <map>
#include <shared_mutex>
#include <string>

#include "agent/http/message.h"

namespace certconnector::http {

// Paths are compared octet by octet, percent escapes as received.
class RouteTable {
 public:
  // This path and no other. The handler given last for a path counts.
  RouteTable& exact(std::string path, Handler& handler);
  // This path and what lies below it: "/scep" takes "/scep" and "/scep/x", not "/scepter"; "/"
  // takes everything. An exact route goes first, then the longest prefix.
  RouteTable& prefix(std::string path, Handler& handler);

  // Null when no route fits.
  [[nodiscard]] Handler* find(const std::string& path) const;

 private:
  std::map<std::string, Handler*, std::less<>> exact_;
  std::map<std::string, Handler*, std::less<>> prefixes_;  // without the '/' at the end
};

// Thread-safe: one can stand behind several servers, and the table can be replaced while they
// serve.
class Routes final : public Handler {
 public:
  Routes() = default;
  explicit Routes(RouteTable table);

  // When it returns, no handler of the table before is being called any more; answers that they
  // still owe are theirs. Not from inside a handler.
  void replace(RouteTable table);

  // 404 where no route fits.
  void handle(Request request, Reply reply) override;

 private:
  std::shared_mutex mutex_;  // shared by calls, taken alone to replace the table
  RouteTable table_;
};

}  // namespace certconnector::http
