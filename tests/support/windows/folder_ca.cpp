// A helper of a CA that is a folder with a key: what packaging/examples/ca-helper.sh does, where
// there is no shell. FOLDER holds ca.pem and ca.key; the helper keeps what it issues there.
//
//   folder_ca FOLDER

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "common/crypto/certificate.h"
#include "common/crypto/name.h"
#include "common/crypto/pkcs10.h"
#include "common/text/base64.h"
#include "common/text/hex.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_pki.h"

namespace {

using namespace certconnector;
namespace fs = std::filesystem;

// What ends a helper (certmonger's doc/helpers.txt).
constexpr int kDone = 0;
constexpr int kDenied = 2;
constexpr int kUnknown = 6;

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int denied(const std::string& reason) {
  std::cout << reason << '\n';
  return kDenied;
}

int give(const fs::path& file) {
  std::cout << testing::read_file(file);
  return kDone;
}

testing::Credential ca_of(const fs::path& folder) {
  return {crypto::PrivateKey::from_pem(testing::read_file(folder / "ca.key"), {}).value(),
          crypto::Certificate::from_pem(testing::read_file(folder / "ca.pem")).value()};
}

crypto::Pkcs10 request() {
  std::string lines = variable("CERTMONGER_CSR");
  std::string base64;
  for (std::size_t at = lines.find('\n') + 1; lines.at(at) != '-'; ++at) {
    if (lines[at] != '\n') base64 += lines[at];
  }
  return crypto::Pkcs10::parse(text::from_base64(base64).value()).value();
}

testing::CertificateSpec asked_for(const crypto::Pkcs10& request) {
  testing::CertificateSpec spec;
  spec.subject = crypto::to_rfc4514(crypto::parse_name(request.subject()).value());
  const auto names = request.subject_alt_names();
  for (const crypto::GeneralName& name : names.value()) {
    spec.subject_alt_names += (spec.subject_alt_names.empty() ? "DNS:" : ",DNS:") + name.value;
  }
  return spec;
}

int submit(const fs::path& folder, const fs::path& issued) {
  // The same job again gets the same certificate.
  if (fs::exists(issued)) return give(issued);
  const crypto::Pkcs10 asked = request();
  const auto made = testing::issue_for_public_key(ca_of(folder), asked_for(asked),
                                                  asked.public_key_info().to_bytes());
  fs::create_directories(issued.parent_path());
  std::ofstream(issued, std::ios::binary) << made.to_pem();
  return give(issued);
}

bool is_named(const crypto::Certificate& certificate, const std::string& name) {
  return text::to_hex(certificate.serial()) == name ||
         text::to_hex(crypto::view(certificate.sha1())) == name ||
         text::to_hex(crypto::view(certificate.sha256())) == name;
}

int revoke(const fs::path& folder) {
  std::string wanted = variable("CERTCONNECTOR_SERIAL");
  if (wanted.empty()) wanted = variable("CERTCONNECTOR_THUMBPRINT");
  std::error_code none;
  for (const auto& file : fs::directory_iterator(folder / "issued", none)) {
    const auto one = crypto::Certificate::from_pem(testing::read_file(file.path())).value();
    if (is_named(one, wanted)) return kDone;
  }
  return denied("this CA has no certificate of serial number or thumbprint " + wanted);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  const fs::path folder = argv[1];
  const std::string operation = variable("CERTMONGER_OPERATION");
  const fs::path issued = folder / "issued" / (variable("CERTCONNECTOR_KEY") + ".pem");
  if (operation == "IDENTIFY") std::cout << "Folder 1\n";
  if (operation == "IDENTIFY") return kDone;
  if (operation == "FETCH-ROOTS") return give(folder / "ca.pem");
  if (operation == "SUBMIT") return submit(folder, issued);
  if (operation == "POLL") return denied("there is no such request");
  if (operation == "FIND") return fs::exists(issued) ? give(issued) : kDone;
  if (operation == "REVOKE") return revoke(folder);
  return kUnknown;
}
