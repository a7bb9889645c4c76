// An HTTP proxy on loopback that knows CONNECT and Basic, and no more.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace certconnector::testing {

// Serves one client after the other. Every CONNECT leads to `target_port` on loopback, whatever
// target it names.
class ScriptedProxy {
 public:
  // `login`: "user:password" that it wants; empty: none.
  ScriptedProxy(std::uint16_t target_port, std::string login);
  ~ScriptedProxy();
  ScriptedProxy(const ScriptedProxy&) = delete;
  ScriptedProxy& operator=(const ScriptedProxy&) = delete;

  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::vector<std::string> heads() const;  // of the requests it got

 private:
  struct Parts;

  void serve_all();
  void serve();

  std::uint16_t target_port_;
  std::string login_;
  std::unique_ptr<Parts> parts_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  bool stopping_ = false;
  std::vector<std::string> heads_;
  std::thread thread_;
};

}  // namespace certconnector::testing
