#include "agent/platform/process_limits.h"

#include <windows.h>
#include <malloc.h>

#include "agent/platform/windows/system_error.h"

namespace certconnector::platform {
namespace {

template <typename Policy>
void mitigate(PROCESS_MITIGATION_POLICY which, Policy policy) {
  // An older system lacks some of them, and is no worse off without.
  static_cast<void>(::SetProcessMitigationPolicy(which, &policy, sizeof(policy)));
}

// Programs of others that hook themselves into every process, and libraries from the network, stay
// out.
void keep_foreign_code_out() {
  PROCESS_MITIGATION_EXTENSION_POINT_DISABLE_POLICY hooks{};
  hooks.DisableExtensionPoints = 1;
  mitigate(ProcessExtensionPointDisablePolicy, hooks);
  PROCESS_MITIGATION_IMAGE_LOAD_POLICY images{};
  images.NoRemoteImages = 1;
  images.NoLowMandatoryLabelImages = 1;
  images.PreferSystem32Images = 1;
  mitigate(ProcessImageLoadPolicy, images);
  PROCESS_MITIGATION_DYNAMIC_CODE_POLICY code{};
  code.ProhibitDynamicCode = 1;
  mitigate(ProcessDynamicCodePolicy, code);
}

}  // namespace

Status protect_process_memory() {
  // No report of a crash: it holds the heap, and the heap holds keys.
  ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
  if (::HeapSetInformation(nullptr, HeapEnableTerminationOnCorruption, nullptr, 0) == 0) {
    return system_error(::GetLastError(), "protect the heap");
  }
  // A library is looked for in System32 alone: not beside the program, in the current folder, in
  // PATH.
  if (::SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32) == 0) {
    return system_error(::GetLastError(), "close the search for libraries");
  }
  keep_foreign_code_out();
  return {};
}

// Windows has no such limit: a process may have 16 million handles.
Status raise_file_limit() { return {}; }

void give_back_memory() { static_cast<void>(::_heapmin()); }

Result<std::size_t> file_limit() { return std::size_t{65536}; }

}  // namespace certconnector::platform
