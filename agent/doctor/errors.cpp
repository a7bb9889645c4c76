#include "agent/doctor/errors.h"

namespace certconnector::doctor {

ErrorCode error_code(DoctorErrc errc) {
  switch (errc) {
    case DoctorErrc::bad_document:
      return {"doctor", "bad_document"};
  }
  return {"doctor", "unknown"};
}

}  // namespace certconnector::doctor
