// Reads the octets of one request into a Request.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "common/http/message.h"

namespace certconnector::http {

inline constexpr unsigned kNewestVersion = 11;  // HTTP/1.1, as Beast counts
// Of an announced body, what is given room before it has come: a SCEP message is read at once, and
// an announcement alone costs no more than this.
inline constexpr std::uint64_t kRoomAhead = 16UL * 1024;

struct RequestHead {
  std::string target;  // as received
  unsigned version = kNewestVersion;
  Request request;  // method, headers and, in the end, body
};

// Beast's grammar, body limit and framing, with one copy of what was read. Its own message type
// would take no header over 64 KiB, and its header limit starts anew with each header that comes
// alone; here it is for the request line and all headers. Trailers are checked and dropped: what
// stands there could pose as a header.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  RequestParser(std::size_t max_header, std::size_t max_body);

  [[nodiscard]] const RequestHead& head() const { return head_; }
  // When is_done(); the head is empty after that.
  [[nodiscard]] RequestHead take() { return std::move(head_); }
  // Octets of memory behind head(), room that is not used yet included.
  [[nodiscard]] std::size_t held() const;

 private:
  using ErrorCode = boost::beast::error_code;
  using Text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb method, Text method_text, Text target, int version,
                       ErrorCode& error) override;
  void on_response_impl(int /*code*/, Text /*reason*/, int /*version*/,
                        ErrorCode& /*error*/) override {}
  void on_field_impl(boost::beast::http::field field, Text name, Text value,
                     ErrorCode& error) override;
  void on_header_impl(ErrorCode& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode& error) override;
  std::size_t on_body_impl(Text part, ErrorCode& error) override;
  void on_chunk_header_impl(std::uint64_t /*size*/, Text /*extensions*/,
                            ErrorCode& /*error*/) override {}
  std::size_t on_chunk_body_impl(std::uint64_t remain, Text part, ErrorCode& error) override;
  void on_finish_impl(ErrorCode& /*error*/) override {}

  // Counts octets of the header; the error when they are too many.
  void count(std::size_t octets, ErrorCode& error);
  std::size_t append(Text part);

  const std::size_t max_header_;
  const std::size_t max_body_;
  std::size_t header_size_ = 0;
  std::size_t body_size_ = 0;  // as announced; else the limit
  RequestHead head_;
  bool in_header_ = true;
};

}  // namespace certconnector::http
