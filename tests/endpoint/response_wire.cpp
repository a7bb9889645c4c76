#include "tests/endpoint/response_wire.h"

namespace certconnector::endpoint {
namespace {

std::string padding_fields() {
  std::string fields;
  for (int i = 0; i < 128; ++i) {
    fields += "X-Padding-" + std::to_string(i) + ": " + std::string(8192, 'p') + "\r\n";
  }
  return fields;
}

}  // namespace

std::string to_wire(const Response& response, bool keep_alive) {
  std::string wire = "HTTP/1.1 " + std::to_string(response.status) + " " +
                     reason_phrase(response.status) + "\r\nCache-Control: no-store\r\n";
  if (!response.content_type.empty()) wire += "Content-Type: " + response.content_type + "\r\n";
  for (const auto& [name, value] : response.headers) wire += name + ": " + value + "\r\n";
  if (!keep_alive) wire += "Connection: close\r\n";
  if (response.delivery == Delivery::huge_headers) wire += padding_fields();
  if (response.delivery == Delivery::endless) return wire + "Transfer-Encoding: chunked\r\n\r\n";
  wire += "Content-Length: " + std::to_string(response.body.size()) + "\r\n\r\n";
  if (response.delivery == Delivery::truncated) {
    return wire + response.body.substr(0, response.body.size() / 2);
  }
  return wire + response.body;
}

std::string endless_chunk() { return "10000\r\n" + std::string(0x10000, ' ') + "\r\n"; }

}  // namespace certconnector::endpoint
