#include "tests/endpoint/request_files.h"

#include <gtest/gtest.h>

#include "common/text/base64.h"
#include "tests/endpoint/endpoint_fixture.h"
#include "tests/support/temp_directory.h"

namespace certconnector::endpoint {
namespace {

using certconnector::testing::TempDirectory;

std::string request_base64() {
  static const std::string base64 = testing::make_request().pkcs10;
  return base64;
}

std::string armoured(const std::string& label) {
  return "-----BEGIN " + label + "-----\n" + request_base64() + "\n-----END " + label + "-----\n";
}

TEST(RequestFiles, PemAndDerAreReadInTheOrderOfTheirNames) {
  const TempDirectory folder;
  const Bytes der = text::from_base64(request_base64()).value();
  folder.write("b.csr", armoured("CERTIFICATE REQUEST"));
  folder.write("a.der", as_text(der));
  folder.write("c.pem", armoured("NEW CERTIFICATE REQUEST"));
  folder.write("readme.txt", "not looked at");
  const auto files = read_request_files(folder.path().string());
  ASSERT_TRUE(files.ok()) << files.error().message();
  ASSERT_EQ(files->size(), 3U);
  EXPECT_EQ((*files)[0].name, "a");
  EXPECT_EQ((*files)[2].name, "c");
  for (const RequestFile& file : *files) EXPECT_EQ(file.der, der);
}

TEST(RequestFiles, KeysBesideTheRequestsArePassedOver) {
  const TempDirectory folder;
  folder.write("a.csr", armoured("CERTIFICATE REQUEST"));
  folder.write("a.pem", armoured("PRIVATE KEY"));
  const auto files = read_request_files(folder.path().string());
  ASSERT_TRUE(files.ok()) << files.error().message();
  EXPECT_EQ(files->size(), 1U);
}

TEST(RequestFiles, WhatIsNoRequestIsNamed) {
  const TempDirectory folder;
  folder.write("bad.csr", "hello");
  const auto files = read_request_files(folder.path().string());
  ASSERT_FALSE(files.ok());
  EXPECT_NE(files.error().message().find("bad.csr"), std::string::npos);
}

TEST(RequestFiles, EmptyAndMissingFoldersAreErrors) {
  const TempDirectory folder;
  EXPECT_FALSE(read_request_files(folder.path().string()).ok());
  EXPECT_FALSE(read_request_files(folder.file("missing")).ok());
}

TEST(RequestFiles, SubjectIsReadAsRfc4514) {
  const Bytes der = text::from_base64(request_base64()).value();
  const auto subject = subject_of_request(der);
  ASSERT_TRUE(subject.ok()) << subject.error().message();
  EXPECT_EQ(*subject, "CN=device");
}

}  // namespace
}  // namespace certconnector::endpoint
