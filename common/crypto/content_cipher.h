// The ciphers of CMS content, all in CBC mode with PKCS#7 padding (RFC 5652 section 6.3): AES of
// RFC 3565, and the two DES that old SCEP clients have.
#pragma once

#include <optional>
#include <string_view>

#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

enum class ContentCipher { aes128, aes192, aes256, des3, des };

[[nodiscard]] std::string_view cipher_oid(ContentCipher cipher);
[[nodiscard]] std::optional<ContentCipher> cipher_from_oid(std::string_view oid);
[[nodiscard]] std::string_view to_string(ContentCipher cipher);  // "AES-128-CBC"
[[nodiscard]] std::size_t key_size(ContentCipher cipher);        // octets
[[nodiscard]] std::size_t block_size(ContentCipher cipher);      // octets, also of the IV

// Sizes of key and IV are the caller's to get right. Errors: not_decryptable (padding);
// unsupported: single DES where OpenSSL's legacy provider is not installed.
[[nodiscard]] Result<Bytes> encrypt_content(ContentCipher cipher, ByteView key, ByteView iv,
                                            ByteView content);
[[nodiscard]] Result<Bytes> decrypt_content(ContentCipher cipher, ByteView key, ByteView iv,
                                            ByteView encrypted);

}  // namespace certconnector::crypto
