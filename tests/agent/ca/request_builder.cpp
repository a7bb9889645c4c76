#include "tests/agent/ca/request_builder.h"

#include <map>
#include <stdexcept>
#include <utility>

#include "common/crypto/der.h"
#include "common/crypto/name.h"

namespace certconnector::ca::testing {
namespace {

namespace der = crypto::der;

template <typename T>
T take(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message());
  return std::move(result).value();
}

Bytes oid(const std::string& dotted) {
  auto contents = der::oid_from_text(dotted);
  if (!contents) throw std::runtime_error("no OID: " + dotted);
  return *contents;
}

std::vector<WantedExtension> wanted_by(const RequestSpec& spec) {
  std::vector<WantedExtension> all;
  if (!spec.names.empty()) {
    all.push_back({"2.5.29.17", take(crypto::encode_general_names(spec.names)), false});
  }
  if (spec.key_usage) {
    Bytes value;
    der::Writer(value).bit_flags(*spec.key_usage);
    all.push_back({"2.5.29.15", value, true});
  }
  if (!spec.extended_key_usage.empty()) {
    Bytes value;
    der::Writer writer(value);
    writer.nest(der::kSequence, [&] {
      for (const auto& purpose : spec.extended_key_usage) writer.oid(oid(purpose));
    });
    all.push_back({"2.5.29.37", value, false});
  }
  all.insert(all.end(), spec.others.begin(), spec.others.end());
  return all;
}

void write_extensions(der::Writer& writer, const std::vector<WantedExtension>& extensions) {
  writer.nest(der::kSequence, [&] {
    for (const auto& extension : extensions) {
      writer.nest(der::kSequence, [&] {
        writer.oid(oid(extension.oid));
        if (extension.critical) writer.boolean(true);
        writer.octet_string(extension.value);
      });
    }
  });
}

Bytes encode_info(const RequestSpec& spec, const crypto::PrivateKey& key) {
  const auto extensions = wanted_by(spec);
  Bytes info;
  der::Writer writer(info);
  writer.nest(der::kSequence, [&] {
    writer.integer(0);
    writer.raw(spec.subject_der ? *spec.subject_der
                                : crypto::encode_name(take(crypto::parse_rfc4514(spec.subject))));
    writer.raw(key.public_key_info());
    writer.nest(der::context(0), [&] {
      writer.raw(spec.attributes);
      if (extensions.empty()) return;
      writer.nest(der::kSequence, [&] {
        writer.oid(oid("1.2.840.113549.1.9.14"));
        writer.nest(der::kSet, [&] { write_extensions(writer, extensions); });
      });
    });
  });
  return info;
}

}  // namespace

const crypto::PrivateKey& test_key(crypto::KeySpec spec) {
  static std::map<std::pair<int, int>, crypto::PrivateKey> keys;
  const auto id = std::pair(static_cast<int>(spec.kind), spec.bits);
  auto at = keys.find(id);
  if (at == keys.end()) at = keys.emplace(id, take(crypto::PrivateKey::generate(spec))).first;
  return at->second;
}

crypto::Pkcs10 make_request(const RequestSpec& spec, crypto::KeySpec key_spec) {
  const auto& key = test_key(key_spec);
  const Bytes info = encode_info(spec, key);
  Bytes request;
  der::Writer writer(request);
  writer.nest(der::kSequence, [&] {
    writer.raw(info);
    writer.raw(take(crypto::signature_algorithm(key)));
    writer.bit_string(take(crypto::sign(key, info)));
  });
  return take(crypto::Pkcs10::parse(std::move(request)));
}

}  // namespace certconnector::ca::testing
