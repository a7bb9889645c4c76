// A CA with CRLs at places that a test fills, and no network.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/ndes/crl_shelf.h"
#include "common/crypto/der.h"
#include "common/crypto/errors.h"
#include "tests/support/test_crl.h"
#include "tests/support/test_pki.h"

namespace certconnector::ndes {

namespace der = crypto::der;
using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using certconnector::testing::FakeClock;
using certconnector::testing::test_extension;
using certconnector::testing::TestCrl;

// The value of an extension with distribution points, one for each address.
inline Bytes points_value(const std::vector<std::string>& addresses) {
  constexpr unsigned kUri = 6;
  Bytes value;
  der::Writer writer(value);
  writer.nest(der::kSequence, [&] {
    for (const std::string& address : addresses) {
      writer.nest(der::kSequence, [&] {
        writer.nest(der::context(0), [&] {
          writer.nest(der::context(0),
                      [&] { writer.element(der::context_primitive(kUri), address); });
        });
      });
    }
  });
  return value;
}

// The value of an IssuingDistributionPoint. `address`: empty for none; `flag`: the number of a
// field that is true; 0 for none.
inline Bytes scope_value(const std::string& address, unsigned flag = 0) {
  constexpr unsigned kUri = 6;
  Bytes value;
  der::Writer writer(value);
  writer.nest(der::kSequence, [&] {
    if (!address.empty()) {
      writer.nest(der::context(0), [&] {
        writer.nest(der::context(0),
                    [&] { writer.element(der::context_primitive(kUri), address); });
      });
    }
    if (flag != 0) writer.element(der::context_primitive(flag), Bytes{0xFF});
  });
  return value;
}

struct CrlSite {
  Credential ca = make_ca();
  std::map<std::string, Bytes> at;   // what is at an address or path
  std::vector<std::string> fetched;  // every address and path that was asked for

  [[nodiscard]] CrlAccess access() {
    const auto get = [this](const std::string& place) -> Result<Bytes> {
      fetched.push_back(place);
      const auto found = at.find(place);
      if (found != at.end()) return found->second;
      return Error(crypto::CryptoErrc::mismatch, ErrorKind::transient, "connection refused");
    };
    return {get, get};
  }
  [[nodiscard]] Bytes crl(const TestCrl& wanted = {}) const {
    return certconnector::testing::make_crl(ca, wanted);
  }
  // A list of this number with these revoked.
  [[nodiscard]] static TestCrl list(std::uint8_t number, const std::vector<Bytes>& serials = {}) {
    TestCrl wanted;
    wanted.number = Bytes{number};
    for (const Bytes& serial : serials) wanted.entries.push_back({serial});
    return wanted;
  }
  // With the delta CRL indicator.
  [[nodiscard]] static TestCrl delta(std::uint8_t number, std::uint8_t base,
                                     const std::vector<Bytes>& serials = {}) {
    TestCrl wanted = list(number, serials);
    wanted.more_extensions = test_extension("2.5.29.27", true, Bytes{der::kInteger, 1, base});
    return wanted;
  }
  [[nodiscard]] crypto::Certificate certificate(const std::vector<std::string>& addresses,
                                                const std::vector<std::string>& freshest = {}) {
    CertificateSpec spec;
    spec.extended_key_usage = "clientAuth";
    if (!addresses.empty()) spec.raw_extensions.emplace_back("2.5.29.31", points_value(addresses));
    if (!freshest.empty()) spec.raw_extensions.emplace_back("2.5.29.46", points_value(freshest));
    return issue(ca, spec).certificate;
  }

  static Credential make_ca(const std::string& key_usage = "keyCertSign,cRLSign") {
    CertificateSpec spec;
    spec.subject = "CN=Enterprise CA";
    spec.ca = true;
    spec.key_usage = key_usage;
    return certconnector::testing::make_self_signed(spec);
  }
};

// The contents of the INTEGER of a serial number.
inline Bytes serial_integer(const crypto::Certificate& certificate) {
  Bytes serial = certificate.serial();
  constexpr std::uint8_t kSign = 0x80;
  if ((serial.front() & kSign) != 0) serial.insert(serial.begin(), 0);
  return serial;
}

}  // namespace certconnector::ndes
