// An HTTPS request and its answer, without a type of the library that carries them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/text/bytes.h"

namespace certconnector::net {

struct Header {
  std::string name;
  std::string value;
};

enum class Method { get, post };

struct HttpsRequest {
  Method method = Method::post;
  std::string path;          // as it is sent: percent-encoded, with its query
  std::string content_type;  // of the body
  std::string body;          // none with get
  std::vector<Header>
      headers;  // more of them; never Host, which is checked against the certificate
};

struct HttpsAnswer {
  int status = 0;
  std::vector<Header> headers;
  std::string body;
  Bytes pinned_ca;  // DER of the CA that was pinned, when one was

  // Of this name in any letter case; empty: there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
};

}  // namespace certconnector::net
