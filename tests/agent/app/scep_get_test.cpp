// Enrollment by GET as clients write it (scep.md), octet by octet over a real listener, from the
// query to the certificate.
#include <algorithm>
#include <functional>

#include "agent/app/http_module.h"
#include "common/text/base64.h"
#include "tests/agent/app/scep_fixture.h"
#include "tests/common/http/raw_client.h"
#include "tests/support/keys/fake_machine_store.h"

namespace certconnector::app {
namespace {

using http::testing::RawClient;
using ::testing::HasSubstr;

// The octets of an HTTP request with this SCEP message, DER; it ends its connection.
using Shape = std::function<std::string(const std::string& message)>;

http::Response read_http(const std::string& octets) {
  http::Response response;
  const auto end = std::min(octets.find("\r\n\r\n"), octets.size());
  const std::string head = octets.substr(0, end);
  response.status = head.size() < 12 ? 0 : static_cast<unsigned>(std::stoul(head.substr(9, 3)));
  if (head.find("application/x-pki-message") != std::string::npos) {
    response.content_type = "application/x-pki-message";
  }
  const std::string body = octets.substr(std::min(end + 4, octets.size()));
  response.body = std::make_shared<const Bytes>(as_bytes(body).to_bytes());
  return response;
}

// Sends each message in one shape.
class Wire final : public http::Handler {
 public:
  Wire(std::uint16_t port, Shape shape) : port_(port), shape_(std::move(shape)) {}

  void handle(http::Request request, http::Reply reply) override {
    const RawClient client(port_);
    client.send(shape_(request.body));
    reply.send(read_http(client.read_to_end()));
  }

 private:
  const std::uint16_t port_;
  const Shape shape_;
};

std::string base64_of(const std::string& message) { return text::to_base64(as_bytes(message)); }

std::string escape(const std::string& text, const std::string& characters) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (characters.find(c) == std::string::npos) {
      out.push_back(c);
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    out.append({'%', kDigits[octet >> 4U], kDigits[octet & 15U]});
  }
  return out;
}

std::string in_lines(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 64) out += text.substr(at, 64) + "%0A";
  return out;
}

std::string get(const std::string& query,
                const std::string& rest = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n") {
  return "GET " + kScepPath + "?" + query + rest;
}

const std::string kOperation = "operation=PKIOperation&message=";

// A GET whose query has exactly this many octets, most of them in a parameter that SCEP lacks.
Shape of_length(std::size_t size) {
  return [size](const std::string& m) {
    const std::string query = kOperation + escape(base64_of(m), "+/=") + "&pad=";
    return get(query + std::string(size - query.size(), 'x'));
  };
}

struct GetRow {
  const char* name;
  Shape shape;
};

std::vector<GetRow> taken() {
  return {
      {"NothingEscaped", [](const auto& m) { return get(kOperation + base64_of(m)); }},
      {"SlashAndEqualsEscaped",
       [](const auto& m) { return get(kOperation + escape(base64_of(m), "/=")); }},
      {"AllEscaped", [](const auto& m) { return get(kOperation + escape(base64_of(m), "+/=")); }},
      {"LinesOf64", [](const auto& m) { return get(kOperation + in_lines(base64_of(m))); }},
      {"NoPadding",
       [](const auto& m) {
         const std::string all = base64_of(m);
         return get(kOperation + all.substr(0, all.find('=')));
       }},
      {"Http10WithoutHost",
       [](const auto& m) { return get(kOperation + base64_of(m), " HTTP/1.0\r\n\r\n"); }},
      {"LowerCaseOperation",
       [](const auto& m) { return get("operation=pkioperation&message=" + base64_of(m)); }},
      {"MessageFirst",
       [](const auto& m) { return get("message=" + base64_of(m) + "&operation=PKIOperation"); }},
      {"QueryOf65534Octets", of_length(65534)},
      {"PostOfOctets",
       [](const auto& m) {
         return "POST " + kScepPath +
                "?operation=PKIOperation HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                "Content-Type: application/octet-stream\r\nContent-Length: " +
                std::to_string(m.size()) + "\r\n\r\n" + m;
       }},
  };
}

class ScepByGet : public ScepFixture {
 protected:
  void listen() {
    start_static();
    http_ = std::make_unique<HttpModule>(
        HttpParts{agent().scep(), clock_, site_.logger, machine_store_});
    ASSERT_TRUE(http_->configure(site_.settings("[http]\nlisten=127.0.0.1:0\n")).ok());
    ASSERT_TRUE(http_->start().ok());
  }
  // An enrollment whose base64 has every character that clients and proxies stumble over.
  [[nodiscard]] std::pair<ScepRequest, Bytes> awkward(const std::string& name) {
    for (int i = 0; i < 1000; ++i) {
      const std::string id = name + std::string(static_cast<std::size_t>(i % 3), '-');
      ScepRequest request = enrollment(kSecret, "CN=" + name + ",O=Test", id + std::to_string(i));
      Bytes message = client().make(request);
      const std::string base64 = text::to_base64(message);
      const bool good = base64.find('+') != std::string::npos &&
                        base64.find('/') != std::string::npos && base64.back() == '=';
      if (good) return {std::move(request), std::move(message)};
    }
    throw std::runtime_error("no message has a plus, a slash and padding");
  }

  SystemClock clock_;
  certconnector::testing::FakeMachineStore machine_store_;
  std::unique_ptr<HttpModule> http_;
};

TEST_F(ScepByGet, EveryHabitOfClientsGetsACertificate) {
  listen();
  std::size_t issued = 0;
  for (const GetRow& row : taken()) {
    const auto [request, message] = awkward(row.name);
    Wire wire(http_->port(), row.shape);
    const ScepAnswer answer = ScepClient(wire).ask(request, message);
    EXPECT_EQ(answer.http, 200U) << row.name << answer.text;
    ASSERT_TRUE(answer.issued()) << row.name << answer.fail_info;
    EXPECT_TRUE(answer.certificate->belongs_to(request.key)) << row.name;
    EXPECT_EQ(answer.certificate->subject_text(), "CN=" + std::string(row.name) + ",O=Test");
    EXPECT_EQ(certificates_issued(), ++issued) << row.name;
  }
}

TEST_F(ScepByGet, ARetryByPostGetsTheSame) {
  listen();
  const auto [request, message] = awkward("phone");
  Wire by_get(http_->port(), taken().front().shape);
  Wire by_post(http_->port(), taken().back().shape);
  const ScepAnswer first = ScepClient(by_get).ask(request, message);
  const ScepAnswer again = ScepClient(by_post).ask(request, message);
  ASSERT_TRUE(first.issued() && again.issued()) << first.text << again.text;
  EXPECT_EQ(first.certificate->der(), again.certificate->der());
}

TEST_F(ScepByGet, WhatIsTooLongOrBentIsRefused) {
  listen();
  const struct {
    const char* what;
    Shape shape;
    unsigned status;
    const char* said;
  } rows[] = {
      {"one octet too long", of_length(65535), 400, "longer than 65534 octets"},
      {"longer than a head may be", of_length(80000), 431, "too large"},
      {"an escape that is cut off",
       [](const auto& m) { return get(kOperation + base64_of(m) + "%2"); }, 400, "percent sign"},
      {"a letter that base64 lacks",
       [](const auto& m) { return get(kOperation + base64_of(m).insert(8, "*")); }, 400, "base64"},
      {"two messages",
       [](const auto& m) { return get(kOperation + base64_of(m) + "&message=AAAA"); }, 400,
       "twice"},
      {"half a message",
       [](const auto& m) { return get(kOperation + base64_of(m.substr(0, m.size() / 2))); }, 400,
       "cannot be read"},
      {"no message", [](const auto& /*m*/) { return get(kOperation); }, 400, "needs a message"},
  };
  for (const auto& row : rows) {
    const auto [request, message] = awkward("phone");
    Wire wire(http_->port(), row.shape);
    const ScepAnswer answer = ScepClient(wire).ask(request, message);
    EXPECT_EQ(answer.http, row.status) << row.what;
    EXPECT_THAT(answer.text, HasSubstr(row.said)) << row.what;
  }
  EXPECT_EQ(certificates_issued(), 0U);
}

}  // namespace
}  // namespace certconnector::app
