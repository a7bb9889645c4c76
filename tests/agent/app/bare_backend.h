// A backend without settings and files, for a CA of a test.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/ca/backend.h"

namespace certconnector::app {

struct NoSettings {
  void fill_paths(const std::string& /*folder*/) {}
  void check(const config::ComplainOfKey& /*complain*/) const {}
};

// `make`: as in Backend; has no state.
inline ca::Backend bare_backend(const char* name, decltype(ca::Backend::make) make) {
  return {{name,
           []() -> std::unique_ptr<config::CaOptions> {
             static const std::vector<config::Rule<NoSettings>> none;
             return std::make_unique<config::RuledCaOptions<NoSettings>>(none);
           }},
          make,
          nullptr,
          [](const config::CaOptions&) { return std::vector<ca::CaFile>(); },
          nullptr,
          nullptr,
          [](const ca::CaSection&, core::KeySource&) { return std::vector<Error>(); }};
}

}  // namespace certconnector::app
