#include "common/http/request_rules.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <string_view>
#include <utility>

namespace certconnector::http {
namespace {

constexpr unsigned kHttp10 = 10;
constexpr unsigned kHttp11 = 11;

bool iequals(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

// How often a header stands there, and what the first one says.
struct Field {
  std::size_t count = 0;
  std::string_view value;
};

Field find(const RequestHead& head, std::string_view name) {
  Field found;
  for (const auto& [key, value] : head.request.headers) {
    if (key == name && found.count++ == 0) found.value = value;
  }
  return found;
}

std::optional<RuleBroken> broken_framing(const RequestHead& head) {
  const auto length = find(head, "content-length");
  if (length.count > 1) return RuleBroken{400, "more than one Content-Length"};
  if (length.value.find_first_not_of("0123456789") != std::string_view::npos) {
    return RuleBroken{400, "Content-Length is no number"};
  }
  const auto coding = find(head, "transfer-encoding");
  if (coding.count == 0) return std::nullopt;
  if (coding.count > 1) return RuleBroken{400, "more than one Transfer-Encoding"};
  if (length.count != 0) return RuleBroken{400, "both Transfer-Encoding and Content-Length"};
  if (head.version < kHttp11) return RuleBroken{400, "Transfer-Encoding in HTTP/1.0"};
  if (!iequals(coding.value, "chunked")) {
    return RuleBroken{501, "the only transfer coding here is chunked"};
  }
  return std::nullopt;
}

// "/path?query" from the origin form or the absolute form, RFC 9112 section 3.2; empty when it is
// neither.
std::string_view origin_form(std::string_view target) {
  if (!target.empty() && target.front() == '/') return target;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!iequals(target.substr(0, scheme.size()), scheme)) continue;
    const auto end = std::min(target.find_first_of("/?", scheme.size()), target.size());
    if (end == scheme.size()) return {};  // no host
    if (end == target.size()) return "/";
    return target[end] == '/' ? target.substr(end) : std::string_view();
  }
  return {};
}

}  // namespace

std::optional<RuleBroken> broken_rule(const RequestHead& head) {
  if (head.version != kHttp11 && head.version != kHttp10) {
    return RuleBroken{505, "HTTP/1.1 and HTTP/1.0 only"};
  }
  const auto hosts = find(head, "host").count;
  if (hosts > 1 || (hosts == 0 && head.version == kHttp11)) {
    return RuleBroken{400, "exactly one Host header is needed"};
  }
  if (auto broken = broken_framing(head)) return broken;
  const auto expect = find(head, "expect");
  if (expect.count != 0 && !iequals(expect.value, "100-continue")) {
    return RuleBroken{417, "the only expectation here is 100-continue"};
  }
  if (origin_form(head.target).empty()) return RuleBroken{400, "the target is no path"};
  return std::nullopt;
}

bool expects_continue(const RequestHead& head) {
  return head.version == kHttp11 && iequals(find(head, "expect").value, "100-continue");
}

Request to_request(RequestHead head) {
  Request request = std::move(head.request);
  const std::string_view target = origin_form(head.target);
  const auto question = target.find('?');
  request.path = std::string(target.substr(0, question));
  if (question != std::string_view::npos) request.query = std::string(target.substr(question + 1));
  return request;
}

}  // namespace certconnector::http
