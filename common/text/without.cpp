#include "common/text/without.h"

namespace certconnector::text {

std::string without(std::string_view secret, std::string words) {
  if (secret.empty() || words.find(secret) == std::string::npos) return words;
  return "(its text holds the challenge itself)";
}

}  // namespace certconnector::text
