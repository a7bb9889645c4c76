#include "agent/ca/ca_errors.h"

namespace certconnector::ca {

ErrorCode error_code(CaErrc errc) {
  switch (errc) {
    case CaErrc::not_set_up:
      return {"ca", "not_set_up"};
    case CaErrc::exists:
      return {"ca", "exists"};
    case CaErrc::bad_template:
      return {"ca", "bad_template"};
    case CaErrc::bad_subject:
      return {"ca", "bad_subject",
              "Write it in the form of RFC 4514, such as \"CN=Phone 7,O=Example\""};
    case CaErrc::bad_certificate:
      return {"ca", "bad_certificate"};
    case CaErrc::expired:
      return {"ca", "expired",
              "Set up the CA that follows, in a separate section such as [ca.next]: "
              "`certconnector reload`, then `certconnector ca create next --root --subject "
              "\"CN=Next CA\"`. Name it in ca of the SCEP services, and this one in previous_ca. "
              "Where its issuer renewed this one for the same key: `certconnector ca import NAME "
              "--certificate FILE`"};
    case CaErrc::not_yet_valid:
      return {"ca", "not_yet_valid"};
    case CaErrc::bad_register:
      return {"ca", "bad_register"};
    case CaErrc::crl_expired:
      return {"ca", "crl_expired"};
    case CaErrc::unavailable:
      return {"ca", "unavailable"};
    case CaErrc::other_database:
      return {"ca", "other_database"};
    case CaErrc::failure:
      return {"ca", "failure"};
  }
  return {"ca", "unknown"};
}

}  // namespace certconnector::ca
