#include "tests/common/net/good_server.h"

namespace certconnector::testing {

const TestPki& shared_pki() {
  static const TestPki kPki;
  return kPki;
}

ScriptedServerSettings good_server() {
  const TestPki& pki = shared_pki();
  return {pki.server(), {pki.intermediate().certificate}, {pki.root().certificate}, 0};
}

net::Identity client_identity() {
  const TestPki& pki = shared_pki();
  return {pki.client().key, {pki.client().certificate.der(), pki.intermediate().certificate.der()}};
}

}  // namespace certconnector::testing
