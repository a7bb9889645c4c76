// A key of the CryptoAPI and certificates of it in the store of this user.
#pragma once

#include <memory>
#include <string>

#include "common/crypto/certificate.h"
#include "common/text/bytes.h"

namespace certconnector::testing {

// A key of RSA that stays at Windows, removed with the object. One at a time in a program.
class CspContainer {
 public:
  CspContainer();
  ~CspContainer();
  CspContainer(const CspContainer&) = delete;
  CspContainer& operator=(const CspContainer&) = delete;

  // SubjectPublicKeyInfo.
  [[nodiscard]] const Bytes& public_key() const { return public_key_; }

 private:
  Bytes public_key_;
};

// In the store of this user, until its end. `has_key`: the store knows that of the container.
class StoredCertificate {
 public:
  explicit StoredCertificate(const crypto::Certificate& certificate, bool has_key = true);
  ~StoredCertificate();
  StoredCertificate(const StoredCertificate&) = delete;
  StoredCertificate& operator=(const StoredCertificate&) = delete;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace certconnector::testing
