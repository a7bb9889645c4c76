#include "common/crypto/errors.h"

#include <utility>

namespace certconnector::crypto {

ErrorCode error_code(CryptoErrc errc) {
  switch (errc) {
    case CryptoErrc::malformed:
      return {"crypto", "malformed"};
    case CryptoErrc::unsupported:
      return {"crypto", "unsupported"};
    case CryptoErrc::weak:
      return {"crypto", "weak"};
    case CryptoErrc::weak_signature:
      return {"crypto", "weak_signature"};
    case CryptoErrc::bad_signature:
      return {"crypto", "bad_signature"};
    case CryptoErrc::wrong_passphrase:
      return {"crypto", "wrong_passphrase"};
    case CryptoErrc::not_decryptable:
      return {"crypto", "not_decryptable"};
    case CryptoErrc::mismatch:
      return {"crypto", "mismatch"};
    case CryptoErrc::failure:
      return {"crypto", "failure"};
  }
  return {"crypto", "unknown"};
}

Error not_decryptable() {
  return {CryptoErrc::not_decryptable, ErrorKind::permanent,
          "the message cannot be decrypted with the key that it was addressed to"};
}

Error malformed_name(std::string what) {
  return {CryptoErrc::malformed, ErrorKind::permanent, "the distinguished name " + std::move(what)};
}

}  // namespace certconnector::crypto
