// The answer to records of a CA that another program made, before the agent had the CA.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace certconnector::core {

struct EarlierTaken {
  std::uint64_t added = 0;
  std::uint64_t known = 0;         // it was in the store before
  std::uint64_t expired = 0;       // certificates, which were left out
  std::vector<std::string> notes;  // sentences for a person
  struct Refused {
    std::size_t index = 0;  // of the certificate
    std::string why;
  };
  std::vector<Refused> refused;
  std::vector<std::string> crl_addresses;  // that the certificates name, each once
};

}  // namespace certconnector::core
