#include "tests/bench/bench_site.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "agent/ca/local/ca_files.h"
#include "agent/ca/local/local_ca.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::bench {
namespace {

ca::LocalCaSettings ca_settings(const std::string& folder) {
  ca::LocalCaSettings settings;
  settings.name = "bench";
  settings.key_file = folder + "/ca-key.pem";
  settings.certificate_file = folder + "/ca.pem";
  settings.chain_file = folder + "/chain.pem";
  settings.request_file = folder + "/request.pem";
  settings.database_file = folder + "/database";
  settings.crl_file = folder + "/ca.crl";
  ca::TemplateSettings device;
  device.name = "device";
  settings.templates.push_back(device);
  return settings;
}

}  // namespace

void fail(const Error& error) {
  std::fprintf(stderr, "%s\n", error.message().c_str());
  std::exit(EXIT_FAILURE);
}

BenchSite::BenchSite(const crypto::KeySpec& ca_key) {
  const std::string folder = folder_.path().string();
  const ca::LocalCaSettings settings = ca_settings(folder);
  ca::RootSpec root;
  root.subject = "CN=Bench CA";
  root.key = ca_key;
  must(ca::create_root(settings, root, keys_, clock_));
  const auto made =
      must(ca::LocalCa::open(settings, {keys_, stores_.certificates, clock_, log_, {}}));
  ports_.ca = made;
  ports_.finder = made.get();
  ports_.crl_publisher = made.get();
  ports_.certificates = made.get();
  ca_ = ports_.ca->describe().fingerprint;
}

Bytes make_request(const crypto::KeySpec& key) {
  crypto::Pkcs10Spec spec;
  spec.subject = must(crypto::parse_rfc4514("CN=device,O=Bench"));
  spec.subject_alt_names = {{crypto::GeneralNameKind::dns, "device.example"}};
  return must(crypto::make_pkcs10(must(crypto::PrivateKey::generate(key)), spec));
}

double cpu_ms() {
  timespec ts{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
  return static_cast<double>(ts.tv_sec) * 1e3 + static_cast<double>(ts.tv_nsec) / 1e6;
}

double wall_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

}  // namespace certconnector::bench
