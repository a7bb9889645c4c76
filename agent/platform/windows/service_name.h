#pragma once

namespace certconnector::platform {

// As services.msc, sc.exe and the event log know it.
inline constexpr const wchar_t* kServiceName = L"CertificateConnector";
// The account that Windows makes for a service of that name.
inline constexpr const wchar_t* kServiceAccount = L"NT SERVICE\\CertificateConnector";

}  // namespace certconnector::platform
