#include "common/net/system_proxy.h"

#include <windows.h>
#include <winhttp.h>

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "common/net/proxy_list.h"

namespace certconnector::net {
namespace {

constexpr std::chrono::minutes kRemembered{5};
constexpr int kResolve = 5000;  // ms, each
constexpr int kConnect = 5000;
constexpr int kTransfer = 5000;

struct CloseHandle {
  void operator()(void* handle) const { ::WinHttpCloseHandle(handle); }
};
using Handle = std::unique_ptr<void, CloseHandle>;

std::wstring wide(const std::string& text) {
  return {text.begin(), text.end()};  // of a URL, which is ASCII
}

std::string narrow(const wchar_t* text) {
  if (text == nullptr) return {};
  const int size = ::WideCharToMultiByte(CP_UTF8, 0, text, -1, nullptr, 0, nullptr, nullptr);
  std::string out(static_cast<std::size_t>(std::max(size, 1)), '\0');
  ::WideCharToMultiByte(CP_UTF8, 0, text, -1, out.data(), size, nullptr, nullptr);
  out.pop_back();
  return out;
}

// Takes the texts, which are WinHTTP's to allocate and ours to free.
std::optional<ProxyList> taken(const WINHTTP_PROXY_INFO& info) {
  std::optional<ProxyList> list;
  if (info.dwAccessType == WINHTTP_ACCESS_TYPE_NAMED_PROXY) {
    list = ProxyList{narrow(info.lpszProxy), narrow(info.lpszProxyBypass)};
  }
  if (info.lpszProxy != nullptr) ::GlobalFree(info.lpszProxy);
  if (info.lpszProxyBypass != nullptr) ::GlobalFree(info.lpszProxyBypass);
  return list;
}

// What `netsh winhttp set proxy` sets.
std::optional<ProxyList> machine_setting() {
  WINHTTP_PROXY_INFO info{};
  if (::WinHttpGetDefaultProxyConfiguration(&info) == 0) return std::nullopt;
  return taken(info);
}

// The script that DHCP or DNS names; nothing: there is none, or it says that the way is direct.
std::optional<ProxyList> discovered(const std::string& url) {
  const Handle session(::WinHttpOpen(L"certconnector", WINHTTP_ACCESS_TYPE_NO_PROXY,
                                     WINHTTP_NO_PROXY_NAME, WINHTTP_NO_PROXY_BYPASS, 0));
  if (session == nullptr) return std::nullopt;
  ::WinHttpSetTimeouts(session.get(), kResolve, kConnect, kTransfer, kTransfer);
  WINHTTP_AUTOPROXY_OPTIONS options{};
  options.dwFlags = WINHTTP_AUTOPROXY_AUTO_DETECT;
  options.dwAutoDetectFlags = WINHTTP_AUTO_DETECT_TYPE_DHCP | WINHTTP_AUTO_DETECT_TYPE_DNS_A;
  // The service shows its account to nobody who offers a script.
  options.fAutoLogonIfChallenged = FALSE;
  WINHTTP_PROXY_INFO info{};
  if (::WinHttpGetProxyForUrl(session.get(), wide(url).c_str(), &options, &info) == 0) {
    return std::nullopt;
  }
  return taken(info);
}

class WindowsProxy final : public SystemProxy {
 public:
  Result<std::optional<Proxy>> proxy_for(const Origin& server) override {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    Answer& known = answers_[server.text()];
    if (known.until <= now) {
      // A person's setting comes before what the network offers.
      auto list = machine_setting();
      if (!list) list = discovered(server.text() + "/");
      known = {std::move(list), now + kRemembered};
    }
    if (!known.list) return std::optional<Proxy>();
    CC_TRY_ASSIGN(auto url, choose_proxy(*known.list, server.host));
    if (!url) return std::optional<Proxy>();
    return std::optional<Proxy>(Proxy{std::move(*url), {}, {}});
  }

 private:
  struct Answer {
    std::optional<ProxyList> list;
    std::chrono::steady_clock::time_point until{};
  };
  std::mutex mutex_;
  std::map<std::string, Answer> answers_;  // by server: a process has one or two
};

}  // namespace

std::shared_ptr<SystemProxy> system_proxy() { return std::make_shared<WindowsProxy>(); }

}  // namespace certconnector::net
