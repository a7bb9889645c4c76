// One agent for a state folder, and what others learn of it.
#include "agent/platform/instance_lock.h"

#include <windows.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "agent/platform/errors.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/wide.h"
#include "tests/support/temp_directory.h"

namespace certconnector::platform {
namespace {

using certconnector::testing::TempDirectory;
using ::testing::HasSubstr;

std::wstring holder_program() {
  std::wstring path(MAX_PATH, L'\0');
  path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
  return path.substr(0, path.rfind(L'\\') + 1) + L"platform_lock_holder.exe";
}

struct Pipe {
  explicit Pipe(bool to_us) {
    SECURITY_ATTRIBUTES inherited{sizeof(inherited), nullptr, TRUE};
    HANDLE from = nullptr;
    HANDLE to = nullptr;
    EXPECT_NE(::CreatePipe(&from, &to, &inherited, 0), 0);
    read = Handle(from);
    write = Handle(to);
    ::SetHandleInformation(to_us ? from : to, HANDLE_FLAG_INHERIT, 0);
  }
  Handle read;
  Handle write;
};

// Another process that holds the lock of a folder.
class Holder {
 public:
  explicit Holder(const std::string& folder) {
    STARTUPINFOW start{};
    start.cb = sizeof(start);
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = input_.read.get();
    start.hStdOutput = output_.write.get();
    start.hStdError = output_.write.get();
    std::wstring line = L"\"" + holder_program() + L"\" \"" + wide(folder) + L"\"";
    PROCESS_INFORMATION made{};
    EXPECT_NE(::CreateProcessW(nullptr, line.data(), nullptr, nullptr, TRUE, CREATE_NO_WINDOW,
                               nullptr, nullptr, &start, &made),
              0);
    const Handle thread(made.hThread);
    process_ = Handle(made.hProcess);
    id_ = made.dwProcessId;
    output_.write.reset();
    input_.read.reset();
    std::array<char, 256> said{};
    DWORD size = 0;
    EXPECT_NE(::ReadFile(output_.read.get(), said.data(), static_cast<DWORD>(said.size()), &size,
                         nullptr),
              0);
    EXPECT_THAT(std::string(said.data(), size), HasSubstr("taken"));
  }
  [[nodiscard]] std::string id() const { return std::to_string(id_); }
  void end() {
    input_.write.reset();
    ::WaitForSingleObject(process_.get(), INFINITE);
  }
  void kill() const {
    ::TerminateProcess(process_.get(), 1);
    ::WaitForSingleObject(process_.get(), INFINITE);
  }

 private:
  Pipe input_{false};
  Pipe output_{true};
  Handle process_;
  DWORD id_ = 0;
};

TEST(InstanceLock, IsHeldByOneAndNamesTheHolder) {
  const TempDirectory folder;
  auto first = InstanceLock::take(folder.path().u8string());
  ASSERT_TRUE(first.ok()) << first.error().message();
  const auto second = InstanceLock::take(folder.path().u8string());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), error_code(PlatformErrc::busy));
  EXPECT_THAT(second.error().message(),
              HasSubstr("process " + std::to_string(::GetCurrentProcessId())));
  first->reset();
  EXPECT_TRUE(InstanceLock::take(folder.path().u8string()).ok());
}

TEST(InstanceLock, OfAnotherProcessIsSeenUntilItEnds) {
  const TempDirectory folder;
  const std::string path = folder.path().u8string();
  EXPECT_FALSE(InstanceLock::is_taken_by_another(path)) << "there is no lock yet";
  Holder other(path);
  EXPECT_TRUE(InstanceLock::is_taken_by_another(path));
  const auto taken = InstanceLock::take(path);
  ASSERT_FALSE(taken.ok());
  EXPECT_THAT(taken.error().message(), HasSubstr("process " + other.id() + ")"));
  other.end();
  EXPECT_FALSE(InstanceLock::is_taken_by_another(path));
}

TEST(InstanceLock, OfAProcessThatWasKilledIsFree) {
  const TempDirectory folder;
  const std::string path = folder.path().u8string();
  const Holder other(path);
  other.kill();
  EXPECT_FALSE(InstanceLock::is_taken_by_another(path));
  EXPECT_TRUE(InstanceLock::take(path).ok());
}

TEST(InstanceLock, OfThisProcessIsNotAnothers) {
  const TempDirectory folder;
  const auto own = InstanceLock::take(folder.path().u8string());
  ASSERT_TRUE(own.ok());
  EXPECT_FALSE(InstanceLock::is_taken_by_another(folder.path().u8string()));
}

}  // namespace
}  // namespace certconnector::platform
