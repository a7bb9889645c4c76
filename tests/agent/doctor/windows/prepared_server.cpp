#include "tests/agent/doctor/prepared_server.h"

#include <windows.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>

#include "agent/platform/windows/registry.h"
#include "agent/platform/windows/wide.h"
#include "common/http/server.h"

namespace certconnector::testing {
namespace {

using platform::RegistryKey;
using platform::wide;

void require(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.error().message());
}

// Of each value that a test has prepared.
using Values = std::set<std::pair<std::string, std::string>>;
Values& written() {
  static Values values;
  return values;
}

void set_octets(const std::string& key, const std::string& value, const Bytes& octets) {
  const LSTATUS code =
      ::RegSetKeyValueW(HKEY_LOCAL_MACHINE, wide(key).c_str(), wide(value).c_str(), REG_BINARY,
                        octets.data(), static_cast<DWORD>(octets.size()));
  if (code != ERROR_SUCCESS) throw std::runtime_error("cannot write HKLM\\" + key);
}

void write_registry(const FakeWindowsServer& server) {
  for (const auto& [key, value] : written()) {
    auto opened = RegistryKey::make(wide(key));
    if (opened.ok()) require(opened->remove_value(wide(value)));
  }
  written().clear();
  for (const auto& [name, text] : server.texts) {
    auto key = RegistryKey::make(wide(name.first));
    require(key.ok() ? key->set_text(wide(name.second), text) : Status(key.error()));
    written().insert(name);
  }
  for (const auto& [name, number] : server.numbers) {
    auto key = RegistryKey::make(wide(name.first));
    require(key.ok() ? key->set_number(wide(name.second), number) : Status(key.error()));
    written().insert(name);
  }
  for (const auto& [name, octets] : server.binaries) {
    set_octets(name.first, name.second, octets);
    written().insert(name);
  }
}

void write_iis(const std::string& xml) {
  std::array<wchar_t, MAX_PATH> path{};
  ::GetSystemDirectoryW(path.data(), MAX_PATH);
  const std::filesystem::path folder = std::filesystem::path(path.data()) / "inetsrv" / "config";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "applicationHost.config", std::ios::binary) << xml;
}

class Iis final : public http::Handler {
 public:
  explicit Iis(std::map<std::string, unsigned> answers) : answers_(std::move(answers)) {}

  void handle(http::Request request, http::Reply reply) override {
    const std::string target =
        request.query.empty() ? request.path : request.path + "?" + request.query;
    const auto found = answers_.find(target);
    reply.send(http::text_response(found == answers_.end() ? 404 : found->second, "NDES"));
  }

 private:
  const std::map<std::string, unsigned> answers_;
};

// Registry, IIS's file and HTTP are those of the system; the rest is the fake's.
class Prepared final : public doctor::WindowsServer {
 public:
  explicit Prepared(std::shared_ptr<FakeWindowsServer> fake)
      : fake_(std::move(fake)), iis_(fake_->answers) {
    write_registry(*fake_);
    write_iis(fake_->iis);
    http::ServerSettings settings;
    settings.listen = "127.0.0.1:0";
    auto server = http::Server::start(settings, iis_, logger_);
    if (!server.ok()) throw std::runtime_error(server.error().message());
    server_ = std::move(*server);
    real_ = doctor::windows_server(server_->port());
  }

  Result<std::optional<std::string>> text(const std::string& key,
                                          const std::string& value) const override {
    return real_->text(key, value);
  }
  Result<std::optional<std::uint32_t>> number(const std::string& key,
                                              const std::string& value) const override {
    return real_->number(key, value);
  }
  Result<std::optional<Bytes>> octets(const std::string& key,
                                      const std::string& value) const override {
    return real_->octets(key, value);
  }
  // The times of the fake's clock.
  Result<std::optional<Timestamp>> changed(const std::string& key) const override {
    const auto real = real_->changed(key);
    if (!real.ok() || !*real) return real;
    return fake_->changed(key);
  }
  Timestamp started() const override { return fake_->started(); }
  Result<std::optional<doctor::WindowsServiceView>> service(
      const std::string& name) const override {
    return fake_->service(name);
  }
  Result<std::vector<crypto::Certificate>> certificates(const std::string& store) const override {
    return fake_->certificates(store);
  }
  Result<std::string> iis_configuration() const override { return real_->iis_configuration(); }
  Result<http::Response> get(const std::string& target) const override {
    return real_->get(target);
  }
  bool file_exists(const std::string& path) const override { return fake_->file_exists(path); }

 private:
  std::shared_ptr<FakeWindowsServer> fake_;
  Iis iis_;
  log::NullLogger logger_;
  std::unique_ptr<http::Server> server_;
  std::shared_ptr<const doctor::WindowsServer> real_;
};

}  // namespace

std::shared_ptr<const doctor::WindowsServer> prepare(
    const std::shared_ptr<FakeWindowsServer>& server) {
  return std::make_shared<Prepared>(server);
}

}  // namespace certconnector::testing
