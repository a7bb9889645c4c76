#pragma once

#include <future>
#include <string>
#include <string_view>

#include "agent/control/local_server.h"
#include "proto/control/envelope.h"

namespace certconnector::testing {

// Answers every request with {"asked_by": who}; can be made to wait.
class EchoHandler final : public control::RequestHandler {
 public:
  std::string answer(std::string_view request, const std::string& who) override {
    if (request.find("\"wait\"") != std::string_view::npos) {
      arrived.set_value();
      go_on.get_future().wait();
    }
    return control_proto::encode_answer({std::nullopt, R"({"asked_by":")" + who + "\"}"});
  }
  std::promise<void> arrived, go_on;
};

}  // namespace certconnector::testing
