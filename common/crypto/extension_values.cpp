#include "common/crypto/extension_values.h"

#include "common/crypto/der.h"
#include "common/crypto/errors.h"

namespace certconnector::crypto {
namespace {

constexpr std::size_t kMaxPurposes = 100;

Error malformed_extension(std::string what) {
  return {CryptoErrc::malformed, ErrorKind::permanent, std::move(what)};
}

}  // namespace

Result<std::uint16_t> parse_key_usage(ByteView der) {
  der::Reader reader(der);
  const auto flags = reader.read_bit_flags();
  if (!flags || !reader.at_end())
    return malformed_extension("the key usage is not a DER BIT STRING of usages");
  constexpr unsigned kAll = 0x1FF;  // digitalSignature to decipherOnly
  if ((*flags & ~kAll) != 0) return malformed_extension("the key usage has bits that no usage has");
  return *flags;
}

Result<std::vector<std::string>> parse_extended_key_usage(ByteView der) {
  const auto contents = der::read_only(der, der::kSequence);
  if (!contents || contents->empty()) {
    return malformed_extension(
        "the extended key usage is not a DER SEQUENCE with at least one purpose");
  }
  std::vector<std::string> oids;
  der::Reader reader(*contents);
  while (!reader.at_end()) {
    if (oids.size() == kMaxPurposes)
      return malformed_extension("the extended key usage has over 100 purposes");
    const auto type = reader.read_oid();
    auto oid = type ? der::oid_to_text(*type) : std::nullopt;
    if (!oid)
      return malformed_extension(
          "the extended key usage has a purpose that is not an object identifier");
    oids.push_back(std::move(*oid));
  }
  return oids;
}

Bytes encode_key_usage(std::uint16_t mask) {
  Bytes out;
  der::Writer(out).bit_flags(mask);
  return out;
}

Result<Bytes> encode_extended_key_usage(const std::vector<std::string>& oids) {
  Bytes contents;
  der::Writer writer(contents);
  for (const std::string& oid : oids) {
    const auto encoded = der::oid_from_text(oid);
    if (!encoded)
      return malformed_extension("\"" + oid +
                                 "\" is not an object identifier such as 1.3.6.1.5.5.7.3.2");
    writer.oid(*encoded);
  }
  Bytes out;
  der::Writer(out).element(der::kSequence, contents);
  return out;
}

}  // namespace certconnector::crypto
