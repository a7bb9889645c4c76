#include "tests/endpoint/tls_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "tests/endpoint/digest.h"

namespace certconnector::endpoint::testing {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using boost::system::system_error;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

// One connection; the constructor throws system_error when it cannot be made.
class Connection {
 public:
  Connection(const std::string& url, const std::string& ca_pem, const Identity& identity)
      : context_(asio::ssl::context::tls_client), stream_(io_, prepare(ca_pem, identity)) {
    const auto colon = url.rfind(':');
    const std::string host = url.substr(8, colon - 8);
    asio::ip::tcp::resolver resolver(io_);
    boost::beast::get_lowest_layer(stream_).connect(resolver.resolve(host, url.substr(colon + 1)));
    stream_.set_verify_callback(asio::ssl::host_name_verification(host));
    stream_.handshake(asio::ssl::stream_base::client);
  }

  void write(const std::string& octets) { asio::write(stream_, asio::buffer(octets)); }

  Answer read(std::size_t limit) {
    boost::beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(limit);
    parser.header_limit(std::size_t{16} * 1024 * 1024);
    error_code ec;
    http::read(stream_, buffer, parser, ec);
    Answer answer;
    if (parser.is_header_done()) {
      for (const auto& field : parser.get()) {
        answer.headers[lower(std::string(field.name_string()))] = std::string(field.value());
      }
    }
    answer.body = parser.get().body();
    if (ec) {
      answer.failure = ec.message();
    } else {
      answer.status = static_cast<int>(parser.get().result_int());
    }
    return answer;
  }

  std::vector<std::string> chain() {
    std::vector<std::string> digests;
    STACK_OF(X509)* certificates = SSL_get_peer_cert_chain(stream_.native_handle());
    for (int i = 0; i < sk_X509_num(certificates); ++i) {
      unsigned char* der = nullptr;
      const int size = i2d_X509(sk_X509_value(certificates, i), &der);
      digests.push_back(sha256_hex(ByteView(der, static_cast<std::size_t>(size))));
      OPENSSL_free(der);
    }
    return digests;
  }

 private:
  asio::ssl::context& prepare(const std::string& ca_pem, const Identity& identity) {
    context_.set_verify_mode(asio::ssl::verify_peer);
    context_.add_certificate_authority(asio::buffer(ca_pem));
    if (!identity.key_pem.empty()) {
      context_.use_certificate_chain(asio::buffer(identity.certificates_pem));
      context_.use_private_key(asio::buffer(identity.key_pem), asio::ssl::context::pem);
    }
    return context_;
  }

  asio::io_context io_;
  asio::ssl::context context_;
  boost::beast::ssl_stream<boost::beast::tcp_stream> stream_;
};

}  // namespace

std::string TlsClient::post_octets(const std::string& path, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: endpoint\r\nContent-Type: application/json\r\n" +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

Answer TlsClient::post(const std::string& path, const std::string& body) const {
  return send(post_octets(path, body));
}

Answer TlsClient::send(const std::string& octets, std::size_t limit) const {
  try {
    Connection connection(url_, ca_pem_, identity_);
    connection.write(octets);
    return connection.read(limit);
  } catch (const system_error& e) {
    Answer answer;
    answer.failure = e.what();
    return answer;
  }
}

void TlsClient::send_and_hang_up(const std::string& octets,
                                 const std::function<void()>& meanwhile) const {
  Connection connection(url_, ca_pem_, identity_);
  connection.write(octets);
  meanwhile();
}

std::vector<std::string> TlsClient::server_chain() const {
  return Connection(url_, ca_pem_, identity_).chain();
}

}  // namespace certconnector::endpoint::testing
