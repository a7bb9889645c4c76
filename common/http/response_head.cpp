#include "common/http/response_head.h"

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <ostream>  // status.hpp writes to one
#include <string_view>

namespace certconnector::http {
namespace {

bool fits_in_a_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet < 0x20 && c != '\t') || octet == 0x7F;
  });
}

void add(std::string& out, std::string_view name, std::string_view value) {
  if (!fits_in_a_line(name) || !fits_in_a_line(value)) return;
  out.append(name).append(": ").append(value).append("\r\n");
}

std::uint64_t body_size(const Response& response) {
  if (response.source) return response.source->size();
  return response.body ? response.body->size() : 0;
}

// RFC 9110 section 8.6: no length where there can be no body; 304 would give that of the 200.
bool says_length(unsigned status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

std::string response_head(const Response& response, Framing framing) {
  const auto reason =
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(response.status));
  std::string out;
  out.reserve(256);
  out.append(framing.version < 11 ? "HTTP/1.0 " : "HTTP/1.1 ");
  out.append(std::to_string(response.status)).append(" ");
  out.append(reason.data(), reason.size()).append("\r\n");
  for (const auto& [name, value] : response.headers) add(out, name, value);
  if (!response.content_type.empty()) {
    add(out, "Content-Type", response.content_type);
    add(out, "X-Content-Type-Options", "nosniff");
  }
  if (says_length(response.status)) {
    add(out, "Content-Length", std::to_string(body_size(response)));
  }
  if (!framing.keep_alive) {
    add(out, "Connection", "close");
  } else if (framing.version < 11) {
    add(out, "Connection", "keep-alive");
  }
  return out.append("\r\n");
}

}  // namespace certconnector::http
