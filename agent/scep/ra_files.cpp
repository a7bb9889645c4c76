#include "agent/scep/ra_files.h"

#include <algorithm>
#include <charconv>

#include "agent/platform/files.h"
#include "common/crypto/name.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::scep {
namespace {

constexpr std::size_t kMaxFile = 128UL * 1024;

std::uint16_t key_usage_for(RaUse use) {
  switch (use) {
    case RaUse::both:
      return crypto::kDigitalSignature | crypto::kKeyEncipherment;
    case RaUse::signing:
      return crypto::kDigitalSignature;
    case RaUse::encryption:
      return crypto::kKeyEncipherment;
  }
  return 0;
}

}  // namespace

std::string_view to_string(RaUse use) {
  switch (use) {
    case RaUse::both:
      return "ra";
    case RaUse::signing:
      return "signing";
    case RaUse::encryption:
      return "encryption";
  }
  return "";
}

std::vector<RaUse> uses_of_set(bool separate) {
  if (separate) return {RaUse::signing, RaUse::encryption};
  return {RaUse::both};
}

std::string ra_folder(const std::string& state_dir, const std::string& service) {
  return state_dir + "/scep/" + service;
}

std::string RaFiles::path(int number, RaUse use, std::string_view what) const {
  return folder(number) + "/" + std::string(to_string(use)) + "." + std::string(what) + ".pem";
}

std::string RaFiles::folder(int number) const { return folder_ + "/" + std::to_string(number); }

Result<std::vector<int>> RaFiles::numbers() const {
  std::vector<int> found;
  const auto names = platform::list_folder(folder_);
  if (!names.ok()) {
    return Error(ScepErrc::bad_ra, names.error().kind(), names.error().message());
  }
  for (const std::string& name : *names) {
    int number = 0;
    const char* last = name.data() + name.size();
    const auto [stop, problem] = std::from_chars(name.data(), last, number);
    if (problem == std::errc() && stop == last && number > 0) found.push_back(number);
  }
  std::sort(found.begin(), found.end());
  return found;
}

int RaFiles::last_number() const {
  const auto all = numbers();
  return !all.ok() || all->empty() ? 0 : all->back();
}

RaSetsOnDisk RaFiles::load() const {
  RaSetsOnDisk found;
  const auto all = numbers();
  if (!all.ok()) {
    found.unreadable = all.error();
    return found;
  }
  for (const int number : *all) {
    auto set = load_set(number);
    if (!set.ok()) {
      found.damaged.emplace(number, std::move(set).error());
    } else if (*set) {
      found.complete.emplace(number, **set);
    }
  }
  return found;
}

Result<std::optional<RaSet>> RaFiles::load_set(int number) const {
  if (has_certificate(number, RaUse::both)) {
    CC_TRY_ASSIGN(const auto both, load_one(number, RaUse::both));
    return std::make_optional(RaSet{both, both});
  }
  if (!has_certificate(number, RaUse::signing) || !has_certificate(number, RaUse::encryption)) {
    // No job's certificate is of a key that cannot be read.
    for (const RaUse use : {RaUse::both, RaUse::signing, RaUse::encryption}) {
      CC_TRY(check_key(number, use));
    }
    return std::optional<RaSet>();
  }
  CC_TRY_ASSIGN(const auto signing, load_one(number, RaUse::signing));
  CC_TRY_ASSIGN(const auto encryption, load_one(number, RaUse::encryption));
  return std::make_optional(RaSet{signing, encryption});
}

Result<std::shared_ptr<const RaCertificate>> RaFiles::load_one(int number, RaUse use) const {
  const std::string file = path(number, use, "certificate");
  CC_TRY_ASSIGN(const std::string pem, platform::read_trusted_file(file, kMaxFile));
  auto certificate = crypto::Certificate::from_pem(pem);
  if (!certificate.ok()) return certificate.error().with_context(file);
  CC_TRY_ASSIGN(crypto::PrivateKey key, keys_.open("file:" + path(number, use, "key")));
  auto made = RaCertificate::make(std::move(key), std::move(*certificate));
  if (!made.ok()) return made.error().with_context(file);
  return made;
}

Status RaFiles::check_key(int number, RaUse use) const {
  const std::string file = path(number, use, "key");
  if (!platform::file_exists(file)) return {};
  const auto key = keys_.open("file:" + file);
  return key.ok() ? Status() : Status(key.error());
}

bool RaFiles::has_certificate(int number, RaUse use) const {
  return platform::file_exists(path(number, use, "certificate"));
}

Result<Bytes> RaFiles::request(int number, RaUse use, const std::string& subject,
                               int rsa_bits) const {
  CC_TRY(platform::make_folder(folder(number)));
  const std::string reference = "file:" + path(number, use, "key");
  auto key = platform::file_exists(path(number, use, "key"))
                 ? keys_.open(reference)
                 : keys_.create(reference, {crypto::KeyKind::rsa, rsa_bits});
  if (!key.ok()) return std::move(key).error();
  crypto::Pkcs10Spec spec;
  CC_TRY_ASSIGN(spec.subject, crypto::parse_rfc4514(subject));
  spec.key_usage = key_usage_for(use);
  // An RSA signature of PKCS#1 v1.5 is always the same, so the request is as well.
  return crypto::make_pkcs10(*key, spec);
}

Status RaFiles::save_certificate(int number, RaUse use,
                                 const crypto::Certificate& certificate) const {
  return platform::write_file_atomically(path(number, use, "certificate"), certificate.to_pem(),
                                         platform::FileMode::world_readable);
}

Status RaFiles::remove(int number) const {
  const Status removed = platform::remove_folder(folder(number));
  if (removed.ok()) return {};
  return Error(ScepErrc::bad_ra, ErrorKind::transient,
               "the RA set cannot be removed: " + removed.error().message());
}

}  // namespace certconnector::scep
