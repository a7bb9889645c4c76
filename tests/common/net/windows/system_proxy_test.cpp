// The machine's setting of WinHTTP, as `netsh winhttp set proxy` makes it. The network of a test
// offers no script, so that without a setting the way is direct.
#include "common/net/system_proxy.h"

#include <windows.h>
#include <gtest/gtest.h>
#include <winhttp.h>

#include <string>

namespace certconnector::net {
namespace {

// Puts the setting of before back at its end.
class MachineSetting {
 public:
  MachineSetting() { ::WinHttpGetDefaultProxyConfiguration(&before_); }
  ~MachineSetting() {
    ::WinHttpSetDefaultProxyConfiguration(&before_);
    if (before_.lpszProxy != nullptr) ::GlobalFree(before_.lpszProxy);
    if (before_.lpszProxyBypass != nullptr) ::GlobalFree(before_.lpszProxyBypass);
  }
  MachineSetting(const MachineSetting&) = delete;
  MachineSetting& operator=(const MachineSetting&) = delete;

  static bool set(std::wstring proxies, std::wstring bypass) {
    WINHTTP_PROXY_INFO info{};
    info.dwAccessType =
        proxies.empty() ? WINHTTP_ACCESS_TYPE_NO_PROXY : WINHTTP_ACCESS_TYPE_NAMED_PROXY;
    info.lpszProxy = proxies.empty() ? nullptr : proxies.data();
    info.lpszProxyBypass = bypass.empty() ? nullptr : bypass.data();
    return ::WinHttpSetDefaultProxyConfiguration(&info) != 0;
  }

 private:
  WINHTTP_PROXY_INFO before_{};
};

// Asks anew: an object remembers its answer.
std::string way_to(const std::string& host) {
  const auto proxy = system_proxy()->proxy_for({host, 443});
  if (!proxy.ok()) return proxy.error().message();
  return proxy->has_value() ? (*proxy)->url : "direct";
}

TEST(WindowsProxy, TheMachinesSettingIsUsedButForWhatItBypasses) {
  const MachineSetting before;
  ASSERT_TRUE(MachineSetting::set(L"http=one:80;https=two:3128", L"<local>;*.corp.example"));
  EXPECT_EQ(way_to("endpoint.example.com"), "http://two:3128");
  EXPECT_EQ(way_to("endpoint.corp.example"), "direct");
  EXPECT_EQ(way_to("intranet"), "direct");
}

TEST(WindowsProxy, WithoutASettingAndAScriptTheWayIsDirect) {
  const MachineSetting before;
  ASSERT_TRUE(MachineSetting::set(L"", L""));
  EXPECT_EQ(way_to("endpoint.example.com"), "direct");
}

TEST(WindowsProxy, TheAnswerIsRemembered) {
  const MachineSetting before;
  ASSERT_TRUE(MachineSetting::set(L"one:1", L""));
  const auto proxy = system_proxy();
  EXPECT_EQ(proxy->proxy_for({"endpoint.example.com", 443}).value()->url, "http://one:1");
  ASSERT_TRUE(MachineSetting::set(L"two:2", L""));
  EXPECT_EQ(proxy->proxy_for({"endpoint.example.com", 443}).value()->url, "http://one:1");
  EXPECT_EQ(way_to("endpoint.example.com"), "http://two:2");
}

}  // namespace
}  // namespace certconnector::net
