// PKCS#10 requests with any extensions, also those that the project's writer never makes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/crypto/general_name.h"
#include "common/crypto/key.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::ca::testing {

struct WantedExtension {
  std::string oid;
  Bytes value;
  bool critical = false;
};

struct RequestSpec {
  std::string subject = "CN=dev1,O=Test";  // RFC 4514; may be empty
  std::optional<Bytes> subject_der{};      // instead: DER Name
  std::vector<crypto::GeneralName> names;
  std::optional<std::uint16_t> key_usage;
  std::vector<std::string> extended_key_usage;
  std::vector<WantedExtension> others;
  Bytes attributes{};  // further ones, DER of whole Attributes
};

// Keys are made once for the program: RSA-2048 takes its time.
[[nodiscard]] const crypto::PrivateKey& test_key(crypto::KeySpec spec);

// Throws when the request cannot be made or parsed.
[[nodiscard]] crypto::Pkcs10 make_request(const RequestSpec& spec,
                                          crypto::KeySpec key = {crypto::KeyKind::ec, 256});

}  // namespace certconnector::ca::testing
