#include "agent/http/request_rules.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <string_view>

namespace certconnector::http {
namespace {

namespace beast = boost::beast;
using Field = beast::http::field;

constexpr unsigned kHttp11 = 11;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

std::string lower(beast::string_view text) {
  std::string out(text.size(), '\0');
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    out[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

std::optional<RuleBroken> broken_framing(const RequestHeader& header) {
  if (header.count(Field::content_length) > 1)
    return RuleBroken{400, "more than one Content-Length"};
  const auto codings = header.count(Field::transfer_encoding);
  if (codings == 0) return std::nullopt;
  if (codings > 1) return RuleBroken{400, "more than one Transfer-Encoding"};
  if (header.count(Field::content_length) != 0) {
    return RuleBroken{400, "both Transfer-Encoding and Content-Length"};
  }
  if (header.version() < kHttp11) return RuleBroken{400, "Transfer-Encoding in HTTP/1.0"};
  if (!beast::iequals(header[Field::transfer_encoding], "chunked")) {
    return RuleBroken{501, "the only transfer coding here is chunked"};
  }
  return std::nullopt;
}

// "/path?query" from the origin form or the absolute form, RFC 9112 section 3.2; empty when it is
// neither.
std::string_view origin_form(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (!target.empty() && target.front() == '/') return target;
  if (!beast::iequals({target.data(), std::min(target.size(), kScheme.size())},
                      {kScheme.data(), kScheme.size()})) {
    return {};
  }
  const auto slash = target.find('/', kScheme.size());
  return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
}

}  // namespace

std::optional<RuleBroken> broken_rule(const RequestHeader& header) {
  if (header.version() != kHttp11 && header.version() != 10) {
    return RuleBroken{505, "HTTP/1.1 and HTTP/1.0 only"};
  }
  const auto hosts = header.count(Field::host);
  if (hosts > 1 || (hosts == 0 && header.version() == kHttp11)) {
    return RuleBroken{400, "exactly one Host header is needed"};
  }
  if (auto broken = broken_framing(header)) return broken;
  const auto expect = header[Field::expect];
  if (!expect.empty() && !beast::iequals(expect, "100-continue")) {
    return RuleBroken{417, "the only expectation here is 100-continue"};
  }
  if (origin_form(view(header.target())).empty()) return RuleBroken{400, "the target is no path"};
  return std::nullopt;
}

bool expects_continue(const RequestHeader& header) {
  return header.version() == kHttp11 && beast::iequals(header[Field::expect], "100-continue");
}

Request to_request(const RequestHeader& header) {
  Request request;
  request.method = std::string(view(header.method_string()));
  const std::string_view target = origin_form(view(header.target()));
  const auto question = target.find('?');
  request.path = std::string(target.substr(0, question));
  if (question != std::string_view::npos) request.query = std::string(target.substr(question + 1));
  for (const auto& field : header) {
    request.headers.emplace_back(lower(field.name_string()), std::string(view(field.value())));
  }
  return request;
}

}  // namespace certconnector::http
