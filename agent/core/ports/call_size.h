// How much one call to a cloud carries.
#pragma once

#include <cstddef>

namespace certconnector::core {

inline constexpr std::size_t kMostInOneCall = 500;  // leases or results

}  // namespace certconnector::core
