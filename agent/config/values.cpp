#include "agent/config/values.h"

#include <algorithm>
#include <cctype>

#include "agent/keys/certificate_choice.h"
#include "agent/platform/paths.h"
#include "common/net/address/host_port.h"
#include "common/net/address/ip_address.h"
#include "common/net/address/url.h"
#include "common/text/letter_case.h"

namespace certconnector::config {
namespace {

constexpr std::size_t kMaxPath = 1024;  // a Unix socket's limit is checked where it is made

Complaint check_url(const std::string& value, std::string_view scheme) {
  if (value.empty()) return std::nullopt;
  if (text::to_lower(std::string_view(value).substr(0, scheme.size())) != scheme) {
    return "must be a URL that begins with " + std::string(scheme);
  }
  const auto url = net::parse_url(value);
  if (!url) return url.error().message();
  return std::nullopt;
}

}  // namespace

Complaint check_path(const std::string& value) {
  if (value.empty()) return std::nullopt;
  if (!platform::is_absolute_path(value))
    return "must be an absolute path; relative ones depend on who starts the agent";
  if (value.size() > kMaxPath) return "is longer than " + std::to_string(kMaxPath) + " octets";
  return std::nullopt;
}

Complaint check_https_url(const std::string& value) { return check_url(value, "https://"); }
Complaint check_http_url(const std::string& value) { return check_url(value, "http://"); }

Complaint check_address(const std::string& value) {
  if (value.empty()) return std::nullopt;
  const auto parsed = net::parse_host_port(value);
  if (!parsed || !parsed->port) {
    return "must be address:port, for example 0.0.0.0:8080 or [::]:8080";
  }
  // Without the zone of a link-local address.
  if (!net::ip_from_text(parsed->host.substr(0, parsed->host.find('%')))) {
    return "names a host; the agent listens at an IP address, for example 127.0.0.1:8080, or "
           "0.0.0.0:8080 for all";
  }
  return std::nullopt;
}

Complaint check_identifier(const std::string& value) {
  constexpr std::size_t kMaxName = 64;
  const bool good = std::all_of(value.begin(), value.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
  });
  if (!good || value.empty() || value.size() > kMaxName) {
    return "must be 1 to 64 letters, digits, dots, underscores or hyphens";
  }
  return std::nullopt;
}

Complaint check_url_path(const std::string& value) {
  if (value.empty()) return std::nullopt;
  const bool good = std::all_of(value.begin(), value.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-' ||
           c == '/';
  });
  if (!good || value.size() < 2 || value.front() != '/' || value.back() == '/' ||
      value.size() > kMaxPath) {
    return "must be a path of letters, digits, dots, underscores and hyphens, for example /scep";
  }
  return std::nullopt;
}

Complaint check_line(const std::string& value) {
  constexpr std::size_t kMaxLine = 256;
  if (value.size() > kMaxLine) return "is longer than " + std::to_string(kMaxLine) + " octets";
  return std::nullopt;
}

Complaint check_store_certificate(const std::string& value) {
  if (value.empty()) return std::nullopt;
  const auto wanted = keys::parse_certificate_wanted(value);
  if (!wanted.ok()) return wanted.error().message();
  return std::nullopt;
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; !text.empty() && from <= text.size();) {
    const std::size_t end = std::min(text.find(',', from), text.size());
    const std::string part = text.substr(from, end - from);
    const std::size_t first = part.find_first_not_of(" \t");
    parts.push_back(first == std::string::npos
                        ? std::string()
                        : part.substr(first, part.find_last_not_of(" \t") - first + 1));
    from = end + 1;
  }
  return parts;
}

std::string join_list(const std::vector<std::string>& parts) {
  std::string list;
  for (const std::string& part : parts) list += (list.empty() ? "" : ",") + part;
  return list;
}

}  // namespace certconnector::config
