#include "common/http/message.h"

#include <algorithm>

namespace certconnector::http {

std::string Request::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& header) { return header.first == name; });
  return found == headers.end() ? std::string() : found->second;
}

Response text_response(unsigned status, const std::string& line) {
  Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::make_shared<const Bytes>(as_bytes(line + "\n").to_bytes());
  return response;
}

Reply::Reply(std::function<void(Response)> send) : send_(std::move(send)) {}

Reply::~Reply() { abandon(); }

Reply::Reply(Reply&& other) noexcept : send_(std::exchange(other.send_, nullptr)) {}

Reply& Reply::operator=(Reply&& other) noexcept {
  if (this != &other) {
    abandon();
    send_ = std::exchange(other.send_, nullptr);
  }
  return *this;
}

void Reply::send(Response response) {
  if (const auto send = std::exchange(send_, nullptr)) send(std::move(response));
}

void Reply::abandon() {
  if (send_) send(text_response(500, "internal error"));
}

}  // namespace certconnector::http
