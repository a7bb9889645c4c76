#pragma once

#include "common/result/error.h"

namespace certconnector::doctor {

enum class DoctorErrc {
  bad_document  // permanent: a file of another program cannot be read
};
[[nodiscard]] ErrorCode error_code(DoctorErrc errc);

}  // namespace certconnector::doctor
