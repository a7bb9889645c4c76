#include "common/http/request_parser.h"

#include <algorithm>
#include <boost/beast/http/error.hpp>

#include "common/text/letter_case.h"

namespace certconnector::http {
namespace {

// Octets beside method, target, names and values: those of "GET / HTTP/1.1" with line end and of
// the empty line at the end, and those of "name: value" with line end.
constexpr std::size_t kAroundRequestLine = 14;
constexpr std::size_t kAroundField = 4;

// The longest that is registered with IANA has 16 letters.
constexpr std::size_t kLongestMethod = 32;
// Each costs more in memory than on the wire.
constexpr std::size_t kMostFields = 128;

}  // namespace

RequestParser::RequestParser(std::size_t max_header, std::size_t max_body)
    : max_header_(max_header), max_body_(max_body) {
  header_limit(static_cast<std::uint32_t>(max_header));
  body_limit(max_body);
}

void RequestParser::count(std::size_t octets, ErrorCode& error) {
  header_size_ += octets;
  if (header_size_ > max_header_) error = boost::beast::http::error::header_limit;
}

void RequestParser::on_request_impl(boost::beast::http::verb /*method*/, Text method_text,
                                    Text target, int version, ErrorCode& error) {
  count(method_text.size() + target.size() + kAroundRequestLine, error);
  if (method_text.size() > kLongestMethod) error = boost::beast::http::error::bad_method;
  if (error) return;
  head_.request.method.assign(method_text.data(), method_text.size());
  head_.target.assign(target.data(), target.size());
  head_.version = static_cast<unsigned>(version);
  head_.request.headers.reserve(8);
}

void RequestParser::on_field_impl(boost::beast::http::field /*field*/, Text name, Text value,
                                  ErrorCode& error) {
  if (!in_header_) return;
  if (head_.request.headers.size() >= kMostFields) error = boost::beast::http::error::header_limit;
  count(name.size() + value.size() + kAroundField, error);
  if (error) return;
  head_.request.headers.emplace_back(text::to_lower({name.data(), name.size()}),
                                     std::string(value.data(), value.size()));
}

void RequestParser::on_header_impl(ErrorCode& /*error*/) { in_header_ = false; }

// A length over the body limit never gets here.
void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length,
                                      ErrorCode& /*error*/) {
  body_size_ = length ? static_cast<std::size_t>(*length) : max_body_;
  const std::uint64_t room = std::min<std::uint64_t>(length.value_or(0), kRoomAhead);
  head_.request.body.reserve(static_cast<std::size_t>(room));
}

std::size_t RequestParser::on_body_impl(Text part, ErrorCode& /*error*/) { return append(part); }

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t /*remain*/, Text part,
                                              ErrorCode& /*error*/) {
  return append(part);
}

// Room doubles as the body comes, and never beyond what the body can be.
std::size_t RequestParser::append(Text part) {
  std::string& body = head_.request.body;
  const std::size_t needed = body.size() + part.size();
  if (needed > body.capacity()) {
    body.reserve(std::max(needed, std::min(2 * body.capacity(), body_size_)));
  }
  body.append(part.data(), part.size());
  return part.size();
}

std::size_t RequestParser::held() const {
  const auto& headers = head_.request.headers;
  std::size_t octets = head_.request.method.capacity() + head_.target.capacity() +
                       head_.request.body.capacity() + headers.capacity() * sizeof(headers.front());
  for (const auto& [name, value] : headers) octets += name.capacity() + value.capacity();
  return octets;
}

}  // namespace certconnector::http
