// The root store of Windows, as cpprestsdk asks it about a server.
#pragma once

#include <memory>
#include <string>

#include "common/text/bytes.h"

namespace certconnector::net::testing {

enum class RootOwner { user, machine };

// Puts a CA certificate into a root store, until destruction. Throws where it cannot.
class TrustedRoot {
 public:
  explicit TrustedRoot(const Bytes& der, RootOwner owner = RootOwner::user);
  ~TrustedRoot();
  TrustedRoot(const TrustedRoot&) = delete;
  TrustedRoot& operator=(const TrustedRoot&) = delete;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// What cpprestsdk 2.10.18 asks where OpenSSL has refused a server (x509_cert_utilities.cpp).
[[nodiscard]] bool windows_trusts(const Bytes& server_der, const std::wstring& host);

}  // namespace certconnector::net::testing
