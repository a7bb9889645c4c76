// A Windows Server with an NDES, as it should be; a test breaks it.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "agent/doctor/windows_server.h"

namespace certconnector::testing {

// One thread at a time.
class FakeWindowsServer final : public doctor::WindowsServer {
 public:
  std::map<std::pair<std::string, std::string>, std::string> texts;
  std::map<std::pair<std::string, std::string>, std::uint32_t> numbers;
  std::map<std::pair<std::string, std::string>, Bytes> binaries;
  std::map<std::string, Timestamp> changes;
  std::map<std::string, doctor::WindowsServiceView> services;
  std::map<std::string, std::vector<crypto::Certificate>> stores;
  std::string iis;
  std::map<std::string, unsigned> answers;  // the status of each target
  std::map<std::string, bool> files;
  Timestamp began;

  Result<std::optional<std::string>> text(const std::string& key,
                                          const std::string& value) const override {
    return found(texts, {key, value});
  }
  Result<std::optional<std::uint32_t>> number(const std::string& key,
                                              const std::string& value) const override {
    return found(numbers, {key, value});
  }
  Result<std::optional<Bytes>> octets(const std::string& key,
                                      const std::string& value) const override {
    return found(binaries, {key, value});
  }
  Result<std::optional<Timestamp>> changed(const std::string& key) const override {
    return found(changes, key);
  }
  Timestamp started() const override { return began; }
  Result<std::optional<doctor::WindowsServiceView>> service(
      const std::string& name) const override {
    return found(services, name);
  }
  Result<std::vector<crypto::Certificate>> certificates(const std::string& store) const override {
    return found(stores, store)->value_or(std::vector<crypto::Certificate>());
  }
  Result<std::string> iis_configuration() const override { return iis; }
  Result<http::Response> get(const std::string& target) const override {
    http::Response response;
    response.status = found(answers, target)->value_or(404);
    return response;
  }
  bool file_exists(const std::string& path) const override { return files.count(path) != 0; }

 private:
  template <typename Map>
  static Result<std::optional<typename Map::mapped_type>> found(const Map& map,
                                                                const typename Map::key_type& key) {
    const auto at = map.find(key);
    return at == map.end() ? std::optional<typename Map::mapped_type>() : at->second;
  }
};

}  // namespace certconnector::testing
