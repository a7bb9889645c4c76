#include "common/net/proxy_list.h"

#include <utility>
#include <vector>

#include "common/net/address/host_port.h"
#include "common/net/errors.h"
#include "common/text/letter_case.h"

namespace certconnector::net {
namespace {

constexpr std::uint16_t kDefaultPort = 80;  // WinHTTP's

std::vector<std::string> entries_of(std::string_view list) {
  std::vector<std::string> entries;
  std::string entry;
  for (const char c : list) {
    if (c != ';' && c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      entry += c;
    } else if (!entry.empty()) {
      entries.push_back(std::exchange(entry, {}));
    }
  }
  if (!entry.empty()) entries.push_back(std::move(entry));
  return entries;
}

std::string without_scheme(const std::string& entry) {
  const std::size_t end = entry.find("://");
  return end == std::string::npos ? entry : entry.substr(end + 3);
}

// '*' stands for any text, also none. Goes back to the last star alone.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resumed = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resumed = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resumed;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool is_bypassed(const std::string& list, const std::string& host) {
  for (const std::string& entry : entries_of(list)) {
    const std::string pattern = text::to_lower(without_scheme(entry));
    if (pattern == "<local>" ? host.find_first_of(".:") == std::string::npos
                             : matches(pattern, host)) {
      return true;
    }
  }
  return false;
}

Result<std::string> url_of(const std::string& entry) {
  const std::size_t scheme = entry.find("://");
  if (scheme != std::string::npos && text::to_lower(entry.substr(0, scheme)) != "http") {
    return Error(NetErrc::proxy_unreachable, ErrorKind::transient,
                 "the machine's proxy is " + entry + ", which is not one of plain HTTP");
  }
  const auto address = parse_host_port(without_scheme(entry));
  if (!address) {
    return Error(NetErrc::proxy_unreachable, ErrorKind::transient,
                 "the machine's proxy is \"" + entry + "\", which is no host:port");
  }
  return "http://" + host_port_text(address->host, address->port.value_or(kDefaultPort));
}

}  // namespace

Result<std::optional<std::string>> choose_proxy(const ProxyList& list, std::string_view host) {
  if (is_bypassed(list.bypass, text::to_lower(host))) return std::optional<std::string>();
  std::optional<std::string> any;
  for (const std::string& entry : entries_of(list.proxies)) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos) {
      if (!any) any = entry;
    } else if (text::to_lower(entry.substr(0, equals)) == "https") {
      any = entry.substr(equals + 1);
      break;
    }
  }
  if (!any) return std::optional<std::string>();
  CC_TRY_ASSIGN(std::string url, url_of(*any));
  return std::optional<std::string>(std::move(url));
}

}  // namespace certconnector::net
