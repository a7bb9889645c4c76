// The implementations on which the contract of a CA is run.
#include "tests/contract/ca_contract.h"

#include <stdexcept>
#include <utility>
#include <vector>

#include "agent/ca/adcs/adcs_ca.h"
#include "agent/ca/exec/exec_backend.h"
#include "agent/ca/local/local_backend.h"
#include "agent/platform/file_key_source.h"
#include "tests/support/adcs/model_services.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/fake_ca.h"
#include "tests/support/core/memory_certificate_store.h"
#include "tests/support/program.h"
#include "tests/support/temp_directory.h"

namespace certconnector::contract {
namespace {

template <typename T>
T require(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message());
  return std::move(result).value();
}

class FakeSite final : public CaSite {
 public:
  FakeSite() {
    ports_.ca = ca_;
    ports_.finder = ca_.get();
  }
  core::CaPorts& ports() override { return ports_; }
  [[nodiscard]] bool real_certificates() const override { return false; }
  [[nodiscard]] bool has_templates() const override { return false; }
  void record(const core::CertificateEntry&) override {}

 private:
  std::shared_ptr<testing::FakeCa> ca_ = std::make_shared<testing::FakeCa>(std::string(64, 'f'));
  core::CaPorts ports_;
};

// A backend as the agent makes it: from its descriptor alone.
class BackendSite : public CaSite {
 public:
  explicit BackendSite(ca::Backend backend) : backend_(std::move(backend)) {
    options_ = backend_.rules.make_options();
    section_.name = "contract";
    section_.backend = backend_.rules.name;
    ca::TemplateSettings device;
    device.name = "device";
    section_.templates.push_back(device);
  }
  core::CaPorts& ports() override { return ports_; }

 protected:
  void set(const std::string& key, const std::string& value) {
    if (const auto complaint = options_->set(key, value)) throw std::runtime_error(*complaint);
  }
  // The section is complete.
  void close_section() {
    options_->fill_paths(folder_.file("ca"));
    section_.options = options_;
  }
  void record(const core::CertificateEntry& entry) override {
    const auto recorded =
        certificate_store_.record(ports_.ca->describe().fingerprint, {entry}, clock_.now());
    if (!recorded.ok()) throw std::runtime_error(recorded.error().message());
  }
  void open() {
    const ca::CaBackendParts parts{keys_, certificate_store_, clock_, log_, {}};
    const Status fetched = backend_.fetch == nullptr ? Status() : backend_.fetch(section_, parts);
    if (!fetched.ok()) throw std::runtime_error(fetched.error().message());
    ports_ = require(backend_.make(section_, parts));
  }

  ca::Backend backend_;
  testing::TempDirectory folder_;
  ca::CaSection section_;
  platform::FileKeySource keys_;
  SystemClock clock_;

 private:
  std::shared_ptr<config::CaOptions> options_;
  testing::CapturingLogger log_;
  ca::testing::MemoryCertificateStore certificate_store_;
  core::CaPorts ports_;
};

class LocalSite final : public BackendSite {
 public:
  LocalSite() : BackendSite(ca::local_backend()) {
    close_section();
    static_cast<void>(require(backend_.set_up->create_root(
        section_, {"CN=Contract CA", {crypto::KeyKind::ec, 256}, std::chrono::hours(24 * 3650)},
        {keys_, clock_})));
    open();
  }
};

// With the sample helper, and the CA's certificate as that gives it.
class ExecSite final : public BackendSite {
 public:
  ExecSite() : BackendSite(ca::exec_backend()) {
    const auto made = testing::run_program({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                            "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                                            folder_.file("ca.key"), "-out", folder_.file("ca.pem"),
                                            "-subj", "/CN=Contract CA", "-days", "3650"});
    if (made.exit_code != 0) throw std::runtime_error(made.output);
    set("helper", CC_SAMPLE_HELPER);
    set("helper_arguments", folder_.path().string());
    set("find", "yes");
    close_section();
    open();
  }
};

// On the model of AD CS: the adapter to Windows is tested on a server of COM.
class AdcsSite final : public CaSite {
 public:
  AdcsSite() {
    ca::CaSection section;
    section.name = "contract";
    section.backend = "adcs";
    ca::TemplateSettings device;
    device.name = "device";
    section.templates.push_back(device);
    ca::AdcsSettings settings;
    settings.config_string = ca::testing::AdcsModel::kConfigString;
    settings.ca_templates = "device=CorpDevice";
    const auto made = std::make_shared<ca::AdcsCa>(section, settings, model_.chain(),
                                                   services_of(model_), clock_);
    ports_.ca = made;
    ports_.finder = made.get();
  }
  core::CaPorts& ports() override { return ports_; }
  void record(const core::CertificateEntry&) override {}

 private:
  ca::testing::AdcsModel model_;
  SystemClock clock_;
  core::CaPorts ports_;
};

template <typename Site>
CaImplementation implementation(std::string name) {
  return {std::move(name), []() -> std::unique_ptr<CaSite> { return std::make_unique<Site>(); }};
}

INSTANTIATE_TEST_SUITE_P(Every, CaContract,
                         ::testing::Values(implementation<FakeSite>("Fake"),
                                           implementation<LocalSite>("Local"),
                                           implementation<ExecSite>("Exec"),
                                           implementation<AdcsSite>("Adcs")),
                         [](const auto& about) { return about.param.name; });

}  // namespace
}  // namespace certconnector::contract
