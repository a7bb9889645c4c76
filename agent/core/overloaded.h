// std::visit with one lambda for each alternative.
#pragma once

namespace certconnector::core {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace certconnector::core
