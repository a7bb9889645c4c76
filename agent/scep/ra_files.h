// The RA's keys and certificates on disk: <folder>/<number>/{NAME.key.pem, NAME.certificate.pem}, a
// folder for each set, with NAME `ra`, or `signing` and `encryption` for a pair. A set is complete
// when all of its certificates are there. A set with a file that cannot be used is damaged: the
// others go on without it. One writer at a time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/key_source.h"
#include "agent/scep/ra_set.h"
#include "common/crypto/certificate.h"
#include "common/result/result.h"

namespace certconnector::scep {

enum class RaUse { both, signing, encryption };
[[nodiscard]] std::string_view to_string(RaUse use);  // "ra", "signing", "encryption"
[[nodiscard]] std::vector<RaUse> uses_of_set(bool separate);

// The sets on disk, by number.
struct RaSetsOnDisk {
  std::map<int, RaSet> complete;
  std::map<int, Error> damaged;
  std::optional<Error> unreadable = std::nullopt;  // the folder: what is in it is not known
};

// Of the service with this name.
[[nodiscard]] std::string ra_folder(const std::string& state_dir, const std::string& service);

class RaFiles {
 public:
  // `keys` outlives it.
  RaFiles(std::string folder, core::KeySource& keys) : folder_(std::move(folder)), keys_(keys) {}

  [[nodiscard]] RaSetsOnDisk load() const;
  // The folder of a set.
  [[nodiscard]] std::string folder(int number) const;
  // The highest number that has a folder; 0: none.
  [[nodiscard]] int last_number() const;

  // The PKCS#10 request (DER) for one certificate, always the same. Makes the key if there is none.
  [[nodiscard]] Result<Bytes> request(int number, RaUse use, const std::string& subject,
                                      int rsa_bits) const;
  [[nodiscard]] bool has_certificate(int number, RaUse use) const;
  [[nodiscard]] Status save_certificate(int number, RaUse use,
                                        const crypto::Certificate& certificate) const;
  [[nodiscard]] Status remove(int number) const;

 private:
  [[nodiscard]] std::string path(int number, RaUse use, std::string_view what) const;
  [[nodiscard]] Result<std::shared_ptr<const RaCertificate>> load_one(int number, RaUse use) const;
  // Errors: a file of it that cannot be used, with its name.
  [[nodiscard]] Result<std::optional<RaSet>> load_set(int number) const;
  [[nodiscard]] Status check_key(int number, RaUse use) const;
  [[nodiscard]] Result<std::vector<int>> numbers() const;

  std::string folder_;
  core::KeySource& keys_;
};

}  // namespace certconnector::scep
