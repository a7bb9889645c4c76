// X.509 certificates as we read them: our identity, CA certificates, what another CA issued. Not
// the hot path.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/digest.h"
#include "common/crypto/general_name.h"
#include "common/crypto/key.h"
#include "common/crypto/name.h"
#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::crypto {

inline constexpr std::size_t kMaxCertificateSize = 65536;

class Certificate {
 public:
  [[nodiscard]] static Result<Certificate> from_der(ByteView der);
  [[nodiscard]] static Result<Certificate> from_pem(
      std::string_view pem);  // the first one in the text
  [[nodiscard]] static Result<std::vector<Certificate>> all_from_pem(
      std::string_view pem);  // in order, at least one

  [[nodiscard]] const Bytes& der() const { return der_; }
  [[nodiscard]] std::string to_pem() const;
  [[nodiscard]] const Bytes& subject() const { return subject_; }                  // DER Name
  [[nodiscard]] const Bytes& issuer() const { return issuer_; }                    // DER Name
  [[nodiscard]] const std::string& subject_text() const { return subject_text_; }  // RFC 4514
  [[nodiscard]] const std::string& issuer_text() const { return issuer_text_; }
  [[nodiscard]] const Bytes& serial() const {
    return serial_;
  }  // big-endian magnitude, no leading zero
  [[nodiscard]] Timestamp not_before() const { return not_before_; }
  [[nodiscard]] Timestamp not_after() const { return not_after_; }
  [[nodiscard]] bool is_ca() const { return is_ca_; }
  [[nodiscard]] int path_length() const { return path_length_; }  // -1: no limit
  [[nodiscard]] std::uint16_t key_usage() const {
    return key_usage_;
  }  // mask of pkcs10.h; 0: no extension
  // Whether its key usage, if it has one, lets it sign messages and not certificates and CRLs
  // alone.
  [[nodiscard]] bool signs_messages() const;
  [[nodiscard]] const std::vector<std::string>& extended_key_usage() const {
    return extended_key_usage_;
  }
  [[nodiscard]] const std::vector<GeneralName>& subject_alt_names() const {
    return subject_alt_names_;
  }
  [[nodiscard]] const Bytes& subject_key_id() const {
    return subject_key_id_;
  }  // empty: no extension
  [[nodiscard]] const Bytes& public_key_info() const { return public_key_info_; }
  [[nodiscard]] Sha256 sha256() const { return crypto::sha256(der_); }
  [[nodiscard]] Sha1 sha1() const { return crypto::sha1(der_); }

  [[nodiscard]] bool belongs_to(const PrivateKey& key) const {
    return key.public_key_info() == public_key_info_;
  }
  // Whether `issuer` signed this certificate (name and signature; no dates).
  [[nodiscard]] bool issued_by(const Certificate& issuer) const;

 private:
  friend class CertificateReader;
  Certificate() = default;

  Bytes der_, subject_, issuer_, serial_, subject_key_id_, public_key_info_;
  std::string subject_text_, issuer_text_;
  Timestamp not_before_, not_after_;
  bool is_ca_ = false;
  int path_length_ = -1;
  std::uint16_t key_usage_ = 0;
  std::vector<std::string> extended_key_usage_;
  std::vector<GeneralName> subject_alt_names_;
};

struct KeyAndChain {
  PrivateKey key;
  std::vector<Certificate> chain;  // the key's certificate first
};
// PKCS#12, RFC 7292.
[[nodiscard]] Result<KeyAndChain> parse_pkcs12(ByteView der, std::string_view passphrase);

}  // namespace certconnector::crypto
