// A device that enrolls by SCEP over HTTP. It has one key and one request, and repeats them as
// often as its caller asks.
#pragma once

#include <memory>
#include <string>

#include "agent/scep/client_message.h"
#include "common/http/client.h"
#include "common/result/result.h"
#include "tests/bench/scep_messages.h"

namespace certconnector::devices {

struct Order {
  std::string name;  // the subject is CN=<name>,O=Devices
  std::string transaction;
  std::string path;       // of the SCEP service
  std::string challenge;  // a secret
};

// The answer of GetCACert.
struct Offer {
  scep::OfferedCertificates certificates;
  bench::Recipient recipient;
};
using OfferRef = std::shared_ptr<const Offer>;
// Errors: no answer, or one without an RA.
[[nodiscard]] Result<OfferRef> fetch_offer(const http::Peer& peer, const std::string& path,
                                           Duration limit);

enum class Kind {
  success,     // `certificate`
  failure,     // `text` is the failInfo
  pending,     //
  come_again,  // HTTP 503
  no_answer,   // the connection was not made, or broke, or took too long
  wrong        // not an answer of SCEP: `text`
};
[[nodiscard]] std::string_view to_string(Kind kind);
// The answer is final for the device.
[[nodiscard]] bool is_final(Kind kind);

struct Answer {
  Kind kind = Kind::wrong;
  std::string text;
  Bytes certificate;  // DER
};

// Thread-safe: two of its processes may ask at once.
class Device {
 public:
  [[nodiscard]] static Result<Device> create(const Order& order, OfferRef offer,
                                             scep::ClientCredential credential);
  // Asks for another certificate for `key`; the old certificate authorizes it, without a challenge.
  [[nodiscard]] static Result<Device> create_renewal(const Order& order, OfferRef offer,
                                                     scep::ClientCredential has,
                                                     crypto::PrivateKey key);

  [[nodiscard]] const Order& order() const { return order_; }
  [[nodiscard]] const crypto::PrivateKey& key() const { return key_; }
  [[nodiscard]] bool renews() const { return type_ == scep::MessageType::renewal_req; }
  // The PKCSReq or RenewalReq, each time the same octets.
  [[nodiscard]] Answer request(const http::Peer& peer, Duration limit) const;
  [[nodiscard]] Answer poll(const http::Peer& peer, Duration limit) const;

 private:
  Device(scep::MessageType type, Order order, OfferRef offer, scep::ClientCredential credential,
         crypto::PrivateKey key)
      : type_(type),
        order_(std::move(order)),
        offer_(std::move(offer)),
        credential_(std::move(credential)),
        key_(std::move(key)) {}
  [[nodiscard]] Status write_request();
  [[nodiscard]] Result<Bytes> make_message(scep::MessageType type, ByteView content,
                                           const Bytes& nonce) const;
  [[nodiscard]] Answer ask(const http::Peer& peer, const Bytes& message, const Bytes& nonce,
                           Duration limit) const;
  [[nodiscard]] Answer read(ByteView message, const Bytes& nonce) const;

  scep::MessageType type_;
  Order order_;
  OfferRef offer_;
  scep::ClientCredential credential_;  // signs
  crypto::PrivateKey key_;             // the certificate's
  Bytes subject_;                      // DER Name
  Bytes nonce_;
  Bytes message_;
};

[[nodiscard]] Result<scep::ClientCredential> make_credential(const std::string& name,
                                                             crypto::PrivateKey key);

}  // namespace certconnector::devices
