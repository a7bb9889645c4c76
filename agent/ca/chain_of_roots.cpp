#include "agent/ca/chain_of_roots.h"

#include <algorithm>

#include "agent/ca/ca_errors.h"

namespace certconnector::ca {
namespace {

using crypto::Certificate;
using Pointers = std::vector<const Certificate*>;

bool holds(const Pointers& all, const Certificate& wanted) {
  return std::any_of(all.begin(), all.end(),
                     [&](const Certificate* one) { return one->der() == wanted.der(); });
}

Pointers ca_certificates(const std::vector<Certificate>& all) {
  Pointers cas;
  for (const Certificate& one : all) {
    if (one.is_ca() && !holds(cas, one)) cas.push_back(&one);
  }
  return cas;
}

Pointers issued_by(const Certificate& issuer, const Pointers& cas, const Pointers& but) {
  Pointers issued;
  for (const Certificate* one : cas) {
    if (!holds(but, *one) && one->issued_by(issuer)) issued.push_back(one);
  }
  return issued;
}

Error bad_roots(const std::string& what) {
  return {CaErrc::bad_certificate, ErrorKind::permanent, what};
}

}  // namespace

Result<std::vector<Certificate>> chain_of_roots(const std::vector<Certificate>& roots) {
  const Pointers cas = ca_certificates(roots);
  if (cas.empty()) return bad_roots("there is no CA certificate among them");
  Pointers seen{cas.front()};
  while (true) {
    const Pointers below = issued_by(*seen.back(), cas, seen);
    if (below.empty()) break;
    if (below.size() > 1) {
      return bad_roots("they name two issuing CAs, " + below[0]->subject_text() + " and " +
                       below[1]->subject_text() +
                       "; put the right one's certificate, then its issuers', into "
                       "certificate_file");
    }
    seen.push_back(below.front());
  }
  Pointers up{seen.back()};
  while (true) {
    const auto above = std::find_if(cas.begin(), cas.end(), [&](const Certificate* one) {
      return !holds(up, *one) && up.back()->issued_by(*one);
    });
    if (above == cas.end()) break;
    up.push_back(*above);
  }
  std::vector<Certificate> chain;
  for (const Certificate* one : up) chain.push_back(*one);
  return chain;
}

}  // namespace certconnector::ca
