#include "agent/http/routes.h"

#include <mutex>
#include <string_view>
#include <utility>

namespace certconnector::http {

RouteTable& RouteTable::exact(std::string path, Handler& handler) {
  exact_[std::move(path)] = &handler;
  return *this;
}

RouteTable& RouteTable::prefix(std::string path, Handler& handler) {
  while (!path.empty() && path.back() == '/') path.pop_back();
  prefixes_[std::move(path)] = &handler;
  return *this;
}

Handler* RouteTable::find(const std::string& path) const {
  const auto exact = exact_.find(path);
  if (exact != exact_.end()) return exact->second;
  std::string_view above = path;
  while (true) {
    const auto found = prefixes_.find(above);
    if (found != prefixes_.end()) return found->second;
    if (above.empty()) return nullptr;
    const auto slash = above.rfind('/');
    above = above.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
}

Routes::Routes(RouteTable table) : table_(std::move(table)) {}

void Routes::replace(RouteTable table) {
  const std::unique_lock lock(mutex_);
  table_ = std::move(table);
}

void Routes::handle(Request request, Reply reply) {
  const std::shared_lock lock(mutex_);
  Handler* const handler = table_.find(request.path);
  if (handler == nullptr) return reply.send(text_response(404, "there is nothing here"));
  handler->handle(std::move(request), std::move(reply));
}

}  // namespace certconnector::http
