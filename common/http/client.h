// One HTTP/1.1 request to an address, for what the agent asks itself, or asks where its devices do.
// No redirects, no proxies, no kept connections. Clouds and CAs are for common/net/https_client.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/crypto/key.h"
#include "common/http/message.h"
#include "common/result/result.h"
#include "common/time/clock.h"
#include "common/time/stop.h"

namespace certconnector::http {

// Whom a TLS server has to be. Its certificate is always verified.
struct PeerTrust {
  std::string name;  // DNS name or IP address that the certificate must have; empty: any
  // PEM: the certificates that are trusted, each by itself; empty: those of the system.
  std::string anchors;
};

// The certificate for a TLS server that asks for one.
struct ClientCertificate {
  std::string chain;  // PEM: our own certificate, then its issuers
  std::string key;    // PEM, not encrypted; a secret
  // In place of `key`: one that another place holds.
  std::optional<crypto::PrivateKey> held_key = std::nullopt;
};

struct Peer {
  // A name or an IP address without brackets; one that stands for all means this machine.
  std::string address;
  std::uint16_t port = 0;
  std::optional<PeerTrust> tls = std::nullopt;  // without: plain HTTP
  std::optional<ClientCertificate> certificate = std::nullopt;
};

struct FetchLimits {
  // For all of it: connecting, the handshake, writing and reading. A name's resolution counts, but
  // takes what the system gives it.
  Duration time;
  std::size_t octets = std::size_t{1024} * 1024;  // of the answer's body
  StopToken stop = {};
};

// Blocks until the answer is there, within the limits. Method, path, query, headers and body of
// `request` are sent. Errors: no_answer and untrusted, transient; bad_tls, permanent: anchors or a
// client certificate that cannot be used; those of
// crypto::system_trust().
[[nodiscard]] Result<Response> fetch(const Peer& peer, const Request& request,
                                     const FetchLimits& limits);
[[nodiscard]] Result<Response> fetch(const Peer& peer, const Request& request, Duration limit);

}  // namespace certconnector::http
